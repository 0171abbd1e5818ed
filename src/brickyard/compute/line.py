"""Attempts that wait for a worker, and workers that wait for an attempt, of each tier."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from brickyard.compute.attempts import Attempt
from brickyard.compute.connections import WorkerConnection
from brickyard.compute.stock import Stock
from brickyard.errors import Unavailable
from brickyard.workloads.messages import Tier


class Line:
    """Used on the loop's thread only."""

    def __init__(self, stocks: Mapping[Tier, Stock]) -> None:
        self._stocks = stocks
        self._waiting: deque[Attempt] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, attempt: Attempt) -> bool:
        return attempt in self._waiting

    def join(self, attempt: Attempt, *, first: bool = False) -> None:
        """Let the attempt wait; `first` where it has waited already."""
        if first:
            self._waiting.appendleft(attempt)
        else:
            self._waiting.append(attempt)

    def leave(self, attempt: Attempt) -> None:
        """The attempt waits no longer."""
        self._waiting.remove(attempt)

    def leave_all(self, tier: Tier) -> list[Attempt]:
        """The attempts that wait for a worker of this tier; they wait no longer."""
        leaving = [attempt for attempt in self._waiting if attempt.tier == tier]
        self._waiting = deque(attempt for attempt in self._waiting if attempt.tier != tier)
        return leaving

    def pairs(self, room: int) -> Iterator[tuple[Attempt, WorkerConnection]]:
        """At most `room` attempts with a worker for each; one is passed over where no worker of its tier waits."""
        passed: list[Attempt] = []
        while self._waiting and room > 0 and any(self._stocks.values()):
            attempt = self._waiting.popleft()
            connection = self._stocks[attempt.tier].take()
            if connection is None:
                passed.append(attempt)
            else:
                room -= 1
                yield attempt, connection
        self._waiting.extendleft(reversed(passed))

    def order(self, room: int, refused: Callable[[Tier, str], None]) -> None:
        """Order the workers that are missing for the next `room` attempts; `refused` hears where that is impossible."""
        wanted = Counter(attempt.tier for attempt in islice(self._waiting, max(0, room)))
        for tier, stock in self._stocks.items():
            try:
                stock.order(wanted[tier])
            except Unavailable as error:
                refused(tier, error.message)
