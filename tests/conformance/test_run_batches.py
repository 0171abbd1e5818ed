"""Many runs at once: the same as one by one, in a number of questions that does not grow with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from brickyard.records import RepairFacts
from brickyard.runs import endings
from brickyard.runs.events import RepairRequested
from brickyard.runs.model import Run
from brickyard.storage.store import SqlStore
from brickyard.workloads.messages import Outcome
from tests.conformance.samples import (
    apply,
    create,
    create_idle,
    finish,
    finished,
    new_cluster,
    new_id,
    new_run,
    plan_of,
)


@contextmanager
def counting() -> Iterator[list[str]]:
    """Every question that reads a table while this lasts."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def repaired(store: SqlStore) -> Run:
    """A run with a failed task, of which the repair goes on."""
    run = create(store, new_run(plan_of(only=[])), parameters_by_repair={0: {"a": "1"}}).run
    run = finish(store, run, "only", endings.failed())
    wish = RepairRequested(new_id(), frozenset({"only"}), run.plan)
    facts = RepairFacts(
        number=1, settings={"name": "new"}, parameters={"a": "2"}, overriding={"notebook_params": {"n": "1"}}
    )
    return apply(store, run, wish, 50, repair=facts)


@pytest.fixture
def runs(store: SqlStore) -> list[int]:
    """Runs of every kind: ended, active, waiting, repaired."""
    made = [finished(store), create(store).run, create_idle(store), repaired(store), finished(store)]
    return [run.run_id for run in made]


def test_many_runs_are_loaded_as_each_alone(store: SqlStore, runs: list[int]) -> None:
    assert store.runs.load_many(runs) == {run_id: store.runs.load(run_id) for run_id in runs}
    assert store.runs.records(runs) == {run_id: store.runs.record(run_id) for run_id in runs}


def test_a_record_has_what_its_repairs_brought(store: SqlStore) -> None:
    run_id = repaired(store).run_id
    record = store.runs.records([run_id])[run_id]
    assert record.settings_by_repair == {0: {"name": "nightly", "tasks": []}, 1: {"name": "new"}}
    assert record.parameters_by_repair == {0: {"a": "1"}, 1: {"a": "2"}}
    assert record.overriding_by_repair == {1: {"notebook_params": {"n": "1"}}}


def test_what_is_not_there_is_left_out(store: SqlStore, runs: list[int]) -> None:
    assert set(store.runs.load_many([*runs, 1, 2])) == set(runs)
    assert set(store.runs.records([*runs, 1, 2])) == set(runs)
    assert store.runs.load_many([]) == {}
    assert store.runs.records([]) == {}
    for ask in (store.runs.outcomes, store.runs.resolved_many, store.runs.children_of):
        assert ask([1]) == ask([]) == {}
    assert store.clusters.of_runs([]) == store.clusters.of_runs([1]) == {}


def test_an_id_that_is_asked_for_twice_counts_once(store: SqlStore) -> None:
    run = finished(store)
    loaded = store.runs.load_many([run.run_id, run.run_id])
    assert loaded == {run.run_id: run}


def test_a_run_can_be_read_without_its_attempts(store: SqlStore, runs: list[int]) -> None:
    whole = store.runs.load_many(runs)
    for run_id, run in store.runs.load_many(runs, attempts="none").items():
        assert run.attempts == ()
        assert (run.plan, run.life_cycle, run.ending, run.repairs) == (
            whole[run_id].plan,
            whole[run_id].life_cycle,
            whole[run_id].ending,
            whole[run_id].repairs,
        )


def test_outcomes_and_resolved_values_of_many(store: SqlStore) -> None:
    run = finished(store)
    ids = [attempt.attempt_id for attempt in run.attempts]
    store.runs.save_resolved(ids[0], {"notebook_task": {"base_parameters": {"a": "é"}}})
    assert store.runs.resolved_many([*ids, 5]) == {ids[0]: {"notebook_task": {"base_parameters": {"a": "é"}}}}
    assert set(store.runs.outcomes(ids)) == set(ids)
    assert all(isinstance(found, Outcome) for found in store.runs.outcomes(ids).values())


