"""How a run begins: all at once, in part, after a wait, or not at all."""

from __future__ import annotations

import pytest

from brickyard.jobs.tasks import RunIf
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


DOWNSTREAM = "This task was disabled because it is downstream of a disabled task"


@pytest.mark.parametrize("run_if", RunIf)
def test_what_stands_behind_a_disabled_task_is_disabled_whatever_its_run_if(run_if: RunIf) -> None:
    behind = [cleanup("b", "a", "d", run_if=run_if), cleanup("c", "b", run_if=run_if)]
    player = Player(task("a", disabled=True), *behind, task("d")).create()
    assert player.states() == {"a": "DISABLED", "b": "DISABLED", "c": "DISABLED", "d": "PENDING"}
    endings = [player.last(key).ending for key in "abc"]
    assert [ending.message for ending in endings if ending] == ["This task is disabled.", DOWNSTREAM, DOWNSTREAM]
    assert {(ending.life_cycle, ending.code) for ending in endings if ending} == {("SKIPPED", "DISABLED")}
    player.work("d")
    assert player.result == "TERMINATED/SUCCESS"


def test_disabling_reaches_through_the_order_in_which_tasks_are_declared() -> None:
    player = Player(task("c", "b"), task("b", "a"), task("a", disabled=True), task("d")).create()
    assert player.states() == {"c": "DISABLED", "b": "DISABLED", "a": "DISABLED", "d": "PENDING"}


def test_a_run_in_which_every_task_is_disabled_is_skipped_and_shows_its_tasks() -> None:
    player = Player(task("a", disabled=True), task("b", "a")).create()
    assert player.result == "SKIPPED/DISABLED"
    assert player.run.ending is not None
    assert player.run.ending.code == "SKIPPED"
    assert player.message == (
        "Skipped because every task is disabled. Re-enable at least one task to be able to run the job."
    )
    assert player.states() == {"a": "DISABLED", "b": "DISABLED"}
    assert player.announced() == ["task.ended", "task.ended", "run.ended"]
    assert player.clusters_ended() == 1


def test_the_same_goes_for_a_run_of_the_queue_and_for_selected_tasks_that_are_all_disabled() -> None:
    player = Player(task("a", disabled=True), task("b"), selection=["a"])
    player.play(RunQueued("full"))
    player.create()
    assert player.result == "SKIPPED/DISABLED"
    assert player.states() == {"a": "DISABLED", "b": "DISABLED"}
    ending = player.last("b").ending
    assert ending is not None
    assert ending.message == "This task was not selected in the partial run."


def test_a_disabled_task_that_was_not_selected_disables_nobody() -> None:
    player = Player(task("a", disabled=True), task("b", "a"), selection=["b"]).create()
    assert player.states() == {"a": "DISABLED", "b": "PENDING"}
    ending = player.last("a").ending
    assert ending is not None
    assert ending.message == "This task was not selected in the partial run."


def test_disabling_does_not_reach_through_a_task_that_was_not_selected() -> None:
    plan = task("a", disabled=True), task("b", "a"), task("c", "b"), task("d", "a")
    player = Player(*plan, selection=["a", "c", "d"]).create()
    assert player.states() == {"a": "DISABLED", "b": "DISABLED", "c": "PENDING", "d": "DISABLED"}
