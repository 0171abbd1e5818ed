"""A server that dies at any moment: the next one loses nothing and starts nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from brickyard.engine.commands import StartRequest
from brickyard.errors import Conflict, Unavailable
from brickyard.ports import RunStore, Store
from brickyard.records import Commit
from brickyard.runs.effects import Effect
from tests.engine.house import FAILED, SUCCESS, CountingIds, HandClock, House, Land, notebook, result, states


class Crash(BaseException):
    """The process is gone; nothing may catch this."""


class CrashingRuns:
    """A real run store that dies at its nth write, just before or just after it has happened."""

    def __init__(self, real: RunStore, at: int, *, after: bool) -> None:
        self._real = real
        self._left = at
        self._after = after
        self.crashed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def create(self, *args: Any) -> None:
        self._write(lambda: self._real.create(*args))

    def commit(self, commits: Sequence[Commit]) -> None:
        self._write(lambda: self._real.commit(commits))

    def performed(self, run_id: int, effects: Iterable[Effect]) -> None:
        self._write(lambda: self._real.performed(run_id, effects))

    def _write(self, write: Callable[[], None]) -> None:
        if self.crashed:
            raise Crash
        self._left -= 1
        if self._left:
            write()
            return
        self.crashed = True
        if self._after:
            write()
        raise Crash


class CrashingStore:
    """A store whose runs crash."""

    def __init__(self, real: Store, at: int, *, after: bool) -> None:
        self._real = real
        self.runs = CrashingRuns(real.runs, at, after=after)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Town:
    """Servers that follow each other in one home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.land, self.clock, self.ids = Land(), HandClock(), CountingIds()

    def house(self, wrap: Callable[[Store], Store] = lambda store: store) -> House:
        url = f"sqlite:///{self.home / 'brickyard.db'}"
        return House(self.home, land=self.land, url=url, clock=self.clock, ids=self.ids, wrap=wrap)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def diamond() -> list[dict[str, Any]]:
    return [
        notebook("a"),
        notebook("b", "a"),
        notebook("c", "a", max_retries=1),
        notebook("d", "b", "c"),
        notebook("e", "d", run_if="AT_LEAST_ONE_FAILED"),
    ]


def play_with_crash(town: Town, at: int, *, after: bool) -> tuple[bool, int]:
    """Run the diamond on a server that dies at its nth write, then on its heir; (whether it died, run id)."""
    town.land.scripts.update(a=[SUCCESS], b=[SUCCESS], c=[FAILED, SUCCESS], d=[SUCCESS])
    before = town.house()
    job = before.job(*diamond())
    before.stop()
    request = StartRequest(idempotency_token="the one")
    first = town.house(lambda store: cast(Store, CrashingStore(store, at, after=after)))
    first.start()
    try:
        first.ended(first.engine.commands.run_now(job, request, user="ada"))
        first.advance(2)
        first.engine.check()
    except (Crash, Unavailable):
        pass
    first.stop()
    crashed = cast(CrashingStore, first.store).runs.crashed
    second = town.house().start()
    try:
        run_id = second.engine.commands.run_now(job, request, user="ada")
        run = second.ended(run_id)
        assert result(run) == "TERMINATED/SUCCESS"
        assert states(run) == {"a": "SUCCESS", "b": "SUCCESS", "c": "SUCCESS", "d": "SUCCESS", "e": "EXCLUDED"}
        assert [a.number for a in run.attempts if a.task_key == "c"] == [0, 1]
    finally:
        second.stop()
    last = town.house()
    assert last.store.runs.pending_effects() == []
    assert run_id in first.clusters.ended_runs + second.clusters.ended_runs
    last.stop()
    return crashed, run_id


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 13))
def test_a_crash_at_any_write_loses_no_task_and_starts_none_twice(town: Town, at: int, after: bool) -> None:
    play_with_crash(town, at, after=after)
    assert sorted(key for key, _ in town.land.ran) == ["a", "b", "c", "c", "d"]
    assert len({attempt_id for _, attempt_id in town.land.ran}) == len(town.land.ran)


def test_the_crashes_above_cover_every_write(town: Town) -> None:
    crashed, _ = play_with_crash(town, 13, after=True)
    assert not crashed


def test_a_worker_that_lives_is_taken_over(town: Town) -> None:
    first = town.house().start()
    run_id = first.run(notebook("a"), notebook("b", "a"))
    attempt_id = first.workers.wait_for("a").attempt_id
    first.sink.started(attempt_id, 1)
    first.until(run_id, lambda run: states(run)["a"] == "RUNNING")
    first.stop()
    second = town.house().start()
    try:
        assert second.workers.adopted == [attempt_id]
        assert states(second.load(run_id)) == {"a": "RUNNING", "b": "BLOCKED"}
        second.workers.finish(attempt_id)
        second.workers.finish(second.workers.wait_for("b").attempt_id)
        assert result(second.ended(run_id)) == "TERMINATED/SUCCESS"
        assert [key for key, _ in town.land.ran] == ["a", "b"]
    finally:
        second.stop()


