"""A process that is killed while it commits leaves every batch whole or absent, and nothing that it confirmed is lost."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from brickyard.records import RunFilter
from brickyard.runs.effects import StartAttempt
from brickyard.storage.store import SqlStore
from tests.conformance.conftest import Open

BATCH = 12


def start_child(url: str) -> subprocess.Popen[str]:
    """A process that commits batches for ever and confirms each with a line."""
    command = [sys.executable, "-m", "tests.conformance.crash_child", url, str(BATCH)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])


def kill_after(child: subprocess.Popen[str], batches: int) -> list[list[int]]:
    """The confirmed batches: run ids and the length that their histories then had."""
    assert child.stdout is not None
    confirmed = [child.stdout.readline() for _ in range(batches)]
    child.send_signal(signal.SIGKILL)
    confirmed += child.stdout.readlines()
    child.wait(timeout=30)
    child.stdout.close()
    return [[int(word) for word in line.split()] for line in confirmed if line.endswith("\n")]


def check(store: SqlStore, confirmed: list[list[int]]) -> None:
    """Runs of one batch have come equally far, at least as far as was confirmed."""
    for length, *run_ids in confirmed:
        found = {len(store.runs.history(run_id)) for run_id in run_ids}
        assert len(found) == 1
        assert found.pop() >= length
    pending = {(each.run_id, each.effect) for each in store.runs.pending_effects()}
    for run_id in store.runs.find(RunFilter(), offset=0, limit=10_000):
        run = store.runs.load(run_id)
        assert run is not None
        history = store.runs.history(run_id)
        assert [entry.seq for entry in history] == list(range(1, len(history) + 1))
        assert history[-1].transition.after == (
            run.life_cycle if run.life_cycle.is_terminal else run.attempts[0].life_cycle
        )
        assert (run_id, StartAttempt(run.attempts[0].attempt_id)) in pending
        assert (store.runs.outcome(run.attempts[0].attempt_id) is not None) == run.life_cycle.is_terminal


@pytest.mark.parametrize("batches", [1, 4, 9])
def test_kill_in_the_middle_of_commits(lasting: str, opening: Open, batches: int) -> None:
    confirmed = kill_after(start_child(lasting), batches)
    assert len(confirmed) >= batches
    if lasting.startswith("sqlite"):
        connection = sqlite3.connect(lasting.removeprefix("sqlite:///"))
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.close()
    check(opening(lasting), confirmed)


def test_work_goes_on_after_a_kill(lasting: str, opening: Open) -> None:
    first = kill_after(start_child(lasting), 2)
    second = kill_after(start_child(lasting), 2)
    check(opening(lasting), first + second)


def test_a_reader_is_not_disturbed_by_the_killed_writer(lasting: str, opening: Open) -> None:
    store = opening(lasting)
    child = start_child(lasting)
    confirmed = kill_after(child, 3)
    check(store, confirmed)
