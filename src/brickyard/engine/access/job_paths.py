"""What a job names of the workspace, looked at when it is written.

That is a kindness to its author and no safety: what a run may run is asked when its tasks start (`run_files`). So only
what the author sees and may not run is refused; of all else nothing is told, not even whether it is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from brickyard.access.actions import RULES, Action
from brickyard.access.identity import Identity
from brickyard.access.levels import ObjectType, reaches
from brickyard.engine.access.gate import Gate
from brickyard.errors import PermissionDenied
from brickyard.workloads.notebooks.files import absolute_path

_NEEDED = RULES[Action.FILES_RUN].level
_FIELDS = (("notebook_task", "notebook_path"), ("spark_python_task", "python_file"))


def paths(tasks: Iterable[Mapping[str, Any]]) -> list[str]:
    """The notebooks and files of the workspace that some tasks name, as far as they are known before a run."""
    named = [str((task.get(kind) or {}).get(field) or "") for task in tasks for kind, field in _FIELDS]
    elsewhere = ("/Volumes/", "/dbfs/")
    return [path for path in named if path.startswith("/") and not path.startswith(elsewhere) and "{{" not in path]


def check(gate: Gate, who: Identity, named: Iterable[str]) -> None:
    """Return if there is none among the paths that somebody may see and not run.

    Raises:
        PermissionDenied: there is; the text names it.
        InvalidParameterValue: a path leads out of the workspace.
    """
    for path in named:
        level = gate.level(who, ObjectType.FILES, absolute_path(path, base="/"))
        if level and not reaches(ObjectType.FILES, level, _NEEDED):
            raise PermissionDenied(f"{who.name} has {level} on {path}; a job that runs it needs {_NEEDED}.")
