"""Backfills and their intervals. Implements `ports.BackfillStore`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Select, func, literal_column, select

from brickyard.access.identity import Identity
from brickyard.records import BackfillInterval, BackfillRecord, Judge, PastInterval
from brickyard.storage import backfill_changes, backfill_claims, visible
from brickyard.storage.backfill_rows import backfill_of, interval_of, outcome_column, with_result
from brickyard.storage.database import Database
from brickyard.storage.tables import BACKFILL_INTERVALS, BACKFILLS


class SqlBackfillStore:
    """Implements `ports.BackfillStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # ----------------------------------------------------------------------------------------------- looking

    def get(self, backfill_id: int) -> BackfillRecord | None:
        found = self._backfills(select(BACKFILLS).where(BACKFILLS.c.backfill_id == backfill_id))
        return found[0] if found else None

    def find(
        self, job_id: int | None = None, *, offset: int = 0, limit: int = 1000, seen_by: Identity | None = None
    ) -> Sequence[BackfillRecord]:
        question = select(BACKFILLS).order_by(BACKFILLS.c.created_ms.desc(), BACKFILLS.c.backfill_id.desc())
        question = question.offset(offset).limit(limit)
        if seen_by is not None:
            question = question.where(BACKFILLS.c.job_id.in_(visible.jobs(seen_by)))
        return self._backfills(question if job_id is None else question.where(BACKFILLS.c.job_id == job_id))

    def active(self) -> Sequence[BackfillRecord]:
        is_active = BACKFILLS.c.ended_ms == literal_column("0")
        return self._backfills(select(BACKFILLS).where(is_active).order_by(BACKFILLS.c.created_ms))

    def intervals(
        self, backfill_id: int, *, outcome: str = "", offset: int = 0, limit: int = 10_000
    ) -> Sequence[BackfillInterval]:
        question = with_result().where(BACKFILL_INTERVALS.c.backfill_id == backfill_id)
        if outcome:
            question = question.where(outcome_column == outcome)
        return self._intervals(question.order_by(BACKFILL_INTERVALS.c.position).offset(offset).limit(limit))

    def started(self, backfill_id: int) -> Sequence[BackfillInterval]:
        mine = BACKFILL_INTERVALS.c.backfill_id == backfill_id
        question = with_result().where(mine, BACKFILL_INTERVALS.c.state == "STARTED")
        return self._intervals(question.order_by(BACKFILL_INTERVALS.c.position))

    def counts(self, backfill_id: int) -> Mapping[str, int]:
        mine = with_result().where(BACKFILL_INTERVALS.c.backfill_id == backfill_id)
        numbered = mine.with_only_columns(outcome_column.label("outcome"), func.count().label("number"))
        with self._db.read() as connection:
            found = connection.execute(numbered.group_by(literal_column("outcome")))
            return {row.outcome: row.number for row in found}

    def past(self, job_id: int, at_ms: Sequence[int]) -> Mapping[int, PastInterval]:
        if not at_ms:
            return {}
        with self._db.read() as connection:
            found = backfill_claims.past(connection, job_id, min(at_ms), max(at_ms))
        wanted = frozenset(at_ms)
        return {at: known for at, known in found.items() if at in wanted}

    # ---------------------------------------------------------------------------------------------- changing

    def create(self, backfill: BackfillRecord, intervals: Sequence[BackfillInterval]) -> None:
        self._db.write(partial(backfill_changes.create, backfill=backfill, intervals=intervals))

    def claim(self, backfill_id: int, *, parallel: int, judge: Judge) -> BackfillInterval | None:
        claim = partial(backfill_claims.claim, db=self._db, backfill_id=backfill_id, parallel=parallel, judge=judge)
        return self._db.write(claim)

    def move(self, backfill_id: int, expected: str, state: str, *, ended_ms: int = 0, reason: str = "") -> None:
        values = {"state": state, "ended_ms": ended_ms, "reason": reason}
        self._db.write(
            partial(backfill_changes.move, backfill_id=backfill_id, expected=expected, values=values),
        )

    def cancel(self, backfill_id: int, expected: str, *, cancel_runs: bool, reason: str = "") -> None:
        values = {"state": "CANCELLING", "cancel_runs": cancel_runs, "reason": reason}
        self._db.write(
            partial(backfill_changes.cancel, backfill_id=backfill_id, expected=expected, values=values),
        )

    def finish(self, backfill_id: int, at_ms: int) -> bool:
        return self._db.write(partial(backfill_changes.finish, backfill_id=backfill_id, at_ms=at_ms))

    def save(self, interval: BackfillInterval, *, expected: str) -> None:
        self._db.write(partial(backfill_changes.save, interval=interval, expected=expected))

    def _backfills(self, question: Select[Any]) -> list[BackfillRecord]:
        with self._db.read() as connection:
            return [backfill_of(row) for row in connection.execute(question)]

    def _intervals(self, question: Select[Any]) -> list[BackfillInterval]:
        with self._db.read() as connection:
            return [interval_of(row) for row in connection.execute(question)]
