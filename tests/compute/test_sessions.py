"""Sessions in real worker processes: state between commands, interrupts, ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from brickyard.errors import InvalidState
from brickyard.workloads.claims import write_assignment
from brickyard.workloads.messages import Assignment, Body, JobContext
from brickyard.workloads.session_messages import EndCommand, NextCommand, SessionCommand, SessionWork
from tests.compute.house import PATIENCE, House


class Desk:
    """Hands commands to workers of sessions, and keeps their results."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[SessionCommand | None] = []
        self.handed: list[str] = []
        self.ended: dict[str, EndCommand] = {}

    def answer(self, _: int, __: int, body: Body) -> Any:
        with self._changed:
            if isinstance(body, EndCommand):
                self.ended[body.command_id] = body
                self._changed.notify_all()
                return None
            if not isinstance(body, NextCommand):
                raise InvalidState(f"Nobody has a {type(body).__name__} here.")
            assert self._changed.wait_for(lambda: self._waiting, PATIENCE)
            command = self._waiting.pop(0)
            if command is not None:
                self.handed.append(command.command_id)
                self._changed.notify_all()
        return None if command is None else msgspec.to_builtins(command)

    def give(self, command_id: str, text: str) -> None:
        with self._changed:
            self._waiting.append(SessionCommand(command_id=command_id, language="python", text=text))
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._waiting.append(None)
            self._changed.notify_all()

    def result(self, command_id: str) -> EndCommand:
        with self._changed:
            assert self._changed.wait_for(lambda: command_id in self.ended, PATIENCE)
        return self.ended[command_id]

    def wait_handed(self, command_id: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: command_id in self.handed, PATIENCE)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all tests: what costs time is to start the launcher of full workers."""
    house = House(tmp_path_factory.mktemp("sessions"), interrupt_seconds=0.5, term_seconds=0.5).open()
    yield house
    house.close()


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    desk = Desk()
    house.hearing.answers = desk.answer
    yield desk
    desk.close()  # a question of a worker that is gone waits for its answer still


def open_session(house: House) -> int:
    """Have a worker take a session; its id."""
    made: Assignment = msgspec.structs.replace(
        house.assign("pass"),
        work=SessionWork(),
        context=JobContext(user_name="ada@example.org"),
        environment={"A": "of the cluster"},
    )
    write_assignment(made)
    house.workers.start(made)
    return made.attempt_id


def test_commands_share_one_process_and_its_names(house: House, desk: Desk) -> None:
    it = open_session(house)
    desk.give("a", "import os\npid = os.getpid()\nprint(os.environ['A'])")
    desk.give("b", "pid == os.getpid()")
    desk.close()
    assert desk.result("a").result.text == "of the cluster"
    assert desk.result("b").result.text == "True"
    assert house.hearing.wait(it).status == "success"


@pytest.mark.parametrize(
    "code",
    [
        "import time\nopen('begun', 'w').close()\ntime.sleep(600)",
        "open('begun', 'w').close()\nwhile True: pass",
        "import subprocess\nopen('begun', 'w').close()\nsubprocess.run(['sleep', '600'])",
    ],
    ids=["asleep", "busy", "a child"],
)
def test_a_command_is_interrupted_and_the_session_goes_on(house: House, desk: Desk, code: str) -> None:
    it = open_session(house)
    desk.give("a", "kept = 7")
    desk.give("b", code)
    desk.wait_handed("b")
    house.workers.interrupt(it, "b")
    assert desk.result("b").cancelled
    desk.give("c", "kept")
    desk.close()
    assert desk.result("c").result.text == "7"
    assert house.hearing.wait(it).status == "success"


def test_an_interrupt_that_comes_too_late_harms_nobody(house: House, desk: Desk) -> None:
    it = open_session(house)
    desk.give("a", "1")
    desk.result("a")
    house.workers.interrupt(it, "a")
    house.workers.interrupt(4711, "a")
    desk.give("b", "2")
    desk.close()
    assert desk.result("b").result.text == "2"
    assert house.hearing.wait(it).status == "success"


def test_a_session_that_is_stopped_ends_in_the_middle_of_a_command(house: House, desk: Desk) -> None:
    it = open_session(house)
    desk.give("a", "while True: pass")
    desk.wait_handed("a")
    house.workers.stop(it, "The cluster was terminated.")
    outcome = house.hearing.wait(it)
    assert (outcome.status, outcome.error) == ("cancelled", "The cluster was terminated.")


def test_one_that_waits_for_a_command_is_stopped_as_well(house: House, desk: Desk) -> None:
    it = open_session(house)
    house.hearing.wait_begun(it)
    house.workers.stop(it, "The server is stopping.")
    assert house.hearing.wait(it).status == "cancelled"


def test_a_shell_that_ends_its_process_is_told_how(house: House, desk: Desk) -> None:
    it = open_session(house)
    desk.give("a", "import os\nos._exit(7)")
    outcome = house.hearing.wait(it)
    assert (outcome.status, outcome.error) == ("lost", "The worker process exited with code 7.")


def test_sessions_take_no_place_of_a_task(house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.workers, "_settings", replace(house.settings, max_running_attempts=1))
    it = open_session(house)
    house.hearing.wait_begun(it)
    assert house.run("print('done')")[0].status == "success"
    desk.close()
    assert house.hearing.wait(it).status == "success"
