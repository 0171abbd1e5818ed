"""Cancel and timeouts in loops: what is stopped, what goes on, and what the loop is called at its end."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.runs import endings
from brickyard.runs.effects import Wake, WakeAt
from tests.unit.runs.playing import Player, assert_consistent, cleanup, loop, task

INTERRUPTED = endings.failed("KeyboardInterrupt")


def begun(total: int = 4, width: int = 2, **rules: Any) -> Player:
    player = Player(loop("each", width=width, **rules), task("next", "each")).create()
    player.begin_loop("each", total)
    return player


def ending_of(player: Player, key: str) -> tuple[str, str]:
    ending = player.last(key).ending
    assert ending is not None
    return ending.code.value, ending.message


def test_a_cancelled_iteration_counts_as_failed_and_the_others_go_on() -> None:
    player = begun(3)
    player.begin("each_one[0]")
    player.cancel("each_one[0]")
    assert player.stopped() == [("each_one[0]", "cancel")]
    assert player.states()["each"] == "RUNNING"
    player.end("each_one[0]", INTERRUPTED)
    assert player.iterations() == {"each_one[0]": "CANCELED", "each_one[1]": "PENDING", "each_one[2]": "PENDING"}
    player.work("each_one[1]")
    player.work("each_one[2]")
    assert player.states() == {"each": "FAILED", "next": "UPSTREAM_FAILED"}


def test_a_cancelled_iteration_is_not_retried() -> None:
    player = begun(1, nested=task("one", max_retries=-1))
    player.begin("one[0]")
    player.cancel("one[0]")
    player.end("one[0]", INTERRUPTED)
    assert [attempt.number for attempt in player.attempts("one")] == [0]


def test_an_iteration_that_waits_for_its_retry_is_cancelled_at_once_and_makes_room() -> None:
    player = begun(2, width=1, nested=task("one", max_retries=3, min_retry_interval_ms=9_000))
    player.fail("one[0]")
    player.cancel("one[0]")
    assert player.iterations() == {"one[0]": "CANCELED", "one[1]": "PENDING"}


def test_the_cancel_of_a_loop_stops_its_iterations_and_starts_no_more() -> None:
    player = begun()
    player.begin("each_one[0]")
    player.cancel("each")
    assert player.states() == {"each": "TERMINATING", "next": "BLOCKED"}
    assert player.stopped() == [("each_one[0]", "cancel"), ("each_one[1]", "cancel")], "a loop has no worker to stop"
    player.end("each_one[0]", INTERRUPTED)
    assert player.states()["each"] == "TERMINATING"
    player.end("each_one[1]", INTERRUPTED)
    assert player.iterations() == {"each_one[0]": "CANCELED", "each_one[1]": "CANCELED"}
    assert player.states() == {"each": "CANCELED", "next": "UPSTREAM_CANCELED"}
    assert ending_of(player, "each") == ("USER_CANCELED", "Run cancelled by user")
    assert player.result == "TERMINATED/CANCELED"
    assert_consistent(player.run)


def test_a_loop_that_waits_for_its_inputs_is_stopped_like_any_task() -> None:
    player = Player(loop("each")).create()
    player.cancel("each")
    assert player.stopped() == [("each", "cancel")]
    assert not player.begin_loop("each", 3).changed, "its inputs come too late"
    player.end("each", endings.cancelled())
    assert player.result == "TERMINATED/CANCELED"


@pytest.mark.parametrize("waiting", [True, False])
def test_a_loop_whose_iterations_all_wait_for_a_retry_ends_at_once(waiting: bool) -> None:
    player = begun(2, timeout_ms=50, nested=task("one", max_retries=1, min_retry_interval_ms=9_000))
    player.fail("one[0]")
    player.fail("one[1]")
    player.cancel("each") if waiting else player.timeout("each")
    assert player.states()["each"] == ("CANCELED" if waiting else "TIMEDOUT")
    assert player.run.life_cycle.is_terminal


def test_the_time_of_a_loop_counts_from_its_begin_and_stops_its_iterations() -> None:
    player = begun(timeout_ms=8_000)
    assert player.wakes() == [WakeAt(9_000, Wake.ATTEMPT_TIMEOUT, player.last("each").attempt_id)]
    player.begin("each_one[0]")
    player.now_ms = 9_000
    player.timeout("each")
    assert (player.states()["each"], player.last("each").stop_reason) == ("TERMINATING", "timeout")
    assert player.stopped() == [("each_one[0]", "loop_timeout"), ("each_one[1]", "loop_timeout")]
    player.end("each_one[0]", INTERRUPTED)
    player.end("each_one[1]", INTERRUPTED)
    assert player.iterations() == {"each_one[0]": "TIMEDOUT", "each_one[1]": "TIMEDOUT"}
    assert player.states() == {"each": "TIMEDOUT", "next": "UPSTREAM_FAILED"}
    assert ending_of(player, "each") == ("CANCELED", "The task was stopped: its timeout was reached.")
    assert ending_of(player, "each_one[0]")[1] == (
        "The task was stopped: the timeout of its For each task was reached."
    )


def test_an_iteration_that_is_stopped_with_its_loop_is_not_retried() -> None:
    player = begun(1, timeout_ms=50, nested=task("one", max_retries=-1, retry_on_timeout=True))
    player.begin("one[0]")
    player.timeout("each")
    player.end("one[0]", INTERRUPTED)
    assert player.iterations() == {"one[0]": "TIMEDOUT"}
    assert player.states()["each"] == "TIMEDOUT"


def test_a_loop_that_was_stopped_with_its_last_iterations_done_stays_done() -> None:
    player = begun(2, timeout_ms=50)
    player.timeout("each")
    player.end("each_one[0]")
    player.end("each_one[1]")
    assert player.states() == {"each": "SUCCESS", "next": "PENDING"}


def test_a_loop_that_was_stopped_before_all_began_did_not_succeed() -> None:
    player = begun(3, timeout_ms=50)
    player.timeout("each")
    player.end("each_one[0]")
    player.end("each_one[1]")
    assert player.states()["each"] == "TIMEDOUT"


def test_a_cancel_during_the_timeout_of_a_loop_is_stronger() -> None:
    player = begun(timeout_ms=50)
    player.timeout("each")
    assert player.cancel("each").changed
    assert player.stopped()[2:] == [("each_one[0]", "cancel"), ("each_one[1]", "cancel")]
    player.end("each_one[0]", INTERRUPTED)
    player.end("each_one[1]", INTERRUPTED)
    assert player.states()["each"] == "CANCELED"
    assert player.iterations() == {"each_one[0]": "CANCELED", "each_one[1]": "CANCELED"}


def test_a_cancel_is_kept_where_all_iterations_were_cancelled_already() -> None:
    player = begun(1, timeout_ms=50)
    player.begin("each_one[0]")
    player.timeout("each")
    player.cancel("each_one[0]")
    decision = player.cancel("each")
    assert decision.changed
    assert decision.changed_attempts == (player.last("each").attempt_id,)
    player.end("each_one[0]", INTERRUPTED)
    assert player.states()["each"] == "CANCELED"


@pytest.mark.parametrize(("how", "result"), [("cancel", "CANCELED"), ("run_timeout", "TIMEDOUT")])
def test_the_stop_of_a_run_stops_its_loops(how: str, result: str) -> None:
    plan = loop("each", width=2), cleanup("always", "each")
    player = Player(*plan, timeout_ms=1_000).create()
    player.begin_loop("each", 5)
    player.now_ms += 1_000
    player.cancel() if how == "cancel" else player.timeout()
    assert player.stopped() == [("each_one[0]", how), ("each_one[1]", how)]
    assert player.states() == {"each": "TERMINATING", "always": "UPSTREAM_CANCELED"}
    player.end("each_one[0]", INTERRUPTED)
    player.end("each_one[1]", INTERRUPTED)
    assert player.states()["each"] == result
    assert player.result == f"TERMINATED/{result}"
    assert player.clusters_ended() == 1


def test_nothing_begins_when_a_run_is_stopped_while_all_wait_for_a_retry() -> None:
    plan = task("a", max_retries=1, min_retry_interval_ms=500), cleanup("b", "a")
    player = Player(*plan).create()
    player.fail("a")
    player.cancel()
    assert player.states() == {"a": "CANCELED", "b": "UPSTREAM_CANCELED"}
    assert player.result == "TERMINATED/CANCELED"
