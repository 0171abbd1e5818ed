"""Retries: which failures, how often, and when."""

from __future__ import annotations

import pytest

from brickyard.runs import endings, retry
from brickyard.runs.effects import Wake, WakeAt
from brickyard.runs.model import Ending
from brickyard.runs.states import Code
from tests.unit.runs.playing import Player, task

LOST = endings.broken(Code.DRIVER_ERROR, "The worker was killed by signal 9, likely out of memory.")
TIMED_OUT = endings.timed_out("too long")


@pytest.mark.parametrize(
    ("ending", "on_timeout", "again"),
    [
        (endings.failed(), False, True),
        (LOST, False, True),
        (endings.broken(Code.INTERNAL_ERROR, "lost"), False, True),
        (endings.broken(Code.INVALID_RUN_CONFIGURATION, "no such value"), False, False),
        (TIMED_OUT, False, False),
        (TIMED_OUT, True, True),
        (endings.cancelled(), True, False),
        (endings.succeeded(), True, False),
        (endings.upstream_failed(), True, False),
    ],
)
@pytest.mark.parametrize("max_retries", [1, -1])
def test_which_endings_are_retried(ending: Ending, on_timeout: bool, again: bool, max_retries: int) -> None:
    rules = task("a", max_retries=max_retries, retry_on_timeout=on_timeout)
    assert retry.allowed(rules, ending, 1) == again


@pytest.mark.parametrize(("max_retries", "attempts", "again"), [(0, 1, False), (2, 2, True), (2, 3, False)])
def test_the_number_of_retries_is_a_limit(max_retries: int, attempts: int, again: bool) -> None:
    assert retry.allowed(task("a", max_retries=max_retries), endings.failed(), attempts) == again


def test_endless_retries_have_none() -> None:
    assert retry.allowed(task("a", max_retries=-1), endings.failed(), 10_000)


def test_the_interval_counts_from_the_start_of_the_failed_attempt() -> None:
    player = Player(task("a", max_retries=1, min_retry_interval_ms=10_000)).create()
    player.begin("a")
    player.now_ms += 4_000
    player.end("a", endings.failed())
    first, second = player.attempts("a")
    assert first.ending == endings.failed()
    assert (second.number, second.life_cycle, second.retry_at_ms) == (1, "WAITING_FOR_RETRY", 11_000)
    assert player.wakes() == [WakeAt(11_000, Wake.RETRY, second.attempt_id)]
    player.now_ms = 11_000
    player.retry_due("a")
    assert player.started() == ["a", "a"]
    player.work("a")
    assert player.result == "TERMINATED/SUCCESS"


def test_an_interval_that_is_over_already_makes_nobody_wait() -> None:
    player = Player(task("a", max_retries=1, min_retry_interval_ms=1_000)).create()
    player.begin("a")
    player.now_ms += 5_000
    player.end("a", endings.failed())
    assert player.last("a").life_cycle == "PENDING"
    assert player.wakes() == []


def test_dependents_wait_for_the_last_retry() -> None:
    player = Player(task("a", max_retries=1), task("b", "a")).create()
    player.fail("a")
    assert player.states()["b"] == "BLOCKED"
    player.fail("a")
    assert player.states() == {"a": "FAILED", "b": "UPSTREAM_FAILED"}


def test_a_lost_worker_is_retried_by_the_same_rules() -> None:
    player = Player(task("a", max_retries=1)).create()
    player.work("a", LOST)
    player.work("a", LOST)
    assert [attempt.life_cycle.value for attempt in player.attempts("a")] == ["INTERNAL_ERROR"] * 2
    assert "likely out of memory" in player.message


def test_an_attempt_that_ended_before_it_began_is_retried_from_now() -> None:
    player = Player(task("a", max_retries=1, min_retry_interval_ms=3_000)).create()
    player.end("a", LOST)
    assert player.last("a").retry_at_ms == 4_000


def test_observers_hear_of_a_retry() -> None:
    player = Player(task("a", max_retries=1)).create()
    player.fail("a")
    assert player.announced() == ["run.started", "task.started", "task.ended", "task.retrying"]


def test_an_attempt_that_waits_for_its_retry_can_be_cancelled() -> None:
    player = Player(task("a", max_retries=3, min_retry_interval_ms=9_000)).create()
    player.fail("a")
    player.cancel("a")
    assert player.states() == {"a": "CANCELED"}
    assert player.result == "TERMINATED/CANCELED"
    assert not player.retry_due("a").changed
