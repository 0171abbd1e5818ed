"""Commands on backfills: they keep what is wanted, and ring for the loop that does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from brickyard.engine.backfill import parameters as backfill_parameters
from brickyard.engine.backfill.bell import BackfillBell
from brickyard.engine.backfill.door import BackfillRequest, PlannedInterval
from brickyard.engine.backfill.news import BackfillNews
from brickyard.engine.backfill.plan import Checked, Verdict, check, check_number, verdict
from brickyard.engine.job_commands import JobCommands
from brickyard.errors import Conflict, InvalidState, NotFound
from brickyard.jobs.settings import parse
from brickyard.ports import BackfillStore, Clock, Ids
from brickyard.records import BackfillInterval, BackfillRecord, RunRecord


class BackfillCommands:
    """Implements `engine.backfill_door.Backfills`. Safe to use from any thread."""

    def __init__(
        self,
        *,
        store: BackfillStore,
        jobs: JobCommands,
        bell: BackfillBell,
        news: BackfillNews,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._bell = bell
        self._news = news
        self._clock = clock
        self._ids = ids

    def plan(self, job_id: int, request: BackfillRequest) -> Sequence[PlannedInterval]:
        checked, verdicts = self._look(job_id, request)
        return [
            PlannedInterval(
                at_ms=at_ms,
                parameters=backfill_parameters.resolve(checked.parameters, at_ms, request.zone),
                runs=verdicts[at_ms].runs,
                reason=verdicts[at_ms].why,
            )
            for at_ms in checked.at_ms
        ]

    def create(self, job_id: int, request: BackfillRequest, *, user: str) -> int:
        checked, verdicts = self._look(job_id, request)
        backfill = BackfillRecord(
            backfill_id=self._ids.next_id(),
            job_id=job_id,
            creator=user,
            created_ms=self._clock.now_ms(),
            spec=request.spec(),
        )
        intervals = [
            _interval(backfill, position, at_ms, verdicts[at_ms]) for position, at_ms in enumerate(checked.at_ms)
        ]
        self._store.create(backfill, intervals)
        self._bell.add(backfill.backfill_id, job_id)
        return backfill.backfill_id

    def retry(self, backfill_id: int, *, user: str) -> int:
        before = self._get(backfill_id)
        return self.create(before.job_id, replace(BackfillRequest.of_spec(before.spec), rerun="failed"), user=user)

    def pause(self, backfill_id: int, *, user: str) -> None:  # noqa: ARG002 - of the port
        self._move(backfill_id, "RUNNING", "PAUSED")

    def resume(self, backfill_id: int, *, user: str) -> None:  # noqa: ARG002 - of the port
        self._move(backfill_id, "PAUSED", "RUNNING")

    def cancel(self, backfill_id: int, *, cancel_runs: bool, user: str) -> None:
        record = self._get(backfill_id)
        if record.ended_ms or (record.state == "CANCELLING" and not cancel_runs):
            return
        try:
            self._store.cancel(backfill_id, record.state, cancel_runs=cancel_runs, reason=record.reason)
        except Conflict:
            self.cancel(backfill_id, cancel_runs=cancel_runs, user=user)
            return
        self._changed(record)

    def watch(self, backfill_id: int, *, seen: int, timeout: float) -> BackfillRecord:
        return self._news.wait(lambda: self._get(backfill_id), seen=seen, timeout=timeout)

    def job_changed(self, job_id: int) -> None:
        """The job has other settings, or is gone: its backfills may go on, or must end."""
        self._bell.job_changed(job_id)

    def check_repair(self, run: RunRecord | None) -> None:
        """That a run may be repaired: its interval is not being run by another backfill.

        Raises:
            InvalidState: it is; the text says by which.
        """
        if run is None or "backfill_ms" not in run.trigger_info:
            return
        at_ms = int(run.trigger_info["backfill_ms"])
        now = self._store.past(run.job_id, [at_ms]).get(at_ms)
        if now is not None and now.is_active and now.run_id != run.run_id:
            raise InvalidState(
                f"Backfill {now.backfill_id} is running the interval of run {run.run_id} again"
                f" (run {now.run_id or 'not yet started'}); wait for its end."
            )

    def _look(self, job_id: int, request: BackfillRequest) -> tuple[Checked, Mapping[int, Verdict]]:
        """The intervals of a request, and what is to become of each."""
        checked = check(request, parse(self._jobs.get(job_id).settings))
        past = self._store.past(job_id, checked.at_ms)
        verdicts = {at_ms: verdict(request.rerun, past.get(at_ms)) for at_ms in checked.at_ms}
        check_number(request, sum(each.runs for each in verdicts.values()))
        return checked, verdicts

    def _move(self, backfill_id: int, expected: str, state: str) -> None:
        record = self._get(backfill_id)
        if record.state == state:
            return
        try:
            self._store.move(backfill_id, expected, state)
        except Conflict:
            now = self._get(backfill_id).state
            raise InvalidState(
                f"Backfill {backfill_id} is {now}; only one that is {expected} can become {state}."
            ) from None
        self._changed(record)

    def _changed(self, record: BackfillRecord) -> None:
        self._bell.add(record.backfill_id, record.job_id)
        self._news.tell()

    def _get(self, backfill_id: int) -> BackfillRecord:
        record = self._store.get(backfill_id)
        if record is None:
            raise NotFound(f"Backfill {backfill_id} does not exist.")
        return record


def _interval(backfill: BackfillRecord, position: int, at_ms: int, found: Verdict) -> BackfillInterval:
    return BackfillInterval(
        backfill_id=backfill.backfill_id,
        position=position,
        at_ms=at_ms,
        state="WAITING" if found.runs else "SKIPPED",
        reason="" if found.runs else found.why,
    )
