"""Backfills and their intervals. Implements `ports.BackfillStore`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, literal_column, select, update

from brickyard.errors import Conflict
from brickyard.ports import BackfillInterval, BackfillRecord
from brickyard.storage import rows
from brickyard.storage.database import Database
from brickyard.storage.tables import BACKFILL_INTERVALS, BACKFILLS

_OF_JOB = (
    select(BACKFILL_INTERVALS, BACKFILLS.c.created_ms)
    .join(BACKFILLS, BACKFILLS.c.backfill_id == BACKFILL_INTERVALS.c.backfill_id)
    .where(
        BACKFILL_INTERVALS.c.job_id == bindparam("job"),
        BACKFILL_INTERVALS.c.at_ms >= bindparam("first"),
        BACKFILL_INTERVALS.c.at_ms <= bindparam("last"),
    )
    .order_by(BACKFILLS.c.created_ms, BACKFILLS.c.backfill_id)
)


class SqlBackfillStore:
    """Implements `ports.BackfillStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def create(self, backfill: BackfillRecord, intervals: Sequence[BackfillInterval]) -> None:
        self._db.write(lambda connection: _insert(connection, backfill, intervals))

    def get(self, backfill_id: int) -> BackfillRecord | None:
        found = self._backfills(select(BACKFILLS).where(BACKFILLS.c.backfill_id == backfill_id))
        return found[0] if found else None

    def find(self, job_id: int | None = None) -> Sequence[BackfillRecord]:
        question = select(BACKFILLS).order_by(BACKFILLS.c.created_ms.desc(), BACKFILLS.c.backfill_id.desc())
        return self._backfills(question if job_id is None else question.where(BACKFILLS.c.job_id == job_id))

    def active(self) -> Sequence[BackfillRecord]:
        is_active = BACKFILLS.c.ended_ms == literal_column("0")
        return self._backfills(select(BACKFILLS).where(is_active).order_by(BACKFILLS.c.created_ms))

    def intervals(self, backfill_id: int) -> Sequence[BackfillInterval]:
        question = select(BACKFILL_INTERVALS).where(BACKFILL_INTERVALS.c.backfill_id == backfill_id)
        with self._db.read() as connection:
            found = connection.execute(question.order_by(BACKFILL_INTERVALS.c.position))
            return [_interval(row) for row in found]

    def of_job(self, job_id: int, at_ms: Sequence[int]) -> Mapping[int, Sequence[BackfillInterval]]:
        result: dict[int, list[BackfillInterval]] = defaultdict(list)
        if at_ms:
            wanted = frozenset(at_ms)
            with self._db.read() as connection:
                for row in connection.execute(_OF_JOB, {"job": job_id, "first": min(at_ms), "last": max(at_ms)}):
                    if row.at_ms in wanted:
                        result[row.at_ms].append(_interval(row))
        return dict(result)

    def move(self, backfill_id: int, expected: str, state: str, *, ended_ms: int = 0) -> None:
        statement = (
            update(BACKFILLS)
            .where(BACKFILLS.c.backfill_id == backfill_id, BACKFILLS.c.state == expected)
            .values(state=state, ended_ms=ended_ms)
        )
        if self._db.write(lambda connection: connection.execute(statement)).rowcount != 1:
            raise Conflict(f"Backfill {backfill_id} is no longer {expected}.")

    def save(self, interval: BackfillInterval, *, expected: str) -> None:
        statement = (
            update(BACKFILL_INTERVALS)
            .where(
                BACKFILL_INTERVALS.c.backfill_id == interval.backfill_id,
                BACKFILL_INTERVALS.c.position == interval.position,
                BACKFILL_INTERVALS.c.state == expected,
            )
            .values(state=interval.state, run_id=interval.run_id, reason=interval.reason)
        )
        if self._db.write(lambda connection: connection.execute(statement)).rowcount != 1:
            raise Conflict(f"Interval {interval.position} of backfill {interval.backfill_id} is no longer {expected}.")

    def _backfills(self, question: Select[Any]) -> list[BackfillRecord]:
        with self._db.read() as connection:
            return [_backfill(row) for row in connection.execute(question)]


def _insert(connection: Connection, backfill: BackfillRecord, intervals: Sequence[BackfillInterval]) -> None:
    connection.execute(
        insert(BACKFILLS).values(
            backfill_id=backfill.backfill_id,
            job_id=backfill.job_id,
            creator=backfill.creator,
            created_ms=backfill.created_ms,
            spec=rows.to_json(backfill.spec),
            state=backfill.state,
            ended_ms=backfill.ended_ms,
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


def _backfill(row: Any) -> BackfillRecord:
    return BackfillRecord(
        backfill_id=row.backfill_id,
        job_id=row.job_id,
        creator=row.creator,
        created_ms=row.created_ms,
        spec=rows.from_json(row.spec),
        state=row.state,
        ended_ms=row.ended_ms,
    )


def _interval(row: Any) -> BackfillInterval:
    return BackfillInterval(
        backfill_id=row.backfill_id,
        position=row.position,
        at_ms=row.at_ms,
        state=row.state,
        run_id=row.run_id,
        reason=row.reason,
    )
