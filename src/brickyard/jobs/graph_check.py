"""Whether the tasks of a job fit together: keys, dependencies, outcomes, no cycle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from brickyard.errors import InvalidParameterValue
from brickyard.jobs import graph
from brickyard.jobs.field import nearest
from brickyard.jobs.shape import show
from brickyard.jobs.tasks import ConditionTask, Dependency, Task


def check(tasks: Sequence[Task]) -> None:
    """That the tasks form a graph that can run. Keys of tasks among themselves have been checked.

    Raises:
        InvalidParameterValue: a key of a loop's task is taken, a dependency leads nowhere or stands twice, an outcome
            is asked of a task that has none, or the dependencies form a cycle.
    """
    keys = {task.key: task for task in tasks}
    loops = _nested(tasks)
    for index, task in enumerate(tasks):
        seen: set[str] = set()
        for place, dependency in enumerate(task.depends_on):
            _check_one(dependency, task, keys, loops, f"tasks[{index}].depends_on[{place}]")
            if dependency.task_key in seen:
                raise InvalidParameterValue(
                    f"tasks[{index}].depends_on[{place}].task_key is {dependency.task_key!r}, which stands in"
                    " depends_on already."
                )
            seen.add(dependency.task_key)
    cycle = graph.find_cycle({task.key: [entry.task_key for entry in task.depends_on] for task in tasks})
    if cycle:
        raise InvalidParameterValue(
            f"tasks: the dependencies form a cycle: {' -> '.join(cycle)} (each depends on the next)."
        )


def _nested(tasks: Sequence[Task]) -> dict[str, str]:
    """By key of a loop's task: the loop."""
    places = {task.key: f"tasks[{index}]" for index, task in enumerate(tasks)}
    loops: dict[str, str] = {}
    for index, task in enumerate(tasks):
        if task.nested is None:
            continue
        key, path = task.nested.key, f"tasks[{index}].for_each_task.task"
        taken = places.get(key)
        if taken:
            raise InvalidParameterValue(
                f"{path}.task_key is {key!r}, which {taken} has already; each key must be unique in the job."
            )
        places[key] = path
        loops[key] = task.key
    return loops


def _check_one(
    dependency: Dependency, task: Task, keys: Mapping[str, Task], loops: Mapping[str, str], path: str
) -> None:
    key = dependency.task_key
    if key == task.key:
        raise InvalidParameterValue(f"{path}.task_key is {key!r}: a task cannot depend on itself.")
    if key in loops:
        raise InvalidParameterValue(
            f"{path}.task_key is {key!r}, which is repeated by the loop {loops[key]!r}; depend on the loop."
        )
    if key not in keys:
        raise InvalidParameterValue(
            f"{path}.task_key is {show(key)}, which is no task of this job.{nearest(key, keys)}"
        )
    if dependency.outcome is not None and not isinstance(keys[key].work, ConditionTask):
        raise InvalidParameterValue(
            f"{path}.outcome is {dependency.outcome!r}, but {key!r} is no condition_task; no other task has an outcome."
        )
