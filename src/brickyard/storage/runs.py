"""Runs in the database. Implements `ports.RunStore`; what is written and read stands in its two neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError

from brickyard.access.identity import Identity
from brickyard.errors import AlreadyExists, Conflict, InvalidState
from brickyard.records import (
    AclEntry,
    AttemptsWanted,
    ChildRun,
    Commit,
    HistoryEntry,
    Json,
    LoopRef,
    PendingEffect,
    RunFilter,
    RunPlace,
    RunRecord,
)
from brickyard.runs.decide import Decision
from brickyard.runs.effects import Announce, Effect
from brickyard.runs.loops import LoopStats
from brickyard.runs.model import Attempt, Run
from brickyard.storage import loop_reading, rows, run_batches, run_changes, run_reading, run_writing, seen_runs
from brickyard.storage.database import Database, execute_many, upsert
from brickyard.storage.tables import EFFECTS, OUTCOMES, RESOLVED, RUN_SETTINGS, RUNS
from brickyard.workloads.messages import Outcome

_FORGET = delete(EFFECTS).where(EFFECTS.c.run_id == bindparam("old_run_id"), EFFECTS.c.body == bindparam("old_body"))


class SqlRunStore:
    """Implements `ports.RunStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def create(self, record: RunRecord, decision: Decision, at_ms: int, access: Sequence[AclEntry] = ()) -> None:
        try:
            self._db.write(lambda connection: run_writing.write_new(connection, record, decision, at_ms, access))
        except IntegrityError as error:
            token = record.idempotency_token
            if token is not None and self.by_token(token) is not None:
                raise AlreadyExists(f"A run with the idempotency token {token!r} exists already.") from error
            if self.load(record.run_id) is not None:
                raise AlreadyExists(f"Run {record.run_id} exists already.") from error
            raise

    def commit(self, commits: Sequence[Commit]) -> None:
        changes = run_changes.of_commits(commits)
        try:
            self._db.write(lambda connection: run_writing.write(connection, changes))
        except IntegrityError as error:
            if _is_duplicate(error):
                raise Conflict(
                    "Somebody else has already stored a row of this decision; nothing was stored."
                ) from error
            raise

    def load(self, run_id: int) -> Run | None:
        with self._db.read() as connection:
            return run_reading.load(connection, run_id)

    def record(self, run_id: int) -> RunRecord | None:
        with self._db.read() as connection:
            return run_reading.record(connection, run_id)

    def run_of_attempt(self, attempt_id: int) -> int | None:
        with self._db.read() as connection:
            return run_reading.run_of_attempt(connection, attempt_id)

    def place_of(self, run_id: int) -> RunPlace | None:
        with self._db.read() as connection:
            return run_reading.place_of(connection, run_id)

    def by_token(self, token: str) -> int | None:
        with self._db.read() as connection:
            return connection.execute(select(RUNS.c.run_id).where(RUNS.c.idempotency_token == token)).scalar()

    def find(self, where: RunFilter, *, offset: int, limit: int, seen_by: Identity | None = None) -> Sequence[int]:
        with self._db.read() as connection:
            if seen_by is not None:
                return seen_runs.find(connection, where, seen_by, offset, limit)
            return run_reading.find(connection, where, offset, limit)

    def active(self) -> Sequence[int]:
        with self._db.read() as connection:
            return run_reading.active(connection)

    def count_active(self, job_id: int) -> int:
        with self._db.read() as connection:
            return run_reading.count_active(connection, job_id)

    def history(self, run_id: int) -> Sequence[HistoryEntry]:
        with self._db.read() as connection:
            return run_reading.history(connection, run_id)

    def outcome(self, attempt_id: int) -> Outcome | None:
        with self._db.read() as connection:
            body = connection.execute(select(OUTCOMES.c.body).where(OUTCOMES.c.attempt_id == attempt_id)).scalar()
        return None if body is None else rows.outcome_from_json(body)

    def outcomes(self, attempt_ids: Sequence[int]) -> Mapping[int, Outcome]:
        if not attempt_ids:
            return {}
        with self._db.read() as connection:
            return run_batches.outcomes(connection, attempt_ids)

    def resolved(self, attempt_id: int) -> Json | None:
        with self._db.read() as connection:
            body = connection.execute(select(RESOLVED.c.body).where(RESOLVED.c.attempt_id == attempt_id)).scalar()
        values: Json | None = None if body is None else rows.from_json(body)
        return values

    def save_resolved(self, attempt_id: int, values: Json) -> None:
        statement = upsert(self._db, RESOLVED, {"attempt_id": attempt_id, "body": rows.to_json(values)})
        self._db.write(lambda connection: connection.execute(statement))

    def save_commit(self, run_id: int, repair: int, commit: str) -> str:
        of_repair = (RUN_SETTINGS.c.run_id == run_id, RUN_SETTINGS.c.repair == repair)
        first = update(RUN_SETTINGS).where(*of_repair, RUN_SETTINGS.c.git_commit == "").values(git_commit=commit)
        self._db.write(lambda connection: connection.execute(first))
        with self._db.read() as connection:
            kept: str = connection.execute(select(RUN_SETTINGS.c.git_commit).where(*of_repair)).scalar_one()
        return kept

    def children(self, attempt_id: int) -> Sequence[int]:
        with self._db.read() as connection:
            return run_reading.children(connection, attempt_id)

    def records(self, run_ids: Sequence[int]) -> Mapping[int, RunRecord]:
        with self._db.read() as connection:
            return run_batches.records(connection, run_ids)

    def load_many(self, run_ids: Sequence[int], *, attempts: AttemptsWanted = "all") -> Mapping[int, Run]:
        with self._db.read() as connection:
            return run_batches.load_many(connection, run_ids, attempts)

    def resolved_many(self, attempt_ids: Sequence[int]) -> Mapping[int, Json]:
        with self._db.read() as connection:
            return run_batches.resolved(connection, attempt_ids)

    def loop_stats(self, loops: Sequence[LoopRef]) -> Mapping[int, LoopStats]:
        if not loops:
            return {}
        with self._db.read() as connection:
            return loop_reading.stats(connection, loops)

    def iterations(self, loop: LoopRef, *, offset: int, limit: int, failed: bool = False) -> Sequence[Attempt]:
        with self._db.read() as connection:
            return loop_reading.page(connection, loop, offset=offset, limit=limit, failed=failed)

    def slot(self, attempt_id: int) -> Sequence[Attempt]:
        with self._db.read() as connection:
            return loop_reading.slot(connection, attempt_id)

    def children_of(self, attempt_ids: Sequence[int]) -> Mapping[int, Sequence[int]]:
        with self._db.read() as connection:
            return run_batches.children(connection, attempt_ids)

    def children_of_run(self, run_id: int, *, offset: int, limit: int) -> Sequence[ChildRun]:
        with self._db.read() as connection:
            return run_reading.children_of_run(connection, run_id, offset, limit)

    def history_page(self, run_id: int, *, after: int, limit: int, iterations: bool) -> Sequence[HistoryEntry]:
        with self._db.read() as connection:
            return run_reading.history_page(connection, run_id, after, limit, iterations=iterations)

    def pending_effects(self) -> Sequence[PendingEffect]:
        with self._db.read() as connection:
            return run_reading.pending_effects(connection)

    def performed(self, run_id: int, effects: Iterable[Effect]) -> None:
        kept = [effect for effect in effects if not isinstance(effect, Announce)]
        values = [{"old_run_id": run_id, "old_body": rows.effect_to_json(effect)} for effect in kept]
        if values:
            self._db.write(lambda connection: execute_many(connection, _FORGET, values))

    def delete(self, run_id: int) -> bool:
        return self._db.write(lambda connection: _delete(connection, run_id))


def _delete(connection: Connection, run_id: int) -> bool:
    gone = connection.execute(delete(RUNS).where(RUNS.c.run_id == run_id, RUNS.c.ended_ms > 0)).rowcount > 0
    if not gone and connection.execute(select(RUNS.c.run_id).where(RUNS.c.run_id == run_id)).scalar() is not None:
        raise InvalidState(f"Run {run_id} is active and cannot be deleted; cancel it first.")
    return gone


def _is_duplicate(error: IntegrityError) -> bool:
    """True where a row with the same key exists; a broken CHECK is a fault of ours and must not look like a race."""
    return "UNIQUE" in str(error.orig) or getattr(error.orig, "sqlstate", None) == "23505"
