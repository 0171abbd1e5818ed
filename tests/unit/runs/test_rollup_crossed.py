"""The end of a run crossed with every way in which its tasks can have ended, over several shapes of graphs."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest

from brickyard.runs import endings, rollup
from brickyard.runs.model import Attempt, Ending, Run
from brickyard.runs.states import Code, LifeCycle
from tests.unit.runs.playing import task

ENDS: dict[str, Ending] = {
    "good": endings.succeeded(),
    "failed": endings.failed(),
    "lost": endings.broken(Code.DRIVER_ERROR, "The worker vanished."),
    "late": endings.timed_out("Too long."),
    "off": endings.cancelled(),
    "behind_failed": endings.upstream_failed(),
    "behind_off": endings.upstream_cancelled(),
    "aside": endings.excluded(),
    "disabled": endings.disabled(),
    "unselected": endings.disabled(endings.NOT_SELECTED),
}
WORK_FAILED = {"failed", "lost", "late"}
FAILED = WORK_FAILED | {"behind_failed"}
OFF = {"off", "behind_off"}
OUT = {"disabled", "unselected"}

SHAPES: dict[str, Mapping[str, tuple[str, ...]]] = {
    "one": {"a": ()},
    "two": {"a": (), "b": ()},
    "chain": {"a": (), "b": ("a",), "c": ("b",)},
    "fork": {"a": (), "b": ("a",), "c": ("a",)},
    "join": {"a": (), "b": (), "c": ("a", "b")},
}


def run_of(shape: Mapping[str, tuple[str, ...]], ends: Mapping[str, str], **fields: bool) -> Run:
    """A run of this shape whose tasks have ended so, one after the other."""
    attempts = tuple(
        Attempt(
            attempt_id=100 + at,
            task_key=key,
            number=0,
            life_cycle=ENDS[end].life_cycle,
            ending=ENDS[end],
            ended_ms=1_000 - at,
        )
        for at, (key, end) in enumerate(ends.items())
    )
    plan = {key: task(key, *needs) for key, needs in shape.items()}
    return Run(run_id=1, job_id=1, plan=plan, attempts=attempts, life_cycle=LifeCycle.RUNNING, **fields)  # type: ignore[arg-type]


def expected(shape: Mapping[str, tuple[str, ...]], ends: Mapping[str, str]) -> tuple[str, str, str]:
    """Life cycle, result and code by the rule of leaves."""
    took_part = [key for key in shape if ends[key] not in OUT]
    leaves = [key for key in shape if not any(key in shape[other] for other in took_part)]
    seen = {ends[key] for key in leaves}
    if seen & FAILED:
        return "INTERNAL_ERROR", "FAILED", "RUN_EXECUTION_ERROR"
    if seen & OFF:
        return "TERMINATED", "CANCELED", "USER_CANCELED"
    if set(ends.values()) & (FAILED | OFF):
        return "TERMINATED", "SUCCESS_WITH_FAILURES", "SUCCESS_WITH_FAILURES"
    if all(end in {"aside", *OUT} for end in ends.values()):
        return "TERMINATED", "SUCCESS", "SKIPPED"
    return "TERMINATED", "SUCCESS", "SUCCESS"


def behind(shape: Mapping[str, tuple[str, ...]], key: str) -> set[str]:
    """All tasks downstream of this one."""
    direct = {other for other, needs in shape.items() if key in needs}
    return direct.union(*(behind(shape, other) for other in direct))


CASES = [
    (name, dict(zip(shape, chosen, strict=True)))
    for name, shape in SHAPES.items()
    for chosen in itertools.product(ENDS, repeat=len(shape))
]


@pytest.mark.parametrize("name", SHAPES)
def test_a_run_ends_by_the_rule_of_leaves(name: str) -> None:
    for ends in (ends for shape, ends in CASES if shape == name):
        ending = rollup.ending_of(run_of(SHAPES[name], ends))
        assert (ending.life_cycle, ending.result, ending.code) == expected(SHAPES[name], ends), ends
        assert ending.cancelled_or_timed_out == (ending.result == "CANCELED")


@pytest.mark.parametrize("name", SHAPES)
def test_the_message_names_the_task_that_failed_first_or_counts_the_failures(name: str) -> None:
    shape = SHAPES[name]
    for ends in (ends for shape_name, ends in CASES if shape_name == name):
        ending = rollup.ending_of(run_of(shape, ends))
        failures = [key for key, end in ends.items() if end in WORK_FAILED]
        if ending.result == "SUCCESS_WITH_FAILURES":
            count = sum(end in FAILED | OFF for end in ends.values())
            assert ending.message == f"The job run succeeded with {count} failed task{'s' * (count > 1)}"
        elif ending.result == "FAILED":
            guilty = (failures or [key for key, end in ends.items() if end == "behind_failed"])[-1]
            text = ENDS[ends[guilty]].message.removesuffix(".")
            later = {ends[key] for key in behind(shape, guilty)}
            skipped = "behind_failed" in later and later <= {"behind_failed", "behind_off", "aside", *OUT}
            more = " This caused all downstream tasks to get skipped." if skipped else ""
            assert ending.message == f"Task {guilty} failed with message: {text}.{more}", ends


@pytest.mark.parametrize("name", ["one", "two", "fork"])
def test_a_stop_of_the_run_is_stronger_than_all_its_tasks(name: str) -> None:
    for ends in (ends for shape, ends in CASES if shape == name):
        cancelled = rollup.ending_of(run_of(SHAPES[name], ends, cancel_requested=True))
        assert (cancelled.result, cancelled.code, cancelled.message) == (
            *("CANCELED", "USER_CANCELED"),
            "Run cancelled by user",
        )
        late = rollup.ending_of(run_of(SHAPES[name], ends, timed_out=True, cancel_requested=True))
        assert (late.result, late.code, late.cancelled_or_timed_out) == ("TIMEDOUT", "CANCELED", True)
