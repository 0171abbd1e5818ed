"""Iterations of loops, counted and read in pages: a run page must not read five thousand rows to show one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, and_, exists, func, or_, select

from brickyard.records import LoopRef
from brickyard.runs.loops import MOST_MESSAGES, LoopStats
from brickyard.runs.model import Attempt
from brickyard.runs.run_if import Class, class_of
from brickyard.runs.states import Code, Result
from brickyard.storage import rows
from brickyard.storage.tables import ATTEMPTS

_GOOD = tuple(str(result) for result in Result if class_of(result) is Class.SUCCEEDED)
_THIS, _LATER, _OTHER = ATTEMPTS.alias("this"), ATTEMPTS.alias("later"), ATTEMPTS.alias("other")


def stats(connection: Connection, loops: Sequence[LoopRef]) -> dict[int, LoopStats]:
    """How the iterations of each loop stand: one question for all, and one for each that a repair continued."""
    fresh = [loop for loop in loops if len(loop.chain) == 1]
    found: dict[int, list[Any]] = {loop.loop_id: [] for loop in loops}
    for row in _counted(connection, _started_by(_THIS, fresh)) if fresh else ():
        found[row.loop_id].append(row)
    for loop in loops:
        if loop not in fresh:
            found[loop.loop_id] = _counted(connection, _member(_THIS, loop))
    return {loop.loop_id: _stats(loop, found[loop.loop_id]) for loop in loops}


def page(connection: Connection, loop: LoopRef, *, offset: int, limit: int, failed: bool = False) -> Sequence[Attempt]:
    """Attempts of iterations in the order of the inputs, those of one iteration next to each other."""
    question = select(_THIS).where(_member(_THIS, loop)).order_by(_THIS.c.iteration, _THIS.c.number)
    if failed:
        question = question.where(_THIS.c.result.not_in(_GOOD), _is_newest(_THIS))
    return [rows.attempt_of(row) for row in connection.execute(question.offset(offset).limit(limit))]


def slot(connection: Connection, attempt_id: int) -> Sequence[Attempt]:
    """Every attempt of what this one attempts, oldest first."""
    same = and_(_THIS.c.run_id == _OTHER.c.run_id, _THIS.c.task_key == _OTHER.c.task_key)
    question = select(_THIS).join(_OTHER, same).where(_OTHER.c.attempt_id == attempt_id).order_by(_THIS.c.number)
    return [rows.attempt_of(row) for row in connection.execute(question)]


def _counted(connection: Connection, condition: ColumnElement[bool]) -> list[Any]:
    """Of each iteration its newest attempt, counted by where and how it stands."""
    kinds = (_THIS.c.loop_id, _THIS.c.result, _THIS.c.code, _THIS.c.message)
    # `seen_at` decides among messages that are equally frequent: the first one that was met.
    question = select(*kinds, func.count().label("number"), func.min(_THIS.c.position).label("seen_at"))
    return list(connection.execute(question.where(condition, _is_newest(_THIS)).group_by(*kinds)))


def _started_by(attempt: FromClause, loops: Iterable[LoopRef]) -> ColumnElement[bool]:
    run_ids = {loop.run_id for loop in loops}
    return and_(attempt.c.run_id.in_(run_ids), attempt.c.loop_id.in_([loop.loop_id for loop in loops]))


def _member(attempt: FromClause, loop: LoopRef) -> ColumnElement[bool]:
    """Attempts that the loop started itself, and those of earlier attempts of it whose good iterations it kept."""
    own = and_(attempt.c.run_id == loop.run_id, attempt.c.loop_id == loop.loop_id)
    earlier = loop.chain[1:]
    if not earlier:
        return own
    kept = and_(
        attempt.c.run_id == loop.run_id,
        attempt.c.loop_id.in_(earlier),
        attempt.c.iteration < loop.total,
        ~exists().where(
            _same_slot(_LATER, attempt),
            _LATER.c.number > attempt.c.number,
            _LATER.c.loop_id.in_(loop.chain),
            _LATER.c.loop_id != attempt.c.loop_id,
        ),
        exists().where(_same_slot(_OTHER, attempt), _OTHER.c.loop_id == attempt.c.loop_id, _OTHER.c.result.in_(_GOOD)),
    )
    return or_(own, kept)


def _is_newest(attempt: FromClause) -> ColumnElement[bool]:
    """Whether the same attempt of the loop has not tried this iteration again."""
    again = and_(_same_slot(_LATER, attempt), _LATER.c.number > attempt.c.number)
    return ~exists().where(again, _LATER.c.loop_id == attempt.c.loop_id)


def _same_slot(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(one.c.run_id == other.c.run_id, one.c.task_key == other.c.task_key)


def _stats(loop: LoopRef, counted: Iterable[Any]) -> LoopStats:
    ended: Counter[bool] = Counter()
    active = 0
    messages: Counter[tuple[str, Code]] = Counter()
    for row in sorted(counted, key=lambda row: row.seen_at):
        if row.result is None:
            active += row.number
            continue
        good = row.result in _GOOD
        ended[good] += row.number
        if not good:
            messages[row.message, Code(row.code)] += row.number
    return LoopStats(
        total=max(loop.total, 0),
        scheduled=active + ended.total(),
        active=active,
        completed=ended.total(),
        succeeded=ended[True],
        failed=ended[False],
        messages=tuple((count, text, code) for (text, code), count in messages.most_common(MOST_MESSAGES)),
    )
