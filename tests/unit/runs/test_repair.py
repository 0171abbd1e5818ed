"""Repairs: what runs again, what is kept, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import InvalidParameterValue, InvalidState
from brickyard.runs import endings
from brickyard.runs.events import Skip
from brickyard.runs.repair import select
from tests.unit.runs.playing import Player, cleanup, loop, task


def failed_run() -> Player:
    """Task a succeeded, b failed, c is skipped because of it, d stands aside, e is switched off."""
    player = Player(task("a"), task("b", "a"), task("c", "b"), task("d"), task("e", disabled=True)).create()
    player.work("a")
    player.work("d")
    player.fail("b")
    return player


def chosen(player: Player, **request: Any) -> list[str]:
    return sorted(select(player.run, player.run.plan, **request))


def test_all_failed_tasks_are_those_that_failed_or_were_skipped_for_it() -> None:
    assert chosen(failed_run(), rerun_all_failed_tasks=True) == ["b", "c"]


def test_named_tasks_may_have_succeeded_or_be_disabled() -> None:
    assert chosen(failed_run(), rerun_tasks=["a", "e"]) == ["a", "e"]


def test_dependents_come_along_where_asked_for() -> None:
    assert chosen(failed_run(), rerun_tasks=["a"], rerun_dependent_tasks=True) == ["a", "b", "c"]


def test_a_task_that_the_job_has_got_since_counts_as_not_done() -> None:
    player = failed_run()
    plan = {**player.run.plan, "new": task("new", "c")}
    assert sorted(select(player.run, plan, rerun_all_failed_tasks=True)) == ["b", "c", "new"]


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({}, "Give exactly one of"),
        ({"rerun_tasks": ["b"], "rerun_all_failed_tasks": True}, "Give exactly one of"),
        ({"rerun_tasks": ["ghost"]}, "'ghost', which is no task of the job. Its tasks are: a, b, c, d, e"),
        ({"rerun_tasks": ["b"], "latest_repair_id": 5}, "latest_repair_id is 5, but the latest .* is none"),
    ],
)
def test_requests_that_make_no_sense_are_refused(request_: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidParameterValue, match=text):
        chosen(failed_run(), **request_)


def test_a_run_without_failures_has_nothing_to_repair() -> None:
    player = Player(task("a")).create()
    player.work("a")
    with pytest.raises(InvalidParameterValue, match="nothing to repair"):
        chosen(player, rerun_all_failed_tasks=True)


def test_an_active_run_cannot_be_repaired() -> None:
    player = Player(task("a")).create()
    with pytest.raises(InvalidState, match="still active"):
        chosen(player, rerun_all_failed_tasks=True)
    with pytest.raises(InvalidState, match="still active"):
        player.repair("a")


def test_a_run_that_was_skipped_cannot_be_repaired() -> None:
    player = Player(task("a"))
    player.play(Skip("full"))
    with pytest.raises(InvalidState, match="never began"):
        chosen(player, rerun_tasks=["a"])


def test_the_second_repair_must_have_seen_the_first() -> None:
    player = failed_run()
    player.repair("b", "c")
    player.fail("b")
    with pytest.raises(InvalidParameterValue) as refused:
        chosen(player, rerun_all_failed_tasks=True)
    assert refused.value.message == "The latest repair ID needs to be provided in order to create a new repair"
    with pytest.raises(InvalidParameterValue, match="latest_repair_id is 1, but the latest repair of run 1 is 900"):
        chosen(player, rerun_all_failed_tasks=True, latest_repair_id=1)
    assert chosen(player, rerun_all_failed_tasks=True, latest_repair_id=900) == ["b", "c"]


def test_a_repair_runs_the_chosen_tasks_and_keeps_the_others() -> None:
    player = failed_run()
    kept = player.last("a")
    player.now_ms = 5_000
    player.repair("b", "c")
    assert player.result == "RUNNING"
    assert player.states() == {"a": "SUCCESS", "b": "PENDING", "c": "BLOCKED", "d": "SUCCESS", "e": "DISABLED"}
    player.work("b")
    player.work("c")
    assert player.result == "TERMINATED/SUCCESS"
    assert player.last("a") is kept
    again = player.last("b")
    assert (again.number, again.repair) == (1, 1)
    (repair,) = player.run.repairs
    assert repair.attempt_ids == (again.attempt_id, player.last("c").attempt_id)
    assert (repair.started_ms, repair.ended_ms) == (5_000, 5_000)
    assert repair.ending == player.run.ending


def test_retries_are_counted_anew_in_a_repair() -> None:
    player = Player(task("a", max_retries=1)).create()
    player.fail("a")
    player.fail("a")
    player.repair("a")
    player.fail("a")
    player.work("a")
    assert [(attempt.number, attempt.repair) for attempt in player.attempts("a")] == [(0, 0), (1, 0), (2, 1), (3, 1)]
    assert player.result == "TERMINATED/SUCCESS"


def test_a_chosen_task_still_asks_the_ends_of_those_before_it() -> None:
    player = failed_run()
    player.repair("c")
    assert player.states()["c"] == "UPSTREAM_FAILED"
    assert player.result == "INTERNAL_ERROR/FAILED"


def test_a_disabled_task_that_is_named_runs() -> None:
    player = failed_run()
    player.repair("e")
    assert player.states()["e"] == "PENDING"


def test_a_repair_runs_under_the_plan_of_today() -> None:
    player = failed_run()
    today = {item.key: item for item in (task("a"), task("b", "a"), task("d"), cleanup("new", "b"))}
    player.repair("b", plan=today)
    assert player.states()["new"] == "DISABLED", "a task that was not asked for does not run"
    player.work("b")
    assert player.result == "TERMINATED/SUCCESS", "c is no longer part of the job"


def test_a_cancelled_run_can_be_repaired() -> None:
    player = Player(task("a"), task("b", "a")).create()
    player.cancel()
    player.end("a", endings.cancelled())
    assert player.result == "TERMINATED/CANCELED"
    player.repair("a", "b")
    player.work("a")
    player.work("b")
    assert player.result == "TERMINATED/SUCCESS"


def test_a_failed_repair_can_be_repaired_again() -> None:
    player = failed_run()
    player.repair("b", "c")
    player.fail("b")
    player.repair("b", "c")
    player.work("b")
    player.work("c")
    assert player.result == "TERMINATED/SUCCESS"
    assert [repair.ending.result.value for repair in player.run.repairs if repair.ending] == ["FAILED", "SUCCESS"]
    assert player.clusters_ended() == 3


def test_a_disabled_task_that_is_named_frees_what_stands_behind_it() -> None:
    player = Player(task("a", disabled=True), task("b", "a"), task("c", "b"), task("d")).create()
    player.work("d")
    player.repair("a", "b")
    assert player.states() == {"a": "PENDING", "b": "BLOCKED", "c": "DISABLED", "d": "SUCCESS"}
    player.work("a")
    player.work("b")
    player.repair("c")
    assert player.states()["c"] == "PENDING"


def test_a_task_that_is_named_behind_a_task_that_stays_disabled_is_disabled_again() -> None:
    player = Player(task("a", disabled=True), task("b", "a"), task("c", "b"), task("d")).create()
    player.work("d")
    player.repair("b", "c")
    assert player.states() == {"a": "DISABLED", "b": "DISABLED", "c": "DISABLED", "d": "SUCCESS"}
    assert player.last("b").number == 1
    assert player.result == "TERMINATED/SUCCESS"


def test_a_task_that_ran_and_is_switched_off_since_disables_nobody() -> None:
    player = failed_run()
    today = {**player.run.plan, "a": task("a", disabled=True)}
    player.repair("b", plan=today)
    assert player.states()["b"] == "PENDING", "a repair looks at how a task ended, not at its switch"


def test_a_task_that_was_not_selected_is_no_dependency_in_a_repair_either() -> None:
    player = Player(task("a"), task("b", "a"), selection=["b"]).create()
    player.fail("b")
    player.repair("b")
    assert player.states() == {"a": "DISABLED", "b": "PENDING"}


def test_dependents_that_were_disabled_come_along_with_the_task_that_is_named() -> None:
    player = Player(task("a", disabled=True), task("b", "a"), task("d")).create()
    player.work("d")
    assert chosen(player, rerun_tasks=["a"], rerun_dependent_tasks=True) == ["a", "b"]


def test_a_run_in_which_every_task_was_disabled_has_nothing_to_repair() -> None:
    player = Player(task("a", disabled=True)).create()
    with pytest.raises(InvalidState, match="never began"):
        chosen(player, rerun_tasks=["a"])


def test_only_tasks_of_the_job_can_be_named_not_the_iterations_of_a_loop() -> None:
    player = Player(loop("each")).create()
    player.begin_loop("each", 1)
    player.fail("each_one[0]")
    for name in ("each_one", "each_one[0]"):
        with pytest.raises(InvalidParameterValue, match=r"which is no task of the job\. Its tasks are: each"):
            chosen(player, rerun_tasks=[name])
    assert chosen(player, rerun_all_failed_tasks=True) == ["each"]
