"""An event costs what it touches: large runs stay near linear. Counted in calls where that is enough."""

from __future__ import annotations

import statistics
import sys
import time
from collections import deque
from collections.abc import Callable

import pytest

from brickyard.runs import endings
from brickyard.runs.effects import StartAttempt
from brickyard.runs.events import AttemptEnded, AttemptStarted
from brickyard.runs.model import TaskPlan
from tests.unit.runs.playing import Player, loop, task


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


def calls_per_task(plan: list[TaskPlan], *, backwards: bool = False) -> float:
    player = Player(*plan).create()

    def play() -> None:
        first, *middle, last = plan
        for item in (first, *(reversed(middle) if backwards else middle), last):
            player.work(item.key)

    calls = calls_of(play)
    assert player.result == "TERMINATED/SUCCESS"
    return calls / len(plan)


def calls_per_iteration(total: int) -> float:
    player = Player(loop("each", nested=task("one", timeout_ms=9), width=10)).create()
    player.begin_loop("each", total)
    waiting = deque(attempt.attempt_id for attempt in player.run.attempts[1:])

    def play() -> None:
        while waiting:
            attempt_id = waiting.popleft()
            player.play(AttemptStarted(attempt_id))
            decision = player.play(AttemptEnded(attempt_id, endings.succeeded()))
            waiting.extend(effect.attempt_id for effect in decision.effects if isinstance(effect, StartAttempt))

    calls = calls_of(play)
    assert player.result == "TERMINATED/SUCCESS"
    return calls / total


def test_a_task_of_a_long_chain_costs_what_one_of_a_short_chain_costs() -> None:
    assert calls_per_task(chain(300)) < 1.2 * calls_per_task(chain(30))


@pytest.mark.parametrize("backwards", [False, True], ids=["as_declared", "backwards"])
def test_a_task_of_a_wide_fan_costs_what_one_of_a_narrow_fan_costs(backwards: bool) -> None:
    assert calls_per_task(fan(1_000), backwards=backwards) < 1.2 * calls_per_task(fan(20), backwards=backwards)


def test_an_iteration_of_a_long_loop_costs_what_one_of_a_short_loop_costs() -> None:
    assert calls_per_iteration(5_000) < 1.2 * calls_per_iteration(50)


def test_an_event_of_a_long_loop_takes_no_more_time_at_its_end_than_at_its_begin() -> None:
    """In seconds, because copying in C makes no calls. Generous: the machine may be busy."""
    player = Player(loop("each", nested=task("one"), width=100)).create()
    player.begin_loop("each", 5_000)
    spent: list[float] = []
    at = 1
    while player.last("each").ending is None:
        attempt_id = player.run.attempts[at].attempt_id
        begun = time.process_time()
        player.play(AttemptStarted(attempt_id))
        player.play(AttemptEnded(attempt_id, endings.succeeded()))
        spent.append(time.process_time() - begun)
        at += 1
    assert len(spent) == 5_000
    assert statistics.median(spent[-500:]) < 3 * statistics.median(spent[:500])


def test_a_failure_at_the_head_of_a_long_chain_skips_it_in_one_go() -> None:
    player = Player(*chain(2_000)).create()
    player.fail("t0")
    assert player.result == "INTERNAL_ERROR/FAILED"
    assert player.states()["t1999"] == "UPSTREAM_FAILED"
