"""Where other people's clients live: each in an environment of its own, made once and kept in the user's cache.

What is installed stands in `pins/`, a file for each client, down to the last of its requirements. An environment is known by
these lines and by the Python that it is for: change a pin, and a new one is made.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PINS = Path(__file__).parent / "pins"
MADE = "made"
"""The file that says that an environment is whole."""
PATIENCE = 900.0


def pinned(client: str) -> list[str]:
    """The lines of `pins/<client>.txt`: requirements with their exact versions."""
    lines = (line.strip() for line in (PINS / f"{client}.txt").read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def client_environment(requirements: Sequence[str]) -> Path:
    """The folder of a Python environment that has these requirements and nothing else; its commands are in `bin`."""
    return _made("python", [sys.version, *sorted(requirements)], lambda folder: _install(folder, requirements))


def node_environment(requirements: Sequence[str]) -> Path:
    """A folder whose `node_modules` has these packages (`name@version`); `node` is run in it."""

    def install(folder: Path) -> None:
        folder.mkdir()
        # Nothing that a package brings is run, and no file of the user is read beyond npm's own settings.
        _run(npm(), "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", *requirements)

    return _made("node", sorted(requirements), install)


def source_of(requirement: str, target: Path) -> Path:
    """A package as its authors published it, with their tests, laid out in `target`; the folder."""

    def fetch(folder: Path) -> None:
        folder.mkdir()
        words = ("--no-deps", "--no-binary", ":all:", "--dest", str(folder), requirement)
        _run(sys.executable, "-m", "pip", "download", "--quiet", *words)

    [archive] = _made("source", [requirement], fetch).glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(target, filter="data")
    return target / archive.name.removesuffix(".tar.gz")


def node() -> str:
    """The command `node`: the machine's own, or one that comes as a Python package."""
    return shutil.which("node") or str(client_environment(pinned("node")) / "bin" / "node")


def npm() -> str:
    """The command `npm` that belongs to `node`."""
    return shutil.which("npm") or str(client_environment(pinned("node")) / "bin" / "npm")


def _made(kind: str, key: Sequence[str], make: Callable[[Path], None]) -> Path:
    digest = hashlib.sha256("\n".join(key).encode()).hexdigest()[:16]
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "brickyard-clients"
    root.mkdir(parents=True, exist_ok=True)
    folder = root / f"{kind}-{digest}"
    with _alone(root / f"{folder.name}.lock"):
        if not (folder / MADE).exists():
            # What an interrupted installation left behind is of no use.
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            (folder / MADE).write_text("\n".join(key) + "\n")
    return folder


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Of several test processes one makes the environment; the others wait for it."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _install(folder: Path, requirements: Sequence[str]) -> None:
    python = str(folder / "bin" / "python")
    if uv := shutil.which("uv"):
        _run(uv, "venv", "--quiet", "--no-project", "--python", sys.executable, str(folder))
        _run(uv, "pip", "install", "--quiet", "--python", python, *requirements)
        return
    _run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    _run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *requirements)


def _run(*words: str) -> None:
    # npm looks for the node that lies beside it.
    env = {**os.environ, "PATH": f"{Path(words[0]).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, f"{' '.join(words[:4])} …\n{done.stdout}{done.stderr}"
