"""Cancel at every moment of a run with all kinds of tasks: it ends, and nothing of it goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from brickyard.engine.mail import Call, Mail
from brickyard.ports import Store
from brickyard.records import Commit, RunFilter
from brickyard.runs import endings
from brickyard.runs.events import AttemptEnded, CancelRequested
from tests.engine.house import FAILED, SUCCESS, House, condition, loop, notebook, result, run_job

WRITES = 16


class WatchedRuns:
    """A real run store that says when its nth commit is done."""

    def __init__(self, real: Any, at: int, then: Callable[[], None]) -> None:
        self._real = real
        self._left = at
        self._then = then

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def commit(self, commits: Sequence[Commit]) -> None:
        self._real.commit(commits)
        self._left -= 1
        if not self._left:
            self._then()


class WatchedStore:
    """A store whose commits of runs are counted."""

    def __init__(self, real: Store, at: int, then: Callable[[], None]) -> None:
        self._real = real
        self.runs = WatchedRuns(real.runs, at, then)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def declare(house: House) -> int:
    house.script(first=SUCCESS, one=[SUCCESS, FAILED, SUCCESS], leaf=SUCCESS, flaky=[FAILED, SUCCESS], last=SUCCESS)
    other = house.job(notebook("leaf"), name="other")
    return house.job(
        notebook("first"),
        condition("check", "1", "EQUAL_TO", "1", "first"),
        loop("each", "[1, 2, 3]", notebook("one", max_retries=1), "check", concurrency=2),
        notebook("flaky", "check", max_retries=1, min_retry_interval_millis=0),
        run_job("call", other, "each"),
        notebook("last", "call", "flaky", run_if="ALL_DONE"),
    )


@pytest.mark.parametrize("at", range(1, WRITES))
def test_a_run_that_is_cancelled_after_any_commit_ends_whole(tmp_path: Path, at: int) -> None:
    started: list[int] = []

    def cancel() -> None:
        house.engine._loop.post(Mail(run_id=started[0], event=CancelRequested()))

    house = House(tmp_path, wrap=lambda real: cast(Store, WatchedStore(real, at, cancel)))
    job = declare(house)
    started.append(house.run_now(job))  # the loop does not run yet, so nothing is committed before this is known
    house.start()
    try:
        run = house.ended(started[0])
        assert result(run) in {"TERMINATED/CANCELED", "TERMINATED/SUCCESS"}
        assert all(attempt.is_terminal for attempt in run.attempts)
        house.settle()
        everything = house.store.runs.find(RunFilter(), offset=0, limit=10)
        assert all(house.load(run_id).life_cycle.is_terminal for run_id in everything)
        assert house.land.alive == {}
        assert list(house.store.runs.active()) == []
    finally:
        house.stop()


@pytest.mark.parametrize("kind", ["loop", "run_job", "condition"])
def test_what_has_not_begun_is_stopped_at_once(house: House, kind: str) -> None:
    """Cancelled in the batch in which it is released: it never begins."""
    other = house.job(notebook("leaf"))
    tasks = {
        "loop": loop("x", "[1]", notebook("one"), "first"),
        "run_job": run_job("x", other, "first"),
        "condition": condition("x", "1", "EQUAL_TO", "1", "first"),
    }
    run_id = house.run(notebook("first"), tasks[kind])
    first = house.workers.wait_for("first").attempt_id
    house.settle()
    batch = [
        Mail(run_id=run_id, event=AttemptEnded(first, endings.succeeded())),
        Mail(run_id=run_id, event=CancelRequested()),
    ]
    house.engine._loop.post(Call(lambda: house.engine._loop.process(batch)))
    run = house.ended(run_id)
    assert [attempt.life_cycle.is_terminal for attempt in run.attempts] == [True, True]
    assert house.store.runs.children(run.latest["x"].attempt_id) == []
    assert [key for key, _ in house.land.ran] == ["first"]
