"""Condition tasks: evaluated by the server, and what follows from their outcome."""

from __future__ import annotations

import pytest

from brickyard.workloads.messages import SetTaskValue
from tests.engine.house import SUCCESS, House, condition, edge, loop, notebook, result, run_job, states


@pytest.mark.parametrize(("left", "taken"), [("5", "many"), ("3", "few")], ids=["true", "false"])
def test_only_the_branch_of_the_outcome_runs(house: House, left: str, taken: str) -> None:
    house.script(many=SUCCESS, few=SUCCESS)
    run_id = house.run(
        condition("check", left, "GREATER_THAN", "4"),
        notebook("many", depends_on=[edge("check", "true")]),
        notebook("few", depends_on=[edge("check", "false")]),
    )
    run = house.ended(run_id)
    expected = {"check": "SUCCESS", "many": "EXCLUDED", "few": "EXCLUDED", taken: "SUCCESS"}
    assert (states(run), result(run)) == (expected, "TERMINATED/SUCCESS")
    check = run.latest["check"]
    assert check.ending is not None
    assert check.ending.outcome == ("true" if taken == "many" else "false")
    assert check.started_ms > 0


def test_operands_are_resolved_and_kept(house: House) -> None:
    run_id = house.run(
        notebook("count"),
        condition("check", "{{tasks.count.values.rows}}", "EQUAL_TO", "{{job.parameters.want}}", "count"),
        parameters=[{"name": "want", "default": "17"}],
    )
    house.ask("count", SetTaskValue(key="rows", json="17"))
    house.workers.finish(house.workers.wait_for("count").attempt_id)
    run = house.ended(run_id)
    check = run.latest["check"]
    assert check.ending is not None
    assert check.ending.outcome == "true"
    assert house.store.runs.resolved(check.attempt_id) == {"condition_task": {"left": "17", "right": "17"}}


def test_an_operand_that_is_no_number_fails_the_task_with_the_reason(house: House) -> None:
    run_id = house.run(condition("check", "many", "LESS_THAN", "4"), notebook("after", "check"))
    run = house.ended(run_id)
    assert states(run) == {"check": "FAILED", "after": "UPSTREAM_FAILED"}
    ending = run.latest["check"].ending
    assert ending is not None
    assert (ending.life_cycle, ending.code) == ("INTERNAL_ERROR", "INVALID_RUN_CONFIGURATION")
    assert "condition_task.left is 'many', which is no number" in ending.message
    outcome = house.store.runs.outcome(run.latest["check"].attempt_id)
    assert outcome is not None
    assert outcome.error == ending.message


def test_a_value_that_was_never_set_fails_the_task(house: House) -> None:
    house.script(count=SUCCESS)
    run = house.ended(
        house.run(notebook("count"), condition("check", "{{tasks.count.values.rows}}", "EQUAL_TO", "1", "count"))
    )
    assert states(run) == {"count": "SUCCESS", "check": "FAILED"}


def test_a_condition_takes_no_place_of_a_worker(house: House) -> None:
    run_id = house.run(*(condition(f"c{number}", "1", "EQUAL_TO", "1") for number in range(100)))
    assert result(house.ended(run_id)) == "TERMINATED/SUCCESS"
    assert house.workers.started == []


def test_conditions_can_be_repeated_and_repaired(house: House) -> None:
    house.script(before=[SUCCESS])
    job = house.job(
        condition("check", "{{job.parameters.n}}", "GREATER_THAN", "1"), parameters=[{"name": "n", "default": "x"}]
    )
    run_id = house.run_now(job)
    assert states(house.ended(run_id)) == {"check": "FAILED"}
    house.repair(run_id, rerun_tasks=["check"], parameters={"n": "2"})
    run = house.ended(run_id)
    assert states(run) == {"check": "SUCCESS"}
    assert [attempt.ending.outcome for attempt in run.attempts if attempt.ending] == ["", "true"]


def test_a_condition_in_a_loop_sees_its_input(house: House) -> None:
    run_id = house.run(loop("each", "[1, 5, 9]", condition("big", "{{input}}", "GREATER_THAN", "4"), concurrency=3))
    run = house.ended(run_id)
    outcomes = {a.iteration: a.ending.outcome for a in run.attempts if a.iteration >= 0 and a.ending}
    assert outcomes == {0: "false", 1: "true", 2: "true"}


def test_a_server_with_one_place_runs_every_kind_at_once(house: House) -> None:
    other = house.job(notebook("leaf"))
    run_id = house.run(
        condition("check", "1", "EQUAL_TO", "1"),
        run_job("call", other, "check"),
        loop("each", "[1]", notebook("one"), "call"),
    )
    for key in ("leaf", "one"):
        house.workers.finish(house.workers.wait_for(key).attempt_id)
    assert result(house.ended(run_id)) == "TERMINATED/SUCCESS"
