"""The body of `runs/get-output`: what one task run gave back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brickyard.errors import InvalidParameterValue
from brickyard.records import Json
from brickyard.runs.model import Attempt
from brickyard.runs.states import LifeCycle, Result
from brickyard.surfaces.api import dbt_artifacts, run_facts, wire_runs, wire_sql, wire_tasks
from brickyard.surfaces.api.services import Services
from brickyard.surfaces.api.wire_facts import Facts
from brickyard.workloads import folder
from brickyard.workloads.messages import Outcome

MAX_OUTPUT = 5 * 1024 * 1024
"""Bytes of a notebook's result (its first) and of a script's log (its last), as at the service."""
_SEVERAL = (
    "Retrieving the output of runs with multiple tasks is not supported. "
    "Please retrieve the output of each individual task run instead."
)
_SKIPPED = "Run result unavailable: The task was skipped because not all its dependencies were executed and succeeded."
_LOGGED = ("spark_python_task", "python_wheel_task", "dbt_task")
"""Tasks whose output is what their process wrote."""


def read(services: Services, run_id: int) -> dict[str, Any]:
    """The output of a task run or an iteration; also by the id of a job run that has just one task.

    Raises:
        InvalidParameterValue: there is no such run, or it has several tasks.
    """
    facts, attempts = run_facts.locate(services, run_id)
    if attempts:
        attempt = run_facts.one_of(attempts, run_id)
        facts = run_facts.detailed(services, facts, [attempt])
        metadata = wire_runs.task_body(facts, attempt, attempts)
    else:
        attempt = _only_task(facts)
        facts = run_facts.detailed(services, facts, [attempt])
        # Asked for by the job run: that is the run which the answer tells of.
        metadata = {**wire_runs.run_body(facts, attempts=[attempt]), "task": wire_tasks.payload(facts, attempt)}
    outcome = facts.outcomes.get(attempt.attempt_id)
    task = facts.task(attempt)
    return {"metadata": metadata, **_result(services, attempt, task, outcome), **_error(attempt, task, outcome)}


def tail(path: Path, limit: int) -> tuple[str, bool]:
    """The last `limit` bytes of a file as text, and whether something before them is missing."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - limit))
            return file.read(limit).decode(errors="replace"), size > limit
    except FileNotFoundError:
        return "", False


def _only_task(facts: Facts) -> Attempt:
    attempts = wire_tasks.in_order(facts.run.attempts)
    if len(facts.run.plan) != 1 or not attempts:
        raise InvalidParameterValue(_SEVERAL)
    return attempts[-1]


def _result(services: Services, attempt: Attempt, task: Json, outcome: Outcome | None) -> dict[str, Any]:
    """What the kind of task gives back; conditions and loops give nothing."""
    if attempt.life_cycle is LifeCycle.SKIPPED:
        return {}
    if "notebook_task" in task:
        return _of_notebook(outcome)
    if any(payload in task for payload in _LOGGED):
        place = folder.of(services.settings.attempts, attempt.attempt_id)
        text, cut = tail(place / folder.STDOUT, MAX_OUTPUT)
        left = dbt_artifacts.output(services, attempt.attempt_id) if "dbt_task" in task and attempt.ending else {}
        return {"logs": text, "logs_truncated": cut, **left}
    if "sql_task" in task and outcome is not None and outcome.table:
        return {"sql_output": wire_sql.output(task["sql_task"], outcome.table, attempt.attempt_id)}
    if "run_job_task" in task:
        started = services.store.runs.children(attempt.attempt_id)
        return {"run_job_output": {"run_id": started[-1]}} if started else {}
    return {}


def _of_notebook(outcome: Outcome | None) -> dict[str, Any]:
    """Recorded runs show an empty object where the notebook failed."""
    if outcome is None:
        return {}
    if outcome.exit_value is None:
        return {"notebook_output": {"truncated": False} if outcome.status == "success" else {}}
    data = outcome.exit_value.encode()
    text = data[:MAX_OUTPUT].decode(errors="ignore")
    return {"notebook_output": {"result": text, "truncated": len(data) > MAX_OUTPUT}}


def _error(attempt: Attempt, task: Json, outcome: Outcome | None) -> Mapping[str, str]:
    """Why there is no output, in the field in which recorded runs have it."""
    ending = attempt.ending
    if ending is None or ending.result in {Result.SUCCESS, Result.CANCELED}:
        return {}
    if ending.result is Result.DISABLED:
        return {"info": ending.message}
    if attempt.life_cycle is LifeCycle.SKIPPED:
        return {"error": _SKIPPED}
    if outcome is not None and outcome.error:
        return {"error": outcome.error, **({"error_trace": outcome.trace} if outcome.trace else {})}
    # The recorded run of a failed loop says nothing here; its iterations do.
    return {} if "for_each_task" in task and not ending.cancelled_or_timed_out else {"error": ending.message}
