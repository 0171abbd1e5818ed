"""Make an environment's packages this process's own: in front of all others, for its child processes too."""

from __future__ import annotations

import importlib
import os
import site
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

SERVERS = "_brickyard_server.pth"
"""The file in an environment's folder that shows the server's own packages; a worker has those already."""


_active: list[Path] = []


def active() -> Path | None:
    """The folder that was made this process's own; None where the work requires no packages."""
    return _active[-1] if _active else None


def offer(folder: str) -> bool:
    """Let this process find packages in a folder that it has nowhere else. It runs inside of a Spark engine, for tasks.

    An engine serves all tasks of a run, so what it has itself stays as it is.
    """
    if folder not in sys.path:
        sys.path.append(folder)
        importlib.invalidate_caches()
    return True


def activate(folder: Path) -> None:
    """Put the packages of a `site-packages` folder before everything that can be imported.

    As for every site folder of Python, its `.pth` files are obeyed. A package that is imported already in another
    version is forgotten, so that the next import finds the environment's.
    """
    _forget(set(_modules(folder, distributions(path=[str(folder)]))))
    before = list(sys.path)
    sys.path.append(str(folder))
    for file in sorted(folder.glob("*.pth")):
        if file.name != SERVERS:
            site.addpackage(str(folder), file.name, set(sys.path))
    added = [entry for entry in sys.path if entry not in before]
    sys.path[:] = [*added, *before]
    importlib.invalidate_caches()
    # A child process that is no worker, `!python helper.py` say, has the same packages, and their commands.
    _put_first("PYTHONPATH", folder)
    _put_first("PATH", folder.parents[2] / "bin")
    _active.append(folder)


def _put_first(name: str, folder: Path) -> None:
    os.environ[name] = os.pathsep.join([str(folder), *filter(None, [os.environ.get(name)])])


def _modules(folder: Path, found: Iterable[Distribution]) -> Iterator[str]:
    """The modules that distributions bring, outermost first; of what several share (`google`) only their part."""
    for distribution in found:
        for file in distribution.files or ():
            first, *rest = file.parts
            if first.endswith((".py", ".so")):
                yield first.partition(".")[0]
            elif first.isidentifier() and (folder / first / "__init__.py").exists():
                yield first
            elif first.isidentifier() and rest:
                yield f"{first}.{rest[0].partition('.')[0]}"


def _forget(names: set[str]) -> None:
    names -= {*sys.stdlib_module_names, "brickyard"}
    for name in list(sys.modules):
        parts = name.split(".")
        if parts[0] in names or ".".join(parts[:2]) in names:
            del sys.modules[name]
