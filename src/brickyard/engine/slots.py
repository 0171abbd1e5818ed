"""Who may run now: a limit on attempts, and a queue in which runs take turns."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wait:
    """What an attempt that waits for a place waits for."""

    limit: int
    held: int
    """How many attempts run."""
    before: int
    """How many attempts of the same run come first."""
    others: int
    """How many other runs have attempts that wait."""


class Slots:
    """Places for running attempts. Used by the run loop's thread only.

    Runs take turns, and within a run the first comes first: a thousand tasks of one run do not hold up another run.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # Attempts in order, as keys: finding one costs the same however many wait.
        self._waiting: OrderedDict[int, OrderedDict[int, None]] = OrderedDict()
        self._held: set[int] = set()
        self._free_of_charge: set[int] = set()

    def offer(self, run_id: int, attempt_id: int) -> None:
        """Let the attempt wait for its turn; one that waits or runs already stays where it is."""
        if not self.holds(attempt_id):
            self._waiting.setdefault(run_id, OrderedDict()).setdefault(attempt_id)

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
        if queue is not None:
            queue.pop(attempt_id, None)
            if not queue:
                del self._waiting[run_id]

    def wait_of(self, run_id: int, attempt_id: int) -> Wait | None:
        """What the attempt waits for; None where it does not wait for a place."""
        queue = self._waiting.get(run_id) or OrderedDict()
        if attempt_id not in queue:
            return None
        return Wait(
            limit=self._limit,
            held=len(self._held),
            before=list(queue).index(attempt_id),
            others=len(self._waiting) - 1,
        )

    def take(self) -> tuple[int, int] | None:
        """The next (run id, attempt id) that has a place now; None where there is no place or nobody waits."""
        if len(self._held) >= self._limit:
            return None
        if not self._waiting:
            return None
        run_id, queue = self._waiting.popitem(last=False)
        attempt_id, _ = queue.popitem(last=False)
        if queue:
            self._waiting[run_id] = queue
        self._held.add(attempt_id)
        return run_id, attempt_id
