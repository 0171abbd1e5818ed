"""How fast one caller may start runs and make jobs: whoever asks faster is told when to ask again."""

from __future__ import annotations

import math
import threading
from typing import Final

from fastapi import Request

from brickyard.ports import Clock
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.faults import TooManyRequests

BURST_SECONDS: Final = 10
"""So many seconds' worth may come at once after a pause."""
_MAX_KNOWN: Final = 10_000
"""Callers whose pace is remembered; those who asked for nothing lately are forgotten first."""


class Pace:
    """Counts for each caller. A caller's store of starts fills up at `rate` a second, to `BURST_SECONDS` of it."""

    def __init__(self, rate: int, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._most = float(rate * BURST_SECONDS)
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, caller: str) -> None:
        """Count one start.

        Raises:
            TooManyRequests: the caller has none left now.
        """
        with self._lock:
            now = self._clock.monotonic()
            left, at = self._left.pop(caller, (self._most, now))
            left = min(self._most, left + (now - at) * self._rate)
            if left >= 1:
                left -= 1
                self._keep(caller, left, now)
                return
            self._keep(caller, left, now)
        raise TooManyRequests(
            f"{caller} starts runs and makes jobs faster than {self._rate} a second, the limit of this server"
            " (BRICKYARD_MAX_STARTS_PER_SECOND).",
            retry_after=max(1, math.ceil((1 - left) / self._rate)),
        )

    def _keep(self, caller: str, left: float, now: float) -> None:
        # The order of a dict is that of insertion, so the first one is who has not asked for longest.
        self._left[caller] = (left, now)
        if len(self._left) > _MAX_KNOWN:
            del self._left[next(iter(self._left))]


def paced(request: Request, asker: Asker) -> None:
    """A dependency of routes that start something.

    Raises:
        TooManyRequests: the caller asks too fast.
    """
    pace: Pace = request.app.state.pace
    pace.take(asker.user_name)
