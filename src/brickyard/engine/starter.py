"""Starts and stops attempts: each waits for a place, is made into an assignment, and handed to a worker."""

from __future__ import annotations

from collections.abc import Callable

from brickyard.engine.active import ActiveRuns
from brickyard.engine.assignments import Assignments
from brickyard.engine.outcomes import not_started, withdrawn
from brickyard.engine.slots import Slots
from brickyard.errors import BrickyardError
from brickyard.ports import Clock, Workers
from brickyard.runs.model import Run
from brickyard.runs.states import LifeCycle, RunType
from brickyard.workloads.messages import Outcome


class Starter:
    """The hand between runs and workers. Used by the run loop's thread only."""

    def __init__(
        self,
        *,
        active: ActiveRuns,
        slots: Slots,
        assignments: Assignments,
        workers: Workers,
        clock: Clock,
        ended: Callable[[int, Outcome], None],
    ) -> None:
        self._active = active
        self._slots = slots
        self._assignments = assignments
        self._workers = workers
        self._clock = clock
        self._ended = ended

    def offer(self, run_id: int, attempt_id: int) -> None:
        """Start the attempt as soon as there is a place."""
        run = self._active.get(run_id)
        if run is None or not _is_pending(run, attempt_id):
            return
        if run.run_type is RunType.WORKFLOW_RUN:
            # Its parent waits for it and keeps a place: to make it wait for another could stop both for ever.
            if not self._slots.holds(attempt_id):
                self._slots.hold(attempt_id, counted=False)
                self._start(run, attempt_id)
            return
        self._slots.offer(run_id, attempt_id)
        self._fill()

    def adopted(self, attempt_id: int, run: Run) -> None:
        """Note that a worker of an earlier server has this attempt."""
        self._slots.hold(attempt_id, counted=run.run_type is not RunType.WORKFLOW_RUN)

    def stop(self, run_id: int, attempt_id: int, reason: str) -> None:
        """Stop the attempt; its end is reported in every case."""
        run = self._active.get(run_id)
        attempt = run.attempt(attempt_id) if run else None
        if attempt is None or attempt.is_terminal:
            return
        if self._slots.holds(attempt_id):
            self._workers.stop(attempt_id, reason)
        else:
            self._slots.withdraw(run_id, attempt_id)
            self._ended(attempt_id, withdrawn(self._clock.now_ms()))

    def over(self, run_id: int, attempt_id: int) -> None:
        """The attempt has ended: its place is free."""
        self._slots.withdraw(run_id, attempt_id)
        self._fill()

    def _fill(self) -> None:
        while (found := self._slots.take()) is not None:
            run_id, attempt_id = found
            run = self._active.get(run_id)
            if run is not None and _is_pending(run, attempt_id):
                self._start(run, attempt_id)
            else:
                self._slots.withdraw(run_id, attempt_id)

    def _start(self, run: Run, attempt_id: int) -> None:
        attempt = run.attempt(attempt_id)
        assert attempt is not None  # noqa: S101 - `_is_pending` saw it
        try:
            self._workers.start(self._assignments.make(run, attempt))
        except (BrickyardError, OSError) as error:
            # The attempt ends with this as its reason; the place is given back when that is stored.
            self._ended(attempt_id, not_started(error, self._clock.now_ms()))


def _is_pending(run: Run, attempt_id: int) -> bool:
    attempt = run.attempt(attempt_id)
    return attempt is not None and attempt.life_cycle is LifeCycle.PENDING
