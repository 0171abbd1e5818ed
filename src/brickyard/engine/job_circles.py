"""Jobs that run jobs: found to be circular or too deep when they are declared, as far as that can be seen then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from brickyard.engine.lineage import MAX_LEVELS
from brickyard.errors import InvalidParameterValue
from brickyard.jobs.parameters import all_tasks
from brickyard.jobs.tasks import JobSettings, RunJobTask
from brickyard.ports import JobStore

_Path = tuple[int, ...]


def check(store: JobStore, job_id: int | None, settings: JobSettings) -> None:
    """That the job does not run itself, directly or through others, and does not nest runs too deeply.

    Jobs that do not exist (yet) are passed over: a run that needs one of them fails by its name.

    Args:
        store: where the settings of other jobs are.
        job_id: the job that gets these settings; None for one that is about to be created.
        settings: what it is to be.

    Raises:
        InvalidParameterValue: the text has the way through the jobs.
    """
    seen: dict[int, tuple[int, ...]] = {}
    targets = {task.work.job_id: task.key for task in all_tasks(settings) if isinstance(task.work, RunJobTask)}
    for target, task_key in targets.items():
        _walk(store, job_id, task_key, (target,), seen)


def _walk(store: JobStore, own: int | None, task_key: str, path: _Path, seen: dict[int, tuple[int, ...]]) -> None:
    last = path[-1]
    if last == own or last in path[:-1]:
        raise InvalidParameterValue(
            f"Task '{task_key}' would make the job run itself: {_show(own, path)}. Circles of jobs are not allowed."
        )
    if len(path) >= MAX_LEVELS:
        raise InvalidParameterValue(
            f"Task '{task_key}' nests run-job tasks too deeply: {_show(own, path)}; at most {MAX_LEVELS} levels of"
            " runs are allowed."
        )
    if last not in seen:
        job = store.get(last)
        seen[last] = tuple(dict.fromkeys(_targets(job.settings))) if job else ()
    for target in seen[last]:
        _walk(store, own, task_key, (*path, target), seen)


def _targets(settings: Mapping[str, Any]) -> Iterator[int]:
    """The jobs that a stored job runs: read from its JSON, which was checked when it was stored."""
    for task in settings.get("tasks", ()):
        loop = task.get("for_each_task") or {}
        for found in (task, loop.get("task") or {}):
            if "run_job_task" in found:
                yield int(found["run_job_task"]["job_id"])


def _show(own: int | None, path: _Path) -> str:
    first = "this job" if own is None else f"job {own}"
    return " -> ".join([first, *(f"job {each}" for each in path)])
