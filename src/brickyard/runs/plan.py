"""From the tasks as declared to the rules that deciding needs."""

from __future__ import annotations

from collections.abc import Iterable

from brickyard.jobs.tasks import Task
from brickyard.runs.model import TaskPlan


def of(tasks: Iterable[Task]) -> dict[str, TaskPlan]:
    """The plan of a run of these tasks, by key, in their order."""
    return {task.key: _rules(task) for task in tasks}


def _rules(task: Task) -> TaskPlan:
    return TaskPlan(
        key=task.key,
        depends_on=task.depends_on,
        run_if=task.run_if,
        max_retries=task.max_retries,
        min_retry_interval_ms=task.min_retry_interval_millis,
        retry_on_timeout=task.retry_on_timeout,
        timeout_ms=task.timeout_seconds * 1000,
        disabled=task.disabled,
    )
