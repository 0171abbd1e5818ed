"""Whether every reference of a job leads somewhere. Known when the job is created, so no run has to fail for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from brickyard.errors import InvalidParameterValue
from brickyard.jobs import names, shape
from brickyard.jobs.field import nearest
from brickyard.jobs.graph import Ancestry
from brickyard.jobs.reference_texts import texts
from brickyard.jobs.references import Name, parse
from brickyard.jobs.tasks import JobSettings, NotebookTask, SqlTask, Task
from brickyard.jobs.values import undefined_parameter

MAX_BASE_PARAMETER_BYTES: Final = 1_000_000


def check(settings: JobSettings) -> None:
    """That every reference names something that its task will know. The graph must have been checked.

    Raises:
        InvalidParameterValue: an unknown name, parameter or task, a task that is not upstream, or something that only
            other tasks or other triggers have.
        FeatureDisabled: a reference to something that is refused here.
    """
    trigger = settings.raw.get("trigger")
    triggers = trigger if isinstance(trigger, Mapping) else {}
    for name, default in settings.parameters.items():
        _check_default(name, default, triggers)
    job = _Job(
        tasks={task.key: task for task in settings.tasks},
        parameters=settings.parameters,
        triggers=triggers,
        ancestry=Ancestry(settings.tasks),
    )
    for index, task in enumerate(settings.tasks):
        job.check_task(task, task.key, f"tasks[{index}]")
        if task.nested is not None:
            job.check_task(task.nested, task.key, f"tasks[{index}].for_each_task.task", is_nested=True)


def _check_default(name: str, default: str, triggers: Mapping[str, Any]) -> None:
    where = f"in job parameter '{name}'"
    for reference in _references(default, where):
        names.check(reference.parts, reference.text)
        if not names.is_of_run(reference.parts):
            raise InvalidParameterValue(
                f"Reference '{reference.text}' {where} is not known when a run starts; a default may refer to"
                " job.* (without job.parameters), workspace.* and backfill.* only."
            )
        _check_trigger(reference.parts, triggers)


def _references(text: str, where: str) -> Iterator[Name]:
    return (piece for piece in parse(text, where) if isinstance(piece, Name))


def _check_trigger(parts: tuple[str, ...], triggers: Mapping[str, Any]) -> None:
    if parts[:2] != ("job", "trigger"):
        return
    if parts[2] == "table_update" and not triggers.get("table_update"):
        raise InvalidParameterValue(
            "Table update trigger references can not be used unless the job has a table update trigger configured."
        )
    if parts[2] == "file_arrival" and not triggers.get("file_arrival"):
        raise InvalidParameterValue("Job does not have a file arrival trigger configured.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What references of its tasks may lead to."""

    tasks: Mapping[str, Task]
    parameters: Mapping[str, str]
    triggers: Mapping[str, Any]
    ancestry: Ancestry

    def check_task(self, task: Task, place: str, path: str, *, is_nested: bool = False) -> None:
        """Check a task that stands in the graph where `place` stands: for the task of a loop that is the loop."""
        _check_size(task, path)
        where = f"in task '{task.key}'"
        for text in texts(task.work):
            for reference in _references(text, where):
                self._check_one(reference, task, place)
                if reference.parts[0] == "input" and not is_nested:
                    raise InvalidParameterValue(
                        f"Reference '{reference.text}' {where}: only the task of a for_each_task has an input."
                    )

    def _check_one(self, reference: Name, task: Task, place: str) -> None:
        parts, text, where = reference.parts, reference.text, f"in task '{task.key}'"
        if parts[0] == "tasks" and len(parts) > 1 and parts[1] not in self.tasks:
            raise InvalidParameterValue(
                f"Invalid reference: '{text}'. Task '{shape.brief(parts[1])}' does not exist."
                f"{nearest(parts[1], self.tasks)}"
            )
        names.check(parts, text)
        _check_trigger(parts, self.triggers)
        if parts[0] == "tasks":
            self._check_upstream(parts, text, task, place)
        if parts[:2] == ("job", "parameters") and parts[2] not in self.parameters:
            raise undefined_parameter(parts[2], text, where)
        if parts == ("task", "notebook_path") and not isinstance(task.work, NotebookTask):
            raise InvalidParameterValue(f"Reference '{text}' {where}: task '{task.key}' is no notebook task.")

    def _check_upstream(self, parts: tuple[str, ...], text: str, task: Task, place: str) -> None:
        other = self.tasks[parts[1]]
        if not self.ancestry.is_upstream(other.key, place):
            raise InvalidParameterValue(f"Task '{other.key}' must be a dependency of task '{task.key}'.")
        if parts[2] == "notebook_path" and not isinstance(other.work, NotebookTask):
            raise InvalidParameterValue(
                f"Reference '{text}' in task '{task.key}': task '{other.key}' is no notebook task."
            )
        if parts[2] == "output" and not isinstance(other.work, SqlTask):
            raise InvalidParameterValue("Unsupported task type for the 'output' namespace.")


def _check_size(task: Task, path: str) -> None:
    if isinstance(task.work, NotebookTask):
        size = shape.json_bytes(task.work.base_parameters)
        if size > MAX_BASE_PARAMETER_BYTES:
            raise InvalidParameterValue(
                f"{path}.notebook_task.base_parameters has {size} bytes as JSON;"
                f" at most {MAX_BASE_PARAMETER_BYTES} are allowed."
            )
