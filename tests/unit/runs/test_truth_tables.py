"""`run_if` crossed with everything that a dependency can have come to, edges with outcomes included, in real runs.

The expected value is read from a table over the letters of the classes; the table is written down here once more.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from brickyard.jobs.tasks import Dependency, RunIf
from brickyard.runs import endings
from brickyard.runs.model import Ending, Kind, TaskPlan
from brickyard.runs.states import Code, LifeCycle, Result
from tests.unit.runs.playing import Player


@dataclass(frozen=True)
class Upstream:
    """One way in which a dependency can have ended.

    `letter` is what it counts as: S succeeded, X excluded, F failed, C cancelled, D disabled, - not there.
    Where `because` is given the dependency never runs: a task before it ended so.
    """

    name: str
    letter: str
    ending: Ending | None = None
    because: Ending | None = None
    run_if: RunIf = RunIf.ALL_SUCCESS
    edge: str | None = None
    kind: Kind = Kind.WORKER
    disabled: bool = False
    selected: bool = True


def _said(outcome: str) -> Ending:
    return Ending(life_cycle=LifeCycle.TERMINATED, result=Result.SUCCESS, code=Code.SUCCESS, outcome=outcome)


_BROKEN = endings.broken(Code.INVALID_RUN_CONFIGURATION, "no number")
EVERY = (
    Upstream("success", "S", endings.succeeded()),
    Upstream("failed", "F", endings.failed()),
    Upstream("lost", "F", endings.broken(Code.DRIVER_ERROR, "lost")),
    Upstream("timed_out", "F", endings.timed_out("too long")),
    Upstream("cancelled", "C", endings.cancelled()),
    Upstream("upstream_failed", "F", because=endings.failed()),
    Upstream("upstream_cancelled", "C", because=endings.cancelled()),
    Upstream("excluded", "X", because=endings.succeeded(), run_if=RunIf.ALL_FAILED),
    Upstream("true_as_wanted", "S", _said("true"), edge="true", kind=Kind.CONDITION),
    Upstream("false_as_wanted", "S", _said("false"), edge="false", kind=Kind.CONDITION),
    Upstream("true_not_wanted", "X", _said("true"), edge="false", kind=Kind.CONDITION),
    Upstream("false_not_wanted", "X", _said("false"), edge="true", kind=Kind.CONDITION),
    Upstream("condition_failed", "F", _BROKEN, edge="true", kind=Kind.CONDITION),
    Upstream("condition_cancelled", "C", endings.cancelled(), edge="false", kind=Kind.CONDITION),
    Upstream(
        "condition_excluded",
        "X",
        because=endings.succeeded(),
        run_if=RunIf.ALL_FAILED,
        edge="true",
        kind=Kind.CONDITION,
    ),
    Upstream("any_outcome", "S", _said("false"), kind=Kind.CONDITION),
    Upstream("disabled", "D", disabled=True),
    Upstream("unselected", "-", selected=False),
    Upstream("unselected_and_disabled", "-", disabled=True, selected=False),
)

# By run_if: the sets of letters (after D and - are dealt with) with which the task runs, and what it is else.
RUNS = {
    RunIf.ALL_SUCCESS: {"S", "SX"},
    RunIf.NONE_FAILED: {"S", "SX"},
    RunIf.AT_LEAST_ONE_SUCCESS: {"S", "SX", "SF", "SC", "SXF", "SXC", "SFC", "SXFC"},
    RunIf.ALL_DONE: {"S", "F", "C", "SX", "SF", "SC", "XF", "XC", "FC", "SXF", "SXC", "SFC", "XFC", "SXFC"},
    RunIf.AT_LEAST_ONE_FAILED: {"F", "C", "SF", "SC", "XF", "XC", "FC", "SXF", "SXC", "SFC", "XFC", "SXFC"},
    RunIf.ALL_FAILED: {"F", "C", "FC"},
}
ELSE = {
    "X": "EXCLUDED",
    "F": "UPSTREAM_FAILED",
    "C": "UPSTREAM_CANCELED",
}


def expected(run_if: RunIf, upstream: Sequence[Upstream]) -> str:
    letters = {one.letter for one in upstream} - {"-"}
    if "D" in letters:
        return "DISABLED"
    if not letters:
        return "PENDING"
    mix = "".join(letter for letter in "SXFC" if letter in letters)
    if mix in RUNS[run_if]:
        return "PENDING"
    if mix == "X" or run_if in {RunIf.AT_LEAST_ONE_FAILED, RunIf.ALL_FAILED}:
        return "EXCLUDED"
    return ELSE["F" if "F" in letters else "C"]


def in_a_run(run_if: RunIf, upstream: Sequence[Upstream]) -> str:
    """What becomes of a task behind these, each of which has ended as it says."""
    needs = {f"n{index}": one for index, one in enumerate(upstream)}
    causes = {f"before_{key}": one.because for key, one in needs.items() if one.because}
    plans = [TaskPlan(key=key) for key in causes]
    for key, one in needs.items():
        before = (Dependency(f"before_{key}"),) if one.because else ()
        plans.append(TaskPlan(key=key, kind=one.kind, disabled=one.disabled, run_if=one.run_if, depends_on=before))
    edges = tuple(Dependency(key, one.edge) for key, one in needs.items())
    target = TaskPlan(key="target", depends_on=edges, run_if=run_if)
    unselected = {key for key, one in needs.items() if not one.selected}
    everything = {*causes, *needs, "target", "other"}
    # Another task keeps the run alive, so that what is looked at is the task alone.
    player = Player(*plans, target, TaskPlan(key="other"), selection=everything - unselected).create()
    for key, cause in causes.items():
        player.end(key, cause)
    for key, one in needs.items():
        if one.ending is not None:
            player.end(key, one.ending)
    return player.states()["target"]


@pytest.mark.parametrize("count", range(3))
@pytest.mark.parametrize("run_if", RunIf)
def test_every_mix_of_dependencies_has_the_effect_of_the_table(run_if: RunIf, count: int) -> None:
    for upstream in itertools.product(EVERY, repeat=count):
        names = [one.name for one in upstream]
        assert in_a_run(run_if, upstream) == expected(run_if, upstream), names


@pytest.mark.parametrize("run_if", RunIf)
def test_every_mix_of_three_dependencies_has_the_effect_of_the_table(run_if: RunIf) -> None:
    by_letter = {one.letter: one for one in reversed(EVERY)}.values()
    for upstream in (*itertools.combinations_with_replacement(EVERY, 3), *itertools.product(by_letter, repeat=3)):
        names = [one.name for one in upstream]
        assert in_a_run(run_if, upstream) == expected(run_if, upstream), names


@pytest.mark.parametrize("run_if", RunIf)
def test_the_table_speaks_of_sets_of_letters_that_exist(run_if: RunIf) -> None:
    mixes = {"".join(letters) for count in range(1, 5) for letters in itertools.combinations("SXFC", count)}
    assert RUNS[run_if] <= mixes
    assert "X" not in RUNS[run_if], "what depends on excluded tasks alone is excluded"
