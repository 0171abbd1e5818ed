"""The end of a run: the leaf rule, in the words of recorded runs."""

from __future__ import annotations

from brickyard.runs import endings
from brickyard.runs.events import AttemptEnded, AttemptStarted
from brickyard.runs.states import Code
from tests.unit.runs.playing import Player, cleanup, task


def test_a_run_of_good_tasks() -> None:
    player = Player(task("a"), task("b", "a")).create()
    player.work("a")
    player.work("b")
    assert player.result == "TERMINATED/SUCCESS"
    assert player.run.ending == endings.succeeded()
    assert player.announced()[-1] == "run.ended"


def test_a_failed_task_makes_the_run_an_internal_error_that_names_it() -> None:
    player = Player(task("extract"), task("transform", "extract")).create()
    player.work("extract")
    player.fail("transform")
    assert player.result == "INTERNAL_ERROR/FAILED"
    assert player.message == "Task transform failed with message: Workload failed, see run output for details."
    assert player.run.ending is not None
    assert player.run.ending.code == "RUN_EXECUTION_ERROR"
    failed = player.last("transform").ending
    assert failed is not None
    assert (failed.life_cycle, failed.result, failed.code, failed.message) == (
        "TERMINATED",
        "FAILED",
        "RUN_EXECUTION_ERROR",
        "Workload failed, see run output for details",
    )


def test_skipped_tasks_behind_the_failure_are_told_of() -> None:
    player = Player(task("transform"), task("load", "transform"), task("report", "load")).create()
    player.fail("transform")
    assert player.message == (
        "Task transform failed with message: Workload failed, see run output for details."
        " This caused all downstream tasks to get skipped."
    )
    skipped = player.last("load").ending
    assert skipped is not None
    assert (skipped.life_cycle, skipped.result, skipped.code, skipped.message) == (
        "SKIPPED",
        "UPSTREAM_FAILED",
        "SKIPPED",
        "An upstream task failed.",
    )


def test_the_failure_that_came_first_is_named() -> None:
    player = Player(task("a"), task("b")).create()
    player.fail("b")
    player.now_ms += 1
    player.fail("a")
    assert player.message.startswith("Task b failed")


def test_good_leaves_after_failures_are_a_success_with_failures() -> None:
    player = Player(task("a"), task("b"), cleanup("c", "a", "b")).create()
    player.fail("a")
    player.work("b")
    player.work("c")
    assert player.result == "TERMINATED/SUCCESS_WITH_FAILURES"
    assert player.message == "The job run succeeded with 1 failed task"


def test_several_failures_are_counted() -> None:
    player = Player(task("a"), task("b"), cleanup("c", "a", "b")).create()
    player.fail("a")
    player.fail("b")
    player.work("c")
    assert player.message == "The job run succeeded with 2 failed tasks"


def test_a_disabled_leaf_does_not_hide_the_failure_before_it() -> None:
    player = Player(task("a"), task("b", "a", disabled=True)).create()
    player.fail("a")
    assert player.result == "INTERNAL_ERROR/FAILED"


def test_a_retry_that_succeeds_leaves_no_mark_on_the_result() -> None:
    player = Player(task("a", max_retries=1)).create()
    player.fail("a")
    player.work("a")
    assert player.result == "TERMINATED/SUCCESS"


def test_the_message_of_a_broken_task_is_its_reason() -> None:
    player = Player(task("a")).create()
    player.end("a", endings.broken(Code.RESOURCE_NOT_FOUND, "Notebook /x does not exist."))
    assert player.message == "Task a failed with message: Notebook /x does not exist."
    assert player.last("a").life_cycle == "INTERNAL_ERROR"


def test_reports_on_unknown_attempts_change_nothing() -> None:
    player = Player(task("a")).create()
    assert not player.play(AttemptStarted(999)).changed
    assert not player.play(AttemptEnded(999, endings.failed())).changed


def test_clusters_end_once_with_the_run() -> None:
    player = Player(task("a"), task("b")).create()
    player.work("a")
    assert player.clusters_ended() == 0
    player.work("b")
    assert player.clusters_ended() == 1
