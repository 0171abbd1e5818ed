"""Between the rows of backfills and what they mean."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, case, select

from brickyard.records import GOOD_RESULTS, BackfillInterval, BackfillRecord
from brickyard.storage import rows
from brickyard.storage.tables import BACKFILL_INTERVALS, RUNS

_STATE = BACKFILL_INTERVALS.c.state
outcome_column = case(
    (_STATE != "DONE", _STATE),
    (RUNS.c.result.in_(GOOD_RESULTS), "SUCCEEDED"),
    else_="FAILED",
)
"""As `BackfillInterval.outcome`; to be asked of `with_result`."""


def with_result() -> Select[Any]:
    """A question for intervals, each with the result of its run where that is over."""
    chosen = select(BACKFILL_INTERVALS, RUNS.c.result.label("result"))
    return chosen.select_from(BACKFILL_INTERVALS.outerjoin(RUNS, RUNS.c.run_id == BACKFILL_INTERVALS.c.run_id))


def backfill_of(row: Any) -> BackfillRecord:
    """The backfill of a row of `backfills`."""
    return BackfillRecord(
        backfill_id=row.backfill_id,
        job_id=row.job_id,
        creator=row.creator,
        created_ms=row.created_ms,
        spec=rows.from_json(row.spec),
        state=row.state,
        ended_ms=row.ended_ms,
        reason=row.reason,
        cancel_runs=row.cancel_runs,
        revision=row.revision,
    )


def interval_of(row: Any) -> BackfillInterval:
    """The interval of a row of `with_result`."""
    return BackfillInterval(
        backfill_id=row.backfill_id,
        position=row.position,
        at_ms=row.at_ms,
        state=row.state,
        run_id=row.run_id,
        reason=row.reason,
        result=row.result or "",
    )
