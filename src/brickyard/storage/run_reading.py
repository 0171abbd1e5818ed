"""The questions that are asked of stored runs. Each list page is answered from one index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, bindparam, func, literal_column, select

from brickyard.records import ChildRun, HistoryEntry, PendingEffect, RunFilter, RunPlace, RunRecord
from brickyard.runs.decide import Transition
from brickyard.runs.model import Run
from brickyard.runs.states import RunType
from brickyard.storage import rows, run_batches
from brickyard.storage.tables import ATTEMPTS, EFFECTS, RUN_EVENTS, RUNS

# Written out and not bound: an index on what is active is used only where the same text stands in the question.
IS_ACTIVE: ColumnElement[bool] = RUNS.c.ended_ms == literal_column("0")
_MEANT = select(bindparam("wanted", type_=BigInteger)).union_all(
    select(ATTEMPTS.c.run_id).where(ATTEMPTS.c.attempt_id == bindparam("wanted", type_=BigInteger))
)
_PLACE = select(RUNS.c.job_id, RUNS.c.run_id, RUNS.c.run_type, RUNS.c.parent_attempt_id).where(
    RUNS.c.run_id.in_(_MEANT)
)


def load(connection: Connection, run_id: int) -> Run | None:
    """The whole run as the last commit left it."""
    return run_batches.load_many(connection, [run_id]).get(run_id)


def record(connection: Connection, run_id: int) -> RunRecord | None:
    """What is kept of a run beside its state."""
    return run_batches.records(connection, [run_id]).get(run_id)


def run_of_attempt(connection: Connection, attempt_id: int) -> int | None:
    """The run that this task run belongs to."""
    return connection.execute(select(ATTEMPTS.c.run_id).where(ATTEMPTS.c.attempt_id == attempt_id)).scalar()


def place_of(connection: Connection, run_id: int) -> RunPlace | None:
    """Whose a run or task run is: one question, and one more for each notebook that was started by a notebook."""
    row = connection.execute(_PLACE, {"wanted": run_id}).first()
    while row is not None and row.run_type == RunType.WORKFLOW_RUN and row.parent_attempt_id is not None:
        above = connection.execute(_PLACE, {"wanted": row.parent_attempt_id}).first()
        if above is None:
            break
        row = above
    return None if row is None else RunPlace(row.job_id, row.run_id)


def children(connection: Connection, attempt_id: int) -> Sequence[int]:
    """The runs that this task run has started, oldest first."""
    question = select(RUNS.c.run_id).where(RUNS.c.parent_attempt_id == attempt_id).order_by(RUNS.c.created_ms)
    return connection.execute(question).scalars().all()


def children_of_run(connection: Connection, run_id: int, offset: int, limit: int) -> Sequence[ChildRun]:
    """The runs that task runs of this run have started, oldest first."""
    question = (
        select(RUNS.c.run_id, ATTEMPTS.c.attempt_id, ATTEMPTS.c.task_key)
        .join(ATTEMPTS, ATTEMPTS.c.attempt_id == RUNS.c.parent_attempt_id)
        .where(ATTEMPTS.c.run_id == run_id)
        .order_by(RUNS.c.created_ms, RUNS.c.run_id)
    )
    found = connection.execute(question.offset(offset).limit(limit))
    return [ChildRun(run_id=row.run_id, attempt_id=row.attempt_id, slot=row.task_key) for row in found]


def find_statement(where: RunFilter) -> Select[Any]:
    """The question of a list page, newest start first."""
    question = select(RUNS.c.run_id).order_by(RUNS.c.listed_ms.desc(), RUNS.c.run_id.desc())
    if where.job_id is not None:
        question = question.where(RUNS.c.job_id == where.job_id)
    if where.active_only:
        question = question.where(IS_ACTIVE)
    if where.completed_only:
        question = question.where(RUNS.c.ended_ms > 0)
    if where.run_type is not None:
        question = question.where(RUNS.c.run_type == where.run_type)
    if where.start_from_ms is not None:
        question = question.where(RUNS.c.listed_ms >= where.start_from_ms)
    if where.start_to_ms is not None:
        question = question.where(RUNS.c.listed_ms <= where.start_to_ms)
    return question


def find(connection: Connection, where: RunFilter, offset: int, limit: int) -> Sequence[int]:
    """Ids of the runs of one page."""
    return connection.execute(find_statement(where).offset(offset).limit(limit)).scalars().all()


def active(connection: Connection) -> Sequence[int]:
    """Ids of all runs that are not over, oldest first."""
    question = select(RUNS.c.run_id).where(IS_ACTIVE).order_by(RUNS.c.listed_ms, RUNS.c.run_id)
    return connection.execute(question).scalars().all()


def count_active(connection: Connection, job_id: int) -> int:
    """How many runs of a job are not over."""
    question = select(func.count()).select_from(RUNS).where(RUNS.c.job_id == job_id, IS_ACTIVE)
    return connection.execute(question).scalar_one()


def history(connection: Connection, run_id: int) -> Sequence[HistoryEntry]:
    """All transitions of a run, in order."""
    return _entries(connection, _of_history(run_id))


def history_page(
    connection: Connection, run_id: int, after: int, limit: int, *, iterations: bool
) -> Sequence[HistoryEntry]:
    """The next transitions of a run, in order."""
    question = _of_history(run_id).where(RUN_EVENTS.c.seq > after).limit(limit)
    return _entries(connection, question if iterations else question.where(RUN_EVENTS.c.subject.not_like("%[%")))


def _of_history(run_id: int) -> Select[Any]:
    return select(RUN_EVENTS).where(RUN_EVENTS.c.run_id == run_id).order_by(RUN_EVENTS.c.seq)


def _entries(connection: Connection, question: Select[Any]) -> Sequence[HistoryEntry]:
    return [
        HistoryEntry(
            run_id=row.run_id,
            seq=row.seq,
            at_ms=row.at_ms,
            transition=Transition(row.subject, row.attempt_id, row.before, row.after, row.reason),
        )
        for row in connection.execute(question)
    ]


def pending_effects(connection: Connection) -> Sequence[PendingEffect]:
    """All effects that are committed and not performed, in order of their commit."""
    found = connection.execute(select(EFFECTS).order_by(EFFECTS.c.effect_id))
    return [
        PendingEffect(effect_id=row.effect_id, run_id=row.run_id, effect=rows.effect_from_json(row.body))
        for row in found
    ]
