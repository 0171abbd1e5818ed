"""The body of `runs/export`: a notebook as a task run ran it, as one HTML file."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from brickyard.errors import InvalidParameterValue
from brickyard.runs.model import Attempt
from brickyard.surfaces.api import run_facts, wire_tasks
from brickyard.surfaces.api.own import task_output
from brickyard.surfaces.api.services import Services
from brickyard.surfaces.api.wire_facts import Facts
from brickyard.surfaces.export.content import Executed
from brickyard.surfaces.export.page import document
from brickyard.workloads import folder

VIEWS = ("CODE", "DASHBOARDS", "ALL")
_SEVERAL = "Exporting runs with multiple tasks is not supported. Please export each individual task run instead."


def views(services: Services, run_id: int, wanted: str) -> list[dict[str, Any]]:
    """The views of a task run or an iteration; also by the id of a job run that has just one task.

    Notebooks have no dashboards here, so that of those there are none.

    Raises:
        InvalidParameterValue: there is no such run, it has several tasks, it ran no notebook, or it has not begun.
    """
    facts, attempt = _attempt(services, run_id)
    notebook = _executed(services, run_facts.detailed(services, facts, [attempt]), attempt)
    if wanted == "DASHBOARDS":
        return []
    return [{"content": document(notebook), "name": notebook.name, "type": "NOTEBOOK"}]


def _attempt(services: Services, run_id: int) -> tuple[Facts, Attempt]:
    facts, attempts = run_facts.locate(services, run_id)
    if attempts:
        return facts, run_facts.one_of(attempts, run_id)
    ordered = wire_tasks.in_order(facts.run.attempts)
    if len(facts.run.plan) != 1 or not ordered:
        raise InvalidParameterValue(_SEVERAL)
    return facts, ordered[-1]


def _executed(services: Services, facts: Facts, attempt: Attempt) -> Executed:
    task = facts.task(attempt)
    if "notebook_task" not in task:
        kind = next((name for name in task if name.endswith("_task")), "another kind of task")
        raise InvalidParameterValue(
            f"Run {attempt.attempt_id} is of task {attempt.slot!r}, which is a {kind}; "
            "only runs of a notebook_task can be exported."
        )
    cells = task_output.cell_records(folder.of(services.settings.attempts, attempt.attempt_id) / folder.CELLS)
    ending = attempt.ending
    if not cells:
        raise InvalidParameterValue(_nothing(attempt))
    outcome = facts.outcomes.get(attempt.attempt_id)
    path = str(task["notebook_task"].get("notebook_path", ""))
    message = outcome.error if outcome and outcome.error else ending.message if ending else ""
    return Executed(
        name=PurePosixPath(path).name or attempt.task_key,
        path=path,
        run_id=attempt.attempt_id,
        task=attempt.slot,
        state=(ending.result if ending else attempt.life_cycle).value,
        started_ms=attempt.started_ms,
        ended_ms=attempt.ended_ms,
        cells=cells,
        error=message,
        trace=outcome.trace if outcome else "",
        cell=outcome.cell if outcome else -1,
        exit_value=outcome.exit_value if outcome else None,
    )


def _nothing(attempt: Attempt) -> str:
    """Why there is no notebook to show."""
    if attempt.ending is None:
        return f"Run {attempt.attempt_id} is {attempt.life_cycle.value}: its notebook has not begun yet."
    why = f": {attempt.ending.message}" if attempt.ending.message else "."
    return f"Run {attempt.attempt_id} has no notebook to export, as it ended before its notebook began{why}"
