"""The body of `runs/get-output`: what one task run gave back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from brickyard.errors import InvalidParameterValue
from brickyard.runs.model import Attempt
from brickyard.runs.states import LifeCycle
from brickyard.surfaces.api import run_reader, wire_runs
from brickyard.surfaces.api.services import Services
from brickyard.surfaces.api.wire_runs import Facts
from brickyard.workloads import folder
from brickyard.workloads.messages import Outcome

MAX_OUTPUT = 5 * 1024 * 1024
"""Bytes of a notebook's result (its first) and of a script's log (its last), as at the service."""
_SEVERAL = (
    "Retrieving the output of runs with multiple tasks is not supported. "
    "Please retrieve the output of each individual task run instead."
)
_SKIPPED = "Run result unavailable: The task was skipped because not all its dependencies were executed and succeeded."


def read(services: Services, run_id: int) -> dict[str, Any]:
    """The output of a task run; also by the id of a job run that has just one task.

    Raises:
        InvalidParameterValue: there is no such run, or it has several tasks.
    """
    facts, attempt = run_reader.locate(services, run_id)
    by_task = attempt is not None
    if attempt is None:
        if len(facts.run.plan) != 1 or not facts.run.attempts:
            raise InvalidParameterValue(_SEVERAL)
        attempt = facts.run.attempts[-1]
    facts = run_reader.detailed(services, facts, [attempt], resolved=False)
    body = {"metadata": _metadata(facts, attempt, by_task=by_task)}
    outcome = facts.outcomes.get(attempt.attempt_id)
    return {**body, **_result(services, facts, attempt, outcome), **_error(attempt, outcome)}


def tail(path: Path, limit: int) -> tuple[str, bool]:
    """The last `limit` bytes of a file as text, and whether something before them is missing."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - limit))
            return file.read(limit).decode(errors="replace"), size > limit
    except FileNotFoundError:
        return "", False


def _metadata(facts: Facts, attempt: Attempt, *, by_task: bool) -> dict[str, Any]:
    body = wire_runs.task_body(facts, attempt)
    if by_task:
        return body
    # Asked for by the job run: that is the run which the answer tells of.
    return {**wire_runs.run_body(facts, attempts=[attempt]), "task": body["task"]}


def _result(services: Services, facts: Facts, attempt: Attempt, outcome: Outcome | None) -> dict[str, Any]:
    task = facts.task(attempt)
    if "notebook_task" in task:
        if outcome is None or outcome.exit_value is None:
            return {"notebook_output": {"truncated": False}} if outcome and outcome.status == "success" else {}
        data = outcome.exit_value.encode()
        text = data[:MAX_OUTPUT].decode(errors="ignore")
        return {"notebook_output": {"result": text, "truncated": len(data) > MAX_OUTPUT}}
    if attempt.life_cycle is LifeCycle.SKIPPED:
        return {}
    place = folder.of(services.settings.attempts, attempt.attempt_id)
    text, cut = tail(place / folder.STDOUT, MAX_OUTPUT)
    return {"logs": text, "logs_truncated": cut}


def _error(attempt: Attempt, outcome: Outcome | None) -> dict[str, str]:
    if outcome is not None and outcome.error:
        return {"error": outcome.error, **({"error_trace": outcome.trace} if outcome.trace else {})}
    if attempt.life_cycle is LifeCycle.SKIPPED:
        return {"error": _SKIPPED}
    if attempt.ending is not None and attempt.ending.result.value != "SUCCESS":
        return {"error": attempt.ending.message}
    return {}