def test_the_children_of_many_task_runs_are_apart_and_in_order(store: SqlStore) -> None:
    first, second = new_id(), new_id()
    late = create(store, new_run(created_ms=300), 300, parent_attempt_id=first).run
    early = create(store, new_run(created_ms=100), 100, parent_attempt_id=first).run
    other = create(store, new_run(created_ms=200), 200, parent_attempt_id=second).run
    assert store.runs.children_of([first, second, 7]) == {first: [early.run_id, late.run_id], second: [other.run_id]}
    assert list(store.runs.children(first)) == [early.run_id, late.run_id]


def test_the_children_of_a_run_name_the_task_that_started_them(store: SqlStore) -> None:
    parent = finished(store)
    first, second = parent.attempts
    late = create(store, new_run(created_ms=300), 300, parent_attempt_id=second.attempt_id).run
    early = create(store, new_run(created_ms=100), 100, parent_attempt_id=first.attempt_id).run
    create(store, new_run(), 100, parent_attempt_id=new_id())
    found = store.runs.children_of_run(parent.run_id, offset=0, limit=10)
    assert [(child.run_id, child.attempt_id, child.slot) for child in found] == [
        (early.run_id, first.attempt_id, "first"),
        (late.run_id, second.attempt_id, "second"),
    ]
    assert store.runs.children_of_run(parent.run_id, offset=1, limit=1) == found[1:]
    assert store.runs.children_of_run(early.run_id, offset=0, limit=10) == []


def test_the_history_comes_in_pages(store: SqlStore) -> None:
    run = finished(store)
    whole = list(store.runs.history(run.run_id))
    first = store.runs.history_page(run.run_id, after=0, limit=3, iterations=True)
    rest = store.runs.history_page(run.run_id, after=first[-1].seq, limit=100, iterations=True)
    assert [*first, *rest] == whole
    assert store.runs.history_page(run.run_id, after=whole[-1].seq, limit=3, iterations=True) == []


def test_the_clusters_of_many_runs_are_apart_and_in_order(store: SqlStore) -> None:
    for cluster_id, run_id, created_ms in (("b", 1, 5), ("a", 1, 5), ("z", 1, 2), ("c", 2, 1), ("d", 3, 1)):
        store.clusters.save(new_cluster(cluster_id, run_id=run_id, created_ms=created_ms))
    found = store.clusters.of_runs([1, 2])
    assert {run_id: [each.cluster_id for each in clusters] for run_id, clusters in found.items()} == {
        1: ["z", "a", "b"],
        2: ["c"],
    }


QUESTIONS: dict[str, tuple[int, Callable[[SqlStore, list[int], list[int]], object]]] = {
    "load": (3, lambda store, runs, _: store.runs.load_many(runs)),
    "load without attempts": (2, lambda store, runs, _: store.runs.load_many(runs, attempts="none")),
    "records": (2, lambda store, runs, _: store.runs.records(runs)),
    "outcomes": (1, lambda store, _, attempts: store.runs.outcomes(attempts)),
    "resolved": (1, lambda store, _, attempts: store.runs.resolved_many(attempts)),
    "children": (1, lambda store, _, attempts: store.runs.children_of(attempts)),
    "clusters": (1, lambda store, runs, _: store.clusters.of_runs(runs)),
}


@pytest.mark.parametrize("what", QUESTIONS)
def test_the_number_of_questions_does_not_grow_with_the_runs(store: SqlStore, what: str) -> None:
    made = [finished(store) for _ in range(6)]
    expected, ask = QUESTIONS[what]
    for some in (made[:1], made):
        with counting() as asked:
            ask(store, [run.run_id for run in some], [each.attempt_id for run in some for each in run.attempts])
        assert len(asked) == expected, asked


def test_more_ids_than_a_database_takes_at_once(store: SqlStore) -> None:
    run = finished(store)
    assert set(store.runs.load_many([*range(1, 35_000), run.run_id])) >= {run.run_id}
