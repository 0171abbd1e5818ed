"""A server that dies in the middle of a backfill: the next one goes on, and no interval has two runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from brickyard.errors import Conflict, Unavailable
from brickyard.ports import Store
from brickyard.records import RunFilter
from tests.engine.backfilling import backfill, end_next, intervals, job_of, outcomes, over, record, until
from tests.engine.house import FAILED, SUCCESS, USER, CountingIds, HandClock, House, Land

WRITES = frozenset({"create", "commit", "performed", "claim", "move", "cancel", "finish", "save"})


class Crash(BaseException):
    """The process is gone; nothing may catch this."""


class Fuse:
    """Lets so many writes of a store pass, then nothing any more."""

    def __init__(self, writes: int, *, after: bool) -> None:
        self._left = writes
        self._after = after
        self._lock = threading.Lock()
        self.crashed = False

    def write(self, write: Callable[..., Any], *args: Any, **more: Any) -> Any:
        with self._lock:
            if self.crashed:
                raise Crash
            self._left -= 1
            self.crashed = self._left == 0
            if not self.crashed:
                return write(*args, **more)
            if self._after:
                write(*args, **more)
            raise Crash


class Fused:
    """A store of which each write passes the fuse."""

    def __init__(self, real: Any, fuse: Fuse) -> None:
        self._real = real
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name not in WRITES:
            return found
        return lambda *args, **more: self._fuse.write(found, *args, **more)


class FusedStore:
    """A store of which runs and backfills pass the fuse."""

    def __init__(self, real: Store, fuse: Fuse) -> None:
        self._real = real
        self.runs, self.backfills = Fused(real.runs, fuse), Fused(real.backfills, fuse)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Town:
    """Servers that follow each other in one home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.land, self.clock, self.ids = Land(), HandClock(), CountingIds()

    def house(self, fuse: Fuse | None = None) -> House:
        url = f"sqlite:///{self.home / 'brickyard.db'}"

        def wrap(store: Store) -> Store:
            return cast(Store, FusedStore(store, fuse)) if fuse else store

        return House(self.home, land=self.land, url=url, clock=self.clock, ids=self.ids, wrap=wrap)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def play_until_crash(house: House, job_id: int, fuse: Fuse) -> None:
    """Start the backfill and watch it until it is over or the server is dead."""
    try:
        backfill_id = backfill(house, job_id, parallel=2)
        seen = 0
        while not fuse.crashed:
            found = house.engine.commands.backfills.watch(backfill_id, seen=seen, timeout=0.05)
            seen = found.revision
            if found.ended_ms:
                return
    except (Crash, Unavailable):
        pass


def runs_of(house: House, job_id: int) -> dict[int, str | None]:
    """Run id to idempotency token."""
    ids = house.real_store.runs.find(RunFilter(job_id=job_id), offset=0, limit=100)
    return {run_id: each.idempotency_token for run_id, each in house.real_store.runs.records(ids).items()}


