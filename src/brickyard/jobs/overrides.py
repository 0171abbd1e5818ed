"""Which parameters a run may be given: overrides of job parameters, and the older ones of task parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from brickyard.errors import InvalidParameterValue
from brickyard.jobs import shape
from brickyard.jobs.fields_job import PARAMETER_PATTERN
from brickyard.jobs.tasks import (
    DbtTask,
    JobSettings,
    NotebookTask,
    PythonWheelTask,
    SparkPythonTask,
    SqlTask,
    Task,
    Work,
)

MAX_OVERRIDE_BYTES: Final = 10_000

_TAKERS: Final[Mapping[str, tuple[type[Work], ...]]] = {
    "notebook_params": (NotebookTask,),
    "python_params": (SparkPythonTask, PythonWheelTask),
    "python_named_params": (PythonWheelTask,),
    "sql_params": (SqlTask,),
    "dbt_commands": (DbtTask,),
}
_PAYLOADS: Final[Mapping[str, str]] = {
    "notebook_params": "notebook_task",
    "python_params": "spark_python_task or python_wheel_task",
    "python_named_params": "python_wheel_task",
    "sql_params": "sql_task",
    "dbt_commands": "dbt_task",
}


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
    _check_sizes({**legacy, "job_parameters": named.get("job_parameters", {})})
    _check_texts(legacy, named.get("job_parameters", {}))


def _check_taken(settings: JobSettings, given: list[str]) -> None:
    works = [task.work for task in all_tasks(settings)]
    for name in given:
        if not any(isinstance(work, _TAKERS[name]) for work in works):
            raise InvalidParameterValue(f"{name} is given, but no task of the job is a {_PAYLOADS[name]}.")
    if {"python_params", "python_named_params"} <= set(given):
        raise InvalidParameterValue(
            "python_params and python_named_params are given; a python_wheel_task takes only one of them."
        )


def _check_sizes(overrides: Mapping[str, object]) -> None:
    for name, value in overrides.items():
        size = shape.json_bytes(value)
        if size > MAX_OVERRIDE_BYTES:
            raise InvalidParameterValue(f"{name} has {size} bytes as JSON; at most {MAX_OVERRIDE_BYTES} are allowed.")


def _check_texts(legacy: Mapping[str, Any], named: Mapping[str, str]) -> None:
    for name in named:
        if not re.fullmatch(PARAMETER_PATTERN, name):
            raise InvalidParameterValue(
                f"job_parameters has the name {shape.show(name)}; it must match {PARAMETER_PATTERN}."
            )
    for index, value in enumerate(legacy.get("python_params", ())):
        if not value.isascii():
            raise InvalidParameterValue(
                f"python_params[{index}] is {shape.show(value)}; only ASCII characters are allowed."
            )


def all_tasks(settings: JobSettings) -> Iterator[Task]:
    """Every task of a job, each loop followed by the task that it repeats."""
    for task in settings.tasks:
        yield task
        if task.nested is not None:
            yield task.nested
