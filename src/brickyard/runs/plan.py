"""From the tasks as declared to the rules that deciding needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from brickyard.jobs.tasks import ConditionTask, ForEachTask, RunJobTask, Task, Work
from brickyard.runs.model import Kind, TaskPlan

_KINDS: dict[type[Work], Kind] = {
    ConditionTask: Kind.CONDITION,
    RunJobTask: Kind.RUN_JOB,
    ForEachTask: Kind.LOOP,
}
_NEVER_RETRIED = frozenset({Kind.CONDITION, Kind.LOOP})


def of(tasks: Iterable[Task], named: Collection[str] = ()) -> dict[str, TaskPlan]:
    """The plan of a run of these tasks, by key, in their order.

    A disabled task that is named runs all the same, as it does at the service.
    """
    rules = {task.key: _rules(task) for task in tasks}
    return rules | {key: replace(rules[key], disabled=False) for key in named if rules[key].disabled}


def _rules(task: Task) -> TaskPlan:
    kind = _KINDS.get(type(task.work), Kind.WORKER)
    return TaskPlan(
        key=task.key,
        depends_on=task.depends_on,
        run_if=task.run_if,
        max_retries=0 if kind in _NEVER_RETRIED else task.max_retries,
        min_retry_interval_ms=task.min_retry_interval_millis,
        retry_on_timeout=task.retry_on_timeout,
        timeout_ms=task.timeout_seconds * 1000,
        disabled=task.disabled,
        kind=kind,
        concurrency=task.work.concurrency if isinstance(task.work, ForEachTask) else 1,
        nested=_rules(task.nested) if task.nested else None,
    )
