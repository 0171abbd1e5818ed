"""The launcher's children: start them, see them end, and leave nothing of them behind."""

from __future__ import annotations

import os
import signal
import subprocess
import traceback
from collections.abc import Callable

from brickyard.workloads import kernel
from brickyard.workloads.orders import Child, Exited, Spawn


class Children:
    """All processes that the launcher started and that have not been reaped."""

    def __init__(self) -> None:
        self._alive: dict[int, Child] = {}
        self._programs: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def alive(self) -> list[Child]:
        """Those that run now."""
        return list(self._alive.values())

    def fork(self, body: Callable[[], None]) -> Child:
        """Fork a worker that runs `body` and then exits.

        Raises:
            OSError: the system refused.
        """
        pid = os.fork()
        if pid == 0:
            _run_and_exit(body)
        return self._register(pid, "worker")

    def spawn(self, order: Spawn) -> Child:
        """Start a program.

        Raises:
            OSError: it could not be started.
        """
        log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            process = subprocess.Popen(
                order.argv,
                env=order.environment,
                cwd=order.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                restore_signals=True,
            )
        finally:
            os.close(log)
        # Kept only so that subprocess does not complain: this class reaps it.
        self._programs[process.pid] = process
        return self._register(process.pid, "program")

    def reap(self) -> list[Exited]:
        """Everything that ended since the last call."""
        exits = []
        while (pid := _ended_child()) is not None:
            child = self._alive.pop(pid, None)
            if child is not None:
                # Before it is reaped its pid, and so its group's number, cannot be given to anybody else.
                _kill_group(pid)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            if (program := self._programs.pop(pid, None)) is not None:
                program.returncode = status
            if child is not None:
                exits.append(Exited(child=child, status=status))
            self.end_orphans()
        return exits

    def end_orphans(self) -> None:
        """Kill processes that left their group and outlived the worker they came from.

        The launcher is their "subreaper": whoever loses its parent becomes a child of the launcher. So a child that it
        never started is such an orphan.
        """
        for pid in kernel.child_pids():
            if pid not in self._alive:
                _kill_group(pid)
                _kill(pid)

    def _register(self, pid: int, kind: str) -> Child:
        try:
            started = kernel.started(pid)
        except ProcessLookupError:
            started = 0.0
        child = Child(pid=pid, started=started, kind="worker" if kind == "worker" else "program")
        self._alive[pid] = child
        return child


def _ended_child() -> int | None:
    """A child that ended and is not reaped yet."""
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return None if found is None else found.si_pid


def _run_and_exit(body: Callable[[], None]) -> None:
    """Never returns: the child must not run on in its parent's loop, whatever happens."""
    code = 1
    try:
        body()
        code = 0
    except BaseException:  # noqa: BLE001 -- the last frame of this process; the text goes to the launcher's log
        traceback.print_exc()
    finally:
        os._exit(code)


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # it led no group, or the group is empty


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
