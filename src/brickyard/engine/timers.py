"""Timers of runs, in memory: a heap on the monotonic clock. They are kept as pending effects in the store."""

from __future__ import annotations

import heapq
import itertools

from brickyard.ports import Clock
from brickyard.runs.effects import WakeAt


class Timers:
    """When to wake which run. Used by the run loop's thread only."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, int, WakeAt]] = []
        self._order = itertools.count()
        self._armed: dict[int, set[WakeAt]] = {}

    def arm(self, run_id: int, wake: WakeAt) -> None:
        """Have `wake` come up in `due` at its time; the same wake twice is one."""
        armed = self._armed.setdefault(run_id, set())
        if wake in armed:
            return
        armed.add(wake)
        # From here on the monotonic clock counts: setting the machine's clock moves no timer.
        due = self._clock.monotonic() + max(0, wake.at_ms - self._clock.now_ms()) / 1000
        heapq.heappush(self._heap, (due, next(self._order), run_id, wake))

    def disarm(self, run_id: int, attempt_id: int | None = None) -> list[WakeAt]:
        """Drop the timers of the attempt, or with None all of the run; gives them back."""
        armed = self._armed.get(run_id, set())
        dropped = [wake for wake in armed if attempt_id is None or wake.attempt_id == attempt_id]
        armed.difference_update(dropped)
        if not armed:
            self._armed.pop(run_id, None)
        return dropped

    def due(self) -> list[tuple[int, WakeAt]]:
        """The timers whose time has come, in their order; each comes up once."""
        now = self._clock.monotonic()
        found = []
        while self._heap and self._heap[0][0] <= now:
            _, _, run_id, wake = heapq.heappop(self._heap)
            if wake in self._armed.get(run_id, ()):
                self._disarm_one(run_id, wake)
                found.append((run_id, wake))
        return found

    def _disarm_one(self, run_id: int, wake: WakeAt) -> None:
        """Drop one timer."""
        armed = self._armed[run_id]
        armed.discard(wake)
        if not armed:
            del self._armed[run_id]

    def seconds_left(self) -> float | None:
        """Until the next timer; None where there is none."""
        while self._heap and self._heap[0][3] not in self._armed.get(self._heap[0][2], ()):
            heapq.heappop(self._heap)
        return max(0.0, self._heap[0][0] - self._clock.monotonic()) if self._heap else None
