"""Whether every reference of a job leads somewhere. Known when the job is created, so no run has to fail for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from brickyard.errors import InvalidParameterValue
from brickyard.jobs import shape
from brickyard.jobs.field import nearest
from brickyard.jobs.graph import Ancestry
from brickyard.jobs.references import Name, parse
from brickyard.jobs.tasks import JobSettings, NotebookTask, Task, Work
from brickyard.jobs.values import check_name, is_of_job, undefined_parameter

MAX_BASE_PARAMETER_BYTES: Final = 1_000_000


def check(settings: JobSettings) -> None:
    """That every reference names something that its task will know. The graph must have been checked.

    Raises:
        InvalidParameterValue: an unknown name, parameter or task, or a task that is not upstream.
        FeatureDisabled: a reference to something that is refused here.
    """
    for name, default in settings.parameters.items():
        _check_default(name, default)
    tasks = {task.key: task for task in settings.tasks}
    ancestry = Ancestry(settings.tasks)
    for index, task in enumerate(settings.tasks):
        _check_size(task, f"tasks[{index}]")
        for text in _texts(task.work):
            for reference in _names(text, f"in task '{task.key}'"):
                _check_one(reference, task, tasks, settings.parameters, ancestry)


def _check_default(name: str, default: str) -> None:
    where = f"in job parameter '{name}'"
    for reference in _names(default, where):
        check_name(reference.parts, reference.text, where)
        if not is_of_job(reference.parts):
            raise InvalidParameterValue(
                f"Reference '{reference.text}' {where} is not known when a run starts; a default may refer to"
                " job.* (without job.parameters) and workspace.* only."
            )


def _check_size(task: Task, path: str) -> None:
    if isinstance(task.work, NotebookTask):
        size = shape.json_bytes(task.work.base_parameters)
        if size > MAX_BASE_PARAMETER_BYTES:
            raise InvalidParameterValue(
                f"{path}.notebook_task.base_parameters has {size} bytes as JSON;"
                f" at most {MAX_BASE_PARAMETER_BYTES} are allowed."
            )


def _names(text: str, where: str) -> Iterator[Name]:
    return (piece for piece in parse(text, where) if isinstance(piece, Name))


def _texts(work: Work) -> Iterator[str]:
    if isinstance(work, NotebookTask):
        yield work.notebook_path
        yield from work.base_parameters.values()
    else:
        yield work.python_file
        yield from work.parameters


def _check_one(
    reference: Name, task: Task, tasks: Mapping[str, Task], parameters: Mapping[str, str], ancestry: Ancestry
) -> None:
    parts, text, where = reference.parts, reference.text, f"in task '{task.key}'"
    if parts[0] == "tasks" and len(parts) > 1 and parts[1] not in tasks:
        raise InvalidParameterValue(
            f"Invalid reference: '{text}'. Task '{parts[1]}' does not exist.{nearest(parts[1], tasks)}"
        )
    check_name(parts, text, where)
    if parts[0] == "tasks":
        _check_upstream(parts, text, task, tasks[parts[1]], ancestry)
    if parts[:2] == ("job", "parameters") and parts[2] not in parameters:
        raise undefined_parameter(parts[2], text, where)
    if parts == ("task", "notebook_path") and not isinstance(task.work, NotebookTask):
        raise InvalidParameterValue(f"Reference '{text}' {where}: task '{task.key}' is no notebook task.")


def _check_upstream(parts: tuple[str, ...], text: str, task: Task, other: Task, ancestry: Ancestry) -> None:
    if not ancestry.is_upstream(other.key, task.key):
        raise InvalidParameterValue(
            f"Task '{other.key}' must be a dependency of task '{task.key}'. The reference '{text}' needs it."
        )
    if parts[2] == "notebook_path" and not isinstance(other.work, NotebookTask):
        raise InvalidParameterValue(f"Reference '{text}' in task '{task.key}': task '{other.key}' is no notebook task.")
