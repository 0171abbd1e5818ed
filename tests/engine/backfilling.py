"""A house with words for backfills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brickyard.engine.backfill.door import BackfillRequest
from brickyard.records import BackfillInterval, BackfillRecord
from brickyard.workloads.messages import NotebookWork
from tests.engine.house import PATIENCE, SUCCESS, USER, House, notebook


def request(**fields: Any) -> BackfillRequest:
    """The first days of January; four unless said otherwise."""
    chosen = {"start": "2026-01-01", "end": "2026-01-05", "every": "1d"}
    return BackfillRequest(**{**chosen, **fields})


def job_of(house: House, **fields: Any) -> int:
    """A job of one task, which has the parameter `day`."""
    parameters = [{"name": "day", "default": "none"}]
    return house.job(notebook("load", parameters={"at": "{{job.parameters.day}}"}), parameters=parameters, **fields)


def backfill(house: House, job_id: int, **fields: Any) -> int:
    """Start a backfill."""
    return house.engine.commands.backfills.create(job_id, request(**fields), user=USER)


def record(house: House, backfill_id: int) -> BackfillRecord:
    found = house.real_store.backfills.get(backfill_id)
    assert found is not None
    return found


def until(house: House, backfill_id: int, **counts: int) -> BackfillRecord:
    """The backfill once it has so many intervals of each outcome that is named, and a run for all that began."""
    seen = 0
    while True:
        found = house.engine.commands.backfills.watch(backfill_id, seen=seen, timeout=PATIENCE)
        now = house.real_store.backfills.counts(backfill_id)
        has_runs = all(each.run_id for each in house.real_store.backfills.started(backfill_id))
        if has_runs and all(now.get(name.upper(), 0) == number for name, number in counts.items()):
            return found
        house.engine.check()
        assert found.revision > seen, f"nothing happens any more: {found.state} {now}"
        seen = found.revision


def over(house: House, backfill_id: int) -> BackfillRecord:
    """The backfill once it is over."""
    seen = 0
    while True:
        found = house.engine.commands.backfills.watch(backfill_id, seen=seen, timeout=PATIENCE)
        if found.ended_ms:
            return found
        house.engine.check()
        assert found.revision > seen, f"nothing happens any more: {found.state} {intervals(house, backfill_id)}"
        seen = found.revision


def intervals(house: House, backfill_id: int) -> list[BackfillInterval]:
    return list(house.real_store.backfills.intervals(backfill_id))


def outcomes(house: House, backfill_id: int) -> list[str]:
    """Of its intervals in their order."""
    return [each.outcome for each in intervals(house, backfill_id)]


def end_next(house: House, count: int, outcome: Any = SUCCESS) -> Mapping[str, str]:
    """Let the nth run that was started end; the parameters that its task got."""
    assignment = house.workers.wait_for("load", count)
    house.sink.started(assignment.attempt_id, 1)
    house.workers.finish(assignment.attempt_id, outcome)
    assert isinstance(assignment.work, NotebookWork)
    return assignment.work.parameters
