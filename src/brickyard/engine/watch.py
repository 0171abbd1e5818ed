"""Waiting for news of a run: a counter that grows with every change of it, and threads that sleep until it does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from brickyard.errors import Unavailable
from brickyard.ports import Clock
from brickyard.runs.model import Run
from brickyard.runs.states import LifeCycle

_RANK = {
    LifeCycle.QUEUED: 1,
    LifeCycle.BLOCKED: 1,
    LifeCycle.WAITING_FOR_RETRY: 1,
    LifeCycle.PENDING: 2,
    LifeCycle.RUNNING: 3,
    LifeCycle.TERMINATING: 4,
    LifeCycle.TERMINATED: 5,
    LifeCycle.SKIPPED: 5,
    LifeCycle.INTERNAL_ERROR: 5,
}
_PER_REPAIR = 10


def version(run: Run) -> int:
    """A number that every change of state makes greater.

    It is computed from the run itself, so it is the same before and after a restart of the server.
    """
    attempts = sum(_RANK[attempt.life_cycle] for attempt in run.attempts)
    return attempts + _RANK[run.life_cycle] + _PER_REPAIR * len(run.repairs)


class Watches:
    """The threads that wait for news of runs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._condition = threading.Condition()
        self._news: dict[int, int] = {}
        self._waiting: dict[int, int] = {}
        self._closed = ""

    def tell(self, run_ids: Iterable[int]) -> None:
        """Wake those who wait for one of these runs."""
        with self._condition:
            waited = [run_id for run_id in run_ids if run_id in self._waiting]
            for run_id in waited:
                self._news[run_id] += 1
            if waited:
                self._condition.notify_all()

    def wait(self, load: Callable[[], Run], *, seen: int, timeout: float) -> tuple[int, Run]:
        """The run and its version, once that is above `seen` or `timeout` seconds are over.

        Raises:
            Unavailable: no news will come any more: the engine stops.
        """
        run = load()
        if version(run) > seen:
            return version(run), run
        run_id = run.run_id
        deadline = self._clock.monotonic() + timeout
        with self._condition:
            self._waiting[run_id] = self._waiting.get(run_id, 0) + 1
            self._news.setdefault(run_id, 0)
        try:
            while True:
                with self._condition:
                    heard = self._news[run_id]
                run = load()
                now = version(run)
                left = deadline - self._clock.monotonic()
                if now > seen or left <= 0:
                    return now, run
                if self._closed:
                    raise Unavailable(self._closed)
                if not self._sleep(run_id, heard, left):
                    return now, run
        finally:
            self._leave(run_id)

    def close(self, reason: str) -> None:
        """Wake everybody for the last time."""
        with self._condition:
            self._closed = self._closed or reason
            self._condition.notify_all()

    def _sleep(self, run_id: int, heard: int, seconds: float) -> bool:
        """Sleep until there is news; False where there was none in time."""
        with self._condition:
            return self._condition.wait_for(lambda: bool(self._closed) or self._news[run_id] != heard, seconds)

    def _leave(self, run_id: int) -> None:
        with self._condition:
            self._waiting[run_id] -= 1
            if not self._waiting[run_id]:
                del self._waiting[run_id], self._news[run_id]
