"""Time: retries wait, timeouts stop, and the clock is moved by hand."""

from __future__ import annotations

import itertools

from tests.engine.house import FAILED, SUCCESS, House, notebook, result, states


def test_a_retry_waits_for_its_interval(house: House) -> None:
    house.script(a=[FAILED, FAILED, SUCCESS])
    run_id = house.run(notebook("a", max_retries=2, min_retry_interval_millis=30_000))
    house.until(run_id, lambda run: states(run) == {"a": "WAITING_FOR_RETRY"})
    house.advance(29.9)
    assert len(house.workers.started) == 1
    house.advance(0.1)
    assert len(house.workers.started) == 2
    house.advance(30)
    run = house.ended(run_id)
    assert result(run) == "TERMINATED/SUCCESS"
    assert [attempt.number for attempt in run.attempts] == [0, 1, 2]
    starts = [attempt.started_ms for attempt in run.attempts]
    assert [later - earlier for earlier, later in itertools.pairwise(starts)] == [30_000, 30_000]


def test_a_task_is_stopped_at_its_timeout(house: House) -> None:
    run_id = house.run(notebook("a", timeout_seconds=60))
    attempt_id = house.workers.wait_for("a").attempt_id
    house.sink.started(attempt_id, 1)
    house.until(run_id, lambda run: states(run) == {"a": "RUNNING"})
    house.advance(59)
    assert house.workers.stopped == []
    house.advance(1)
    run = house.ended(run_id)
    assert house.workers.stopped == [(attempt_id, "timeout")]
    assert states(run) == {"a": "TIMEDOUT"}
    assert result(run) == "INTERNAL_ERROR/FAILED"


def test_a_run_is_stopped_at_its_timeout(house: House) -> None:
    house.script(a=SUCCESS)
    run_id = house.run(notebook("a"), notebook("b", "a"), notebook("c", "b"), timeout_seconds=100)
    house.workers.wait_for("b")
    house.advance(100)
    run = house.ended(run_id)
    assert states(run) == {"a": "SUCCESS", "b": "TIMEDOUT", "c": "UPSTREAM_CANCELED"}
    assert result(run) == "TERMINATED/TIMEDOUT"


def test_the_timer_of_an_ended_attempt_is_forgotten(house: House) -> None:
    run_id = house.run(notebook("a", timeout_seconds=60), notebook("b"))
    attempt_id = house.workers.wait_for("a").attempt_id
    house.sink.started(attempt_id, 1)
    house.workers.finish(attempt_id)
    house.until(run_id, lambda run: states(run)["a"] == "SUCCESS")
    house.advance(61)
    assert house.workers.stopped == []
    house.advance(2)
    assert house.store.runs.pending_effects() == [], "what was performed is forgotten"


def test_setting_the_wall_clock_moves_no_timer(house: House) -> None:
    run_id = house.run(notebook("a", timeout_seconds=60))
    attempt_id = house.workers.wait_for("a").attempt_id
    house.sink.started(attempt_id, 1)
    house.until(run_id, lambda run: states(run) == {"a": "RUNNING"})
    before = house.clock.monotonic()
    house.clock.wall_offset_ms = -7_200_000
    assert house.clock.monotonic() == before
    house.advance(61)
    assert house.workers.stopped == [(attempt_id, "timeout")]
    run = house.ended(run_id)
    assert run.ended_ms >= run.started_ms, "no run ends before it began"


def test_a_run_that_waits_two_days_in_the_queue_is_skipped(house: House) -> None:
    job = house.job(notebook("a"))
    first, second = house.run_now(job), house.run_now(job)
    assert result(house.load(second)) == "QUEUED"
    house.advance(48 * 3600)
    run = house.ended(second)
    assert result(run) == "SKIPPED/MAXIMUM_CONCURRENT_RUNS_REACHED"
    assert "48 hours" in (run.ending.message if run.ending else "")
    house.workers.finish(house.workers.wait_for("a").attempt_id)
    assert result(house.ended(first)) == "TERMINATED/SUCCESS"
