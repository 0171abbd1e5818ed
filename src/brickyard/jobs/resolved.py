"""The values that a task ran with, in the API's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brickyard.jobs.tasks import (
    ConditionTask,
    DbtTask,
    ForEachTask,
    NotebookTask,
    PythonWheelTask,
    RunJobTask,
    SparkPythonTask,
    SqlTask,
    Work,
)


def resolved_values(work: Work) -> dict[str, Any]:
    """A resolved payload as `resolved_values` of the Jobs API: one object, named after the kind of the task.

    `for_each_task.inputs` is our own: the API has no entry for loops.
    """
    match work:
        case NotebookTask():
            return {"notebook_task": {"base_parameters": dict(work.base_parameters)}}
        case SparkPythonTask():
            return {"spark_python_task": {"parameters": list(work.parameters)}}
        case PythonWheelTask():
            values: dict[str, Any] = {"parameters": list(work.parameters)} if work.parameters else {}
            named = {"named_parameters": dict(work.named_parameters)} if work.named_parameters else {}
            return {"python_wheel_task": {**values, **named}}
        case SqlTask():
            return {"sql_task": {"parameters": dict(work.parameters)}}
        case DbtTask():
            return {"dbt_task": {"commands": list(work.commands)}}
        case RunJobTask():
            return {"run_job_task": _of_run_job(work)}
        case ConditionTask():
            return {"condition_task": {"left": work.left, "right": work.right}}
        case ForEachTask():
            return {"for_each_task": {"inputs": work.inputs}}


def _of_run_job(work: RunJobTask) -> dict[str, Any]:
    maps = [value for value in work.overriding.values() if isinstance(value, Mapping)]
    legacy = {name: text for value in maps for name, text in value.items()}
    return {"job_parameters": dict(work.job_parameters), **({"parameters": legacy} if legacy else {})}
