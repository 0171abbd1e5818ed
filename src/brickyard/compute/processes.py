"""Processes named beyond doubt: a pid alone may belong to a stranger by the time that it is used."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

import psutil

_SAME_START_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Identity:
    """A process by its pid and its time of creation (psutil's, epoch seconds)."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """The process that has this pid now; None where there is none."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    def alive(self) -> bool:
        """Whether this very process still runs; one that only waits to be reaped does not."""
        if self.pid <= 0:
            return False
        try:
            process = psutil.Process(self.pid)
            return bool(
                abs(process.create_time() - self.started) < _SAME_START_SECONDS
                and (process.status() != psutil.STATUS_ZOMBIE)
            )
        except psutil.NoSuchProcess:
            return False

    def signal_group(self, number: signal.Signals) -> bool:
        """Send a signal to the group that this process leads; False where it is gone. Never hits a stranger."""
        if not self.alive():
            return False
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> bool:
        """Kill the whole group; False where the process is gone."""
        return self.signal_group(signal.SIGKILL)


def describe_status(status: int | None, *, what: str) -> str:
    """How a process ended, as a sentence for the user. `status` as in `orders.Exited`; None is unknown."""
    if status is None:
        return f"{what} vanished; how it ended is not known."
    if status >= 0:
        return f"{what} exited with code {status}."
    try:
        name = f" ({signal.Signals(-status).name})"
    except ValueError:
        name = ""
    guess = ", likely out of memory" if status == -signal.SIGKILL else ""
    return f"{what} was killed by signal {-status}{name}{guess}."
