"""What is kept of backfills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from brickyard.access.identity import Identity
from brickyard.records import BackfillInterval, BackfillRecord, Judge, PastInterval


class BackfillStore(Protocol):
    """Backfills and their intervals."""

    def create(self, backfill: BackfillRecord, intervals: Sequence[BackfillInterval]) -> None:
        """Store a backfill with all its intervals, in one transaction."""
        ...

    def get(self, backfill_id: int) -> BackfillRecord | None: ...
    def find(
        self, job_id: int | None = None, *, offset: int = 0, limit: int = 1000, seen_by: Identity | None = None
    ) -> Sequence[BackfillRecord]:
        """Newest first; all, or those of jobs that somebody may see."""
        ...

    def active(self) -> Sequence[BackfillRecord]:
        """All that are not CANCELLED or DONE, oldest first."""
        ...

    def intervals(
        self, backfill_id: int, *, outcome: str = "", offset: int = 0, limit: int = 10_000
    ) -> Sequence[BackfillInterval]:
        """In their order; with `outcome` only those that have it (`BackfillInterval.outcome`)."""
        ...

    def started(self, backfill_id: int) -> Sequence[BackfillInterval]:
        """Those that are STARTED, in their order."""
        ...

    def counts(self, backfill_id: int) -> Mapping[str, int]:
        """How many intervals there are of each outcome."""
        ...

    def past(self, job_id: int, at_ms: Sequence[int]) -> Mapping[int, PastInterval]:
        """By start of interval: the newest run that backfills of the job have made of it; an active one comes first."""
        ...

    def claim(self, backfill_id: int, *, parallel: int, judge: Judge) -> BackfillInterval | None:
        """Take the next interval that waits, in one transaction.

        It is STARTED and claimed: as long as it is, no other backfill of the job can claim the same interval. Where
        another has the claim, or `judge` has a reason, it is SKIPPED with that reason.

        Returns:
            The interval as it is now; None where the backfill is not RUNNING, none waits, or `parallel` are STARTED.
        """
        ...

    def move(self, backfill_id: int, expected: str, state: str, *, ended_ms: int = 0, reason: str = "") -> None:
        """Set the state of a backfill.

        Raises:
            Conflict: it is not in the expected state.
        """
        ...

    def cancel(self, backfill_id: int, expected: str, *, cancel_runs: bool, reason: str = "") -> None:
        """Make it CANCELLING and all its intervals that wait CANCELLED, in one transaction. `expected` as in `move`."""
        ...

    def finish(self, backfill_id: int, at_ms: int) -> bool:
        """End a backfill (DONE, or CANCELLED where it was CANCELLING) of which no interval waits or is STARTED.

        Returns:
            Whether it is over.
        """
        ...

    def save(self, interval: BackfillInterval, *, expected: str) -> None:
        """Replace an interval. One that is no longer STARTED gives its claim back, in the same transaction.

        Raises:
            Conflict: it is not in the expected state.
        """
        ...