LAST = 40


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, LAST))
def test_a_crash_at_any_write(town: Town, at: int, after: bool) -> None:
    """Whole or not at all; each interval has one run, and each run one attempt."""
    town.land.scripts["load"] = [SUCCESS, FAILED, SUCCESS]
    before = town.house()
    job_id = job_of(before, max_concurrent_runs=2)
    before.stop()
    fuse = Fuse(at, after=after)
    first = town.house(fuse).start()
    play_until_crash(first, job_id, fuse)
    first.stop()
    second = town.house().start()
    try:
        made = second.real_store.backfills.find()
        assert len(made) == (0 if at == 1 and not after else 1)
        backfill_id = made[0].backfill_id if made else backfill(second, job_id, parallel=2)
        assert over(second, backfill_id).state == "DONE"
        assert sorted(outcomes(second, backfill_id)) == ["FAILED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]
        runs = runs_of(second, job_id)
        assert sorted(runs) == sorted(each.run_id for each in intervals(second, backfill_id))
        assert len(set(runs.values())) == 4
        assert len(town.land.ran) == 4
    finally:
        second.stop()


def test_the_crashes_above_cover_every_write(town: Town) -> None:
    town.land.scripts["load"] = [SUCCESS]
    before = town.house()
    job_id = job_of(before, max_concurrent_runs=2)
    before.stop()
    fuse = Fuse(LAST * 2, after=True)
    house = town.house(fuse).start()
    play_until_crash(house, job_id, fuse)
    house.stop()
    assert LAST * 2 - fuse._left < LAST


def test_order_and_number_at_once_hold_after_a_restart(town: Town) -> None:
    first = town.house().start()
    job_id = job_of(first, max_concurrent_runs=5)
    backfill_id = backfill(first, job_id, parallel=2, order="newest", parameters={"day": "{{backfill.iso_date}}"})
    first.workers.wait_for("load", 2)
    until(first, backfill_id, started=2, waiting=2)
    first.stop()
    second = town.house().start()
    try:
        second.settle()
        until(second, backfill_id, started=2, waiting=2)
        second.workers.finish(min(town.land.alive))
        assert end_next(second, 1)["day"] == "2026-01-02"
        second.workers.finish(min(town.land.alive))
        assert end_next(second, 2)["day"] == "2026-01-01"
        over(second, backfill_id)
    finally:
        second.stop()


def test_a_run_that_ended_while_nobody_looked_is_noted(town: Town) -> None:
    first = town.house().start()
    job_id = job_of(first)
    backfill_id = backfill(first, job_id, end="2026-01-02")
    attempt_id = first.workers.wait_for("load", 1).attempt_id
    until(first, backfill_id, started=1)
    first.stop()
    town.land.alive.clear()
    town.land.outcomes[attempt_id] = FAILED
    second = town.house().start()
    try:
        over(second, backfill_id)
        assert outcomes(second, backfill_id) == ["FAILED"]
    finally:
        second.stop()


@pytest.mark.parametrize("state", ["RUNNING", "PAUSED", "CANCELLING"])
def test_an_interval_that_was_claimed_and_has_no_run_yet(town: Town, state: str) -> None:
    """It runs; or it waits again where the backfill is paused; or it is cancelled."""
    house = town.house()
    job_id = job_of(house)
    backfill_id = backfill(house, job_id, end="2026-01-02")
    store = house.real_store.backfills
    assert store.claim(backfill_id, parallel=1, judge=lambda *_: "") is not None
    if state == "PAUSED":
        store.move(backfill_id, "RUNNING", state)
    elif state == "CANCELLING":
        store.cancel(backfill_id, "RUNNING", cancel_runs=False)
    house.stop()
    house = town.house().start()
    try:
        if state == "CANCELLING":
            assert over(house, backfill_id).state == "CANCELLED"
            assert (outcomes(house, backfill_id), town.land.ran) == (["CANCELLED"], [])
            return
        if state == "PAUSED":
            until(house, backfill_id, waiting=1)
            assert record(house, backfill_id).state == "PAUSED"
            house.engine.commands.backfills.resume(backfill_id, user=USER)
        end_next(house, 1)
        over(house, backfill_id)
        assert len(runs_of(house, job_id)) == 1
    finally:
        house.stop()


def test_runs_that_were_to_be_cancelled_are_cancelled_by_the_next_server(town: Town) -> None:
    first = town.house().start()
    job_id = job_of(first)
    backfill_id = backfill(first, job_id)
    first.workers.wait_for("load", 1)
    until(first, backfill_id, started=1)
    first.stop()
    idle = town.house()
    idle.real_store.backfills.cancel(backfill_id, "RUNNING", cancel_runs=True)
    idle.stop()
    second = town.house().start()
    try:
        assert over(second, backfill_id).state == "CANCELLED"
        assert outcomes(second, backfill_id) == ["FAILED", "CANCELLED", "CANCELLED", "CANCELLED"]
    finally:
        second.stop()


def test_a_job_that_was_deleted_while_nobody_looked(town: Town) -> None:
    idle = town.house()
    job_id = job_of(idle)
    backfill_id = backfill(idle, job_id)
    idle.real_store.jobs.delete(job_id)
    idle.stop()
    house = town.house().start()
    try:
        assert over(house, backfill_id).reason == f"Job {job_id} was deleted."
    finally:
        house.stop()


def test_a_database_that_is_away_for_a_while(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a change by somebody else at the same moment: the backfill is looked at again."""
    monkeypatch.setattr("brickyard.engine.backfill.loop._RETRY_SECONDS", 0.01)
    house = town.house().start()
    house.script(load=SUCCESS)
    troubles = [Unavailable("The database does not answer."), Conflict("Somebody was faster.")] * 2
    save = house.store.backfills.save

    def flaky(*args: Any, **more: Any) -> None:
        if troubles:
            raise troubles.pop()
        save(*args, **more)

    monkeypatch.setattr(house.store.backfills, "save", flaky)
    backfill_id = backfill(house, job_of(house))
    assert over(house, backfill_id).state == "DONE"
    assert (troubles, len(town.land.ran)) == ([], 4)
    house.stop()


def test_a_dead_loop_makes_the_engine_unhealthy(town: Town) -> None:
    fuse = Fuse(2, after=False)
    house = town.house(fuse).start()
    backfill(house, job_of(house))
    thread = house.engine._backfills.loop._thread
    assert thread is not None
    thread.join(20)
    with pytest.raises(Unavailable, match="The loop of backfills ended: Crash"):
        house.engine.check()
    house.stop()
