"""What has to be installed before a task can run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from packaging.utils import canonicalize_name

from brickyard.jobs.tasks import DbtTask, JobSettings, Library, LibraryKind, Task

DBT: Final = {"dbt-core": "dbt-core~=1.11.0", "dbt-spark": "dbt-spark~=1.11.0"}
"""What every dbt task needs. Its adapter is the one that takes the Spark session of its own process."""
_NOT_HERE: Final = frozenset({"dbt-databricks"})
"""Adapters that reach Spark only over the service's own protocol; the projects of their users run with dbt-spark."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def requirements(task: Task, settings: JobSettings) -> tuple[str, ...]:
    """The pip requirement lines of a task: those of its environment, then its libraries, each once.

    Paths of wheels stand as declared, without a scheme of their own; a file of requirements is `-r PATH`.
    """
    lines = [
        *settings.environments.get(task.environment_key, ()),
        *map(line_of, task.libraries),
    ]
    return tuple(dict.fromkeys(_with_dbt(lines) if isinstance(task.work, DbtTask) else lines))


def line_of(library: Library) -> str:
    """The pip requirement line of a library."""
    return f"-r {library.value}" if library.kind is LibraryKind.REQUIREMENTS else library.value


def _with_dbt(lines: Iterable[str]) -> Iterable[str]:
    kept = {line: _project(line) for line in lines}
    yield from (line for line, name in kept.items() if name not in _NOT_HERE)
    yield from (line for name, line in DBT.items() if name not in kept.values())


def _project(line: str) -> str:
    found = _NAME.match(line)
    return canonicalize_name(found[0]) if found else ""
