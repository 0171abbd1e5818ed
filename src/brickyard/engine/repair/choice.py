"""What a repair would be: which tasks of an ended run are to run again, and under which settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from brickyard.engine.commands import RepairRequest
from brickyard.engine.details import DetailsCache
from brickyard.engine.policies import ClusterPolicies
from brickyard.errors import InvalidParameterValue, InvalidState, NotFound
from brickyard.jobs.parameters import check_overrides
from brickyard.jobs.settings import parse
from brickyard.jobs.tasks import JobSettings
from brickyard.ports import JobStore
from brickyard.runs import plan, repair
from brickyard.runs.model import Run, TaskPlan
from brickyard.runs.states import RunType


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A repair that is allowed."""

    run: Run
    settings: JobSettings
    job_version: int
    """0 for a run without a job."""
    plan: Mapping[str, TaskPlan]
    keys: frozenset[str]
    """The tasks that run again."""


class RepairChoices:
    """Checks wishes for repairs. Changes nothing. Safe to use from any thread."""

    def __init__(
        self,
        *,
        load: Callable[[int], Run | None],
        details: DetailsCache,
        jobs: JobStore,
        policies: ClusterPolicies,
    ) -> None:
        self._load = load
        self._details = details
        self._jobs = jobs
        self._policies = policies

    def choose(self, run_id: int, request: RepairRequest) -> Choice:
        """The repair that is asked for.

        Raises:
            NotFound: no such run, or its job was deleted.
            InvalidState: the run is active, or is of a kind that cannot be repaired.
            InvalidParameterValue: the selection or the parameters are not allowed.
        """
        run = self._run(run_id)
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
        return Choice(run=run, settings=settings, job_version=version, plan=rules, keys=keys)

    def look(self, run_id: int, request: RepairRequest) -> Choice:
        """As `choose`, but without `latest_repair_id` the latest is meant: a look cannot come too late."""
        run = self._run(run_id)
        if request.latest_repair_id is None and run.repairs:
            request = replace(request, latest_repair_id=run.repairs[-1].repair_id)
        return self.choose(run_id, request)

    def _run(self, run_id: int) -> Run:
        run = self._load(run_id)
        if run is None:
            raise NotFound(f"Run {run_id} does not exist.")
        return run

    def _settings(self, run: Run) -> tuple[JobSettings, int]:
        """The settings that a repair runs with, and their version."""
        match run.run_type:
            case RunType.JOB_RUN:
                job = self._jobs.get(run.job_id)
                if job is None:
                    raise NotFound(
                        f"Job {run.job_id} does not exist. A repair runs with the current settings of its job,"
                        f" so run {run.run_id} cannot be repaired."
                    )
                return self._policies.job(parse(job.settings)), job.version
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
