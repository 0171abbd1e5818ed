"""Call an entry point of an installed package, and tell how it ended.

The entry point is looked up by name in all groups of the distribution, commands first; where none has that name, it is
the function `package.entry_point` (jobs reference 10.2). What it returns has no meaning, as on Databricks.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path

from brickyard.workloads import programs
from brickyard.workloads.bridge import Bridge
from brickyard.workloads.code import CodeLog
from brickyard.workloads.messages import Assignment, Outcome, WheelWork

_COMMANDS = "console_scripts"
_NOT_USERS = (str(Path(__file__).parent), str(Path(importlib.__file__).parent), "<frozen importlib")


def run_wheel(work: WheelWork, assignment: Assignment, bridge: Bridge) -> Outcome:
    """Call the entry point in this process; returns how it ended. `KeyboardInterrupt` passes through."""
    try:
        distribution = importlib.metadata.distribution(work.package)
    except importlib.metadata.PackageNotFoundError:
        return _missing(
            f"The package {work.package!r} is not installed for this task. Name its wheel in the task's libraries, "
            "or in the dependencies of its environment."
        )
    except ValueError as error:
        return _missing(f"The package {work.package!r} cannot be looked up: {error}.")

    def program() -> None:
        _entry(distribution, work)()

    CodeLog(Path(assignment.folder)).add_all(_sources(distribution))
    sys.argv = [work.package, *work.parameters]
    # With a spec: a `__main__` with neither spec nor file is taken for a doctest by pyspark, and multiprocessing
    # would look for the file.
    programs.main_module(__spec__=ModuleSpec("__main__", None))
    bridge.started()
    try:
        return programs.run(program, file="", users=_is_users)
    except _NoEntryError as error:
        return _missing(str(error))


def _sources(distribution: importlib.metadata.Distribution) -> list[tuple[str, bytes]]:
    """The package's code, for the list of what ran; its data may be large and is not looked at."""
    files = [file for file in distribution.files or () if file.suffix in {".py", ".sql"}]
    name = distribution.metadata["Name"]
    return [(f"<{name}>/{file}", Path(str(distribution.locate_file(file))).read_bytes()) for file in sorted(files)]


class _NoEntryError(BaseException):
    """The package has no such entry point. No `Exception`: those are the user's."""


def _entry(distribution: importlib.metadata.Distribution, work: WheelWork) -> Callable[[], object]:
    found = sorted(distribution.entry_points, key=lambda entry: (entry.group != _COMMANDS, entry.group, entry.name))
    for entry in found:
        if entry.name == work.entry_point:
            loaded: Callable[[], object] = entry.load()
            return loaded
    name = work.package.replace("-", "_")
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise _NoEntryError(_told(distribution, work, f"a module {name!r}")) from None
    function = getattr(module, work.entry_point, None)
    if not callable(function):
        raise _NoEntryError(_told(distribution, work, f"a function {name}.{work.entry_point}"))
    called: Callable[[], object] = function
    return called


def _told(distribution: importlib.metadata.Distribution, work: WheelWork, nor: str) -> str:
    known = sorted({entry.name for entry in distribution.entry_points})
    has = f"Its entry points: {', '.join(known)}." if known else "It has no entry points."
    return (
        f"The package {work.package!r} {distribution.version} has neither an entry point {work.entry_point!r} "
        f"nor {nor}. {has}"
    )


def _missing(text: str) -> Outcome:
    return Outcome(status="failed", error=text, error_code="RESOURCE_NOT_FOUND")


def _is_users(file: str) -> bool:
    return not file.startswith(_NOT_USERS)