def test_what_a_worker_was_given_is_kept_though_its_server_died_first(town: Town) -> None:
    first = town.house().start()
    run_id = first.run(notebook("a", parameters={"run": "{{job.run_id}}"}))
    attempt_id = first.workers.wait_for("a").attempt_id
    first.stop()
    second = town.house().start()
    try:
        second.sink.started(attempt_id, 1)
        second.workers.finish(attempt_id)
        second.ended(run_id)
        resolved = second.store.runs.resolved(attempt_id)
        assert resolved == {"notebook_task": {"base_parameters": {"run": str(run_id)}}}
    finally:
        second.stop()


def test_a_worker_that_ended_while_nobody_looked_is_heard(town: Town) -> None:
    first = town.house().start()
    run_id = first.run(notebook("a"))
    attempt_id = first.workers.wait_for("a").attempt_id
    first.sink.started(attempt_id, 1)
    first.until(run_id, lambda run: states(run)["a"] == "RUNNING")
    first.stop()
    town.land.alive.clear()
    town.land.outcomes[attempt_id] = FAILED
    second = town.house().start()
    try:
        assert states(second.ended(run_id)) == {"a": "FAILED"}
        assert second.store.runs.outcome(attempt_id) == FAILED
    finally:
        second.stop()


def test_a_worker_that_died_while_nobody_looked_is_retried_by_the_rules(town: Town) -> None:
    first = town.house().start()
    run_id = first.run(notebook("a", max_retries=1))
    first.workers.wait_for("a")
    first.settle()
    first.stop()
    town.land.alive.clear()
    second = town.house().start()
    try:
        second.workers.finish(second.workers.wait_for("a").attempt_id)
        run = second.ended(run_id)
        assert result(run) == "TERMINATED/SUCCESS"
        assert [attempt.life_cycle.value for attempt in run.attempts] == ["INTERNAL_ERROR", "TERMINATED"]
    finally:
        second.stop()


def test_clusters_of_a_run_that_ends_while_the_server_stops_are_ended_by_the_next(town: Town) -> None:
    first = town.house().start()
    run_id = first.run(notebook("a"))
    attempt_id = first.workers.wait_for("a").attempt_id
    first.engine._compute.stop()  # the first step of stopping; the run ends before the last one
    first.workers.finish(attempt_id)
    assert result(first.ended(run_id)) == "TERMINATED/SUCCESS"
    first.stop()
    second = town.house().start()
    second.settle()
    second.stop()
    assert (first.clusters.ended_runs, second.clusters.ended_runs) == ([], [run_id])


def test_timers_are_set_again(town: Town) -> None:
    town.land.scripts["a"] = [FAILED, SUCCESS]
    first = town.house().start()
    run_id = first.run(
        notebook("a", max_retries=1, min_retry_interval_millis=60_000), notebook("b", timeout_seconds=90)
    )
    attempt_id = first.workers.wait_for("b").attempt_id
    first.sink.started(attempt_id, 1)
    first.until(run_id, lambda run: states(run) == {"a": "WAITING_FOR_RETRY", "b": "RUNNING"})
    first.stop()
    town.clock.ms += 30_000
    second = town.house().start()
    try:
        second.advance(30)
        assert states(second.load(run_id)) == {"a": "SUCCESS", "b": "RUNNING"}
        second.advance(30)
        assert second.workers.stopped == [(attempt_id, "timeout")]
        assert states(second.ended(run_id)) == {"a": "SUCCESS", "b": "TIMEDOUT"}
    finally:
        second.stop()


def test_a_stop_that_was_asked_for_is_asked_for_again(town: Town) -> None:
    first = town.house().start()
    first.workers.obey = False
    run_id = first.run(notebook("a"), notebook("b", "a"))
    attempt_id = first.workers.wait_for("a").attempt_id
    first.cancel(run_id)
    first.stop()
    second = town.house().start()
    try:
        assert result(second.ended(run_id)) == "TERMINATED/CANCELED"
        assert second.workers.stopped == [(attempt_id, "cancel")]
    finally:
        second.stop()


