"""The single-task form of API 2.0, still sent by the legacy CLI and by Airflow: the task's fields on the top level."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from brickyard.errors import InvalidParameterValue
from brickyard.jobs import shape
from brickyard.jobs.field import nearest
from brickyard.jobs.fields import SECTIONS, TASK_ONLY
from brickyard.jobs.fields_job import KEY_PATTERN
from brickyard.jobs.fields_task import PAYLOADS


def lift(raw: object, section: str, key: str = "main") -> dict[str, Any]:
    """The same settings with `tasks`; those that have it already keep it, but for a missing key of an only task.

    Args:
        raw: the body as sent.
        section: the table's section for its top level, "job" or "submit".
        key: how the only task is called where it has no key. For "submit" it is the run's name if that is a legal key.
    """
    if not isinstance(raw, Mapping):
        raise InvalidParameterValue(f"The body is {shape.show(raw)}; it must be an object.")
    run_name = raw.get("run_name") if section == "submit" else None
    name = run_name if isinstance(run_name, str) and re.fullmatch(KEY_PATTERN, run_name) else key
    given = [field for field, value in raw.items() if value is not None]
    moved = [field for field in given if field in TASK_ONLY and not (shape.blank(raw[field]) and "tasks" in given)]
    if "tasks" in given:
        return _with_tasks(raw, moved, name, derive=section == "submit")
    if not any(field in PAYLOADS for field in moved):
        raise InvalidParameterValue(_no_tasks(raw, section))
    if "job_clusters" in given:
        raise InvalidParameterValue(
            "job_clusters: shared job clusters need a job with tasks; put the task into tasks[]."
        )
    task = {"task_key": name, **{field: raw[field] for field in moved}}
    return {**{field: value for field, value in raw.items() if field not in TASK_ONLY}, "tasks": [task]}


def _with_tasks(raw: Mapping[str, Any], moved: list[str], name: str, *, derive: bool) -> dict[str, Any]:
    if moved:
        raise InvalidParameterValue(f"{moved[0]} stands beside tasks; it belongs into one of tasks[].")
    tasks = raw["tasks"]
    result = {field: value for field, value in raw.items() if field not in TASK_ONLY}
    if tasks == []:
        raise InvalidParameterValue("tasks is empty; at least one task is needed.")
    if derive and isinstance(tasks, list) and len(tasks) == 1 and isinstance(tasks[0], Mapping):
        result["tasks"] = [{**tasks[0], "task_key": tasks[0].get("task_key") or name}]
    return result


def _no_tasks(raw: Mapping[str, Any], section: str) -> str:
    known = SECTIONS[section].keys() | TASK_ONLY
    for field in raw:
        if field not in known:
            return f"{shape.show(str(field))[1:-1]} is not a known field.{nearest(str(field), known)}"
    return "tasks is missing; at least one task is needed."
