"""Tasks of the kinds that have no worker, and how a test plays them in the house."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from brickyard.engine.outcomes import ending_of
from brickyard.runs import endings
from brickyard.runs.events import AttemptEnded, AttemptStarted, LoopBegan
from brickyard.runs.model import Attempt, Run
from brickyard.runs.states import TriggerType
from brickyard.workloads.messages import Outcome
from tests.surfaces.api.house import House, task

Fails = Callable[[int], bool]


def loop(key: str, total: int, *needs: str, **more: Any) -> dict[str, Any]:
    """A loop over the numbers below `total`, whose nested task is called `each`."""
    nested = {
        **task("each", **more),
        "notebook_task": {"notebook_path": "/each", "base_parameters": {"i": "{{input}}"}},
    }
    payload = {"inputs": json.dumps(list(range(total))), "concurrency": 100, "task": nested}
    edges = {"depends_on": [{"task_key": need} for need in needs]} if needs else {}
    return {"task_key": key, "for_each_task": payload, **edges}


def condition(key: str, left: str = "3", right: str = "5") -> dict[str, Any]:
    return {"task_key": key, "condition_task": {"op": "GREATER_THAN", "left": left, "right": right}}


def begin_loop(house: House, run_id: int, key: str, total: int, *, same: bool = False) -> int:
    """The loop knows its inputs; the id of its run."""
    loop_id = house.attempt_of(run_id, key)
    house.store.runs.save_resolved(loop_id, {"for_each_task": {"inputs": json.dumps(list(range(total)))}})
    house.commands.apply(run_id, LoopBegan(loop_id, total, same))
    return loop_id


def active(run: Run) -> list[Attempt]:
    return [attempt for attempt in run.attempts if attempt.iteration >= 0 and not attempt.is_terminal]


def end_iteration(house: House, run_id: int, attempt: Attempt, **outcome: Any) -> int:
    """One attempt of an iteration begins and ends; its id."""
    told = Outcome(**{"status": "success", "started_ms": house.clock.ms, "ended_ms": house.clock.ms + 5, **outcome})
    house.commands.apply(run_id, AttemptStarted(attempt.attempt_id))
    event = AttemptEnded(attempt.attempt_id, ending_of(told))
    house.commands.apply(run_id, event, outcome=(attempt.attempt_id, told))
    return attempt.attempt_id


def end_loop(house: House, run_id: int, fails: Fails = lambda index: False) -> None:
    """Let every iteration run to its end; those fail for which `fails` says so."""
    while pending := active(house.commands.run(run_id)):
        for attempt in pending:
            bad = (
                {"status": "failed", "error": f"ValueError: no {attempt.iteration}"} if fails(attempt.iteration) else {}
            )
            end_iteration(house, run_id, attempt, **bad)


def decide_condition(house: House, run_id: int, key: str, outcome: str) -> int:
    """The server has compared; the id of the condition's run."""
    attempt_id = house.attempt_of(run_id, key)
    house.commands.apply(run_id, AttemptStarted(attempt_id))
    house.commands.apply(run_id, AttemptEnded(attempt_id, replace(endings.succeeded(), outcome=outcome)))
    return attempt_id


def child_of(house: House, attempt_id: int, name: str = "other job") -> int:
    """A run of another job that the task run has started; its id."""
    job = house.post("/api/2.2/jobs/create", name=name, tasks=[task("inner")])
    house.commands.born = {"trigger": TriggerType.RUN_JOB_TASK}
    house.commands.recorded = {"parent_attempt_id": attempt_id}
    run_id = int(house.post("/api/2.2/jobs/run-now", job_id=job["job_id"])["run_id"])
    house.commands.born, house.commands.recorded = {}, {}
    return run_id
