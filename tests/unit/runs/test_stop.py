"""Cancel and timeouts: a stop is asked for, and is over when the worker's end is reported."""

from __future__ import annotations

import pytest

from brickyard.jobs.tasks import RunIf
from brickyard.runs import endings
from brickyard.runs.effects import Wake, WakeAt
from brickyard.runs.events import RunQueued
from tests.unit.runs.playing import Player, cleanup, task

INTERRUPTED = endings.failed("KeyboardInterrupt")


def test_a_cancelled_run_waits_for_its_workers() -> None:
    player = Player(task("a"), task("b"), task("c", "a")).create()
    player.begin("a")
    player.cancel()
    assert player.result == "TERMINATING"
    assert player.states() == {"a": "TERMINATING", "b": "TERMINATING", "c": "UPSTREAM_CANCELED"}
    assert player.stopped() == [("a", "cancel"), ("b", "cancel")]
    player.end("a", INTERRUPTED)
    assert player.result == "TERMINATING"
    player.end("b", INTERRUPTED)
    assert player.result == "TERMINATED/CANCELED"
    assert player.message == "Run cancelled by user"
    assert player.clusters_ended() == 1
    assert player.states() == {"a": "CANCELED", "b": "CANCELED", "c": "UPSTREAM_CANCELED"}
    ending = player.last("a").ending
    assert ending is not None
    assert (ending.code, ending.cancelled_or_timed_out) == ("USER_CANCELED", True)


def test_a_second_cancel_changes_nothing() -> None:
    player = Player(task("a")).create()
    player.cancel()
    assert not player.cancel().changed


def test_nothing_is_retried_after_a_cancel() -> None:
    player = Player(task("a", max_retries=-1)).create()
    player.begin("a")
    player.cancel("a")
    player.end("a", INTERRUPTED)
    assert player.states() == {"a": "CANCELED"}
    assert len(player.attempts("a")) == 1


def test_clean_up_tasks_do_not_start_when_the_whole_run_is_cancelled() -> None:
    player = Player(task("a"), cleanup("b", "a")).create()
    player.cancel()
    player.end("a", INTERRUPTED)
    assert player.started() == ["a"]
    assert player.states()["b"] == "UPSTREAM_CANCELED"


@pytest.mark.parametrize("run_if", [RunIf.ALL_DONE, RunIf.AT_LEAST_ONE_FAILED, RunIf.ALL_FAILED])
def test_the_cancel_of_a_task_reaches_all_but_clean_up_tasks(run_if: RunIf) -> None:
    player = Player(task("a"), task("b", "a"), task("c", "b"), cleanup("d", "a", run_if=run_if)).create()
    player.begin("a")
    player.cancel("a")
    player.end("a", INTERRUPTED)
    assert player.states() == {"a": "CANCELED", "b": "UPSTREAM_CANCELED", "c": "UPSTREAM_CANCELED", "d": "PENDING"}


def test_a_task_that_waits_for_others_can_be_cancelled() -> None:
    player = Player(task("a"), task("b", "a"), task("c", "b")).create()
    player.cancel("b")
    assert player.states() == {"a": "PENDING", "b": "CANCELED", "c": "UPSTREAM_CANCELED"}
    player.work("a")
    assert player.result == "TERMINATED/CANCELED"


def test_work_that_was_done_in_spite_of_a_cancel_stays_done() -> None:
    player = Player(task("a")).create()
    player.begin("a")
    player.cancel()
    player.end("a")
    assert player.states() == {"a": "SUCCESS"}
    assert player.result == "TERMINATED/CANCELED"


def test_the_cancel_of_a_run_in_the_queue_ends_it_at_once() -> None:
    player = Player(task("a"))
    player.play(RunQueued("full"))
    player.cancel()
    assert player.result == "TERMINATED/CANCELED"
    assert player.started() == []


def test_the_time_of_an_attempt_counts_from_its_begin() -> None:
    player = Player(task("a", timeout_ms=5_000)).create()
    player.now_ms += 60_000
    player.begin("a")
    assert player.wakes() == [WakeAt(66_000, Wake.ATTEMPT_TIMEOUT, player.last("a").attempt_id)]


def test_an_attempt_whose_time_is_up_is_stopped_and_times_out() -> None:
    player = Player(task("a", timeout_ms=5_000), task("b", "a")).create()
    player.begin("a")
    player.timeout("a")
    assert player.stopped() == [("a", "timeout")]
    player.end("a", INTERRUPTED)
    assert player.states() == {"a": "TIMEDOUT", "b": "UPSTREAM_FAILED"}
    ending = player.last("a").ending
    assert ending is not None
    assert (ending.code, ending.cancelled_or_timed_out) == ("CANCELED", True)
    assert player.result == "INTERNAL_ERROR/FAILED"


def test_each_attempt_has_its_own_time() -> None:
    player = Player(task("a", timeout_ms=5_000, max_retries=1, retry_on_timeout=True)).create()
    player.begin("a")
    first = player.last("a").attempt_id
    player.timeout("a")
    player.end("a", INTERRUPTED)
    player.begin("a")
    assert [wake.attempt_id for wake in player.wakes()] == [first, player.last("a").attempt_id]
    player.work("a")
    assert player.result == "TERMINATED/SUCCESS"


def test_a_cancel_during_a_timeout_is_stronger() -> None:
    player = Player(task("a", timeout_ms=5, max_retries=1, retry_on_timeout=True)).create()
    player.begin("a")
    player.timeout("a")
    assert player.cancel("a").changed
    player.end("a", INTERRUPTED)
    assert player.states() == {"a": "CANCELED"}
    assert len(player.attempts("a")) == 1


def test_a_run_whose_time_is_up_stops_everything() -> None:
    player = Player(task("a"), task("b", "a"), timeout_ms=10_000).create()
    assert player.wakes() == [WakeAt(11_000, Wake.RUN_TIMEOUT)]
    player.begin("a")
    player.now_ms = 11_000
    player.timeout()
    assert player.stopped() == [("a", "run_timeout")]
    player.end("a", INTERRUPTED)
    assert player.states() == {"a": "TIMEDOUT", "b": "UPSTREAM_CANCELED"}
    assert player.result == "TERMINATED/TIMEDOUT"


def test_a_timer_of_the_run_that_is_early_is_set_anew() -> None:
    player = Player(task("a"), timeout_ms=10_000).create()
    player.now_ms = 10_999
    player.timeout()
    assert player.wakes() == [WakeAt(11_000, Wake.RUN_TIMEOUT)] * 2
    assert player.result == "RUNNING"


def test_the_old_timer_of_a_repaired_run_does_not_stop_the_repair() -> None:
    player = Player(task("a"), timeout_ms=10_000).create()
    player.fail("a")
    player.now_ms = 9_000
    player.repair("a", timeout_ms=10_000)
    player.now_ms = 11_000
    player.timeout()
    assert player.result == "RUNNING"
    player.now_ms = 19_000
    player.timeout()
    assert player.result == "TERMINATING"
