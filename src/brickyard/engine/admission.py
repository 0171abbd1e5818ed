"""How many runs of a job may be active at once, and who waits.

Source: docs of Databricks "Advanced queueing", `max_concurrent_runs`, `queue`.
"""

from __future__ import annotations

import threading
from collections import deque
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

    `start` is called with the id of a waiting run when it has got a place.
    """

    def __init__(self, start: Callable[[int], None]) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._active: dict[int, set[int]] = {}
        self._queued: dict[int, deque[tuple[int, int]]] = {}

    def enter(self, job_id: int, run_id: int, *, limit: int, may_wait: bool) -> RunCreated | RunQueued | Skip:
        """What becomes of a new run. A place is taken by it at once."""
        with self._lock:
            active = self._active.setdefault(job_id, set())
            if len(active) < limit:
                active.add(run_id)
                return RunCreated()
            if limit == 0:
                return Skip("The job's max_concurrent_runs is 0: no run of it may start.")
            if not may_wait:
                return Skip(f"Skipped due to reaching maximum concurrent runs of {limit}.")
            self._queued.setdefault(job_id, deque()).append((run_id, limit))
            return RunQueued(f"Queued due to reaching maximum concurrent runs of {limit}.")

    def has_place(self, job_id: int, limit: int) -> bool:
        """Whether a new run would begin at once."""
        with self._lock:
            return not self._queued.get(job_id) and len(self._active.get(job_id, ())) < limit

    def occupy(self, job_id: int, run_id: int) -> None:
        """Take a place for a run that goes on, or is repaired, whatever the limit says."""
        with self._lock:
            self._active.setdefault(job_id, set()).add(run_id)

    def wait(self, job_id: int, run_id: int, limit: int) -> None:
        """Put a run at the end of the queue."""
        with self._lock:
            self._queued.setdefault(job_id, deque()).append((run_id, limit))

    def leave(self, job_id: int, run_id: int) -> None:
        """The run is over, or waits no longer: the next ones start, first come first."""
        with self._lock:
            self._active.get(job_id, set()).discard(run_id)
            queue = self._queued.get(job_id, deque())
            self._queued[job_id] = deque(entry for entry in queue if entry[0] != run_id)
            self._fill(job_id)

    def queue_of(self, job_id: int, run_id: int) -> Queue | None:
        """What a run waits for; None where it does not wait."""
        with self._lock:
            waiting = list(self._queued.get(job_id, ()))
            holders = tuple(sorted(self._active.get(job_id, ())))
        for before, (found, limit) in enumerate(waiting):
            if found == run_id:
                return Queue(limit, holders, before)
        return None

    def fill(self) -> None:
        """Start all waiting runs for which there is a place."""
        with self._lock:
            for job_id in list(self._queued):
                self._fill(job_id)

    def _fill(self, job_id: int) -> None:
        active = self._active.setdefault(job_id, set())
        queue = self._queued.get(job_id, deque())
        while queue and len(active) < queue[0][1]:
            run_id, _ = queue.popleft()
            active.add(run_id)
            self._start(run_id)
        if not queue:
            self._queued.pop(job_id, None)
        if not active:
            del self._active[job_id]
