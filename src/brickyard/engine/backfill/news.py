"""Waiting for news of a backfill."""

from __future__ import annotations

import threading
from collections.abc import Callable

from brickyard.errors import Unavailable
from brickyard.ports import Clock
from brickyard.records import BackfillRecord


class BackfillNews:
    """The threads that wait for news of backfills."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._condition = threading.Condition()
        self._count = 0
        self._closed = False

    def tell(self) -> None:
        """Some backfill has changed."""
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    def wait(self, load: Callable[[], BackfillRecord], *, seen: int, timeout: float) -> BackfillRecord:
        """The backfill, once its revision is above `seen` or `timeout` seconds are over.

        Raises:
            Unavailable: no news will come any more: the engine stops.
        """
        deadline = self._clock.monotonic() + timeout
        while True:
            heard = self._count
            record = load()
            left = deadline - self._clock.monotonic()
            if record.revision > seen or left <= 0:
                return record
            with self._condition:
                if self._closed:
                    raise Unavailable("The server is stopping.")
                if not self._condition.wait_for(lambda: self._closed or self._count != heard, left):  # noqa: B023
                    return load()

    def close(self) -> None:
        """Wake everybody for the last time."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
