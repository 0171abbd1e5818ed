"""The launcher process by itself: programs, their ends, who may give orders, and when it goes."""

from __future__ import annotations

import os
import queue
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from brickyard.clock import SystemClock, SystemIds
from brickyard.compute import places
from brickyard.compute.launcher import Launcher
from brickyard.compute.processes import Identity
from brickyard.errors import Unavailable
from brickyard.settings import read
from brickyard.workloads import orders
from brickyard.workloads.frames import pack
from tests.compute.house import PATIENCE, left_behind, pid_ended

_ENVIRONMENT = {"PATH": os.defpath}


class Ears:
    """Keeps what the launcher tells."""

    def __init__(self) -> None:
        self.ends: queue.SimpleQueue[tuple[Identity, int | None, str]] = queue.SimpleQueue()
        self.losses: queue.SimpleQueue[str] = queue.SimpleQueue()

    def process_ended(self, process: Identity, status: int | None, kind: str) -> None:
        self.ends.put((process, status, kind))

    def launcher_lost(self, reason: str) -> None:
        self.losses.put(reason)


def _launcher(home: Path, *, idle_seconds: float | None = None) -> Launcher:
    clock = SystemClock()
    return Launcher(read({"BRICKYARD_HOME": str(home)}), clock, SystemIds(clock), idle_seconds=idle_seconds)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def launcher(home: Path, ears: Ears) -> Iterator[Launcher]:
    launcher = _launcher(home)
    launcher.listen(ears)
    launcher.start()
    yield launcher
    launcher.stop()
    assert not left_behind(home)


def _spawn(launcher: Launcher, home: Path, *argv: str) -> Identity:
    return launcher.spawn(argv, environment=_ENVIRONMENT, folder=home, log=home / "program.log")


def _pid(launcher: Launcher) -> int:
    assert launcher._zygote is not None
    assert launcher._zygote._process is not None
    return launcher._zygote._process.pid


def test_a_program_has_a_session_of_its_own_and_its_end_is_told(launcher: Launcher, home: Path, ears: Ears) -> None:
    process = _spawn(launcher, home, "sh", "-c", "ps -o sid= -p $$; echo $HOME; exit 7")
    assert ears.ends.get(timeout=PATIENCE) == (process, 7, "program")
    assert (home / "program.log").read_text().split() == [str(process.pid)]


def test_a_signal_is_told_as_a_negative_status(launcher: Launcher, home: Path, ears: Ears) -> None:
    process = _spawn(launcher, home, "sleep", "300")
    assert process in launcher.programs()
    assert process.kill()
    assert ears.ends.get(timeout=PATIENCE) == (process, -9, "program")
    assert not process.alive()
    assert not process.kill()


def test_a_program_that_does_not_exist_is_an_error(launcher: Launcher, home: Path) -> None:
    with pytest.raises(Unavailable, match="No such file"):
        _spawn(launcher, home, "no-such-program")


def test_children_of_a_program_end_with_it(launcher: Launcher, home: Path, ears: Ears) -> None:
    process = _spawn(launcher, home, "sh", "-c", "sleep 300 & echo $!; setsid sleep 300 & wait $!")
    while not (home / "program.log").exists() or not (home / "program.log").read_text().strip():
        assert ears.ends.empty()
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    ears.ends.get(timeout=PATIENCE)
    assert children
    assert all(pid_ended(child.pid) for child in children)


def test_an_end_that_no_server_saw_is_told_to_the_next(home: Path, ears: Ears) -> None:
    first = _launcher(home)
    first.start()
    process = _spawn(first, home, "sh", "-c", "sleep 300")
    first.stop(leave_running=True)
    process.kill()
    second = _launcher(home)
    assert pid_ended(process.pid)
    second.start()
    second.listen(ears)
    try:
        second.watch(process)
        assert ears.ends.get(timeout=PATIENCE) == (process, -9, "program")
    finally:
        second.stop()


def test_a_strangers_end_is_told_without_a_status(launcher: Launcher, ears: Ears) -> None:
    stranger = psutil.Popen(["sleep", "300"])
    process = Identity(stranger.pid, stranger.create_time())
    launcher.watch(process)
    stranger.kill()
    assert ears.ends.get(timeout=PATIENCE) == (process, None, "")
    stranger.wait()


def test_a_pid_that_belongs_to_somebody_else_now_counts_as_gone(launcher: Launcher, ears: Ears) -> None:
    """F34: never a signal to a stranger."""
    stranger = psutil.Popen(["sleep", "300"])
    former = Identity(stranger.pid, stranger.create_time() - 100)
    launcher.watch(former)
    assert ears.ends.get(timeout=PATIENCE) == (former, None, "")
    assert not former.signal_group(signal.SIGKILL)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_the_launchers_death_is_told_and_the_next_order_starts_another(
    launcher: Launcher, home: Path, ears: Ears
) -> None:
    survivor = _spawn(launcher, home, "sleep", "300")
    before = _pid(launcher)
    os.kill(before, signal.SIGKILL)
    assert "ended" in ears.losses.get(timeout=PATIENCE)
    process = _spawn(launcher, home, "sh", "-c", "exit 3")
    assert _pid(launcher) != before
    assert ears.ends.get(timeout=PATIENCE) == (process, 3, "program")
    survivor.kill()
    assert ears.ends.get(timeout=PATIENCE) == (survivor, None, "")


def test_a_launcher_without_work_ends_and_comes_back_when_needed(home: Path) -> None:
    launcher = _launcher(home, idle_seconds=0.2)
    launcher.start()
    try:
        assert pid_ended(_pid(launcher))
        assert _spawn(launcher, home, "true").pid
    finally:
        launcher.stop()


def test_other_code_than_the_servers_is_replaced(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _launcher(home)
    first.start()
    process = _spawn(first, home, "sleep", "300")
    old = _pid(first)
    first.stop(leave_running=True)
    monkeypatch.setattr(orders, "code_version", lambda: "another")
    second = _launcher(home)
    second.start()
    try:
        assert _pid(second) != old
        assert process.alive()
        process.kill()
        assert pid_ended(old)
    finally:
        second.stop()


def test_a_wrong_key_gets_no_answer(launcher: Launcher) -> None:
    intruder = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    intruder.settimeout(PATIENCE)
    intruder.connect(str(launcher.places.launcher_socket("light")))
    intruder.sendall(pack(orders.Greeting(token="guess", version=orders.code_version())))
    assert intruder.recv(100) == b""
    intruder.close()


def test_orders_before_a_greeting_are_not_obeyed(launcher: Launcher) -> None:
    intruder = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    intruder.settimeout(PATIENCE)
    intruder.connect(str(launcher.places.launcher_socket("light")))
    intruder.sendall(pack(orders.Fork(count=1)))
    assert intruder.recv(100) == b""
    intruder.close()


def test_sockets_keys_and_logs_are_for_this_user_alone(launcher: Launcher) -> None:
    made = launcher.places
    for path in (made.sockets, made.logs, made.clusters, made.key):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_home_with_a_long_path_has_its_sockets_elsewhere(tmp_path: Path) -> None:
    made = places.prepare(tmp_path / ("x" * 100))
    assert len(os.fsencode(made.workers_socket)) < 107
    assert made.sockets.parent.name == f"brickyard-{os.getuid()}"
    made.sockets.rmdir()


def test_two_homes_share_no_sockets(tmp_path: Path) -> None:
    first, second = (places.prepare(tmp_path / (letter * 100)) for letter in "xy")
    assert first.sockets != second.sockets
    first.sockets.rmdir()
    second.sockets.rmdir()
