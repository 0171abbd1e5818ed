"""What is done when a backfill is looked at: ended runs are noted, free places are filled.

Nothing is remembered between two looks. Each step is one transaction, and every state in which a crash can leave a
backfill is one in which the next look goes on: an interval is claimed before its run starts, and the run has a token
that is made of the backfill and the interval, so asking for it again gives the same run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

import structlog

from brickyard.engine.backfill import parameters as backfill_parameters
from brickyard.engine.backfill.door import BackfillRequest
from brickyard.engine.backfill.plan import run_name, verdict
from brickyard.engine.commands import StartRequest
from brickyard.errors import BrickyardError, Conflict, Unavailable
from brickyard.ports import BackfillStore, Clock, JobStore
from brickyard.records import BackfillInterval, BackfillRecord, JobRecord
from brickyard.runs.model import Run
from brickyard.triggers.intervals import zone_of

_log = structlog.get_logger(__name__)
NO_RUNS: Final = "The job's max_concurrent_runs is 0: no run of it may start."


class Runs(Protocol):
    """What a backfill needs of the runs of its job. Safe to use from its thread."""

    def run_now(self, job_id: int, request: StartRequest, *, user: str) -> int: ...
    def by_token(self, token: str) -> int | None: ...
    def get(self, run_id: int) -> Run | None: ...
    def cancel(self, run_id: int) -> None: ...
    def has_place(self, job_id: int, limit: int) -> bool:
        """Whether a run of the job would begin at once."""
        ...


class BackfillSteps:
    """Moves one backfill as far as it can go now. Used by one thread only."""

    def __init__(
        self, *, store: BackfillStore, jobs: JobStore, runs: Runs, clock: Clock, tell: Callable[[], None]
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._runs = runs
        self._clock = clock
        self._tell = tell

    def look(self, backfill_id: int) -> bool:
        """Do what can be done now; whether the backfill is over.

        Raises:
            Conflict: somebody else has changed the backfill meanwhile; it must be looked at again.
            Unavailable: the database is away; as above.
        """
        record = self._store.get(backfill_id)
        if record is None or record.ended_ms:
            return True
        job = self._jobs.get(record.job_id)
        if job is None and record.state != "CANCELLING":
            reason = f"Job {record.job_id} was deleted."
            self._store.cancel(backfill_id, record.state, cancel_runs=True, reason=reason)
            record = replace(record, state="CANCELLING", cancel_runs=True)
        for interval in self._store.started(backfill_id):
            self._follow(record, job, interval)
        if record.state == "RUNNING" and job is not None:
            self._fill(record, job)
        is_over = self._store.finish(backfill_id, self._clock.now_ms())
        self._tell()
        return is_over

    # --------------------------------------------------------------------------------------- intervals that began

    def _follow(self, record: BackfillRecord, job: JobRecord | None, interval: BackfillInterval) -> None:
        """Note the end of an interval's run; cancel the run where that is wanted."""
        run_id = interval.run_id or self._run_of(record, job, interval)
        if not run_id:
            return
        run = self._runs.get(run_id)
        if run is None:
            self._leave(replace(interval, run_id=run_id), "DONE", f"Run {run_id} was deleted.")
        elif run.life_cycle.is_terminal:
            self._leave(replace(interval, run_id=run_id), "DONE")
        elif record.state == "CANCELLING" and record.cancel_runs and not run.cancel_requested:
            self._runs.cancel(run_id)

    def _run_of(self, record: BackfillRecord, job: JobRecord | None, interval: BackfillInterval) -> int:
        """The run of an interval that was claimed by a server that ended then; 0 where it is given back."""
        if record.state == "RUNNING" and job is not None:
            return self._begin(record, job, interval)
        run_id = self._runs.by_token(_token(interval)) or 0
        if run_id:
            self._store.save(replace(interval, run_id=run_id), expected="STARTED")
        else:
            self._leave(interval, "WAITING" if record.state == "PAUSED" else "CANCELLED")
        return run_id

    def _leave(self, interval: BackfillInterval, state: str, reason: str = "") -> None:
        self._store.save(replace(interval, state=state, reason=reason), expected="STARTED")

    # -------------------------------------------------------------------------------------- intervals that begin

    def _fill(self, record: BackfillRecord, job: JobRecord) -> None:
        """Begin intervals while there is a place for their runs."""
        limit = int(job.settings.get("max_concurrent_runs", 1))
        if limit == 0:
            self._store.move(record.backfill_id, "RUNNING", "PAUSED", reason=NO_RUNS)
            return
        # Never more than the job may have at once: a run of a backfill does not wait for others of the same one.
        parallel = min(int(record.spec["parallel"]), limit)
        rerun = str(record.spec["rerun"])
        while self._may_begin(job, limit):
            interval = self._store.claim(
                record.backfill_id,
                parallel=parallel,
                judge=lambda _, before: "" if (found := verdict(rerun, before)).runs else found.why,
            )
            if interval is None or (interval.state == "STARTED" and not self._begin(record, job, interval)):
                return
            self._tell()

    def _may_begin(self, job: JobRecord, limit: int) -> bool:
        """A job that queues lets the run wait its turn among those of others; else there must be a place now."""
        queues = (job.settings.get("queue") or {}).get("enabled", True)
        return bool(queues) or self._runs.has_place(job.job_id, limit)

    def _begin(self, record: BackfillRecord, job: JobRecord, interval: BackfillInterval) -> int:
        """Start the run of a claimed interval; 0 where the job refuses it: the backfill is paused then."""
        try:
            run_id = self._runs.run_now(record.job_id, _request(record, job, interval), user=record.creator)
        except (Unavailable, Conflict):
            raise
        except BrickyardError as error:
            if self._jobs.get(record.job_id) is None:
                raise Conflict(f"Job {record.job_id} was deleted meanwhile.") from error
            _log.warning("a backfill is paused", backfill_id=record.backfill_id, error=error.message)
            self._leave(interval, "WAITING")
            self._store.move(record.backfill_id, "RUNNING", "PAUSED", reason=f"A run was refused: {error.message}")
            return 0
        self._store.save(replace(interval, run_id=run_id), expected="STARTED")
        return run_id


def _token(interval: BackfillInterval) -> str:
    return f"backfill:{interval.backfill_id}:{interval.at_ms}"


def _request(record: BackfillRecord, job: JobRecord, interval: BackfillInterval) -> StartRequest:
    wanted = BackfillRequest.of_spec(record.spec)
    templates = backfill_parameters.templates(wanted.parameters)
    return StartRequest(
        parameters=backfill_parameters.resolve(templates, interval.at_ms, wanted.zone),
        idempotency_token=_token(interval),
        # Where somebody takes the last place between our look and our start, the run waits; it is never skipped.
        queue_enabled=True,
        trigger_info={"backfill_id": record.backfill_id, "backfill_ms": interval.at_ms, "zone": wanted.zone},
        run_name=run_name(str(job.settings.get("name", "")), interval.at_ms, zone_of(wanted.zone)),
    )
