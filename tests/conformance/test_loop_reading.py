"""Loops as the database counts and pages them: the same as the rules of runs say of the whole run."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, event

from brickyard.records import LoopRef
from brickyard.runs import endings, loops
from brickyard.runs.events import AttemptEnded, AttemptStarted, LoopBegan, RepairRequested
from brickyard.runs.model import Attempt, Ending, Kind, Run, TaskPlan
from brickyard.runs.states import Code
from brickyard.storage.store import SqlStore
from tests.conformance.conftest import Open
from tests.conformance.samples import apply, create, new_id, new_run

BAD = (endings.failed(), endings.broken(Code.CLUSTER_ERROR, "no cluster"), endings.failed("another text"))


def plan(concurrency: int = 3) -> dict[str, TaskPlan]:
    """Two loops, so that one's iterations are told from the other's."""
    nested = {key: TaskPlan(key=f"each_{key}", max_retries=1) for key in ("left", "right")}
    return {
        key: TaskPlan(key=key, kind=Kind.LOOP, concurrency=concurrency, nested=inner) for key, inner in nested.items()
    }


def begun(store: SqlStore, run: Run, key: str, total: int, *, same: bool = False) -> Run:
    return apply(store, run, LoopBegan(run.latest[key].attempt_id, total, same), 100)


def play(store: SqlStore, run: Run, chance: random.Random, steps: int) -> Run:
    """Let some iterations begin and end, well or badly."""
    for number in range(steps):
        active = [
            made for made in run.attempts if made.iteration >= 0 and not made.is_terminal and not made.retry_at_ms
        ]
        if not active:
            break
        attempt = chance.choice(active)
        run = apply(store, run, AttemptStarted(attempt.attempt_id), 200 + number)
        run = apply(store, run, AttemptEnded(attempt.attempt_id, ending(chance)), 201 + number)
    return run


def ending(chance: random.Random) -> Ending:
    return endings.succeeded() if chance.random() < 0.6 else chance.choice(BAD)


def ref(run: Run, loop: Attempt) -> LoopRef:
    chain, known = [loop.attempt_id], run.attempt(loop.continues)
    while known is not None:
        chain.append(known.attempt_id)
        known = run.attempt(known.continues)
    return LoopRef(run_id=run.run_id, chain=tuple(chain), total=loop.total)


def begun_loops(run: Run) -> list[Attempt]:
    return [attempt for attempt in run.attempts if attempt.total >= 0]


def check(store: SqlStore, run: Run) -> None:
    """What the database says of every loop is what the rules say."""
    found = store.runs.loop_stats([ref(run, loop) for loop in begun_loops(run)])
    for loop in begun_loops(run):
        expected = loops.stats(run, loop)
        got = found[loop.attempt_id]
        assert replace(got, messages=()) == replace(expected, messages=())
        assert sorted(got.messages) == sorted(expected.messages)
        assert list(paged(store, ref(run, loop), 4)) == list(loops.iterations(run, loop))


def paged(store: SqlStore, loop: LoopRef, size: int) -> Sequence[Attempt]:
    pages: list[Attempt] = []
    while found := store.runs.iterations(loop, offset=len(pages), limit=size):
        pages += found
    return pages


@pytest.mark.parametrize("seed", range(8))
def test_counts_and_pages_agree_with_the_rules_at_every_stage(store: SqlStore, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    run = create(store, new_run(plan())).run
    for key in run.plan:
        run = begun(store, run, key, chance.randint(0, 12))
    check(store, run)
    for _ in range(4):
        run = play(store, run, chance, 6)
        check(store, run)
    run = play(store, run, chance, 100)
    for same in (True, chance.random() < 0.5):
        if not run.life_cycle.is_terminal:
            return
        bad = [key for key, attempt in run.latest.items() if attempt.ending != endings.succeeded()]
        if not bad:
            return
        run = apply(store, run, RepairRequested(new_id(), frozenset(bad), run.plan), 500)
        for key in bad:
            run = begun(store, run, key, max(run.latest[key].total, 8), same=same)
        check(store, run)
        run = play(store, run, chance, 100)
        check(store, run)


def small(store: SqlStore) -> tuple[Run, Attempt]:
    """A loop over three inputs: the first is good, the second failed twice, the third goes on."""
    only = {"left": plan()["left"]}
    run = begun(store, create(store, new_run(only)).run, "left", 3)
    first, second, third = (made for made in run.attempts if made.iteration >= 0)
    run = apply(store, run, AttemptEnded(first.attempt_id, endings.succeeded()), 200)
    run = apply(store, run, AttemptEnded(second.attempt_id, endings.failed()), 200)
    again = run.attempts[-1]
    run = apply(store, run, AttemptEnded(again.attempt_id, endings.failed()), 200)
    return apply(store, run, AttemptStarted(third.attempt_id), 200), run.latest["left"]


def test_only_the_newest_attempt_of_an_iteration_counts(store: SqlStore) -> None:
    run, loop = small(store)
    [found] = store.runs.loop_stats([ref(run, loop)]).values()
    assert (found.total, found.scheduled, found.active, found.completed) == (3, 3, 1, 2)
    assert (found.succeeded, found.failed) == (1, 1)
    assert found.messages == ((1, endings.failed().message, Code.RUN_EXECUTION_ERROR),)


def test_the_failed_iterations_alone_by_their_newest_attempts(store: SqlStore) -> None:
    run, loop = small(store)
    [failed] = store.runs.iterations(ref(run, loop), offset=0, limit=10, failed=True)
    assert (failed.iteration, failed.number) == (1, 1)
    assert store.runs.iterations(ref(run, loop), offset=1, limit=10, failed=True) == []


def test_a_slot_has_the_attempts_of_one_iteration_or_task(store: SqlStore) -> None:
    run, loop = small(store)
    tries = [made for made in run.attempts if made.iteration == 1]
    assert [list(store.runs.slot(made.attempt_id)) for made in tries] == [tries, tries]
    assert list(store.runs.slot(loop.attempt_id)) == [run.latest["left"]]
    assert store.runs.slot(7) == []


def test_a_run_is_read_without_its_iterations(store: SqlStore) -> None:
    run, _ = small(store)
    shown = store.runs.load_many([run.run_id], attempts="tasks")[run.run_id]
    assert list(shown.attempts) == [run.latest["left"]]
    assert len(store.runs.load_many([run.run_id])[run.run_id].attempts) == 5


def test_the_history_can_leave_iterations_out(store: SqlStore) -> None:
    run, _ = small(store)
    subjects = [
        {entry.transition.subject for entry in store.runs.history_page(run.run_id, after=0, limit=99, iterations=asked)}
        for asked in (False, True)
    ]
    assert subjects == [{"run", "left"}, {"run", "left", "each_left[0]", "each_left[1]", "each_left[2]"}]


def steps_of(store: SqlStore, ask: Callable[[], object]) -> str:
    """How SQLite answers the questions that are asked meanwhile."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert asked
    with store._db.read() as connection:
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all() for sql, values in asked]
    return "\n".join(str(row[3]) for found in plans for row in found)


