"""How many runs of a job may be active at once, and who waits.

Source: docs of Databricks "Advanced queueing", `max_concurrent_runs`, `queue`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from brickyard.runs.events import RunCreated, RunQueued, Skip


@dataclass(frozen=True, slots=True)
class Queue:
    """What a queued run waits for."""

    limit: int
    holders: tuple[int, ...]
    """The runs of the job that are active, oldest first."""
    before: int
    """How many runs wait before it."""


class Admission:
    """Counts the active runs of each job. Safe to use from any thread.

    `start` is called with the id of a waiting run when it has got a place. The limit of a job is the one that was heard
    last: one that was raised holds for the runs that wait, too.
    """

    def __init__(self, start: Callable[[int], None]) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._limits: dict[int, int] = {}
        self._active: dict[int, set[int]] = {}
        # Runs in order, as keys: finding one costs the same however many wait.
        self._queued: dict[int, dict[int, None]] = {}
        self._unstored: set[int] = set()
        self._granted: set[int] = set()

    def enter(self, job_id: int, run_id: int, *, limit: int, may_wait: bool) -> RunCreated | RunQueued | Skip:
        """What becomes of a new run. It takes a place at once; one that waits starts when placed and `stored`."""
        with self._lock:
            self._limits[job_id] = limit
            self._fill(job_id)
            if self._has_place(job_id, limit):
                self._active.setdefault(job_id, set()).add(run_id)
                return RunCreated()
            if limit == 0:
                return Skip("The job's max_concurrent_runs is 0: no run of it may start.")
            if not may_wait:
                return Skip(f"Skipped due to reaching maximum concurrent runs of {limit}.")
            self._queued.setdefault(job_id, {})[run_id] = None
            self._unstored.add(run_id)
            return RunQueued(f"Queued due to reaching maximum concurrent runs of {limit}.")

    def stored(self, run_id: int) -> None:
        """A run that entered is in the store: it may start, if it has not got a place meanwhile already."""
        with self._lock:
            self._unstored.discard(run_id)
            granted = run_id in self._granted
            self._granted.discard(run_id)
        if granted:
            self._start(run_id)

    def has_place(self, job_id: int, limit: int) -> bool:
        """Whether a new run would begin at once."""
        with self._lock:
            return self._has_place(job_id, limit)

    def change_limit(self, job_id: int, limit: int) -> None:
        """The job was changed: runs that wait may start by its new limit."""
        with self._lock:
            if job_id in self._limits:
                self._limits[job_id] = limit
                self._fill(job_id)

    def occupy(self, job_id: int, run_id: int) -> None:
        """Take a place for a run that goes on, or is repaired, whatever the limit says."""
        with self._lock:
            self._active.setdefault(job_id, set()).add(run_id)

    def wait(self, job_id: int, run_id: int, limit: int) -> None:
        """Put a run that is stored at the end of the queue."""
        with self._lock:
            self._limits[job_id] = limit
            self._queued.setdefault(job_id, {})[run_id] = None

    def leave(self, job_id: int, run_id: int) -> None:
        """The run is over, or waits no longer: the next ones start, first come first."""
        with self._lock:
            self._active.get(job_id, set()).discard(run_id)
            self._queued.get(job_id, {}).pop(run_id, None)
            self._unstored.discard(run_id)
            self._granted.discard(run_id)
            self._fill(job_id)

    def queue_of(self, job_id: int, run_id: int) -> Queue | None:
        """What a run waits for; None where it does not wait."""
        with self._lock:
            waiting = list(self._queued.get(job_id, ()))
            if run_id not in waiting:
                return None
            holders = tuple(sorted(self._active.get(job_id, ())))
            return Queue(self._limits[job_id], holders, waiting.index(run_id))

    def fill(self) -> None:
        """Start all waiting runs for which there is a place."""
        with self._lock:
            for job_id in list(self._queued):
                self._fill(job_id)

    def _has_place(self, job_id: int, limit: int) -> bool:
        return not self._queued.get(job_id) and len(self._active.get(job_id, ())) < limit

    def _fill(self, job_id: int) -> None:
        active = self._active.setdefault(job_id, set())
        queue = self._queued.get(job_id, {})
        while queue and len(active) < self._limits[job_id]:
            run_id = next(iter(queue))
            del queue[run_id]
            active.add(run_id)
            if run_id in self._unstored:
                self._granted.add(run_id)  # `stored` starts it
            else:
                self._start(run_id)
        if not queue:
            self._queued.pop(job_id, None)
        if not active:
            del self._active[job_id]
        if not active and not queue:
            self._limits.pop(job_id, None)
