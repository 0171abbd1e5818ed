"""Conditions: their outcome chooses the branch, and the other branch is excluded."""

from __future__ import annotations

import pytest

from brickyard.jobs.tasks import Dependency, RunIf
from brickyard.runs import endings
from brickyard.runs.model import Ending, Kind, TaskPlan
from brickyard.runs.states import Code, LifeCycle, Result
from tests.unit.runs.playing import Player, task


def said(outcome: str) -> Ending:
    """The end of a condition that could be evaluated."""
    return Ending(life_cycle=LifeCycle.TERMINATED, result=Result.SUCCESS, code=Code.SUCCESS, outcome=outcome)


def branch(key: str, outcome: str, *needs: str, run_if: RunIf = RunIf.ALL_SUCCESS) -> TaskPlan:
    edges = (Dependency("check", outcome), *(Dependency(need) for need in needs))
    return TaskPlan(key=key, depends_on=edges, run_if=run_if)


def checked(*tasks: TaskPlan) -> Player:
    return Player(task("check", kind=Kind.CONDITION), *tasks).create()


def test_a_condition_is_started_like_any_task_and_need_not_begin() -> None:
    player = checked()
    assert player.started() == ["check"]
    player.end("check", said("true"))
    ending = player.last("check").ending
    assert ending is not None
    assert ending.outcome == "true"
    assert player.result == "TERMINATED/SUCCESS"


@pytest.mark.parametrize(("outcome", "runs", "excluded"), [("true", "yes", "no"), ("false", "no", "yes")])
def test_only_the_branch_of_the_outcome_runs(outcome: str, runs: str, excluded: str) -> None:
    player = checked(branch("yes", "true"), branch("no", "false"), task("after", "yes", "no"))
    player.end("check", said(outcome))
    assert player.states() == {"check": "SUCCESS", runs: "PENDING", excluded: "EXCLUDED", "after": "BLOCKED"}
    player.work(runs)
    player.work("after")
    assert player.result == "TERMINATED/SUCCESS", "the branch that was not taken does no harm"


def test_what_stands_behind_the_branch_that_was_not_taken_is_excluded() -> None:
    player = checked(branch("yes", "true"), task("later", "yes"), task("last", "later"))
    player.end("check", said("false"))
    assert player.states() == {"check": "SUCCESS", "yes": "EXCLUDED", "later": "EXCLUDED", "last": "EXCLUDED"}
    assert player.result == "TERMINATED/SUCCESS"


@pytest.mark.parametrize(
    ("run_if", "expected"),
    [
        (RunIf.ALL_SUCCESS, "UPSTREAM_FAILED"),
        (RunIf.AT_LEAST_ONE_SUCCESS, "UPSTREAM_FAILED"),
        (RunIf.NONE_FAILED, "UPSTREAM_FAILED"),
        (RunIf.ALL_DONE, "PENDING"),
        (RunIf.AT_LEAST_ONE_FAILED, "PENDING"),
        (RunIf.ALL_FAILED, "PENDING"),
    ],
)
@pytest.mark.parametrize("outcome", ["true", "false"])
def test_a_condition_that_failed_is_a_failed_task_to_both_branches(run_if: RunIf, expected: str, outcome: str) -> None:
    player = checked(branch("b", outcome, run_if=run_if))
    player.end("check", endings.broken(Code.INVALID_RUN_CONFIGURATION, "'a' is no number."))
    assert player.states() == {"check": "FAILED", "b": expected}


def test_a_condition_that_was_skipped_counts_as_what_it_is() -> None:
    player = Player(task("a"), task("check", "a", kind=Kind.CONDITION), branch("yes", "true")).create()
    player.fail("a")
    assert player.states() == {"a": "FAILED", "check": "UPSTREAM_FAILED", "yes": "UPSTREAM_FAILED"}


def test_an_edge_without_outcome_waits_for_the_end_alone() -> None:
    player = checked(task("any", "check"))
    player.end("check", said("false"))
    assert player.states()["any"] == "PENDING"


def test_edges_to_both_outcomes_make_one_of_them_hold() -> None:
    both = TaskPlan(key="both", depends_on=(Dependency("check", "true"), Dependency("check", "false")))
    player = checked(both)
    assert player.run.dependents["check"] == ("both",)
    player.end("check", said("true"))
    assert player.states()["both"] == "PENDING"


def test_a_repair_reads_the_outcome_that_was_kept() -> None:
    player = checked(branch("yes", "true"), branch("no", "false"))
    player.end("check", said("true"))
    player.fail("yes")
    player.repair("yes", "no")
    assert player.states() == {"check": "SUCCESS", "yes": "PENDING", "no": "EXCLUDED"}


def test_a_condition_that_runs_again_may_take_the_other_branch() -> None:
    player = checked(branch("yes", "true"), branch("no", "false"))
    player.end("check", said("true"))
    player.fail("yes")
    player.repair("check", "yes", "no")
    player.end("check", said("false"))
    assert player.states() == {"check": "SUCCESS", "yes": "EXCLUDED", "no": "PENDING"}


def test_a_run_job_task_is_stopped_like_a_worker_and_ends_when_its_run_has() -> None:
    player = Player(task("child", kind=Kind.RUN_JOB, timeout_ms=500)).create()
    player.begin("child")
    player.timeout("child")
    assert player.stopped() == [("child", "timeout")]
    player.end("child", endings.cancelled())
    assert player.states() == {"child": "TIMEDOUT"}
