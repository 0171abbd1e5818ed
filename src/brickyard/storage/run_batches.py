"""Runs read many at a time: a fixed number of questions, however many runs, and no more of them than is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Connection, Select, bindparam, select

from brickyard.records import AttemptsWanted, Json, RunRecord
from brickyard.runs.model import Run
from brickyard.storage import rows
from brickyard.storage.tables import ATTEMPTS, OUTCOMES, REPAIRS, RESOLVED, RUN_PLANS, RUN_SETTINGS, RUNS
from brickyard.workloads.messages import Outcome

K = TypeVar("K", bound=Hashable)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_ASKED_AT_ONCE = 10_000
"""Databases limit the values of one question; PostgreSQL's driver to 65,535, SQLite to 32,766."""

_WITH_PLAN = (
    select(RUNS, RUN_PLANS.c.plan, RUN_PLANS.c.selection)
    .join(RUN_PLANS, RUN_PLANS.c.run_id == RUNS.c.run_id)
    .where(RUNS.c.run_id.in_(_IDS))
)
_ATTEMPTS = select(ATTEMPTS).where(ATTEMPTS.c.run_id.in_(_IDS)).order_by(ATTEMPTS.c.run_id, ATTEMPTS.c.position)
_TASK_ATTEMPTS = _ATTEMPTS.where(ATTEMPTS.c.iteration < 0)
_REPAIRS = select(REPAIRS).where(REPAIRS.c.run_id.in_(_IDS)).order_by(REPAIRS.c.run_id, REPAIRS.c.position)
_WITH_OVERRIDING = (
    select(RUNS, RUN_PLANS.c.overriding)
    .join(RUN_PLANS, RUN_PLANS.c.run_id == RUNS.c.run_id)
    .where(RUNS.c.run_id.in_(_IDS))
)
_SETTINGS = select(RUN_SETTINGS).where(RUN_SETTINGS.c.run_id.in_(_IDS)).order_by(RUN_SETTINGS.c.repair)
_OUTCOMES = select(OUTCOMES.c.attempt_id, OUTCOMES.c.body).where(OUTCOMES.c.attempt_id.in_(_IDS))
_RESOLVED = select(RESOLVED.c.attempt_id, RESOLVED.c.body).where(RESOLVED.c.attempt_id.in_(_IDS))
_CHILDREN = (
    select(RUNS.c.parent_attempt_id, RUNS.c.run_id)
    .where(RUNS.c.parent_attempt_id.in_(_IDS))
    .order_by(RUNS.c.created_ms, RUNS.c.run_id)
)


def load_many(connection: Connection, run_ids: Sequence[int], attempts: AttemptsWanted = "all") -> dict[int, Run]:
    """The runs by id, as the last commit left them, with all their attempts, with those of tasks only, or with none."""
    wanted = {"all": _ATTEMPTS, "tasks": _TASK_ATTEMPTS}.get(attempts)
    made = _by_run(_rows(connection, wanted, run_ids)) if wanted is not None else {}
    repairs = _by_run(_rows(connection, _REPAIRS, run_ids))
    return {
        row.run_id: rows.run_of(row, made.get(row.run_id, ()), repairs.get(row.run_id, ()))
        for row in _rows(connection, _WITH_PLAN, run_ids)
    }


def records(connection: Connection, run_ids: Sequence[int]) -> dict[int, RunRecord]:
    """What is kept of the runs beside their state, by id."""
    settings = _by_run(_rows(connection, _SETTINGS, run_ids))
    found = _rows(connection, _WITH_OVERRIDING, run_ids)
    return {row.run_id: _record(row, settings.get(row.run_id, ())) for row in found}


def outcomes(connection: Connection, attempt_ids: Sequence[int]) -> dict[int, Outcome]:
    """The outcomes that there are, by attempt id."""
    return {row.attempt_id: rows.outcome_from_json(row.body) for row in _rows(connection, _OUTCOMES, attempt_ids)}


def resolved(connection: Connection, attempt_ids: Sequence[int]) -> dict[int, Json]:
    """The resolved values that there are, by attempt id."""
    return {row.attempt_id: rows.from_json(row.body) for row in _rows(connection, _RESOLVED, attempt_ids)}


def children(connection: Connection, attempt_ids: Sequence[int]) -> dict[int, list[int]]:
    """The runs that these task runs have started, oldest first."""
    found = _grouped(_rows(connection, _CHILDREN, attempt_ids), lambda row: int(row.parent_attempt_id))
    return {attempt_id: [row.run_id for row in started] for attempt_id, started in found.items()}


def _record(row: Any, settings: Sequence[Any]) -> RunRecord:
    return RunRecord(
        run_id=row.run_id,
        job_id=row.job_id,
        name=row.name,
        creator=row.creator,
        settings_by_repair={each.repair: rows.from_json(each.settings) for each in settings},
        parameters_by_repair={each.repair: rows.from_json(each.parameters) for each in settings},
        overriding=rows.from_json(row.overriding),
        idempotency_token=row.idempotency_token,
        parent_attempt_id=row.parent_attempt_id,
        cluster_scope=row.cluster_scope,
        trigger_info=rows.from_json(row.trigger_info),
        run_as=row.run_as,
        versions_by_repair={each.repair: each.job_version for each in settings if each.job_version},
        overriding_by_repair={each.repair: rows.from_json(each.overriding) for each in settings if each.repair},
        commits_by_repair={each.repair: each.git_commit for each in settings if each.git_commit},
    )


def _rows(connection: Connection, question: Select[Any], ids: Sequence[int]) -> list[Any]:
    unique = sorted(set(ids))
    found: list[Any] = []
    for start in range(0, len(unique), _ASKED_AT_ONCE):
        found += connection.execute(question, {"ids": unique[start : start + _ASKED_AT_ONCE]}).all()
    return found


def _by_run(found: Iterable[Any]) -> Mapping[int, Sequence[Any]]:
    return _grouped(found, lambda row: int(row.run_id))


def _grouped(found: Iterable[Any], key: Callable[[Any], K]) -> dict[K, list[Any]]:
    grouped: dict[K, list[Any]] = defaultdict(list)
    for row in found:
        grouped[key(row)].append(row)
    return dict(grouped)