def test_what_was_to_be_stopped_before_any_worker_had_it_never_runs(town: Town) -> None:
    first = town.house().start()
    first.workers.start = lambda assignment: None  # type: ignore[method-assign] # it dies with the order in its hands
    first.workers.stop = lambda attempt_id, reason: None  # type: ignore[method-assign]
    run_id = first.run(notebook("a"))
    first.settle()
    first.cancel(run_id)
    first.stop()
    second = town.house().start()
    try:
        assert result(second.ended(run_id)) == "TERMINATED/CANCELED"
        assert second.workers.adopted == []
        assert town.land.ran == []
    finally:
        second.stop()


def test_the_queue_of_a_job_goes_on(town: Town) -> None:
    first = town.house().start()
    job = first.job(notebook("a"))
    runs = [first.run_now(job) for _ in range(3)]
    attempt_id = first.workers.wait_for("a").attempt_id
    first.settle()
    first.stop()
    second = town.house().start()
    try:
        assert [result(second.load(run_id)) for run_id in runs] == ["RUNNING", "QUEUED", "QUEUED"]
        second.workers.finish(attempt_id)
        for run_id, count in ((runs[1], 1), (runs[2], 2)):
            assignment = second.workers.wait_for("a", count)
            assert assignment.context.run_id == run_id
            second.workers.finish(assignment.attempt_id)
        assert [result(second.ended(run_id)) for run_id in runs] == ["TERMINATED/SUCCESS"] * 3
    finally:
        second.stop()


def test_a_dead_loop_makes_the_engine_unhealthy_and_refuses_commands(town: Town) -> None:
    house = town.house(lambda store: cast(Store, CrashingStore(store, 2, after=False))).start()
    house.engine.check()
    run_id = house.run(notebook("a"))
    house.sink.started(house.workers.wait_for("a").attempt_id, 1)
    thread = house.engine._loop._thread
    assert thread is not None
    thread.join(20)
    with pytest.raises(Unavailable, match="The run loop ended: Crash"):
        house.engine.check()
    with pytest.raises(Unavailable, match="run loop"):
        house.cancel(run_id)
    house.stop()


def test_a_stopped_engine_is_not_healthy(town: Town) -> None:
    house = town.house()
    with pytest.raises(Unavailable, match="not running"):
        house.engine.check()
    house.stop()


def test_a_database_that_is_away_for_a_while_loses_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    house = town.house().start()
    away = [Unavailable("The database does not answer.")] * 2
    commit = house.store.runs.commit

    def flaky(commits: Sequence[Commit]) -> None:
        if away:
            raise away.pop()
        commit(commits)

    monkeypatch.setattr(house.store.runs, "commit", flaky)
    monkeypatch.setattr("brickyard.engine.run_loop._RETRY_SECONDS", 0.01)
    house.script(a=SUCCESS)
    assert result(house.ended(house.run(notebook("a")))) == "TERMINATED/SUCCESS"
    assert away == []
    house.stop()


def test_a_change_by_somebody_else_is_seen_and_decided_again(town: Town) -> None:
    house = town.house().start()
    run_id = house.run(notebook("a"))
    attempt_id = house.workers.wait_for("a").attempt_id
    house.settle()
    stale = house.load(run_id)
    house.sink.started(attempt_id, 1)
    house.until(run_id, lambda run: states(run)["a"] == "RUNNING")
    house.engine._active.put(stale)  # as if another server had stored that it runs
    house.workers.finish(attempt_id)
    house.settle()
    assert result(house.load(run_id)) == "TERMINATED/SUCCESS"
    house.stop()


def test_what_an_attempt_was_given_is_kept_though_its_first_commit_conflicted(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = town.house().start()
    run_id = house.run(notebook("a", parameters={"x": "1"}))
    attempt_id = house.workers.wait_for("a").attempt_id
    conflicts = [Conflict("Run is not RUNNING any more.")]
    commit = house.store.runs.commit

    def conflicting(commits: Sequence[Commit]) -> None:
        if conflicts:
            raise conflicts.pop()
        commit(commits)

    monkeypatch.setattr(house.store.runs, "commit", conflicting)
    house.workers.finish(attempt_id)
    assert result(house.ended(run_id)) == "TERMINATED/SUCCESS"
    assert conflicts == []
    assert house.store.runs.resolved(attempt_id) == {"notebook_task": {"base_parameters": {"x": "1"}}}
    house.stop()


def test_an_event_that_always_conflicts_is_refused_and_the_loop_goes_on(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = town.house().start()
    run_id = house.run(notebook("a"))
    house.settle()

    def conflict(_commits: Sequence[Commit]) -> None:
        raise Conflict("Run is not RUNNING any more.")

    with monkeypatch.context() as patch:
        patch.setattr(house.store.runs, "commit", conflict)
        with pytest.raises(Conflict, match="not RUNNING any more"):
            house.cancel(run_id)
    house.cancel(run_id)
    assert result(house.ended(run_id)) == "TERMINATED/CANCELED"
    house.stop()
