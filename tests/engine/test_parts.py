"""The small parts of the engine by themselves: places, turns, timers, news."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from brickyard.clock import SystemClock
from brickyard.engine.admission import Admission
from brickyard.engine.loop_inputs import LoopInputs
from brickyard.engine.outcomes import ending_of, not_started
from brickyard.engine.slots import Slots
from brickyard.engine.timers import Timers
from brickyard.engine.watch import Watches, version
from brickyard.errors import (
    BrickyardError,
    CheckoutFailed,
    InstallationFailed,
    InvalidParameterValue,
    InvalidState,
    NotFound,
    PermissionDenied,
    Unavailable,
)
from brickyard.runs.effects import Wake, WakeAt
from brickyard.runs.events import RunCreated, RunQueued, Skip
from brickyard.workloads.messages import Outcome
from tests.engine.house import SUCCESS, HandClock, House, loop, notebook
from tests.unit.runs.playing import Player, task


def taken(slots: Slots) -> list[tuple[int, int]]:
    return list(iter(slots.take, None))


def test_places_are_limited_and_runs_take_turns() -> None:
    slots = Slots(3)
    for attempt_id in range(10, 15):
        slots.offer(1, attempt_id)
    slots.offer(2, 20)
    slots.offer(1, 10)
    assert taken(slots) == [(1, 10), (2, 20), (1, 11)]
    assert slots.take() is None
    slots.withdraw(1, 10)
    assert taken(slots) == [(1, 12)]


def test_what_was_withdrawn_gets_no_place() -> None:
    slots = Slots(1)
    slots.offer(1, 10)
    slots.offer(1, 11)
    slots.withdraw(1, 10)
    assert taken(slots) == [(1, 11)]
    slots.offer(1, 11)
    slots.withdraw(1, 11)
    assert taken(slots) == []


def test_a_place_free_of_charge_takes_none_from_others() -> None:
    slots = Slots(1)
    slots.hold(9, counted=False)
    slots.offer(1, 10)
    assert taken(slots) == [(1, 10)]
    assert slots.holds(9)
    slots.withdraw(2, 9)
    assert not slots.holds(9)


def test_admission_in_the_order_of_coming() -> None:
    started: list[int] = []
    admission = Admission(started.append)
    assert isinstance(admission.enter(1, 10, limit=1, may_wait=True), RunCreated)
    assert isinstance(admission.enter(1, 11, limit=1, may_wait=True), RunQueued)
    assert isinstance(admission.enter(1, 12, limit=1, may_wait=True), RunQueued)
    for run_id in (11, 12):
        admission.stored(run_id)
    assert isinstance(admission.enter(1, 13, limit=1, may_wait=False), Skip)
    assert isinstance(admission.enter(2, 20, limit=1, may_wait=True), RunCreated), "another job"
    admission.leave(1, 11)
    assert started == []
    admission.leave(1, 10)
    assert started == [12]
    admission.leave(1, 12)
    admission.leave(1, 12)
    assert isinstance(admission.enter(1, 14, limit=1, may_wait=False), RunCreated)


def test_a_run_that_gets_a_place_before_it_is_stored_starts_when_it_is() -> None:
    started: list[int] = []
    admission = Admission(started.append)
    admission.enter(1, 10, limit=1, may_wait=True)
    admission.enter(1, 11, limit=1, may_wait=True)
    admission.leave(1, 10)
    assert started == []
    admission.stored(11)
    admission.stored(11)
    assert started == [11]


def test_a_run_that_could_not_be_stored_gives_its_place_to_the_next() -> None:
    started: list[int] = []
    admission = Admission(started.append)
    for run_id in (10, 11, 12):
        admission.enter(1, run_id, limit=1, may_wait=True)
    admission.stored(12)
    admission.leave(1, 10)
    admission.leave(1, 11)
    assert started == [12]


def test_a_raised_limit_holds_for_those_that_wait_and_they_go_first() -> None:
    started: list[int] = []
    admission = Admission(started.append)
    for run_id in (10, 11, 12):
        admission.enter(1, run_id, limit=1, may_wait=True)
        admission.stored(run_id)
    assert isinstance(admission.enter(1, 13, limit=2, may_wait=True), RunQueued)
    assert started == [11]
    assert not admission.has_place(1, 2)
    queue = admission.queue_of(1, 13)
    assert queue is not None
    assert (queue.limit, queue.holders, queue.before) == (2, (10, 11), 1)
    assert admission.queue_of(1, 10) is None
    admission.stored(13)
    assert isinstance(admission.enter(1, 14, limit=5, may_wait=True), RunCreated)
    assert started == [11, 12, 13]


def test_timers_come_up_once_in_their_order() -> None:
    clock = HandClock()
    timers = Timers(clock)
    late, soon = WakeAt(clock.ms + 5_000, Wake.RETRY, 2), WakeAt(clock.ms + 1_000, Wake.RETRY, 1)
    for wake in (late, soon, soon):
        timers.arm(1, wake)
    assert timers.seconds_left() == 1.0
    assert timers.due() == []
    clock.ms += 5_000
    assert timers.due() == [(1, soon), (1, late)]
    assert timers.due() == []
    assert timers.seconds_left() is None


def test_disarmed_timers_never_come_up() -> None:
    clock = HandClock()
    timers = Timers(clock)
    first, second = WakeAt(clock.ms + 1, Wake.ATTEMPT_TIMEOUT, 1), WakeAt(clock.ms + 2, Wake.RUN_TIMEOUT)
    timers.arm(1, first)
    timers.arm(1, second)
    timers.arm(2, first)
    assert timers.disarm(1, 1) == [first]
    assert timers.disarm(1) == [second]
    clock.ms += 10
    assert timers.due() == [(2, first)]


def test_a_timer_of_the_past_is_due_at_once() -> None:
    timers = Timers(HandClock())
    timers.arm(1, WakeAt(5, Wake.RUN_TIMEOUT))
    assert timers.seconds_left() == 0.0
    assert len(timers.due()) == 1


def test_every_change_of_a_run_makes_its_version_greater() -> None:
    player = Player(task("a", max_retries=1, min_retry_interval_ms=9), task("b", "a"))
    steps: list[Any] = [
        player.create,
        lambda: player.begin("a"),
        lambda: player.fail("a"),
        lambda: player.retry_due("a"),
        lambda: player.fail("a"),
        lambda: player.repair("a", "b"),
        lambda: player.cancel("a"),
        lambda: player.fail("a"),
    ]
    versions = [version(player.run)]
    for step in steps:
        step()
        versions.append(version(player.run))
    assert versions == sorted(set(versions))


def test_a_watch_sleeps_until_there_is_news() -> None:
    player = Player(task("a")).create()
    watches = Watches(SystemClock())
    seen = version(player.run)
    asleep = threading.Event()
    answers: list[tuple[int, object]] = []

    def load() -> Any:
        asleep.set()
        return player.run

    thread = threading.Thread(target=lambda: answers.append(watches.wait(load, seen=seen, timeout=20)))
    thread.start()
    assert asleep.wait(20)
    watches.tell([99])
    player.begin("a")
    watches.tell([1])
    thread.join(20)
    assert answers == [(seen + 1, player.run)]


def test_a_watch_gives_up_in_time_and_at_the_end() -> None:
    player = Player(task("a")).create()
    watches = Watches(SystemClock())
    seen = version(player.run)
    assert watches.wait(lambda: player.run, seen=seen, timeout=0.01) == (seen, player.run)
    watches.close("The server is stopping.")
    watches.close("again")
    with pytest.raises(Unavailable, match="stopping"):
        watches.wait(lambda: player.run, seen=seen, timeout=20)
    assert watches.wait(lambda: player.run, seen=0, timeout=20)[0] == seen


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome(status="success"), "TERMINATED/SUCCESS/SUCCESS"),
        (Outcome(status="failed", error="x"), "TERMINATED/FAILED/RUN_EXECUTION_ERROR"),
        (Outcome(status="failed", error_code="CLUSTER_ERROR"), "INTERNAL_ERROR/FAILED/CLUSTER_ERROR"),
        (Outcome(status="cancelled"), "TERMINATED/CANCELED/USER_CANCELED"),
        (Outcome(status="lost", error="gone"), "INTERNAL_ERROR/FAILED/INTERNAL_ERROR"),
        (Outcome(status="lost", error_code="DRIVER_ERROR"), "INTERNAL_ERROR/FAILED/DRIVER_ERROR"),
    ],
)
def test_outcomes_in_the_words_of_the_api(outcome: Outcome, expected: str) -> None:
    ending = ending_of(outcome)
    assert f"{ending.life_cycle.value}/{ending.result.value}/{ending.code.value}" == expected


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidParameterValue("x"), "INVALID_RUN_CONFIGURATION"),
        (NotFound("x"), "RESOURCE_NOT_FOUND"),
        (InstallationFailed("x"), "LIBRARY_INSTALLATION_ERROR"),
        (CheckoutFailed("x"), "REPOSITORY_CHECKOUT_FAILED"),
        (PermissionDenied("x"), "UNAUTHORIZED_ERROR"),
        (OSError("x"), "INTERNAL_ERROR"),
        (InvalidState("x"), "INTERNAL_ERROR"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value,
)
def test_an_attempt_that_could_not_begin_is_broken_with_its_code_and_text(
    error: BrickyardError | OSError, code: str
) -> None:
    ending = ending_of(not_started(error, 5))
    assert (ending.life_cycle, ending.result, ending.code, ending.message) == ("INTERNAL_ERROR", "FAILED", code, "x")


def test_inputs_of_loops_are_read_again_when_they_are_not_at_hand(house: House) -> None:
    house.script(one=SUCCESS)
    run = house.ended(house.run(loop("each", '[{"b": 1}]', notebook("one"))))
    each = run.latest["each"].attempt_id
    inputs = LoopInputs(house.store.runs)
    assert inputs.of(each) == ('{"b": 1}',)
    assert inputs.element(each, 0) == '{"b": 1}'
    with pytest.raises(InvalidParameterValue, match="Iteration 1 has no input: the loop has 1"):
        inputs.element(each, 1)
    assert inputs.of(4711) is None


def test_only_the_inputs_of_the_last_loops_are_remembered(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brickyard.engine.loop_inputs._KEPT", 2)
    inputs = LoopInputs(house.store.runs)
    for loop_id in (1, 2, 3):
        inputs.put(loop_id, (str(loop_id),))
    assert [inputs.of(loop_id) for loop_id in (1, 2, 3)] == [None, ("2",), ("3",)]
