"""A server that dies at any write of a run with a condition, a loop, a run of another job and retries."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from brickyard.engine.commands import StartRequest
from brickyard.errors import Unavailable
from brickyard.ports import Store
from brickyard.records import RunFilter
from brickyard.runs.model import Run
from tests.engine.house import FAILED, SUCCESS, House, condition, edge, loop, notebook, result, run_job, states
from tests.engine.test_recovery import Crash, CrashingRuns, CrashingStore, Town

REQUEST = StartRequest(idempotency_token="the one")
RAN = ["end", "flaky", "flaky", "leaf", "one", "one", "one"]
WRITES = 24
"""More than the play has; `test_the_crashes_above_cover_every_write` says so."""


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def declare(town: Town) -> tuple[int, int]:
    """The ids of the job and of the one that it runs."""
    town.land.scripts.update(
        leaf=[SUCCESS], one=[SUCCESS, FAILED, SUCCESS], flaky=[FAILED, SUCCESS], end=[SUCCESS], never=[SUCCESS]
    )
    house = town.house()
    other = house.job(notebook("leaf"), name="other")
    job = house.job(
        condition("check", "2", "GREATER_THAN", "1"),
        loop("each", '["a", "b"]', notebook("one", max_retries=1), concurrency=2, depends_on=[edge("check", "true")]),
        notebook("flaky", max_retries=1, depends_on=[edge("check", "true")]),
        notebook("never", depends_on=[edge("check", "false")]),
        run_job("call", other, "each"),
        notebook("end", "call", "flaky"),
    )
    house.stop()
    return job, other


def run_until_crash(house: House, job: int, runs: CrashingRuns) -> None:
    """Play until the run is over or the server is dead, on whichever of its threads that was."""
    try:
        run_id = house.engine.commands.run_now(job, REQUEST, user="ada")
        seen, over = 0, False
        while not (over or runs.crashed):
            seen, run = house.engine.commands.watch(run_id, seen=seen, timeout=0.05)
            over = run.life_cycle.is_terminal
        house.advance(2)
    except (Crash, Unavailable):
        pass
    finally:
        house.stop()


def check(house: House, run: Run, other: int) -> None:
    expected = dict.fromkeys(("check", "each", "flaky", "call", "end"), "SUCCESS") | {"never": "EXCLUDED"}
    assert (states(run), result(run)) == (expected, "TERMINATED/SUCCESS")
    assert sorted(key for key, _ in house.land.ran) == RAN
    assert len({attempt_id for _, attempt_id in house.land.ran}) == len(RAN)
    good = [a.iteration for a in run.attempts if a.iteration >= 0 and a.ending and a.ending.result == "SUCCESS"]
    assert sorted(good) == [0, 1]
    children = house.store.runs.children(run.latest["call"].attempt_id)
    assert [*children] == [*house.store.runs.find(RunFilter(job_id=other), offset=0, limit=10)]
    assert result(house.load(children[0])) == "TERMINATED/SUCCESS"
    kept = {key: house.store.runs.resolved(run.latest[key].attempt_id) for key in ("check", "each", "call")}
    assert kept == {
        "check": {"condition_task": {"left": "2", "right": "1"}},
        "each": {"for_each_task": {"inputs": '["a", "b"]'}},
        "call": {"run_job_task": {"job_parameters": {}}},
    }


def play_with_crash(town: Town, at: int, *, after: bool) -> bool:
    """Run on a server that dies at its nth write, then on its heir; whether it died."""
    job, other = declare(town)
    first = town.house(lambda store: cast(Store, CrashingStore(store, at, after=after))).start()
    runs = cast(CrashingStore, first.store).runs
    run_until_crash(first, job, runs)
    second = town.house().start()
    try:
        run = second.ended(second.engine.commands.run_now(job, REQUEST, user="ada"))
        check(second, run, other)
    finally:
        second.stop()
    last = town.house()
    assert last.store.runs.pending_effects() == []
    last.stop()
    return runs.crashed


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, WRITES))
def test_a_crash_at_any_write_loses_nothing_and_doubles_nothing(town: Town, at: int, after: bool) -> None:
    play_with_crash(town, at, after=after)


def test_the_crashes_above_cover_every_write(town: Town) -> None:
    assert not play_with_crash(town, WRITES, after=True)


def test_a_run_of_another_job_is_taken_up_by_the_next_server(town: Town) -> None:
    first = town.house().start()
    other = first.job(notebook("leaf"))
    run_id = first.run(run_job("call", other))
    leaf = first.workers.wait_for("leaf")
    first.until(run_id, lambda run: states(run) == {"call": "RUNNING"})
    first.stop()
    second = town.house().start()
    try:
        second.workers.finish(leaf.attempt_id)
        assert result(second.ended(run_id)) == "TERMINATED/SUCCESS"
        assert second.workers.adopted == [leaf.attempt_id]
    finally:
        second.stop()


def test_a_stop_of_a_run_of_another_job_goes_on_at_the_next_server(town: Town) -> None:
    first = town.house().start()
    first.workers.obey = False
    other = first.job(notebook("leaf"))
    run_id = first.run(run_job("call", other))
    leaf = first.workers.wait_for("leaf")
    first.until(run_id, lambda run: states(run) == {"call": "RUNNING"})
    first.cancel(run_id)
    first.settle()
    first.stop()
    second = town.house().start()
    try:
        assert result(second.ended(run_id)) == "TERMINATED/CANCELED"
        assert (leaf.attempt_id, "cancel") in second.workers.stopped
    finally:
        second.stop()


def test_a_child_that_ended_while_nobody_looked_ends_its_task(town: Town) -> None:
    first = town.house().start()
    other = first.job(notebook("leaf"))
    run_id = first.run(run_job("call", other))
    leaf = first.workers.wait_for("leaf")
    first.until(run_id, lambda run: states(run) == {"call": "RUNNING"})
    first.engine._work.job_runs._parents.clear()  # as if it died between the two ends
    first.workers.finish(leaf.attempt_id)
    assert result(first.ended(leaf.context.run_id)) == "TERMINATED/SUCCESS"
    first.stop()
    second = town.house().start()
    try:
        assert result(second.ended(run_id)) == "TERMINATED/SUCCESS"
    finally:
        second.stop()


def test_a_loop_goes_on_at_the_next_server(town: Town) -> None:
    first = town.house().start()
    run_id = first.run(loop("each", "[1, 2, 3]", notebook("one", parameters={"x": "{{input}}"})))
    first.workers.finish(first.workers.wait_for("one").attempt_id)
    attempt_id = first.workers.wait_for("one", 2).attempt_id
    first.settle()
    first.stop()
    second = town.house().start()
    try:
        second.workers.finish(attempt_id)
        third = second.workers.wait_for("one")
        assert third.work.parameters == {"x": "3"}  # type: ignore[union-attr] # a notebook
        second.workers.finish(third.attempt_id)
        assert result(second.ended(run_id)) == "TERMINATED/SUCCESS"
    finally:
        second.stop()
