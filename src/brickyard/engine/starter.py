"""Starts and stops attempts: each waits for a place, is made into an assignment, and handed to a worker."""

from __future__ import annotations

from collections.abc import Callable

from brickyard.engine.active import ActiveRuns
from brickyard.engine.assignments import Assignments
from brickyard.engine.inline import Inline
from brickyard.engine.outcomes import not_started, withdrawn
from brickyard.engine.slots import Slots, Wait
from brickyard.errors import BrickyardError
from brickyard.ports import Clock, Workers
from brickyard.runs.model import Attempt, Kind, Run
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
        inline: Inline,
        workers: Workers,
        clock: Clock,
        ended: Callable[[int, Outcome], None],
    ) -> None:
        self._active = active
        self._slots = slots
        self._assignments = assignments
        self._inline = inline
        self._workers = workers
        self._clock = clock
        self._ended = ended

    def offer(self, run_id: int, attempt_id: int) -> None:
        """Start the attempt: as soon as there is a place where it needs a worker, else at once."""
        run = self._active.get(run_id)
        attempt = _pending(run, attempt_id) if run else None
        if run is None or attempt is None:
            return
        kind = run.rules(attempt).kind
        if kind is not Kind.WORKER:
            self._inline.begin(kind, run, attempt)
            return
        if run.run_type is RunType.WORKFLOW_RUN:
            # Its parent waits for it and keeps a place: to make it wait for another could stop both for ever.
            if not self._slots.holds(attempt_id):
                self._slots.hold(attempt_id, counted=False)
                self._start(run, attempt)
            return
        self._slots.offer(run_id, attempt_id)
        self._fill()

    def adopted(self, attempt_id: int, run: Run) -> None:
        """Note that a worker of an earlier server has this attempt."""
        if _pending(run, attempt_id) is not None:
            self._assignments.recall(attempt_id)
        self._slots.hold(attempt_id, counted=run.run_type is not RunType.WORKFLOW_RUN)

    def begun(self, run: Run, attempt: Attempt) -> None:
        """Take up an attempt without a worker that an earlier server had begun."""
        self._inline.adopted(run.rules(attempt).kind, run, attempt)

    def wait_of(self, run_id: int, attempt_id: int) -> Wait | None:
        """What a pending attempt waits for; None where that is no place."""
        return self._slots.wait_of(run_id, attempt_id)

    def stop(self, run_id: int, attempt_id: int, reason: str) -> None:
        """Stop the attempt; its end is reported in every case."""
        run = self._active.get(run_id)
        attempt = run.attempt(attempt_id) if run else None
        if run is None or attempt is None or attempt.is_terminal:
            return
        kind = run.rules(attempt).kind
        if kind is not Kind.WORKER:
            self._inline.stop(kind, attempt)
        elif self._slots.holds(attempt_id):
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
            attempt = _pending(run, attempt_id) if run else None
            if run is not None and attempt is not None:
                self._start(run, attempt)
            else:
                self._slots.withdraw(run_id, attempt_id)

    def _start(self, run: Run, attempt: Attempt) -> None:
        try:
            self._workers.start(self._assignments.make(run, attempt))
        except (BrickyardError, OSError) as error:
            # The attempt ends with this as its reason; the place is given back when that is stored.
            self._ended(attempt.attempt_id, not_started(error, self._clock.now_ms()))


def _pending(run: Run, attempt_id: int) -> Attempt | None:
    attempt = run.attempt(attempt_id)
    return attempt if attempt is not None and attempt.life_cycle is LifeCycle.PENDING else None
