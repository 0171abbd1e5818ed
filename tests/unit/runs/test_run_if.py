"""`run_if` crossed with every mix of dependency outcomes, against the table of the reference."""

from __future__ import annotations

import itertools

import pytest

from brickyard.jobs.tasks import RunIf
from brickyard.runs.run_if import Class, class_of, evaluate
from brickyard.runs.states import Result

COLUMNS = (
    RunIf.ALL_SUCCESS,
    RunIf.AT_LEAST_ONE_SUCCESS,
    RunIf.NONE_FAILED,
    RunIf.ALL_DONE,
    RunIf.AT_LEAST_ONE_FAILED,
    RunIf.ALL_FAILED,
)
# R: runs; UF, UC: upstream failed or cancelled; EX: excluded.
TABLE = {
    "SS": "R  R  R  R  EX EX",
    "SX": "R  R  R  R  EX EX",
    "XX": "EX EX EX EX EX EX",
    "SF": "UF R  UF R  R  EX",
    "XF": "UF UF UF R  R  EX",
    "FF": "UF UF UF R  R  R",
    "SC": "UC R  UC R  R  EX",
    "CC": "UC UC UC R  R  R",
    "FC": "UF UF UF R  R  R",
    "XC": "UC UC UC R  R  EX",
}
WORDS = {
    "R": None,
    "UF": Result.UPSTREAM_FAILED,
    "UC": Result.UPSTREAM_CANCELED,
    "EX": Result.EXCLUDED,
}
CASES = [
    (run_if, deps, WORDS[word])
    for deps, row in TABLE.items()
    for run_if, word in zip(COLUMNS, row.split(), strict=True)
]


def outcome(run_if: RunIf, deps: str) -> Result | None:
    ending = evaluate(run_if, [Class(letter) for letter in deps])
    return ending.result if ending else None


@pytest.mark.parametrize(("run_if", "deps", "expected"), CASES)
def test_two_dependencies_follow_the_table_in_any_order(run_if: RunIf, deps: str, expected: Result | None) -> None:
    assert outcome(run_if, deps) is expected
    assert outcome(run_if, deps[::-1]) is expected


def by_counts(run_if: RunIf, deps: str) -> Result | None:
    """The rules as the reference words them, over the counts of the classes."""
    s, x, f, c = (deps.count(letter) for letter in "SXFC")
    n = len(deps)
    if n > 0 and x == n:
        return Result.EXCLUDED
    runs = {
        RunIf.ALL_SUCCESS: f + c == 0,
        RunIf.AT_LEAST_ONE_SUCCESS: s >= 1 or n == 0,
        RunIf.NONE_FAILED: f + c == 0 and (s >= 1 or n == 0),
        RunIf.ALL_DONE: True,
        RunIf.AT_LEAST_ONE_FAILED: f + c >= 1 or n == 0,
        RunIf.ALL_FAILED: f + c == n,
    }[run_if]
    if runs:
        return None
    if run_if in {RunIf.AT_LEAST_ONE_FAILED, RunIf.ALL_FAILED}:
        return Result.EXCLUDED
    return Result.UPSTREAM_FAILED if f else Result.UPSTREAM_CANCELED


@pytest.mark.parametrize("run_if", RunIf)
@pytest.mark.parametrize("count", range(5))
def test_every_mix_of_up_to_four_dependencies_follows_the_counts(run_if: RunIf, count: int) -> None:
    for letters in itertools.product("SXFC", repeat=count):
        deps = "".join(letters)
        assert outcome(run_if, deps) is by_counts(run_if, deps), deps


@pytest.mark.parametrize("result", Result)
def test_every_result_has_a_class(result: Result) -> None:
    assert class_of(result) in Class


@pytest.mark.parametrize(
    ("letter", "results"),
    [
        ("S", {Result.SUCCESS, Result.SUCCESS_WITH_FAILURES}),
        ("X", {Result.EXCLUDED, Result.DISABLED}),
        ("C", {Result.CANCELED, Result.UPSTREAM_CANCELED}),
    ],
)
def test_classes_have_the_members_of_the_reference(letter: str, results: set[Result]) -> None:
    assert {result for result in Result if class_of(result) is Class(letter)} == results


def test_a_skip_says_why() -> None:
    for deps, text in (("SF", "An upstream task failed."), ("SC", "An upstream task was canceled.")):
        ending = evaluate(RunIf.ALL_SUCCESS, [Class(letter) for letter in deps])
        assert ending is not None
        assert ending.message == text
        assert (ending.life_cycle, ending.code) == ("SKIPPED", "SKIPPED")
