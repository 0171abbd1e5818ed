"""The command that runs tasks of an ended run again."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace

from brickyard.engine.active import ActiveRuns
from brickyard.engine.commands import RepairRequest
from brickyard.engine.details import DetailsCache
from brickyard.engine.job_commands import JobCommands
from brickyard.engine.run_loop import RunLoop
from brickyard.errors import InvalidParameterValue, InvalidState, NotFound
from brickyard.jobs.parameters import check_overrides
from brickyard.jobs.settings import parse
from brickyard.jobs.tasks import JobSettings
from brickyard.ports import Ids, RepairFacts
from brickyard.runs import plan, repair
from brickyard.runs.events import RepairRequested
from brickyard.runs.model import Run, TaskPlan
from brickyard.runs.states import RunType


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A repair that is allowed: which tasks of the run are to run again, and under which settings."""

    run: Run
    settings: JobSettings
    job_version: int
    """0 for a run without a job."""
    plan: Mapping[str, TaskPlan]
    keys: frozenset[str]


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

        Parameters and legacy overrides hold for this repair only: a later repair without them returns to those that
        the run was started with.

        Raises:
            NotFound: no such run, or its job was deleted.
            InvalidState: the run is active, or is of a kind that cannot be repaired.
            InvalidParameterValue: the selection or the parameters are not allowed.
        """
        with self._lock:
            return self._repair(run_id, request, timeout)

    def look(self, run_id: int, request: RepairRequest) -> Chosen:
        """What such a repair would be, checked as by `repair`; nothing happens.

        Without `latest_repair_id` the latest is meant: a look cannot come too late.
        """
        run = self._active.get(run_id)
        if run is None:
            raise NotFound(f"Run {run_id} does not exist.")
        if request.latest_repair_id is None and run.repairs:
            request = replace(request, latest_repair_id=run.repairs[-1].repair_id)
        return self._chosen(run, request)

    def _repair(self, run_id: int, request: RepairRequest, timeout: float) -> int:
        run = self._active.get(run_id)
        if run is None:
            raise NotFound(f"Run {run_id} does not exist.")
        chosen = self._chosen(run, request)
        event = RepairRequested(
            repair_id=self._ids.next_id(),
            task_keys=chosen.keys,
            plan=chosen.plan,
            timeout_ms=chosen.settings.timeout_seconds * 1000,
        )
        facts = RepairFacts(
            number=len(run.repairs) + 1,
            settings=chosen.settings.raw,
            parameters=dict(request.parameters),
            overriding=dict(request.overriding),
            job_version=chosen.job_version,
        )
        done: Future[Run] = self._loop.submit(run_id, event, repair=facts)
        done.result(timeout)
        return event.repair_id

    def _chosen(self, run: Run, request: RepairRequest) -> Chosen:
        settings, version = self._settings(run)
        check_overrides(settings, request.parameters, request.overriding)
        _check_names(settings, request)
        rules = plan.of(settings.tasks)
        keys = repair.select(
            run,
            rules,
            rerun_tasks=request.rerun_tasks,
            rerun_all_failed_tasks=request.rerun_all_failed_tasks,
            rerun_dependent_tasks=request.rerun_dependent_tasks,
            latest_repair_id=request.latest_repair_id,
        )
        return Chosen(run=run, settings=settings, job_version=version, plan=rules, keys=keys)

    def _settings(self, run: Run) -> tuple[JobSettings, int]:
        """The settings that a repair runs with, and their version."""
        match run.run_type:
            case RunType.JOB_RUN:
                job = self._jobs.find(run.job_id)
                if job is None:
                    raise NotFound(
                        f"Job {run.job_id} does not exist. A repair runs with the current settings of its job,"
                        f" so run {run.run_id} cannot be repaired."
                    )
                return parse(job.settings), job.version
            case RunType.SUBMIT_RUN:
                return self._details.get(run.run_id).settings, 0
            case RunType.WORKFLOW_RUN:
                raise InvalidState(f"Run {run.run_id} was started by a notebook; repair the run of that notebook.")


def _check_names(settings: JobSettings, request: RepairRequest) -> None:
    """A nested task runs with its loop, and cannot be chosen alone."""
    loops = {task.nested.key: task.key for task in settings.tasks if task.nested is not None}
    for index, key in enumerate(request.rerun_tasks):
        if key in loops:
            raise InvalidParameterValue(
                f"rerun_tasks[{index}] is {key!r}, which is the nested task of the loop {loops[key]!r}; name"
                f" {loops[key]!r}: with the same inputs, only its failed iterations run again."
            )
