"""Attempts that need no worker: conditions, loops, and runs of other jobs. They take no place of the limit."""

from __future__ import annotations

from collections.abc import Callable

from brickyard.engine.conditions import Conditions
from brickyard.engine.job_runs import JobRuns
from brickyard.engine.loops import Loops
from brickyard.engine.outcomes import not_started, withdrawn
from brickyard.errors import BrickyardError
from brickyard.ports import Clock
from brickyard.runs.model import Attempt, Kind, Run
from brickyard.workloads.messages import Outcome


class Inline:
    """Begins and stops them by their kind. Used by the run loop's thread only."""

    def __init__(
        self,
        *,
        conditions: Conditions,
        loops: Loops,
        job_runs: JobRuns,
        clock: Clock,
        ended: Callable[[int, Outcome], None],
    ) -> None:
        self._conditions = conditions
        self._loops = loops
        self._job_runs = job_runs
        self._clock = clock
        self._ended = ended

    def begin(self, kind: Kind, run: Run, attempt: Attempt) -> None:
        """Begin the attempt; what becomes of it is reported. Twice is once."""
        try:
            match kind:
                case Kind.CONDITION:
                    self._conditions.begin(run, attempt)
                case Kind.LOOP:
                    self._loops.begin(run, attempt)
                case Kind.RUN_JOB:
                    self._job_runs.begin(run, attempt)
                case Kind.WORKER:
                    raise AssertionError("an attempt with a worker is begun by that")
        except BrickyardError as error:
            # The attempt ends with this as its reason.
            self._ended(attempt.attempt_id, not_started(error, self._clock.now_ms()))

    def stop(self, kind: Kind, attempt: Attempt) -> None:
        """Stop the attempt; its end is reported in every case."""
        if kind is Kind.RUN_JOB:
            self._job_runs.stop(attempt)
        elif kind is Kind.CONDITION or attempt.total < 0:
            self._ended(attempt.attempt_id, withdrawn(self._clock.now_ms()))
        # A loop that has begun ends with the last of its iterations, and each of those is stopped by itself.

    def adopted(self, kind: Kind, run: Run, attempt: Attempt) -> None:
        """Take up what an earlier server has begun."""
        if kind is Kind.RUN_JOB:
            self._job_runs.resume(run, attempt)
