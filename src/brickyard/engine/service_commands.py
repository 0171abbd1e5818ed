"""The door into the engine: implements `engine.commands.Commands`. Safe to use from any thread."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswer

from brickyard.engine.active import ActiveRuns
from brickyard.engine.backfill.commands import BackfillCommands
from brickyard.engine.commands import RepairRequest, StartRequest
from brickyard.engine.job_commands import JobCommands
from brickyard.engine.repair.commands import RepairCommands
from brickyard.engine.repair.outlook import RepairPlan
from brickyard.engine.repair.plans import RepairPlans
from brickyard.engine.run_commands import RunCommands
from brickyard.engine.run_loop import RunLoop
from brickyard.engine.waiting import Sentences, Waiting
from brickyard.engine.watch import Watches
from brickyard.errors import NotFound, Unavailable
from brickyard.ports import RunStore
from brickyard.records import Json
from brickyard.runs.events import CancelRequested
from brickyard.runs.model import Run

_ANSWER_SECONDS = 30.0


class EngineCommands:
    """Every call is checked and committed when it returns."""

    def __init__(
        self,
        *,
        store: RunStore,
        active: ActiveRuns,
        jobs: JobCommands,
        runs: RunCommands,
        repairs: RepairCommands,
        repair_plans: RepairPlans,
        loop: RunLoop,
        watches: Watches,
        waiting: Waiting,
        backfills: BackfillCommands,
    ) -> None:
        self._store = store
        self._active = active
        self._jobs = jobs
        self._runs = runs
        self._repairs = repairs
        self._repair_plans = repair_plans
        self._loop = loop
        self._watches = watches
        self._waiting = waiting
        self.backfills = backfills

    def create_job(self, settings: Json, *, user: str) -> int:
        return self._jobs.create(settings, user=user)

    def reset_job(self, job_id: int, settings: Json, *, user: str) -> None:
        self._jobs.reset(job_id, settings, user=user)
        self._job_changed(job_id)

    def update_job(self, job_id: int, new_settings: Json | None, fields_to_remove: Sequence[str], *, user: str) -> None:
        self._jobs.update(job_id, new_settings, fields_to_remove, user=user)
        self._job_changed(job_id)

    def restore_job(self, job_id: int, version: int, *, user: str) -> int:
        restored = self._jobs.restore(job_id, version, user=user)
        self._job_changed(job_id)
        return restored

    def _job_changed(self, job_id: int) -> None:
        self._runs.job_changed(job_id)
        self.backfills.job_changed(job_id)

    def delete_job(self, job_id: int, *, user: str) -> None:  # noqa: ARG002 - of the port
        self._jobs.delete(job_id)
        self._job_changed(job_id)
        self._cancel_active(job_id)

    def run_now(self, job_id: int, request: StartRequest, *, user: str) -> int:
        return self._runs.run_now(job_id, request, user=user)

    def submit(self, body: Json, *, user: str) -> int:
        return self._runs.submit(body, user=user)

    def cancel(self, run_id: int, *, user: str) -> None:  # noqa: ARG002 - of the port
        run, attempt_id = self._find(run_id)
        if not run.life_cycle.is_terminal:
            _wait(self._loop.submit(run.run_id, CancelRequested(attempt_id)))

    def cancel_all(self, job_id: int, *, user: str) -> None:  # noqa: ARG002 - of the port
        self._jobs.get(job_id)
        self._cancel_active(job_id)

    def _cancel_active(self, job_id: int) -> None:
        active = [run for run in self._active.all() if run.job_id == job_id]
        for future in [self._loop.submit(run.run_id, CancelRequested()) for run in active]:
            _wait(future)

    def repair(self, run_id: int, request: RepairRequest, *, user: str) -> int:  # noqa: ARG002 - of the port
        self.backfills.check_repair(self._store.record(run_id))
        try:
            return self._repairs.repair(run_id, request, timeout=_ANSWER_SECONDS)
        except NoAnswer as error:
            raise _no_answer() from error

    def plan_repair(self, run_id: int, request: RepairRequest) -> RepairPlan:
        return self._repair_plans.plan(run_id, request)

    def delete_run(self, run_id: int, *, user: str) -> None:  # noqa: ARG002 - of the port
        if not self._store.delete(run_id):
            raise NotFound(f"Run {run_id} does not exist.")

    def watch(self, run_id: int, *, seen: int, timeout: float) -> tuple[int, Run]:
        return self._watches.wait(lambda: self._load(run_id), seen=seen, timeout=timeout)

    def waiting(self, run_id: int) -> Sentences:
        return self._waiting.sentences(run_id)

    def _find(self, run_id: int) -> tuple[Run, int | None]:
        """The job run of this id, or the one that has a task run of this id, and the task run's id."""
        run = self._active.get(run_id)
        if run is not None:
            return run, None
        owner = self._active.run_of_attempt(run_id)
        return self._load(run_id if owner is None else owner), run_id

    def _load(self, run_id: int) -> Run:
        run = self._active.get(run_id)
        if run is None:
            raise NotFound(f"Run {run_id} does not exist.")
        return run


def _wait(future: Future[Run]) -> None:
    try:
        future.result(_ANSWER_SECONDS)
    except NoAnswer as error:
        raise _no_answer() from error


def _no_answer() -> Unavailable:
    return Unavailable(
        f"The run loop did not answer within {_ANSWER_SECONDS:.0f} s; what was asked for may yet happen."
    )
