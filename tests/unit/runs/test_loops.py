"""Loops: iterations start as there is room, one that fails stops no other, and the loop ends with the last."""

from __future__ import annotations

import pytest

from brickyard.runs import endings, loops
from brickyard.runs.effects import StartAttempt, Wake, WakeAt
from brickyard.runs.events import AttemptEnded, AttemptStarted, LoopBegan
from brickyard.runs.states import Code
from tests.unit.runs.playing import Player, assert_consistent, cleanup, loop, task

FAILED = "An error occurred during execution of task For each: Some iterations failed"


def begun(total: int, *tasks: object, **rules: object) -> Player:
    """A run of one loop (and other tasks) whose inputs are known."""
    player = Player(loop("each", **rules), *tasks).create()  # type: ignore[arg-type]
    player.begin_loop("each", total)
    return player


def test_a_loop_is_started_like_any_task_and_waits_for_its_inputs() -> None:
    player = Player(loop("each")).create()
    assert player.started() == ["each"]
    assert player.states() == {"each": "PENDING"}
    assert not player.begin("each").changed, "it begins with its inputs, not before"


def test_as_many_iterations_start_as_may_be_active_at_once() -> None:
    player = begun(5, width=2)
    assert player.states() == {"each": "RUNNING"}
    assert player.iterations() == {"each_one[0]": "PENDING", "each_one[1]": "PENDING"}
    assert player.started() == ["each", "each_one[0]", "each_one[1]"]
    player.work("each_one[1]")
    assert player.iterations() == {"each_one[0]": "PENDING", "each_one[1]": "SUCCESS", "each_one[2]": "PENDING"}


def test_an_iteration_is_an_attempt_of_the_nested_task_and_knows_its_loop() -> None:
    player = begun(3, width=3)
    last = player.run.attempts[-1]
    assert (last.task_key, last.iteration, last.loop_id) == ("each_one", 2, player.last("each").attempt_id)
    assert (last.number, last.repair, last.slot) == (0, 0, "each_one[2]")
    assert player.last("each").total == 3
    assert list(player.run.latest) == ["each"], "iterations are no tasks of the job"


def test_a_loop_over_nothing_succeeds_at_once() -> None:
    player = begun(0, task("next", "each"))
    assert player.states() == {"each": "SUCCESS", "next": "PENDING"}


def test_a_loop_over_nothing_may_be_the_end_of_its_run() -> None:
    assert begun(0).result == "TERMINATED/SUCCESS"


def test_a_loop_succeeds_with_its_last_iteration() -> None:
    player = begun(2, task("next", "each"))
    player.work("each_one[0]")
    assert player.states() == {"each": "RUNNING", "next": "BLOCKED"}
    player.work("each_one[1]")
    assert player.states() == {"each": "SUCCESS", "next": "PENDING"}
    assert_consistent(player.run)


def test_iterations_go_on_after_one_has_failed() -> None:
    player = begun(3, task("next", "each"), cleanup("always", "each"))
    player.fail("each_one[0]")
    player.work("each_one[1]")
    assert player.states()["each"] == "RUNNING"
    player.work("each_one[2]")
    assert player.states() == {"each": "FAILED", "next": "UPSTREAM_FAILED", "always": "PENDING"}
    ending = player.last("each").ending
    assert ending is not None
    assert (ending.life_cycle, ending.code, ending.message) == ("TERMINATED", "RUN_EXECUTION_ERROR", FAILED)


def test_a_failed_loop_is_one_failed_task_of_its_run() -> None:
    player = begun(2, width=2)
    player.fail("each_one[0]")
    player.fail("each_one[1]")
    assert player.result == "INTERNAL_ERROR/FAILED"
    assert player.message == f"Task each failed with message: {FAILED}."
    saved = begun(2, cleanup("always", "each"), width=2)
    saved.fail("each_one[0]")
    saved.fail("each_one[1]")
    saved.work("always")
    assert saved.message == "The job run succeeded with 1 failed task"


def test_inputs_that_cannot_be_read_fail_the_loop() -> None:
    player = Player(loop("each"), task("next", "each")).create()
    player.end("each", endings.broken(Code.INVALID_RUN_CONFIGURATION, "inputs are no JSON."))
    assert player.states() == {"each": "FAILED", "next": "UPSTREAM_FAILED"}


def test_iterations_are_retried_by_the_rules_of_the_nested_task_and_keep_their_place() -> None:
    nested = task("one", max_retries=1, min_retry_interval_ms=500)
    player = begun(2, nested=nested)
    player.fail("one[0]")
    assert player.iterations() == {"one[0]": "WAITING_FOR_RETRY"}
    assert player.wakes() == [WakeAt(1_500, Wake.RETRY, player.last("one[0]").attempt_id)]
    player.now_ms = 1_500
    player.retry_due("one[0]")
    player.work("one[0]")
    assert [(each.slot, each.number) for each in player.attempts("one")] == [
        ("one[0]", 0),
        ("one[0]", 1),
        ("one[1]", 0),
    ]
    player.work("one[1]")
    assert player.result == "TERMINATED/SUCCESS"


