"""Attempts outlive their server; the next one takes them over, and each outcome is told once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from brickyard.errors import Unavailable
from brickyard.workloads import folder
from brickyard.workloads.claims import read_claim, read_outcome
from tests.compute.house import House, living, pid_ended, text


@pytest.fixture
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server that a test replaces."""
    house = House(tmp_path_factory.mktemp("first"))
    house.open()
    yield house
    house.close()


def _gate(house: House) -> Path:
    path = house.settings.home / "gate"
    os.mkfifo(path)
    return path


def _begin(house: House, source: str, gate: Path) -> tuple[int, Path]:
    assignment = house.assign(source, arguments=(str(gate),))
    house.workers.start(assignment)
    house.hearing.wait_begun(assignment.attempt_id)
    return assignment.attempt_id, Path(assignment.folder)


_WAIT = "import sys\nprint('began')\nopen(sys.argv[1]).read()\nprint('ended')"


def test_a_running_attempt_goes_on_under_the_next_server(first: House) -> None:
    gate = _gate(first)
    attempt_id, place = _begin(first, _WAIT, gate)
    with living(first.restart()) as second:
        second.workers.adopt({attempt_id: place})
        second.hearing.wait_begun(attempt_id)
        gate.open("w").close()
        assert second.hearing.wait(attempt_id).status == "success"
        assert text(place) == "began\nended\n"
        second.run("pass")
        assert len(second.hearing.outcomes[attempt_id]) == 1


def test_the_next_server_uses_the_same_launcher(first: House) -> None:
    attempt_id, place = _begin(first, _WAIT, gate := _gate(first))
    before = first.launcher._children.keys()
    with living(first.restart()) as second:
        assert before & second.launcher._children.keys()
        second.workers.adopt({attempt_id: place})
        gate.open("w").close()
        second.hearing.wait(attempt_id)


def test_an_attempt_that_ended_without_a_server_is_told_by_its_file(first: House) -> None:
    gate = _gate(first)
    attempt_id, place = _begin(first, _WAIT, gate)
    second = first.restart()
    claim = read_claim(place)
    gate.open("w").close()
    assert claim is not None
    assert pid_ended(claim.pid, 30)
    assert read_outcome(place) is not None
    with living(second):
        second.workers.adopt({attempt_id: place})
        assert second.hearing.wait(attempt_id).status == "success"


def test_a_worker_that_was_killed_without_a_server_is_lost_with_its_signal(first: House) -> None:
    attempt_id, place = _begin(first, _WAIT, _gate(first))
    second = first.restart()
    claim = read_claim(place)
    assert claim is not None
    os.kill(claim.pid, signal.SIGKILL)
    assert pid_ended(claim.pid)
    with living(second):
        second.workers.adopt({attempt_id: place})
        outcome = second.hearing.wait(attempt_id)
        assert outcome.status == "lost"
        assert "signal 9" in outcome.error


def test_a_worker_that_vanished_with_its_launcher_is_lost_at_once(first: House) -> None:
    attempt_id, place = _begin(first, _WAIT, _gate(first))
    claim = read_claim(place)
    assert claim is not None
    first.close()
    assert pid_ended(claim.pid)
    with living(House(first.settings.home)) as second:
        second.workers.adopt({attempt_id: place})
        assert second.hearing.wait(attempt_id).status == "lost"


def test_an_attempt_that_no_worker_had_claimed_is_run_by_the_next_server(first: House) -> None:
    """F19: nothing of it has run, so nothing is lost."""
    assignment = first.assign("print('ran')")
    place = Path(assignment.folder)
    first.workers.stop_service()
    first.workers.start(assignment)
    with living(first.restart()) as second:
        second.workers.adopt({assignment.attempt_id: place})
        assert second.hearing.wait(assignment.attempt_id).status == "success"
        assert text(place) == "ran\n"


def test_an_attempt_without_any_file_is_lost(house: House) -> None:
    place = house.folder(99)
    place.mkdir(parents=True)
    house.workers.adopt({99: place})
    outcome = house.hearing.wait(99)
    assert outcome.status == "lost"
    assert folder.ASSIGNMENT in outcome.error


def test_an_attempt_whose_home_is_removed_ends(first: House) -> None:
    """No server can ever ask for it."""
    _, place = _begin(first, _WAIT, _gate(first))
    claim = read_claim(place)
    assert claim is not None
    first.close(leave_running=True)
    place.rename(place.with_name("removed"))
    assert pid_ended(claim.pid, 10)
    with living(House(first.settings.home)):
        pass  # takes the launcher over and ends it


def test_a_stop_reaches_an_attempt_that_was_taken_over(first: House) -> None:
    attempt_id, place = _begin(first, "import threading\nthreading.Event().wait()", _gate(first))
    with living(first.restart()) as second:
        second.workers.adopt({attempt_id: place})
        second.workers.stop(attempt_id, "Enough.")
        outcome = second.hearing.wait(attempt_id)
        assert (outcome.status, outcome.error) == ("cancelled", "Enough.")


def test_a_second_server_on_the_same_home_is_refused(house: House) -> None:
    other = House(house.settings.home)
    other.launcher._places = house.launcher.places
    with pytest.raises(Unavailable, match="Another server of this home"):
        other.workers.start_service()
    assert house.run("pass")[0].status == "success"
