"""Which effects were performed, told to the store now and then.

Telling it late costs nothing: an effect may be performed twice, and only a crash makes that happen.
"""

from __future__ import annotations

from brickyard.ports import Clock, RunStore
from brickyard.runs.effects import Announce, Effect

INTERVAL_SECONDS = 1.0


class Ledger:
    """Collects performed effects. Used by the run loop's thread only."""

    def __init__(self, store: RunStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._performed: dict[int, list[Effect]] = {}
        self._since = 0.0

    def add(self, run_id: int, effect: Effect) -> None:
        """Note that this effect was performed."""
        if isinstance(effect, Announce):
            return  # never stored
        if not self._performed:
            self._since = self._clock.monotonic()
        self._performed.setdefault(run_id, []).append(effect)

    def seconds_left(self) -> float | None:
        """Until the notes should be given to the store; None where there are none."""
        if not self._performed:
            return None
        return max(0.0, self._since + INTERVAL_SECONDS - self._clock.monotonic())

    def flush(self) -> None:
        """Give the notes to the store."""
        performed, self._performed = self._performed, {}
        for run_id, effects in performed.items():
            self._store.performed(run_id, effects)
