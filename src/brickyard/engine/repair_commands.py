"""The command that runs tasks of an ended run again."""

from __future__ import annotations

import threading
from concurrent.futures import Future

from brickyard.engine.active import ActiveRuns
from brickyard.engine.commands import RepairRequest
from brickyard.engine.details import DetailsCache
from brickyard.engine.job_commands import JobCommands
from brickyard.engine.run_loop import RunLoop
from brickyard.errors import FeatureDisabled, InvalidState, NotFound
from brickyard.jobs.parameters import check_overrides
from brickyard.jobs.settings import parse
from brickyard.jobs.tasks import JobSettings
from brickyard.ports import Ids, RepairFacts
from brickyard.runs import plan, repair
from brickyard.runs.events import RepairRequested
from brickyard.runs.model import Run
from brickyard.runs.states import RunType


class RepairCommands:
    """Repairs runs, one at a time: each sees what the one before it left."""

    def __init__(
        self,
        *,
        active: ActiveRuns,
        details: DetailsCache,
        jobs: JobCommands,
        loop: RunLoop,
        ids: Ids,
    ) -> None:
        self._active = active
        self._details = details
        self._jobs = jobs
        self._loop = loop
        self._ids = ids
        self._lock = threading.Lock()

    def repair(self, run_id: int, request: RepairRequest, *, timeout: float) -> int:
        """Run tasks of an ended run again, under the current settings of its job; the id of the repair.

        Raises:
            NotFound: no such run, or its job was deleted.
            InvalidState: the run is active, or is of a kind that cannot be repaired.
            InvalidParameterValue: the selection or the parameters are not allowed.
        """
        if request.overriding:
            raise FeatureDisabled(
                f"{', '.join(request.overriding)}: a repair takes job_parameters only;"
                " the legacy overrides of the run's start stay in force."
            )
        with self._lock:
            return self._repair(run_id, request, timeout)

    def _repair(self, run_id: int, request: RepairRequest, timeout: float) -> int:
        run = self._active.get(run_id)
        if run is None:
            raise NotFound(f"Run {run_id} does not exist.")
        settings = self._settings(run)
        check_overrides(settings, request.parameters, None)
        rules = plan.of(settings.tasks)
        chosen = repair.select(
            run,
            rules,
            rerun_tasks=request.rerun_tasks,
            rerun_all_failed_tasks=request.rerun_all_failed_tasks,
            rerun_dependent_tasks=request.rerun_dependent_tasks,
            latest_repair_id=request.latest_repair_id,
        )
        event = RepairRequested(
            repair_id=self._ids.next_id(),
            task_keys=chosen,
            plan=rules,
            timeout_ms=settings.timeout_seconds * 1000,
        )
        number = len(run.repairs) + 1
        facts = RepairFacts(number=number, settings=settings.raw, parameters=dict(request.parameters))
        done: Future[Run] = self._loop.submit(run_id, event, repair=facts)
        done.result(timeout)
        return event.repair_id

    def _settings(self, run: Run) -> JobSettings:
        match run.run_type:
            case RunType.JOB_RUN:
                return parse(self._jobs.get(run.job_id).settings)
            case RunType.SUBMIT_RUN:
                return self._details.get(run.run_id).settings
            case RunType.WORKFLOW_RUN:
                raise InvalidState(f"Run {run.run_id} was started by a notebook; repair the run of that notebook.")