def test_no_question_about_a_run_looks_at_the_rows_of_others(opening: Open) -> None:
    store = opening("sqlite://")
    run, loop = small(store)
    fresh, continued = ref(run, loop), LoopRef(run_id=run.run_id, chain=(loop.attempt_id, 7), total=3)
    steps = steps_of(
        store,
        lambda: (
            store.runs.loop_stats([fresh, continued]),
            store.runs.iterations(fresh, offset=0, limit=9),
            store.runs.iterations(continued, offset=0, limit=9, failed=True),
            store.runs.slot(loop.attempt_id),
            store.runs.children_of_run(run.run_id, offset=0, limit=9),
            store.runs.history_page(run.run_id, after=0, limit=9, iterations=False),
            store.runs.load_many([run.run_id], attempts="tasks"),
            store.runs.records([run.run_id]),
            store.clusters.of_runs([run.run_id]),
        ),
    )
    assert "SEARCH" in steps
    assert "SCAN" not in steps, steps


def test_nothing_is_counted_where_nothing_was_asked_for(store: SqlStore) -> None:
    assert store.runs.loop_stats([]) == {}
    unknown = LoopRef(run_id=1, chain=(2,), total=5)
    assert store.runs.loop_stats([unknown])[2].scheduled == 0
    assert store.runs.iterations(unknown, offset=0, limit=5) == []