def test_an_iteration_has_the_retries_that_it_has_and_no_more() -> None:
    player = begun(1, nested=task("one", max_retries=2))
    for _ in range(3):
        player.fail("one[0]")
    assert player.result == "INTERNAL_ERROR/FAILED"
    assert [attempt.number for attempt in player.attempts("one")] == [0, 1, 2]


def test_each_iteration_has_its_own_time() -> None:
    player = begun(2, nested=task("one", timeout_ms=700, max_retries=1, retry_on_timeout=True))
    player.begin("one[0]")
    assert player.wakes() == [WakeAt(1_700, Wake.ATTEMPT_TIMEOUT, player.last("one[0]").attempt_id)]
    player.timeout("one[0]")
    assert player.stopped() == [("one[0]", "timeout")]
    player.end("one[0]", endings.failed("interrupted"))
    assert player.iterations() == {"one[0]": "PENDING"}


def test_the_words_of_the_history_name_the_iteration() -> None:
    player = begun(2)
    assert [change.subject for change in player.transitions if change.attempt_id][-1] == "each_one[0]"


@pytest.mark.parametrize("again", [1, 5])
def test_what_comes_late_for_a_loop_changes_nothing(again: int) -> None:
    player = begun(2)
    loop_id = player.last("each").attempt_id
    assert not player.begin_loop("each", again).changed
    assert not player.play(AttemptStarted(loop_id)).changed
    assert not player.play(AttemptEnded(loop_id, endings.failed())).changed, "only its iterations end it"
    player.work("each_one[0]")
    player.work("each_one[1]")
    assert not player.play(LoopBegan(loop_id, again)).changed


def test_only_loops_begin_as_loops() -> None:
    player = Player(task("a")).create()
    assert not player.begin_loop("a", 3).changed
    assert not player.play(LoopBegan(999, 3)).changed


def test_observers_hear_of_the_loop_and_of_each_iteration() -> None:
    player = begun(1)
    player.work("each_one[0]")
    assert player.announced() == [
        *("run.started", "task.started", "task.started", "task.ended", "task.ended"),
        "run.ended",
    ]


def test_a_decision_names_the_attempts_that_it_touched() -> None:
    player = begun(3, width=1)
    first = player.last("each_one[0]").attempt_id
    decision = player.work("each_one[0]")
    second = player.last("each_one[1]").attempt_id
    assert decision.changed_attempts == (first, second)
    assert [e.attempt_id for e in decision.effects if isinstance(e, StartAttempt)] == [second]


# ------------------------------------------------------------------------------------------------------ statistics


def test_the_statistics_of_a_loop_count_the_newest_attempt_of_each_iteration() -> None:
    player = begun(6, nested=task("one", max_retries=1), width=3)
    each = player.last("each")
    player.work("one[0]")
    player.fail("one[1]")  # and again
    player.fail("one[1]")
    player.fail("one[2]")  # and tries once more
    known = loops.stats(player.run, each)
    assert (known.total, known.scheduled, known.active) == (6, 5, 3)
    assert (known.completed, known.succeeded, known.failed) == (2, 1, 1)
    assert known.messages == ((1, endings.WORKLOAD_FAILED, Code.RUN_EXECUTION_ERROR),)


def test_a_loop_that_has_not_begun_has_counted_nothing() -> None:
    player = Player(loop("each")).create()
    known = loops.stats(player.run, player.last("each"))
    assert (known.total, known.scheduled, known.active, known.completed, known.messages) == (0, 0, 0, 0, ())


def test_the_three_most_frequent_messages_are_told() -> None:
    player = begun(10, width=10)
    for index, text in enumerate("abbccccdd"):
        player.work(f"each_one[{index}]", endings.failed(text))
    known = loops.stats(player.run, player.last("each"))
    assert [(count, text) for count, text, _ in known.messages] == [(4, "c"), (2, "b"), (2, "d")]
    assert known.failed == 9


def test_iterations_are_shown_in_the_order_of_the_inputs_with_their_attempts_together() -> None:
    player = begun(3, nested=task("one", max_retries=1), width=3)
    player.fail("one[2]")
    player.fail("one[0]")
    shown = loops.iterations(player.run, player.last("each"))
    assert [(each.iteration, each.number) for each in shown] == [(0, 0), (0, 1), (1, 0), (2, 0), (2, 1)]
