"""Which backfills to look at: told by commands and by the ends of runs, asked by the loop."""

from __future__ import annotations

import threading

from brickyard.ports import Announcement


class BackfillBell:
    """Collects backfills to look at; several rings of one are one. Safe to use from any thread.

    Implements `ports.Observer`: the end of a run rings for all backfills of its job, because it frees a place.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rung: dict[int, None] = {}
        # In the order in which they came: of two that wait for one place, the older one gets it.
        self._of_job: dict[int, dict[int, None]] = {}
        self._closed = False

    def add(self, backfill_id: int, job_id: int) -> None:
        """From now on, the ends of runs of this job ring for this backfill; it rings at once."""
        with self._condition:
            self._of_job.setdefault(job_id, {})[backfill_id] = None
            self._rung[backfill_id] = None
            self._condition.notify_all()

    def remove(self, backfill_id: int) -> None:
        """The backfill is over."""
        with self._condition:
            for job_id, known in list(self._of_job.items()):
                known.pop(backfill_id, None)
                if not known:
                    del self._of_job[job_id]

    def job_changed(self, job_id: int) -> None:
        """Ring for all backfills of a job."""
        with self._condition:
            for backfill_id in self._of_job.get(job_id, ()):
                self._rung[backfill_id] = None
            self._condition.notify_all()

    def hear(self, announcement: Announcement) -> None:
        if announcement.kind == "run.ended":
            self.job_changed(announcement.run.job_id)

    def take(self) -> int | None:
        """The backfill that has waited longest to be looked at; waits for one. None once the bell is closed."""
        with self._condition:
            self._condition.wait_for(lambda: self._rung or self._closed)
            if self._closed:
                return None
            backfill_id = next(iter(self._rung))
            del self._rung[backfill_id]
            return backfill_id

    def close(self) -> None:
        """Nothing is looked at any more."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
