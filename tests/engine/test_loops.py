"""Loops: iterations as attempts of their own, their inputs, their failures, and what a repair keeps of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from brickyard.errors import InvalidParameterValue
from brickyard.runs import loops
from brickyard.runs.model import Run
from brickyard.workloads.messages import Assignment, NotebookWork, SetTaskValue
from tests.engine.house import FAILED, SUCCESS, House, loop, notebook, result, states

ITERATIONS_FAILED = "An error occurred during execution of task For each: Some iterations failed"


def one(**fields: Any) -> dict[str, Any]:
    return notebook("one", parameters={"x": "{{input}}"}, **fields)


def given(assignment: Assignment) -> str:
    assert isinstance(assignment.work, NotebookWork)
    return assignment.work.parameters["x"]


def iterations(run: Run) -> list[tuple[int, str]]:
    """(index, result or state) of every attempt of every iteration, in order of creation."""
    return [(a.iteration, a.ending.result if a.ending else a.life_cycle) for a in run.attempts if a.iteration >= 0]


def test_every_input_is_one_iteration(house: House) -> None:
    house.script(one=SUCCESS)
    run_id = house.run(loop("each", '["a", 2, true]', one()))
    run = house.ended(run_id)
    assert (states(run), result(run)) == ({"each": "SUCCESS"}, "TERMINATED/SUCCESS")
    assert [given(assignment) for assignment in house.workers.started] == ["a", "2", "true"]
    assert iterations(run) == [(0, "SUCCESS"), (1, "SUCCESS"), (2, "SUCCESS")]
    each = run.latest["each"]
    assert house.store.runs.resolved(each.attempt_id) == {"for_each_task": {"inputs": '["a", 2, true]'}}
    first = house.workers.started[0]
    assert (first.context.task_key, first.context.run_id) == ("one", run_id)
    resolved = house.store.runs.resolved(first.attempt_id)
    assert resolved == {"notebook_task": {"base_parameters": {"x": "a"}}}


def test_fields_of_objects_reach_the_iteration(house: House) -> None:
    house.script(one=SUCCESS)
    nested = notebook("one", parameters={"x": "{{input.day}}/{{input.n}}"})
    house.ended(house.run(loop("each", '[{"day": "monday", "n": 1}]', nested)))
    assert given(house.workers.started[0]) == "monday/1.0"  # a number in an object is a double


def test_inputs_come_from_a_task_value(house: House) -> None:
    run_id = house.run(notebook("list"), loop("each", "{{tasks.list.values.days}}", one(), "list"))
    house.ask("list", SetTaskValue(key="days", json='["mon", "tue"]'))
    house.script(one=SUCCESS)
    house.workers.finish(house.workers.wait_for("list").attempt_id)
    assert result(house.ended(run_id)) == "TERMINATED/SUCCESS"
    assert [given(item) for item in house.workers.started[1:]] == ["mon", "tue"]


def test_no_more_than_concurrency_run_at_once(house: House) -> None:
    run_id = house.run(loop("each", json.dumps(list(range(6))), one(), concurrency=2))
    for count in range(1, 7):
        assignment = house.workers.wait_for("one", count)
        house.settle()
        assert len(house.workers.started) == min(count + 1, 6)
        house.workers.finish(assignment.attempt_id)
    assert result(house.ended(run_id)) == "TERMINATED/SUCCESS"


def test_the_others_go_on_when_one_fails_and_the_loop_fails_at_its_end(house: House) -> None:
    house.script(one=[SUCCESS, FAILED, SUCCESS])
    run = house.ended(house.run(loop("each", "[1, 2, 3]", one()), notebook("after", "each")))
    assert iterations(run) == [(0, "SUCCESS"), (1, "FAILED"), (2, "SUCCESS")]
    ending = run.latest["each"].ending
    assert ending is not None
    assert (ending.life_cycle, ending.result, ending.code) == ("TERMINATED", "FAILED", "RUN_EXECUTION_ERROR")
    assert ending.message == ITERATIONS_FAILED
    assert states(run) == {"each": "FAILED", "after": "UPSTREAM_FAILED"}


def test_iterations_are_retried_by_the_rules_of_the_nested_task(house: House) -> None:
    house.script(one=[FAILED, SUCCESS, SUCCESS])
    run = house.ended(house.run(loop("each", "[1, 2]", one(max_retries=1))))
    assert iterations(run) == [(0, "FAILED"), (0, "SUCCESS"), (1, "SUCCESS")]
    assert [attempt.number for attempt in run.attempts if attempt.iteration == 0] == [0, 1]
    assert [given(item) for item in house.workers.started] == ["1", "1", "2"]
    assert result(run) == "TERMINATED/SUCCESS"


def test_no_inputs_are_a_success(house: House) -> None:
    run = house.ended(house.run(loop("each", "[]", one())))
    assert (states(run), run.latest["each"].total) == ({"each": "SUCCESS"}, 0)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('"text"', "The JSON string in the inputs field should be an array of primitives or objects."),
        ("[[1]]", "The JSON string in the inputs field should be an array of primitives or objects."),
    ],
    ids=["text", "array of arrays"],
)
def test_inputs_that_are_no_array_fail_the_loop(house: House, value: str, message: str) -> None:
    run_id = house.run(notebook("list"), loop("each", "{{tasks.list.values.days}}", one(), "list"))
    house.ask("list", SetTaskValue(key="days", json=value))
    house.workers.finish(house.workers.wait_for("list").attempt_id)
    run = house.ended(run_id)
    ending = run.latest["each"].ending
    assert ending is not None
    assert (ending.code, ending.message) == ("INVALID_RUN_CONFIGURATION", message)
    assert iterations(run) == []


def test_task_values_cannot_be_set_in_an_iteration(house: House) -> None:
    house.run(loop("each", "[1]", one()))
    attempt_id = house.workers.wait_for("one").attempt_id
    with pytest.raises(InvalidParameterValue) as refused:
        house.ask("one", SetTaskValue(key="k", json="1"))
    assert refused.value.message == (
        f"Run {attempt_id} is an iteration of a For each run; setting task values is not supported for iterations."
    )


# ------------------------------------------------------------------------------------------------------- stopping


def test_a_cancelled_run_stops_the_iterations_and_starts_no_more(house: House) -> None:
    run_id = house.run(loop("each", "[1, 2, 3]", one(), concurrency=2))
    house.workers.wait_for("one", 2)
    house.cancel(run_id)
    run = house.ended(run_id)
    assert (states(run), result(run)) == ({"each": "CANCELED"}, "TERMINATED/CANCELED")
    assert iterations(run) == [(0, "CANCELED"), (1, "CANCELED")]


def test_a_cancelled_iteration_leaves_the_others_alone(house: House) -> None:
    run_id = house.run(loop("each", "[1, 2]", one(), concurrency=2))
    first, second = house.workers.wait_for("one"), house.workers.wait_for("one", 2)
    house.cancel(first.attempt_id)
    house.workers.finish(second.attempt_id)
    run = house.ended(run_id)
    assert iterations(run) == [(0, "CANCELED"), (1, "SUCCESS")]
    assert states(run)["each"] == "FAILED"


def test_a_cancelled_loop_ends_when_its_iterations_have_ended(house: House) -> None:
    house.workers.obey = False
    run_id = house.run(loop("each", "[1, 2, 3]", one()), notebook("other"))
    assignment = house.workers.wait_for("one")
    house.cancel(house.load(run_id).latest["each"].attempt_id)
    house.settle()
    assert states(house.load(run_id))["each"] == "TERMINATING"
    house.workers.finish(assignment.attempt_id, FAILED)
    house.workers.finish(house.workers.wait_for("other").attempt_id)
    run = house.ended(run_id)
    assert states(run) == {"each": "CANCELED", "other": "SUCCESS"}
    assert iterations(run) == [(0, "CANCELED")]


def test_a_loop_has_a_time_limit_and_so_has_each_iteration(house: House) -> None:
    run_id = house.run(loop("each", "[1, 2]", one(timeout_seconds=60), timeout_seconds=90))
    for count in (1, 2):
        house.sink.started(house.workers.wait_for("one", count).attempt_id, 1)
        house.settle()
        house.advance(60)
    run = house.ended(run_id)
    assert iterations(run) == [(0, "TIMEDOUT"), (1, "TIMEDOUT")]
    assert states(run) == {"each": "TIMEDOUT"}


# ------------------------------------------------------------------------------------------------------ repairing


def repaired(house: House, before: str, after: str) -> Run:
    """A loop of three whose second fails, repaired with other inputs, where everything succeeds."""
    house.script(one=[SUCCESS, FAILED, SUCCESS])
    job = house.job(loop("each", "{{job.parameters.days}}", one()), parameters=[{"name": "days", "default": before}])
    run_id = house.run_now(job)
    assert states(house.ended(run_id)) == {"each": "FAILED"}
    house.repair(run_id, rerun_all_failed_tasks=True, parameters={"days": after})
    return house.ended(run_id)


def test_a_repair_with_the_same_inputs_repeats_only_what_failed(house: House) -> None:
    run = repaired(house, "[1, 2, 3]", "[1,2,3]")
    assert iterations(run) == [(0, "SUCCESS"), (1, "FAILED"), (2, "SUCCESS"), (1, "SUCCESS")]
    assert (states(run), result(run)) == ({"each": "SUCCESS"}, "TERMINATED/SUCCESS")
    stats = loops.stats(run, run.latest["each"])
    assert (stats.total, stats.succeeded, stats.failed) == (3, 3, 0)
    assert given(house.workers.started[-1]) == "2"


def test_a_repair_with_other_inputs_repeats_all(house: House) -> None:
    run = repaired(house, "[1, 2, 3]", "[4, 5]")
    assert iterations(run)[3:] == [(0, "SUCCESS"), (1, "SUCCESS")]
    assert [given(item) for item in house.workers.started[3:]] == ["4", "5"]
