"""An event costs what it touches: large runs stay near linear. Counted in calls, not in seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable

from brickyard.runs.model import TaskPlan
from tests.unit.runs.playing import Player, task


def calls_of(action: Callable[[], None]) -> int:
    """How many Python functions `action` calls."""
    count = 0

    def count_calls(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(count_calls)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


def chain(length: int) -> list[TaskPlan]:
    return [task(f"t{i}", *([f"t{i - 1}"] if i else [])) for i in range(length)]


def fan(width: int) -> list[TaskPlan]:
    middle = [task(f"m{i}", "first") for i in range(width)]
    return [task("first"), *middle, task("last", *(item.key for item in middle))]


def calls_per_task(plan: list[TaskPlan]) -> float:
    player = Player(*plan).create()

    def play() -> None:
        for item in plan:
            player.work(item.key)

    calls = calls_of(play)
    assert player.result == "TERMINATED/SUCCESS"
    return calls / len(plan)


def test_a_task_of_a_long_chain_costs_what_one_of_a_short_chain_costs() -> None:
    assert calls_per_task(chain(300)) < 1.2 * calls_per_task(chain(30))


def test_a_task_of_a_wide_fan_costs_little_more_than_one_of_a_narrow_fan() -> None:
    assert calls_per_task(fan(200)) < 1.5 * calls_per_task(fan(20))


def test_a_failure_at_the_head_of_a_long_chain_skips_it_in_one_go() -> None:
    player = Player(*chain(2_000)).create()
    player.fail("t0")
    assert player.result == "INTERNAL_ERROR/FAILED"
    assert player.states()["t1999"] == "UPSTREAM_FAILED"
