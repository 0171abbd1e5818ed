"""Which parameters a run may be given, and which of them each task gets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from brickyard.errors import InvalidParameterValue
from brickyard.jobs import shape
from brickyard.jobs.fields_job import PARAMETER_PATTERN
from brickyard.jobs.references import resolve
from brickyard.jobs.scope import Scope, Upstream
from brickyard.jobs.tasks import JobSettings, NotebookTask, SparkPythonTask, Task, Work

__all__ = ["Scope", "Upstream", "check_overrides", "job_parameters", "resolve_work"]

MAX_OVERRIDE_BYTES: Final = 10_000


def check_overrides(
    settings: JobSettings, job_parameters: Mapping[str, Any] | None, overriding: Mapping[str, Any] | None
) -> None:
    """The parameters of run-now or repair.

    Args:
        settings: the job that is to run.
        job_parameters: overrides of job parameters; keys that the job does not define are additional parameters
            of this run.
        overriding: the legacy overrides as sent: `notebook_params`, `python_params`, ….

    Raises:
        InvalidParameterValue: a wrong type or name, more than 10,000 bytes, legacy overrides of a job with job
            parameters, or an override that no task of the job takes.
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
        size = shape.json_bytes(value)
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

    For a notebook, from weakest to strongest: `base_parameters`, legacy `notebook_params` (only where the job defines
    no job parameters), job parameters. A script gets its own list (or legacy `python_params`) and no job parameters.
    Overrides are values, not templates.

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
