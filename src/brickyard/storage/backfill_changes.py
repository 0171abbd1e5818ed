"""Changes of backfills, each to be done within one transaction.

All of them but `create` first count up the backfill's revision: that locks its row, so that no two servers and no two
threads change one backfill at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from brickyard.errors import Conflict
from brickyard.records import BackfillInterval, BackfillRecord
from brickyard.storage import rows
from brickyard.storage.tables import BACKFILL_CLAIMS, BACKFILL_INTERVALS, BACKFILLS


def create(connection: Connection, *, backfill: BackfillRecord, intervals: Sequence[BackfillInterval]) -> None:
    """Store a backfill with all its intervals."""
    connection.execute(
        insert(BACKFILLS).values(
            backfill_id=backfill.backfill_id,
            job_id=backfill.job_id,
            creator=backfill.creator,
            created_ms=backfill.created_ms,
            spec=rows.to_json(backfill.spec),
            state=backfill.state,
            ended_ms=backfill.ended_ms,
            reason=backfill.reason,
            cancel_runs=backfill.cancel_runs,
            revision=max(backfill.revision, 1),  # who watches has seen 0
        )
    )
    values = [
        {
            "backfill_id": backfill.backfill_id,
            "job_id": backfill.job_id,
            "position": interval.position,
            "at_ms": interval.at_ms,
            "state": interval.state,
            "run_id": interval.run_id,
            "reason": interval.reason,
        }
        for interval in intervals
    ]
    if values:
        connection.execute(insert(BACKFILL_INTERVALS), values)


def lock(connection: Connection, backfill_id: int, *states: str) -> bool:
    """Keep everybody else from changing this backfill within this transaction; False where it is in another state."""
    statement = (
        update(BACKFILLS)
        .where(BACKFILLS.c.backfill_id == backfill_id, BACKFILLS.c.state.in_(states))
        .values(revision=BACKFILLS.c.revision + 1)
    )
    return connection.execute(statement).rowcount == 1


def move(connection: Connection, *, backfill_id: int, expected: str, values: Mapping[str, Any]) -> None:
    """Set the state of a backfill, and what hangs on it."""
    if not lock(connection, backfill_id, expected):
        raise Conflict(f"Backfill {backfill_id} is no longer {expected}.")
    connection.execute(update(BACKFILLS).where(BACKFILLS.c.backfill_id == backfill_id).values(**values))


def cancel(connection: Connection, *, backfill_id: int, expected: str, values: Mapping[str, Any]) -> None:
    """As `move`, and no interval waits any longer."""
    move(connection, backfill_id=backfill_id, expected=expected, values=values)
    waiting = (BACKFILL_INTERVALS.c.backfill_id == backfill_id, BACKFILL_INTERVALS.c.state == "WAITING")
    connection.execute(update(BACKFILL_INTERVALS).where(*waiting).values(state="CANCELLED"))


def finish(connection: Connection, *, backfill_id: int, at_ms: int) -> bool:
    """End a backfill of which nothing is left to do."""
    # Looked at without the lock first: to count up the revision wakes all that watch.
    if _is_open(connection, backfill_id):
        return False
    mine = update(BACKFILLS).where(BACKFILLS.c.backfill_id == backfill_id)
    if lock(connection, backfill_id, "CANCELLING"):
        connection.execute(mine.values(state="CANCELLED", ended_ms=at_ms))
    elif lock(connection, backfill_id, "RUNNING", "PAUSED"):
        if _is_open(connection, backfill_id):
            return False
        connection.execute(mine.values(state="DONE", ended_ms=at_ms, reason=""))
    return True


def _is_open(connection: Connection, backfill_id: int) -> bool:
    mine = BACKFILL_INTERVALS.c.backfill_id == backfill_id
    left = select(BACKFILL_INTERVALS.c.position).where(mine, BACKFILL_INTERVALS.c.state.in_(("WAITING", "STARTED")))
    return connection.execute(left.limit(1)).first() is not None


def save(connection: Connection, *, interval: BackfillInterval, expected: str) -> None:
    """Replace an interval; one that is no longer STARTED gives its claim back."""
    lock(connection, interval.backfill_id, "RUNNING", "PAUSED", "CANCELLING")
    statement = (
        update(BACKFILL_INTERVALS)
        .where(
            BACKFILL_INTERVALS.c.backfill_id == interval.backfill_id,
            BACKFILL_INTERVALS.c.position == interval.position,
            BACKFILL_INTERVALS.c.state == expected,
        )
        .values(state=interval.state, run_id=interval.run_id, reason=interval.reason)
    )
    if connection.execute(statement).rowcount != 1:
        raise Conflict(f"Interval {interval.position} of backfill {interval.backfill_id} is no longer {expected}.")
    if expected == "STARTED" and interval.state != expected:
        mine = (BACKFILL_CLAIMS.c.backfill_id == interval.backfill_id, BACKFILL_CLAIMS.c.at_ms == interval.at_ms)
        connection.execute(delete(BACKFILL_CLAIMS).where(*mine))
