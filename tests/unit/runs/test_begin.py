"""How a run begins: all at once, in part, after a wait, or not at all."""

from __future__ import annotations

from brickyard.runs.begin import QUEUE_LIMIT_MS
from brickyard.runs.effects import Wake, WakeAt
from brickyard.runs.events import RunCreated, RunQueued, Skip
from tests.unit.runs.playing import Player, cleanup, task


def test_only_tasks_without_dependencies_start_at_once() -> None:
    player = Player(task("a"), task("b", "a"), task("c")).create()
    assert player.started() == ["a", "c"]
    assert player.states() == {"a": "PENDING", "b": "BLOCKED", "c": "PENDING"}
    assert player.run.started_ms == 1_000
    assert player.announced() == ["run.started"]


def test_a_task_starts_when_its_last_dependency_has_ended() -> None:
    player = Player(task("a"), task("b"), task("c", "a", "b")).create()
    player.work("a")
    assert player.states()["c"] == "BLOCKED"
    player.work("b")
    assert player.states()["c"] == "PENDING"


def test_a_queued_run_begins_later_and_only_once() -> None:
    player = Player(task("a"))
    player.play(RunQueued("Queued due to reaching maximum concurrent runs of 1."))
    assert player.result == "QUEUED"
    assert player.wakes() == [WakeAt(1_000 + QUEUE_LIMIT_MS, Wake.QUEUE_TIMEOUT)]
    assert player.run.attempts == ()
    player.create()
    assert player.started() == ["a"]
    assert not player.play(RunCreated()).changed
    assert not player.play(Skip("too late")).changed


def test_a_skipped_run_has_the_words_of_the_service() -> None:
    player = Player(task("a"))
    player.play(Skip("Skipped due to reaching maximum concurrent runs of 1."))
    assert player.result == "SKIPPED/MAXIMUM_CONCURRENT_RUNS_REACHED"
    assert player.run.ending is not None
    assert player.run.ending.code == "MAX_CONCURRENT_RUNS_EXCEEDED"
    assert player.announced() == ["run.ended"]


def test_tasks_that_were_not_selected_are_skipped_and_block_nobody() -> None:
    player = Player(task("a"), task("b", "a"), task("c", "b"), selection=["b"]).create()
    assert player.states() == {"a": "DISABLED", "b": "PENDING", "c": "DISABLED"}
    ending = player.last("a").ending
    assert ending is not None
    assert ending.message == "This task was not selected in the partial run."
    assert (ending.life_cycle, ending.code) == ("SKIPPED", "DISABLED")
    player.work("b")
    assert player.result == "TERMINATED/SUCCESS"


def test_the_failure_of_a_selected_task_is_not_hidden_by_unselected_ones_behind_it() -> None:
    player = Player(task("a"), task("b", "a"), selection=["a"]).create()
    player.fail("a")
    assert player.result == "INTERNAL_ERROR/FAILED"


def test_what_stands_behind_disabled_tasks_alone_is_excluded() -> None:
    player = Player(task("a", disabled=True), task("b", "a"), cleanup("c", "a"), task("d")).create()
    assert player.states() == {"a": "DISABLED", "b": "EXCLUDED", "c": "EXCLUDED", "d": "PENDING"}


def test_a_run_in_which_no_task_had_to_run_says_so() -> None:
    player = Player(task("a", disabled=True), task("b", "a")).create()
    assert player.result == "TERMINATED/SUCCESS"
    assert player.run.ending is not None
    assert (player.run.ending.code, player.message) == ("SKIPPED", "No task had to run.")
