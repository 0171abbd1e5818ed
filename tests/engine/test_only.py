"""Runs of chosen tasks (`only`): what runs, what the others are called, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import InvalidParameterValue
from brickyard.runs.model import Run
from tests.engine.house import FAILED, SUCCESS, House, condition, edge, loop, notebook, result, states

NOT_SELECTED = "This task was not selected in the partial run."
CHAIN = (notebook("a"), notebook("b", "a"), notebook("c", "b"), notebook("d", "c"))


def run_only(house: House, only: list[str], *tasks: dict[str, Any]) -> Run:
    house.script(**dict.fromkeys("abcd", SUCCESS), one=SUCCESS)
    return house.ended(house.run_now(house.job(*tasks), only=only))


def ran(run: Run) -> set[str]:
    return {key for key, state in states(run).items() if state != "DISABLED"}


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (["b"], "b"),
        (["+b"], "ab"),
        (["b+"], "bcd"),
        (["+b+"], "abcd"),
        (["a", "d"], "ad"),
        (["+b", "d"], "abd"),
    ],
    ids=["key", "upstream", "downstream", "both", "several", "mixed"],
)
def test_what_a_selection_runs(house: House, only: list[str], expected: str) -> None:
    run = run_only(house, only, *CHAIN)
    assert ran(run) == set(expected)
    assert result(run) == "TERMINATED/SUCCESS"
    assert {key for key, _ in house.land.ran} == set(expected)


@pytest.mark.parametrize(
    ("only", "expected"),
    [(["b"], "b"), (["b+"], "bcd"), (["+b"], "ab"), (["a+"], "a"), (["+c"], "a"), (["c"], "c"), (["a+", "b"], "abcd")],
    ids=["named", "and-after", "and-before", "only-reached", "reached-above", "beside", "both"],
)
def test_a_disabled_task_runs_where_it_is_named(house: House, only: list[str], expected: str) -> None:
    chain = (CHAIN[0], {**CHAIN[1], "disabled": True}, *CHAIN[2:])
    assert ran(run_only(house, only, *chain)) == set(expected)


def test_what_is_not_selected_is_called_as_the_service_calls_it(house: House) -> None:
    ending = run_only(house, ["b"], *CHAIN).latest["c"].ending
    assert ending is not None
    said = (ending.life_cycle, ending.result, ending.code, ending.message)
    assert said == ("SKIPPED", "DISABLED", "DISABLED", NOT_SELECTED)


def test_a_branch_runs_without_its_condition_where_that_is_not_selected(house: House) -> None:
    check = condition("check", "1", "EQUAL_TO", "2")
    branch = notebook("a", depends_on=[edge("check", "true")])
    assert states(run_only(house, ["a"], check, branch)) == {"check": "DISABLED", "a": "SUCCESS"}
    assert states(run_only(house, ["+a"], check, branch)) == {"check": "SUCCESS", "a": "EXCLUDED"}


def test_a_selected_loop_runs_all_its_iterations(house: House) -> None:
    run = run_only(house, ["each"], notebook("a"), loop("each", "[1, 2]", notebook("one"), "a"), notebook("b", "each"))
    assert states(run) == {"a": "DISABLED", "each": "SUCCESS", "b": "DISABLED"}
    assert [attempt.iteration for attempt in run.attempts if attempt.iteration >= 0] == [0, 1]


def test_a_repair_of_a_partial_run_repairs_only_that_part(house: House) -> None:
    house.script(b=[FAILED, SUCCESS])
    run_id = house.run_now(house.job(*CHAIN[:3]), only=["b"])
    house.ended(run_id)
    house.repair(run_id, rerun_all_failed_tasks=True)
    assert states(house.ended(run_id)) == {"a": "DISABLED", "b": "SUCCESS", "c": "DISABLED"}


def test_a_repair_can_name_what_was_not_selected(house: House) -> None:
    house.script(b=SUCCESS, c=SUCCESS)
    run_id = house.run_now(house.job(*CHAIN[:3]), only=["b"])
    house.ended(run_id)
    house.repair(run_id, rerun_tasks=["c"])
    assert states(house.ended(run_id)) == {"a": "DISABLED", "b": "SUCCESS", "c": "SUCCESS"}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("lod", r"only\[1\] is 'lod': the job has no task 'lod'\. Did you mean 'load'\? Allowed are 'key', '\+key'"),
        ("+", r"only\[1\] is '\+': the job has no task ''\."),
        ("one", r"only\[1\] is 'one': 'one' is the nested task of the loop 'each' and runs with it; name 'each'\."),
        ("+one+", r"only\[1\] is '\+one\+': 'one' is the nested task of the loop 'each'"),
    ],
    ids=["unknown", "empty", "nested", "nested-with-signs"],
)
def test_what_cannot_be_selected_is_named(house: House, entry: str, words: str) -> None:
    job_id = house.job(notebook("load"), loop("each", "[1]", notebook("one")))
    with pytest.raises(InvalidParameterValue, match=words):
        house.run_now(job_id, only=["load", entry])
    assert house.store.runs.active() == []
