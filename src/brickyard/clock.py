"""Real time and ids: the only file that looks at a clock or draws a random number."""

from __future__ import annotations

import secrets
import threading
import time


class SystemClock:
    """The machine's time. Implements `ports.Clock`."""

    def now_ms(self) -> int:
        """Wall time in epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds that never run backwards, for durations and deadlines."""
        return time.monotonic()


class SystemIds:
    """Ids that sort by time of creation. Implements `ports.Ids`."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock
        self._last = 0
        self._lock = threading.Lock()

    def next_id(self) -> int:
        """A new id: positive, increasing, below 2^53 so that JavaScript clients keep every digit."""
        with self._lock:
            # Milliseconds since 2020 times 2^12 stay below 2^53 until the year 2089.
            candidate = (self._clock.now_ms() - 1_577_836_800_000) << 12 | secrets.randbelow(1 << 8)
            self._last = max(candidate, self._last + 1)
            return self._last

    def token(self, nbytes: int = 24) -> str:
        """A new secret of `nbytes` random bytes, as hexadecimal text."""
        return secrets.token_hex(nbytes)


def request_id() -> str:
    """A name for one request, which tells nothing of others."""
    return secrets.token_hex(8)
