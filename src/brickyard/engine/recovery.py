"""At start: what an earlier server left is taken up. The states tell almost all; pending effects tell the rest."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from brickyard.engine.active import ActiveRuns
from brickyard.engine.admission import Admission
from brickyard.engine.children import Children
from brickyard.engine.details import DetailsCache
from brickyard.engine.effects import Effects
from brickyard.engine.ledger import Ledger
from brickyard.engine.starter import Starter
from brickyard.ports import RunStore, Workers
from brickyard.runs.effects import EndClusters, StartAttempt, StopAttempt, Wake, WakeAt
from brickyard.runs.model import Attempt, Kind, Run
from brickyard.runs.states import LifeCycle, RunType
from brickyard.workloads import folder


class Recovery:
    """Brings the memory of a new engine in line with the store and with the workers that live. Runs before the loop."""

    def __init__(
        self,
        *,
        store: RunStore,
        active: ActiveRuns,
        admission: Admission,
        children: Children,
        details: DetailsCache,
        effects: Effects,
        ledger: Ledger,
        starter: Starter,
        workers: Workers,
        attempts: Path,
    ) -> None:
        self._store = store
        self._active = active
        self._admission = admission
        self._children = children
        self._details = details
        self._effects = effects
        self._ledger = ledger
        self._starter = starter
        self._workers = workers
        self._attempts = attempts

    def recover(self) -> None:
        """Take up every run that is not over; safe to do again after a crash at any point of it."""
        runs = [run for run in map(self._store.load, sorted(self._store.active())) if run is not None]
        for run in runs:
            self._active.put(run)
        for run in runs:
            self._admit(run)
        adopted = {a.attempt_id: run for run in runs for a in run.attempts if self._has_worker(run, a)}
        for attempt_id, run in adopted.items():
            self._starter.adopted(attempt_id, run)
        self._workers.adopt({attempt_id: folder.of(self._attempts, attempt_id) for attempt_id in adopted})
        for run in runs:
            self._go_on(run, adopted)
        self._perform_pending()
        for run in runs:
            self._note_child(run)
        self._admission.fill()

    def _admit(self, run: Run) -> None:
        if run.run_type is not RunType.JOB_RUN:
            return
        if run.life_cycle is LifeCycle.QUEUED:
            limit = self._details.get(run.run_id).settings.max_concurrent_runs
            self._admission.wait(run.job_id, run.run_id, limit)
        else:
            self._admission.occupy(run.job_id, run.run_id)

    def _has_worker(self, run: Run, attempt: Attempt) -> bool:
        """Whether a worker has, or had, this attempt. One that is to be stopped and has none never gets one."""
        if attempt.is_terminal or run.rules(attempt).kind is not Kind.WORKER:
            return False
        match attempt.life_cycle:
            case LifeCycle.RUNNING:
                return True
            case LifeCycle.PENDING:
                return self._claim(attempt).exists()
            case LifeCycle.TERMINATING:
                return not self._take_claim(attempt)
            case _:
                return False

    def _claim(self, attempt: Attempt) -> Path:
        return folder.of(self._attempts, attempt.attempt_id) / folder.CLAIM

    def _take_claim(self, attempt: Attempt) -> bool:
        """Claim the attempt ourselves, so that no worker that is late can begin it; False where one has it."""
        claim = self._claim(attempt)
        claim.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.close(os.open(claim, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            return False
        return True

    def _go_on(self, run: Run, adopted: Mapping[int, Run]) -> None:
        for attempt in run.attempts:
            match attempt.life_cycle:
                case LifeCycle.PENDING if attempt.attempt_id not in adopted:
                    self._effects.perform_one(run, StartAttempt(attempt.attempt_id))
                case LifeCycle.RUNNING:
                    self._starter.begun(run, attempt)
                case LifeCycle.TERMINATING:
                    self._starter.begun(run, attempt)
                    self._effects.perform_one(run, StopAttempt(attempt.attempt_id, attempt.stop_reason))
                case LifeCycle.WAITING_FOR_RETRY:
                    wake = WakeAt(attempt.retry_at_ms, Wake.RETRY, attempt.attempt_id)
                    self._effects.perform_one(run, wake)
                case _:
                    pass

    def _perform_pending(self) -> None:
        """Timers are armed, clusters ended. Starts and stops were performed by what the attempts' states say."""
        for pending in self._store.pending_effects():
            match pending.effect:
                case WakeAt() if pending.run_id in self._active:
                    self._effects.perform_one(self._run(pending.run_id), pending.effect)
                case EndClusters():
                    self._effects.perform_one(self._run(pending.run_id), pending.effect)
                case _:
                    self._ledger.add(pending.run_id, pending.effect)

    def _run(self, run_id: int) -> Run:
        run = self._active.get(run_id)
        assert run is not None, f"an effect is pending for run {run_id}"  # noqa: S101 - a foreign key holds
        return run

    def _note_child(self, run: Run) -> None:
        if run.run_type is not RunType.WORKFLOW_RUN:
            return
        parent = self._details.get(run.run_id).record.parent_attempt_id
        if parent is not None:
            self._children.note(parent, run.run_id)
