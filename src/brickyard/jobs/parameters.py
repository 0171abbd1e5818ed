"""Which parameters a task gets, and whether all references of a job lead somewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from brickyard.errors import InvalidParameterValue
from brickyard.jobs import shape
from brickyard.jobs.field import nearest
from brickyard.jobs.fields_job import PARAMETER_PATTERN
from brickyard.jobs.graph import Ancestry
from brickyard.jobs.references import Name, parse, resolve
from brickyard.jobs.scope import Scope, Upstream
from brickyard.jobs.tasks import JobSettings, NotebookTask, SparkPythonTask, Task, Work
from brickyard.jobs.values import check_name, is_of_job, undefined_parameter

__all__ = ["Scope", "Upstream", "check", "check_overrides", "job_parameters", "resolve_work"]

MAX_OVERRIDE_BYTES: Final = 10_000
MAX_BASE_PARAMETER_BYTES: Final = 1_000_000


def check(settings: JobSettings) -> None:
    """That every reference of the settings names something that its task will know. Its graph must be checked already.

    Raises:
        InvalidParameterValue: an unknown name, parameter or task, or a task that is not upstream.
        FeatureDisabled: a reference to something that is refused here.
    """
    for name, default in settings.parameters.items():
        where = f"in job parameter '{name}'"
        for reference in _names(default, where):
            check_name(reference.parts, reference.text, where)
            if not is_of_job(reference.parts):
                raise InvalidParameterValue(
                    f"Reference '{reference.text}' {where} is not known when a run starts;"
                    " a default may refer to job.* (without job.parameters) and workspace.* only."
                )
    ancestry = Ancestry(settings.tasks)
    for index, task in enumerate(settings.tasks):
        _check_size(task, f"tasks[{index}]")
        where = f"in task '{task.key}'"
        for text in _texts(task.work):
            for reference in _names(text, where):
                _check_reference(reference, task, settings, ancestry)


def _check_size(task: Task, path: str) -> None:
    if isinstance(task.work, NotebookTask):
        size = _json_bytes(task.work.base_parameters)
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


def _check_reference(reference: Name, task: Task, settings: JobSettings, ancestry: Ancestry) -> None:
    parts, text, where = reference.parts, reference.text, f"in task '{task.key}'"
    if parts[0] == "tasks" and len(parts) > 1:
        keys = [other.key for other in settings.tasks]
        if parts[1] not in keys:
            raise InvalidParameterValue(
                f"Invalid reference: '{text}'. Task '{parts[1]}' does not exist.{nearest(parts[1], keys)}"
            )
    check_name(parts, text, where)
    if parts[0] == "tasks" and not ancestry.is_upstream(parts[1], task.key):
        raise InvalidParameterValue(f"Task '{parts[1]}' must be a dependency of task '{task.key}'.")
    if parts[:2] == ("job", "parameters") and parts[2] not in settings.parameters:
        raise undefined_parameter(parts[2], text, where)
    if parts == ("task", "notebook_path") and not isinstance(task.work, NotebookTask):
        raise InvalidParameterValue(f"Reference '{text}' {where}: the task is no notebook.")


def check_overrides(
    settings: JobSettings, job_parameters: Mapping[str, Any] | None, overriding: Mapping[str, Any] | None
) -> None:
    """The parameters of run-now or repair.

    Args:
        settings: the job that is to run.
        job_parameters: overrides of job parameters; keys that the job does not define are additional parameters of this run.
        overriding: the legacy overrides as sent: `notebook_params`, `python_params`, ….

    Raises:
        InvalidParameterValue: a wrong type or name, more than 10,000 bytes, legacy overrides of a job with job parameters, or an override
            that no task of the job takes.
        FeatureDisabled: overrides of kinds of tasks that are refused.
    """
    legacy = shape.check("overriding", overriding or {})
    given = [name for name, value in legacy.items() if not shape.blank(value)]
    if given and (settings.parameters or job_parameters):
        raise InvalidParameterValue(
            f"Cannot use legacy parameters ({', '.join(given)}) because the job has job parameters configured."
            if settings.parameters
            else f"job_parameters and {given[0]} are given; use only one of them."
        )
    _check_taken(settings, given)
    named = shape.check("run_now", {"job_id": 0, "job_parameters": job_parameters})
    for name, value in {**legacy, "job_parameters": named.get("job_parameters", {})}.items():
        size = _json_bytes(value)
        if size > MAX_OVERRIDE_BYTES:
            raise InvalidParameterValue(f"{name} has {size} bytes as JSON; at most {MAX_OVERRIDE_BYTES} are allowed.")
    for name in named.get("job_parameters", {}):
        if not re.fullmatch(PARAMETER_PATTERN, name):
            raise InvalidParameterValue(
                f"job_parameters has the name {shape.show(name)}; it must match {PARAMETER_PATTERN}."
            )
    for index, value in enumerate(legacy.get("python_params", ())):
        if not value.isascii():
            raise InvalidParameterValue(
                f"python_params[{index}] is {shape.show(value)}; only ASCII characters are allowed."
            )


def _check_taken(settings: JobSettings, given: list[str]) -> None:
    for name, kind, payload in (
        ("notebook_params", NotebookTask, "notebook_task"),
        ("python_params", SparkPythonTask, "spark_python_task"),
    ):
        if name in given and not any(isinstance(task.work, kind) for task in settings.tasks):
            raise InvalidParameterValue(f"{name} is given, but no task of the job is a {payload}.")


def job_parameters(settings: JobSettings, overrides: Mapping[str, str], scope: Scope) -> dict[str, str]:
    """The effective job parameters of a run: overrides as given, defaults with their references resolved.

    Overrides are values, not templates. Those that the job does not define come last.
    """
    result = {
        name: overrides[name] if name in overrides else resolve(default, scope)
        for name, default in settings.parameters.items()
    }
    return {**result, **overrides}


def resolve_work(task: Task, settings: JobSettings, scope: Scope, overriding: Mapping[str, Any]) -> Work:
    """The task's payload as it runs: references resolved, parameters by their precedence.

    For a notebook, from weakest to strongest: `base_parameters`, legacy `notebook_params` (only where the job defines no job
    parameters), job parameters. A script gets its own list (or legacy `python_params`) and no job parameters. Overrides are values, not templates.

    Args:
        task: one of the job's tasks.
        settings: the job as this run sees it.
        scope: what references mean; its `parameters` are those of `job_parameters`.
        overriding: legacy overrides that have passed `check_overrides`.

    Raises:
        InvalidParameterValue: a reference has no value in this run.
    """
    legacy = {} if settings.parameters else shape.check("overriding", overriding)
    work = task.work
    if isinstance(work, NotebookTask):
        path = resolve(work.notebook_path, scope)
        given = {name: resolve(text, scope) for name, text in work.base_parameters.items()}
        merged = {**given, **legacy.get("notebook_params", {}), **scope.parameters}
        return replace(work, notebook_path=path, base_parameters=merged)
    arguments = tuple(legacy.get("python_params", ())) or tuple(resolve(text, scope) for text in work.parameters)
    return replace(work, python_file=resolve(work.python_file, scope), parameters=arguments)


def _json_bytes(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
