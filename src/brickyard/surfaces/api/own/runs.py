"""What our own endpoints tell beyond the service's: inputs of iterations, and the runs that tasks have started."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from brickyard.access.identity import Identity
from brickyard.access.levels import ObjectType
from brickyard.errors import InvalidParameterValue
from brickyard.jobs.loops import parse_inputs
from brickyard.records import ChildRun
from brickyard.runs.model import Attempt, Kind, Run, TaskPlan
from brickyard.runs.states import RunType
from brickyard.surfaces.api import run_facts
from brickyard.surfaces.api.pages import Page
from brickyard.surfaces.api.services import Services

MAX_INPUT = 1000
"""Characters of an input in a list; the whole is among the resolved values of the loop."""


def iterations(services: Services, loop_id: int, page: Page, *, failed: bool) -> dict[str, Any]:
    """One page of the iterations of a loop.

    Raises:
        InvalidParameterValue: there is no task run of this id, or it is of no loop.
    """
    facts, loop = run_facts.require_attempt(services, loop_id)
    if "for_each_task" not in facts.task(loop):
        raise InvalidParameterValue(f"Task run {loop_id} is of task '{loop.task_key}', which is no for_each_task.")
    asked = run_facts.loop_ref(facts.run, loop)
    found = services.store.runs.iterations(asked, offset=page.offset, limit=page.limit + 1, failed=failed)
    inputs = inputs_of(services, loop_id)
    shown = [_iteration(attempt, inputs) for attempt in page.cut(found)]
    return {"task_run_id": loop_id, "iterations": shown, **page.links(more=len(found) > page.limit)}


def inputs_of(services: Services, loop_id: int) -> Sequence[str]:
    """The inputs of a loop, each as JSON text; none where it has not begun."""
    values = services.store.runs.resolved(loop_id) or {}
    text = values.get("for_each_task", {}).get("inputs")
    return parse_inputs(text) if text else ()


def input_of(services: Services, attempt: Attempt) -> str:
    """The input of an iteration as JSON text; "" for every other attempt."""
    inputs = inputs_of(services, attempt.loop_id) if attempt.iteration >= 0 else ()
    return inputs[attempt.iteration] if 0 <= attempt.iteration < len(inputs) else ""


def children(services: Services, run_id: int, page: Page, who: Identity) -> dict[str, Any]:
    """One page of the runs that tasks of a run have started, oldest first, without those that `who` may not see."""
    found = services.store.runs.children_of_run(run_id, offset=page.offset, limit=page.limit + 1)
    return {"children": _children(services, page.cut(found), who), **page.links(more=len(found) > page.limit)}


def started_by_tasks(services: Services, run: Run, who: Identity, *, limit: int) -> list[dict[str, Any]]:
    """As `children`, the first of them, where the plan of the run has tasks that run other jobs."""
    if not any(_runs_jobs(task) for task in run.plan.values()):
        return []
    return _children(services, services.store.runs.children_of_run(run.run_id, offset=0, limit=limit), who)


def task_counts(run: Run) -> dict[str, int]:
    """How many tasks have which result or, without one yet, are in which state; by their newest attempts."""
    words = (made.ending.result if made.ending else made.life_cycle for made in run.latest.values())
    return dict(Counter(word.value for word in words))


def _runs_jobs(task: TaskPlan) -> bool:
    return task.kind is Kind.RUN_JOB or (task.nested is not None and _runs_jobs(task.nested))


def _children(services: Services, found: Sequence[ChildRun], who: Identity) -> list[dict[str, Any]]:
    store = services.store.runs
    run_ids = [child.run_id for child in found]
    runs, records = store.load_many(run_ids, attempts="none"), store.records(run_ids)
    seen = services.gate.seen(who, ObjectType.JOBS, {str(run.job_id) for run in runs.values()})
    return [
        {
            "run_id": child.run_id,
            "job_id": runs[child.run_id].job_id,
            "run_name": records[child.run_id].name,
            "kind": "notebook" if runs[child.run_id].run_type is RunType.WORKFLOW_RUN else "job",
            "subject": child.slot,
            "task_run_id": child.attempt_id,
            **_standing(runs[child.run_id]),
        }
        for child in found
        if child.run_id in records and str(records[child.run_id].job_id) in seen and child.run_id in runs
    ]


def _iteration(attempt: Attempt, inputs: Sequence[str]) -> dict[str, Any]:
    known = attempt.iteration < len(inputs)
    return {
        "task_run_id": attempt.attempt_id,
        "task_key": attempt.task_key,
        "iteration": attempt.iteration,
        "input": inputs[attempt.iteration][:MAX_INPUT] if known else "",
        "attempt_number": attempt.number,
        **_standing(attempt),
        "message": attempt.ending.message if attempt.ending else "",
        "started_ms": attempt.started_ms,
        "ended_ms": attempt.ended_ms,
    }


def _standing(what: Run | Attempt) -> dict[str, Any]:
    return {"state": what.life_cycle.value, "result": what.ending.result.value if what.ending else None}
