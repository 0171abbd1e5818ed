"""The history of repairs of a run as the API shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from brickyard.runs import rollup
from brickyard.runs.model import Ending, Run
from brickyard.runs.states import LifeCycle
from brickyard.surfaces.api.wire_facts import Facts
from brickyard.surfaces.api.wire_states import states


def repair_history(facts: Facts) -> list[dict[str, Any]]:
    """The original run and each repair, oldest first. It always has at least one entry: clients read the last."""
    run = facts.run
    entries: list[dict[str, Any]] = [
        {
            "type": "ORIGINAL",
            "start_time": run.started_ms or run.created_ms,
            "end_time": run.ended_ms if not run.repairs else _original_end(run),
            **_original_states(run),
            "task_run_ids": _task_runs(run, 0),
        }
    ]
    for number, repair in enumerate(run.repairs, start=1):
        newest = number == len(run.repairs)
        ending = repair.ending or (run.ending if newest else None)
        life_cycle = ending.life_cycle if ending else run.life_cycle
        entries.append(
            {
                "type": "REPAIR",
                "id": repair.repair_id,
                "start_time": repair.started_ms,
                "end_time": repair.ended_ms,
                **states(life_cycle, ending),
                "task_run_ids": _task_runs(run, number),
            }
        )
    return entries


def _task_runs(run: Run, number: int) -> list[int]:
    """The task runs that a repair made; iterations are part of the run of their loop."""
    return [made.attempt_id for made in run.attempts if made.repair == number and made.iteration < 0]


def _original_end(run: Run) -> int:
    """A run ends with the last of its tasks."""
    return max((made.ended_ms for made in run.attempts if made.repair == 0), default=0)


def _original_states(run: Run) -> dict[str, Any]:
    if not run.repairs:
        return states(run.life_cycle, run.ending)
    ending = _original_ending(run)
    return states(ending.life_cycle if ending else LifeCycle.TERMINATED, ending)


def _original_ending(run: Run) -> Ending | None:
    """How the run ended before its first repair: the same roll-up, over the first attempts only."""
    before = replace(
        run,
        attempts=tuple(made for made in run.attempts if made.repair == 0 and made.iteration < 0),
        latest={},
        timed_out=False,
        cancel_requested=False,
    )
    complete = all(key in before.latest and before.latest[key].ending for key in run.plan)
    return rollup.ending_of(before) if complete else None
