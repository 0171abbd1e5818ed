"""Backfills that overlap, with ends, failures, pauses, cancels and restarts in a random order: the rules hold throughout."""

from __future__ import annotations

import contextlib
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from brickyard.errors import InvalidState
from brickyard.records import BackfillInterval, RunFilter
from brickyard.runs.model import Run
from brickyard.storage.tables import BACKFILL_CLAIMS
from tests.engine.backfilling import backfill, intervals, job_of, record
from tests.engine.house import FAILED, SUCCESS, USER, CountingIds, HandClock, House, Land

STEPS = 60
TURNS = 300


class World:
    """One job, its backfills, and a server that may be started anew."""

    def __init__(self, home: Path, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - no secret
        self._home = home
        self._land, self._clock, self._ids = Land(), HandClock(), CountingIds()
        self.house = self._start()
        self.limit = self.random.randint(1, 4)
        self.job_id = job_of(self.house, max_concurrent_runs=self.limit, queue={"enabled": self.random.random() < 0.5})
        self.backfills: dict[int, int] = {}
        """Backfill id to how many of its runs may be active at once."""

    def _start(self) -> House:
        url = f"sqlite:///{self._home / 'brickyard.db'}"
        return House(self._home, land=self._land, url=url, clock=self._clock, ids=self._ids).start()

    # --------------------------------------------------------------------------------------------- what happens

    def step(self) -> None:
        """One thing of those that may happen."""
        actions = {self.add: 2, self.end_one: 9, self.steer: 4, self.by_hand: 1, self.restart: 1}
        (action,) = self.random.choices(list(actions), list(actions.values()))
        action()
        self.check()

    def add(self) -> None:
        """A backfill of some days of January."""
        if len(self.backfills) >= 5:
            return
        first, days = self.random.randint(1, 6), self.random.randint(1, 6)
        parallel = self.random.randint(1, 3)
        made = backfill(
            self.house,
            self.job_id,
            start=f"2026-01-{first:02}",
            end=f"2026-01-{first + days:02}",
            parallel=parallel,
            order=self.random.choice(["oldest", "newest"]),
            rerun=self.random.choice(["missing", "failed", "failed", "all"]),
        )
        self.backfills[made] = parallel

    def end_one(self) -> None:
        """Some attempt that is alive ends well or not."""
        alive = sorted(self._land.alive)
        if alive:
            outcome = SUCCESS if self.random.random() < 0.6 else FAILED
            self.house.workers.finish(self.random.choice(alive), outcome)

    def steer(self) -> None:
        """Somebody pauses, resumes or, seldom, cancels a backfill."""
        if not self.backfills:
            return
        door, chosen = self.house.engine.commands.backfills, self.random.choice(sorted(self.backfills))
        try:
            match self.random.randint(0, 7):
                case 0:
                    door.cancel(chosen, cancel_runs=self.random.random() < 0.5, user=USER)
                case 1 | 2 | 3:
                    door.pause(chosen, user=USER)
                case _:
                    door.resume(chosen, user=USER)
        except InvalidState:
            assert record(self.house, chosen).state in {"CANCELLING", "CANCELLED", "DONE"}

    def by_hand(self) -> None:
        """Somebody else runs the job."""
        self.house.run_now(self.job_id, queue_enabled=True)

    def restart(self) -> None:
        """The server ends, its workers go on, and another comes up."""
        self.house.stop()
        self.house = self._start()

    def drain(self) -> None:
        """Let everything come to its end."""
        for _ in range(TURNS):
            for backfill_id in self.backfills:
                with contextlib.suppress(InvalidState):  # it is cancelled or over
                    self.house.engine.commands.backfills.resume(backfill_id, user=USER)
            for attempt_id in sorted(self._land.alive):
                self.house.workers.finish(attempt_id)
            self.house.settle()
            self.check()
            if not any(self._is_open(backfill_id) for backfill_id in self.backfills):
                return
        raise AssertionError(f"some backfill has no end: {[record(self.house, each) for each in self.backfills]}")

    def _is_open(self, backfill_id: int) -> bool:
        seen = record(self.house, backfill_id)
        if not seen.ended_ms:
            seen = self.house.engine.commands.backfills.watch(backfill_id, seen=seen.revision, timeout=0.05)
        return not seen.ended_ms

    # ------------------------------------------------------------------------------------------- what must hold

    def runs(self) -> Mapping[int, Run]:
        """All runs of the job."""
        found = self.house.real_store.runs.find(RunFilter(job_id=self.job_id), offset=0, limit=1000)
        return self.house.real_store.runs.load_many(found)

    def check(self) -> None:
        """No interval is run twice at once, and no backfill has more runs than it may."""
        self.house.engine.check()
        active = [run_id for run_id, run in self.runs().items() if run.ending is None]
        records = self.house.real_store.runs.records(active)
        infos = [each.trigger_info for each in records.values() if each.trigger_info]
        twice = {at_ms: count for at_ms, count in Counter(info["backfill_ms"] for info in infos).items() if count > 1}
        assert not twice
        for backfill_id, count in Counter(info["backfill_id"] for info in infos).items():
            assert count <= min(self.backfills[backfill_id], self.limit)

    def check_whole(self) -> None:
        """Once all is over: nothing was lost, doubled, skipped by the job, or begun out of its order."""
        runs = self.runs()
        by_interval: dict[int, list[BackfillInterval]] = defaultdict(list)
        for backfill_id in self.backfills:
            listed = intervals(self.house, backfill_id)
            begun = [each.run_id for each in listed if each.run_id]
            assert begun == sorted(begun)
            assert {each.state for each in listed} <= {"DONE", "SKIPPED", "CANCELLED"}
            for each in listed:
                assert (each.state == "DONE") == bool(each.run_id)
                assert bool(each.reason) == (each.state == "SKIPPED")
                by_interval[each.at_ms].append(each)
        mine = [each.run_id for had in by_interval.values() for each in had if each.run_id]
        assert len(mine) == len(set(mine))
        assert {runs[run_id].life_cycle.value for run_id in mine} <= {"TERMINATED", "INTERNAL_ERROR"}
        self._check_reruns(by_interval)
        db = self.house.real_store._db
        with db.read() as connection:
            assert connection.execute(select(BACKFILL_CLAIMS)).all() == []

    def _check_reruns(self, by_interval: Mapping[int, list[BackfillInterval]]) -> None:
        for had in by_interval.values():
            ran = sorted((each for each in had if each.run_id), key=lambda each: each.run_id)
            for before, after in pairwise(ran):
                rerun = record(self.house, after.backfill_id).spec["rerun"]
                assert rerun != "missing"
                assert rerun == "all" or before.outcome == "FAILED"


@pytest.mark.parametrize("seed", range(16))
def test_whatever_happens(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path, seed)
    try:
        for _ in range(STEPS):
            world.step()
        world.drain()
        world.check_whole()
    finally:
        world.house.stop()
