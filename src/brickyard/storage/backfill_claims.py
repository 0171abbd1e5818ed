"""Who may run an interval: the claims of backfills, and what was made of an interval before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, or_, select, update

from brickyard.records import BackfillInterval, Judge, PastInterval
from brickyard.storage.backfill_changes import lock
from brickyard.storage.database import Database, upsert
from brickyard.storage.tables import BACKFILL_CLAIMS, BACKFILL_INTERVALS, RUNS

_COLUMNS = BACKFILL_INTERVALS.c


def claim(
    connection: Connection, *, db: Database, backfill_id: int, parallel: int, judge: Judge
) -> BackfillInterval | None:
    """Take the next interval that waits, as `ports.BackfillStore.claim` says."""
    if not lock(connection, backfill_id, "RUNNING"):
        return None
    row = _next(connection, backfill_id, parallel)
    if row is None:
        return None
    values = {"job_id": row.job_id, "at_ms": row.at_ms, "backfill_id": backfill_id}
    # The key of this table decides between two backfills, and between two servers, that come at the same time.
    is_mine = connection.execute(upsert(db, BACKFILL_CLAIMS, values, update=False)).rowcount == 1
    before = past(connection, row.job_id, row.at_ms, row.at_ms, not_of=backfill_id).get(row.at_ms)
    waiting = BackfillInterval(backfill_id=backfill_id, position=row.position, at_ms=row.at_ms)
    reason = judge(waiting, before)
    if not is_mine:
        reason = reason or "Another backfill of this job has it."
    elif reason:
        mine = (BACKFILL_CLAIMS.c.job_id == row.job_id, BACKFILL_CLAIMS.c.at_ms == row.at_ms)
        connection.execute(delete(BACKFILL_CLAIMS).where(*mine))
    state = "SKIPPED" if reason else "STARTED"
    place = (_COLUMNS.backfill_id == backfill_id, _COLUMNS.position == row.position)
    connection.execute(update(BACKFILL_INTERVALS).where(*place).values(state=state, reason=reason))
    return BackfillInterval(backfill_id=backfill_id, position=row.position, at_ms=row.at_ms, state=state, reason=reason)


def past(
    connection: Connection, job_id: int, first_ms: int, last_ms: int, *, not_of: int = 0
) -> dict[int, PastInterval]:
    """By start of interval: the newest run that backfills have made of it, an active one before all others."""
    found: dict[int, PastInterval] = {}
    for row in connection.execute(_past(job_id, first_ms, last_ms, not_of)):
        # What has begun is active even before its run exists, and until the backfill has noted the run's end.
        known = PastInterval(
            at_ms=row.at_ms,
            backfill_id=row.backfill_id,
            run_id=row.run_id,
            result="" if row.state == "STARTED" else row.result or "",
        )
        before = found.get(row.at_ms)
        if before is None or not before.is_active:
            found[row.at_ms] = known
    return found


def _next(connection: Connection, backfill_id: int, parallel: int) -> Row[Any] | None:
    """The next interval that waits; None where none does, or enough have begun."""
    mine = _COLUMNS.backfill_id == backfill_id
    started = select(func.count()).where(mine, _COLUMNS.state == "STARTED")
    if connection.execute(started).scalar_one() >= parallel:
        return None
    waiting = select(BACKFILL_INTERVALS).where(mine, _COLUMNS.state == "WAITING")
    return connection.execute(waiting.order_by(_COLUMNS.position).limit(1)).first()


def _past(job_id: int, first_ms: int, last_ms: int, not_of: int) -> Select[Any]:
    return (
        select(_COLUMNS.at_ms, _COLUMNS.backfill_id, _COLUMNS.state, _COLUMNS.run_id, RUNS.c.result)
        .select_from(BACKFILL_INTERVALS.outerjoin(RUNS, RUNS.c.run_id == _COLUMNS.run_id))
        .where(
            _COLUMNS.job_id == job_id,
            _COLUMNS.at_ms >= first_ms,
            _COLUMNS.at_ms <= last_ms,
            _COLUMNS.backfill_id != not_of,
            or_(_COLUMNS.state == "STARTED", RUNS.c.run_id.is_not(None)),
        )
        .order_by(_COLUMNS.at_ms, _COLUMNS.run_id)
    )
