"""The stock of idle workers: how many there are, how many are on their way, when more are ordered."""

from __future__ import annotations

import asyncio
from collections import deque

from brickyard.compute.connections import WorkerConnection
from brickyard.compute.launcher import Launcher

_EARLY_DEATHS = 10
"""So many workers in a row that end before they say hello: forking more would go on for ever."""


class Stock:
    """Used on the loop's thread only. It rests until `wake` is called for the first time."""

    def __init__(self, size: int, launcher: Launcher, loop: asyncio.AbstractEventLoop, idle_seconds: float) -> None:
        self._size = size
        self._launcher = launcher
        self._loop = loop
        self._idle_seconds = idle_seconds
        self._idle: deque[WorkerConnection] = deque()
        self._greeted: set[int] = set()
        self._coming = 0
        self._early_deaths = 0
        self._resting = True
        self._rest_timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._idle)

    def take(self) -> WorkerConnection | None:
        """The worker that waits longest; None where none does."""
        return self._idle.popleft() if self._idle else None

    def order(self, waiting: int) -> None:
        """Order what is missing for so many waiting attempts and the stock behind them.

        Raises:
            Unavailable: no launcher process can be started.
        """
        wanted = waiting + (0 if self._resting else self._size)
        missing = wanted - len(self._idle) - self._coming
        if missing > 0:
            self._launcher.fork_workers(missing)
            self._coming += missing

    def arrived(self, connection: WorkerConnection) -> None:
        """A worker has said hello."""
        self._coming = max(0, self._coming - 1)
        self._early_deaths = 0
        self._greeted.add(connection.pid)
        self._idle.append(connection)

    def knows(self, pid: int) -> bool:
        """Whether a living worker of this pid has said hello before: it has had its turn."""
        return pid in self._greeted

    def lost(self, connection: WorkerConnection) -> None:
        """A connection is gone; if it was an idle worker's, that one is ending."""
        if connection in self._idle:
            self._idle.remove(connection)

    def ended(self, pid: int) -> bool:
        """A worker process is gone. True where so many ended before their hello that it makes no sense to go on."""
        if pid in self._greeted:
            self._greeted.discard(pid)
            return False
        self._coming = max(0, self._coming - 1)
        return self._count_death()

    def _count_death(self) -> bool:
        self._early_deaths += 1
        if self._early_deaths < _EARLY_DEATHS:
            return False
        self._early_deaths = 0
        self._resting = True
        return True

    def launcher_lost(self) -> bool:
        """What was ordered and has not come will not come. True where this happens again and again."""
        self._coming = 0
        return self._count_death()

    def wake(self) -> None:
        """There is work: keep the stock full."""
        self._resting = False
        if self._rest_timer is not None:
            self._rest_timer.cancel()
            self._rest_timer = None

    def rest(self) -> None:
        """There is no work: let the idle workers go after a while."""
        if self._rest_timer is not None:
            self._rest_timer.cancel()
        self._rest_timer = self._loop.call_later(self._idle_seconds, self._dismiss_all)

    def _dismiss_all(self) -> None:
        self._resting = True
        for connection in self._idle:
            connection.close()
        self._idle.clear()
