"""Whatever the user's code does, a stop ends it in bounded time: interrupt, TERM, KILL of the group."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Event

import pytest

from brickyard.workloads.messages import Assignment, GetTaskValue, Outcome
from tests.compute.house import House, pid_ended, text

_READY = "import sys\nREADY = lambda: open(sys.argv[1], 'w').close()\n"


def _stop_while_running(house: House, source: str, reason: str = "The user cancelled the run.") -> tuple[Outcome, Path]:
    """Run `source`, stop it once it has called `READY()`."""
    gate = house.settings.home / f"gate-{house.ids.next_id()}"
    os.mkfifo(gate)
    assignment: Assignment = house.assign(_READY + source, arguments=(str(gate),))
    house.workers.start(assignment)
    gate.open().close()
    house.workers.stop(assignment.attempt_id, reason)
    return house.hearing.wait(assignment.attempt_id), Path(assignment.folder)


def test_a_waiting_call_is_interrupted(house: House) -> None:
    outcome, place = _stop_while_running(
        house, "import threading\ntry:\n    READY()\n    threading.Event().wait()\nfinally:\n    print('tidied up')"
    )
    assert (outcome.status, outcome.error) == ("cancelled", "The user cancelled the run.")
    assert text(place) == "tidied up\n"


def test_a_busy_loop_is_interrupted(house: House) -> None:
    outcome, _ = _stop_while_running(house, "READY()\nwhile True:\n    pass")
    assert outcome.status == "cancelled"


def test_code_that_swallows_interrupts_is_terminated(house: House) -> None:
    source = "while True:\n    try:\n        READY()\n        while True: pass\n    except KeyboardInterrupt:\n        print('no')"
    outcome, place = _stop_while_running(house, source)
    assert (outcome.status, outcome.error) == ("cancelled", "The user cancelled the run.")
    assert text(place) == "no\n"


def test_code_that_ignores_all_signals_is_killed(house: House) -> None:
    source = """
import signal
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
READY()
while True:
    pass
"""
    outcome, _ = _stop_while_running(house, source)
    assert outcome.status == "cancelled"


def test_a_stop_in_a_child_process_ends_the_child_too(house: House) -> None:
    source = """
import subprocess
child = subprocess.Popen(["sh", "-c", "trap '' INT TERM; while true; do sleep 300; done"])
print(child.pid)
READY()
child.wait()
"""
    outcome, place = _stop_while_running(house, source)
    assert outcome.status == "cancelled"
    assert pid_ended(int(text(place)))


def test_an_attempt_that_still_waits_for_a_worker_ends_at_once(house: House) -> None:
    assignment = house.assign("print('ran')")
    house.workers.start(assignment)
    house.workers.stop(assignment.attempt_id, "Not needed.")
    outcome = house.hearing.wait(assignment.attempt_id)
    assert outcome.status in {"cancelled", "success"}


def test_success_that_came_before_the_stop_stays_success(house: House) -> None:
    outcome, _ = _stop_while_running(
        house, "try:\n    READY()\n    while True: pass\nexcept KeyboardInterrupt:\n    print('I was done anyway')"
    )
    assert outcome.status == "success"


def test_a_stop_of_an_unknown_attempt_is_nothing(house: House) -> None:
    house.workers.stop(12345, "gone long ago")
    assert house.run("pass")[0].status == "success"


def test_a_question_to_the_server_does_not_hold_up_a_stop(own_house: House) -> None:
    """The answer never comes; the interrupt does."""
    held = Event()
    own_house.hearing.answers = lambda *_: held.wait()
    source = """
from brickyard.workloads import tasks
import gc
from brickyard.workloads.link import Link
from brickyard.workloads.messages import GetTaskValue
link = next(one for one in gc.get_objects() if isinstance(one, Link))
READY()
link.ask(GetTaskValue(task_key="a", key="b"))
"""
    assert GetTaskValue(task_key="a", key="b").key == "b"
    try:
        outcome, _ = _stop_while_running(own_house, source)
    finally:
        held.set()
    assert outcome.status == "cancelled"


@pytest.mark.parametrize("reason", ["", "The task ran out of time."])
def test_the_reason_is_told(house: House, reason: str) -> None:
    outcome, _ = _stop_while_running(house, "READY()\nwhile True: pass", reason)
    assert outcome.error == (reason or "The run was cancelled.")
