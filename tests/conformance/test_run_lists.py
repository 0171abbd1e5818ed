"""Finding runs: lists, counts, and the index behind each page."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from brickyard.records import RunFilter
from brickyard.runs.events import RunCreated
from brickyard.runs.states import RunType
from brickyard.storage.run_reading import find_statement
from brickyard.storage.store import SqlStore
from tests.conformance.conftest import Open
from tests.conformance.samples import apply, create, create_idle, finished, new_run


def find(store: SqlStore, offset: int = 0, limit: int = 100, **where: Any) -> list[int]:
    return list(store.runs.find(RunFilter(**where), offset=offset, limit=limit))


@pytest.fixture
def runs(store: SqlStore) -> dict[str, int]:
    """Five runs, in order of their starts; the active ones are `late` and `waiting`."""
    return {
        "old": finished(store, new_run(job_id=1), 100).run_id,
        "submitted": finished(store, new_run(job_id=0, run_type=RunType.SUBMIT_RUN), 200).run_id,
        "middle": finished(store, new_run(job_id=1), 300).run_id,
        "late": create(store, new_run(job_id=1), 400).run.run_id,
        "waiting": create_idle(store, new_run(job_id=2, created_ms=500)).run_id,
    }


def test_newest_first(store: SqlStore, runs: dict[str, int]) -> None:
    assert find(store) == [runs[name] for name in ("waiting", "late", "middle", "submitted", "old")]


def test_pages(store: SqlStore, runs: dict[str, int]) -> None:
    everything = find(store)
    assert find(store, limit=2) + find(store, offset=2, limit=2) + find(store, offset=4, limit=2) == everything
    assert find(store, offset=5) == []


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ({"job_id": 1}, ["late", "middle", "old"]),
        ({"job_id": 99}, []),
        ({"active_only": True}, ["waiting", "late"]),
        ({"active_only": True, "job_id": 1}, ["late"]),
        ({"completed_only": True}, ["middle", "submitted", "old"]),
        ({"completed_only": True, "job_id": 1}, ["middle", "old"]),
        ({"run_type": "SUBMIT_RUN"}, ["submitted"]),
        ({"run_type": "JOB_RUN", "job_id": 2}, ["waiting"]),
        ({"run_type": "' OR 1=1 --"}, []),
        ({"start_from_ms": 300}, ["waiting", "late", "middle"]),
        ({"start_to_ms": 300}, ["middle", "submitted", "old"]),
        ({"start_from_ms": 200, "start_to_ms": 300}, ["middle", "submitted"]),
        ({"start_from_ms": 301, "start_to_ms": 399}, []),
        ({"active_only": True, "completed_only": True}, []),
    ],
)
def test_filters(store: SqlStore, runs: dict[str, int], where: dict[str, Any], names: list[str]) -> None:
    assert find(store, **where) == [runs[name] for name in names]


def test_a_run_is_listed_by_its_creation_until_it_starts(store: SqlStore) -> None:
    waiting = create_idle(store, new_run(created_ms=100))
    other = create(store, new_run(created_ms=200), 200).run
    assert find(store) == [other.run_id, waiting.run_id]
    apply(store, waiting, RunCreated(), 300)
    assert find(store) == [waiting.run_id, other.run_id]


def test_runs_of_the_same_moment_have_one_order(store: SqlStore) -> None:
    ids = [create(store, at_ms=50).run.run_id for _ in range(4)]
    assert find(store) == ids[::-1]


def test_active_runs_oldest_first_and_counted(store: SqlStore, runs: dict[str, int]) -> None:
    assert list(store.runs.active()) == [runs["late"], runs["waiting"]]
    assert store.runs.count_active(1) == 1
    assert store.runs.count_active(2) == 1
    assert store.runs.count_active(3) == 0


def plan(store: SqlStore, where: RunFilter) -> str:
    """How SQLite answers the question of a list page."""
    question = find_statement(where).offset(0).limit(25)
    sql = question.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with store._db.read() as connection:
        return "\n".join(row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {sql}")))


@pytest.mark.parametrize(
    ("where", "index"),
    [
        (RunFilter(), "ix_runs_listed"),
        (RunFilter(job_id=1), "ix_runs_job_listed"),
        (RunFilter(active_only=True), "ix_runs_active"),
        (RunFilter(active_only=True, job_id=1), "ix_runs_job_active"),
        (RunFilter(completed_only=True), "ix_runs_listed"),
        (RunFilter(completed_only=True, job_id=1), "ix_runs_job_listed"),
        (RunFilter(run_type="SUBMIT_RUN"), "ix_runs_type_listed"),
        (RunFilter(start_from_ms=1, start_to_ms=2), "ix_runs_listed"),
    ],
)
def test_every_page_is_read_in_order_from_one_index(opening: Open, where: RunFilter, index: str) -> None:
    steps = plan(opening("sqlite://"), where)
    assert f"INDEX {index}" in steps
    assert "TEMP B-TREE" not in steps


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("ended_ms = 0 ORDER BY listed_ms, run_id", "ix_runs_active"),
        ("job_id = 1 AND ended_ms = 0", "ix_runs_job_active"),
    ],
)
def test_active_runs_are_found_by_a_small_index(opening: Open, condition: str, index: str) -> None:
    question = f"EXPLAIN QUERY PLAN SELECT run_id FROM runs WHERE {condition}"  # noqa: S608 - constants
    with opening("sqlite://")._db.read() as connection:
        steps = str(connection.execute(text(question)).all())
    assert f"COVERING INDEX {index}" in steps
    assert "TEMP B-TREE" not in steps
