"""`/api/brickyard/runs/{run_id}/repair-plan`: what a repair would do, before it is asked for."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.engine.commands import RepairRequest
from brickyard.engine.repair.outlook import CodeChange, PlannedTask, RepairPlan, Since
from brickyard.surfaces.api import finders, run_requests
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.own.version_routes import DifferenceModel, shown_differences
from brickyard.surfaces.api.services import Given

router = APIRouter(prefix="/api/brickyard/runs/{run_id}", tags=["Brickyard"])


class IterationsModel(BaseModel):
    """What becomes of a loop's iterations where its inputs are the same again; with other inputs, all run."""

    total: int
    again: list[int] = Field(description="Indexes of those that run again.")
    kept: list[int]


class PlannedTaskModel(BaseModel):
    """What a repair does with one task."""

    task_key: str
    action: str = Field(description="run, keep, or gone: the job has no such task any more")
    reason: str = Field(description="A sentence.")
    result: str = Field(description="How its newest attempt ended; empty where it never had one.")
    task_run_id: int = Field(description="Its newest attempt; 0 where it never had one.")
    iterations: IterationsModel | None = None


class CodeChangeModel(BaseModel):
    """A task whose code is not what it was."""

    task_key: str
    path: str
    before: str = Field(alias="from", description="The hash of the code that ran.")
    after: str = Field(alias="to", description="The hash of the code as it is now; empty where it cannot be read.")
    note: str
    diff: list[str] = Field(description="The beginning of a unified diff, where both texts are known.")


class SinceModel(BaseModel):
    """How what would run now differs from what ran in a run."""

    run_id: int
    ended_ms: int
    from_version: int = Field(description="The version of the job that the run ran under; 0 where there is none.")
    to_version: int
    settings: list[DifferenceModel]
    parameters: list[DifferenceModel]
    code: list[CodeChangeModel]


class RepairPlanModel(BaseModel):
    """A repair that was not asked for yet."""

    run_id: int
    job_id: int
    latest_repair_id: int = Field(description="Send it to `runs/repair`; 0: nothing to send.")
    tasks: list[PlannedTaskModel]
    since_run: SinceModel = Field(description="Since the run, or since its latest repair.")
    since_good: SinceModel | None = Field(description="Since the last good run of the job, if it has one.")


@router.get("/repair-plan", dependencies=[allow(Action.JOB_VIEW, finders.run_in_path)], response_model=RepairPlanModel)
def plan_of_failed(run_id: int, query: Query, services: Given) -> Response:
    """What a repair of all failed and skipped tasks would do, and what has changed since they ran."""
    query.only("rerun_dependent_tasks")
    wish = RepairRequest(rerun_all_failed_tasks=True, rerun_dependent_tasks=query.flag("rerun_dependent_tasks"))
    return answer(shown(services.commands.plan_repair(run_id, wish)))


@router.post("/repair-plan", dependencies=[allow(Action.JOB_VIEW, finders.run_in_path)], response_model=RepairPlanModel)
def plan(run_id: int, sent: Sent, services: Given) -> Response:
    """What `runs/repair` with this body would do; the body has no `run_id`, and `latest_repair_id` may be missing."""
    _, wish = run_requests.repair_request(Fields({**sent.raw(), "run_id": run_id}))
    return answer(shown(services.commands.plan_repair(run_id, wish)))


def shown(plan: RepairPlan) -> dict[str, Any]:
    """A plan as the API shows it."""
    return {
        "run_id": plan.run_id,
        "job_id": plan.job_id,
        "latest_repair_id": plan.latest_repair_id,
        "tasks": [_task(task) for task in plan.tasks],
        "since_run": _since(plan.since_run),
        "since_good": _since(plan.since_good) if plan.since_good else None,
    }


def _task(task: PlannedTask) -> dict[str, Any]:
    found = task.iterations
    return {
        "task_key": task.task_key,
        "action": task.action.value,
        "reason": task.reason,
        "result": task.result,
        "task_run_id": task.task_run_id,
        "iterations": {"total": found.total, "again": found.again, "kept": found.kept} if found else None,
    }


def _since(since: Since) -> dict[str, Any]:
    return {
        "run_id": since.run_id,
        "ended_ms": since.ended_ms,
        "from_version": since.from_version,
        "to_version": since.to_version,
        "settings": shown_differences(since.settings),
        "parameters": shown_differences(since.parameters),
        "code": [_code(change) for change in since.code],
    }


def _code(change: CodeChange) -> dict[str, Any]:
    return {
        "task_key": change.task_key,
        "path": change.path,
        "from": change.before,
        "to": change.after,
        "note": change.note,
        "diff": change.diff,
    }
