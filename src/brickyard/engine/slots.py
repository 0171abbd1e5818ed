"""Who may run now: a limit on attempts, and a queue in which runs take turns."""

from __future__ import annotations

from collections import OrderedDict, deque


class Slots:
    """Places for running attempts. Used by the run loop's thread only.

    Runs take turns, and within a run the first comes first: a thousand tasks of one run do not hold up another run.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: OrderedDict[int, deque[int]] = OrderedDict()
        self._held: set[int] = set()
        self._free_of_charge: set[int] = set()

    def offer(self, run_id: int, attempt_id: int) -> None:
        """Let the attempt wait for its turn; one that waits or runs already stays where it is."""
        queue = self._waiting.setdefault(run_id, deque())
        if not self.holds(attempt_id) and attempt_id not in queue:
            queue.append(attempt_id)

    def hold(self, attempt_id: int, *, counted: bool = True) -> None:
        """Give the attempt a place at once, even above the limit."""
        (self._held if counted else self._free_of_charge).add(attempt_id)

    def holds(self, attempt_id: int) -> bool:
        """Whether the attempt has a place."""
        return attempt_id in self._held or attempt_id in self._free_of_charge

    def withdraw(self, run_id: int, attempt_id: int) -> None:
        """Forget the attempt: it neither waits nor runs any more."""
        self._held.discard(attempt_id)
        self._free_of_charge.discard(attempt_id)
        queue = self._waiting.get(run_id)
        if queue and attempt_id in queue:
            queue.remove(attempt_id)
        if queue is not None and not queue:
            del self._waiting[run_id]

    def take(self) -> tuple[int, int] | None:
        """The next (run id, attempt id) that has a place now; None where there is no place or nobody waits."""
        if len(self._held) >= self._limit:
            return None
        while self._waiting:
            run_id, queue = self._waiting.popitem(last=False)
            if not queue:
                continue
            attempt_id = queue.popleft()
            if queue:
                self._waiting[run_id] = queue
            self._held.add(attempt_id)
            return run_id, attempt_id
        return None
