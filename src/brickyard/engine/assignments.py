"""From an attempt to the message that a worker needs: parameters resolved, folder made, assignment written."""

from __future__ import annotations

from collections.abc import Sequence

from brickyard.engine.access.run_files import RunFiles
from brickyard.engine.access.standing import Standing
from brickyard.engine.active import ActiveRuns
from brickyard.engine.clusters.existing import ExistingClusters
from brickyard.engine.details import Details
from brickyard.engine.folders import paths_of, trust_of
from brickyard.engine.payloads import Payloads
from brickyard.engine.requirement_paths import real_lines
from brickyard.engine.works import message_of, resolved_of
from brickyard.jobs import tasks
from brickyard.jobs.parameters import requirements
from brickyard.jobs.tasks import ClusterSpec, Compute, ExistingCluster, JobClusterRef, JobSettings, Task
from brickyard.ports import QueryStore
from brickyard.runs.model import Attempt, Run
from brickyard.runs.states import RunType
from brickyard.settings import Settings
from brickyard.workloads import folder
from brickyard.workloads.claims import read_assignment, write_assignment
from brickyard.workloads.messages import Assignment, JobContext, Work


class Assignments:
    """Makes assignments."""

    def __init__(
        self,
        settings: Settings,
        payloads: Payloads,
        active: ActiveRuns,
        queries: QueryStore,
        existing: ExistingClusters,
        *,
        standing: Standing,
        files: RunFiles,
        workspace_id: int,
        api_url: str,
    ) -> None:
        self._settings = settings
        self._payloads = payloads
        self._active = active
        self._queries = queries
        self._standing = standing
        self._files = files
        self._existing = existing
        self._workspace_id = workspace_id
        self._api_url = api_url
        self._trust = trust_of(settings, api_url)
        self._paths = paths_of(settings)

    def make(self, run: Run, attempt: Attempt) -> Assignment:
        """Everything that a worker needs for this attempt, also written to the attempt's folder.

        Raises:
            InvalidParameterValue: a reference has no value in this run, or a path means no file here.
            PermissionDenied: whoever the run acts for is gone, or may not run what the task names.
            NotFound: the saved query of the task does not exist.
            PermissionDenied: the run's identity may not use the all-purpose cluster that the task names.
            QuotaExceeded: that cluster would have to be started, and no more may run.
            OSError: the folder cannot be written.
        """
        details = self._payloads.details(run, attempt)
        self._standing.check(details.record.identity)
        work = self._payloads.resolve(run, attempt)
        message = message_of(work, self._queries)
        host, settings = self._host(run, attempt)
        lines = real_lines(requirements(host, settings), self._paths)
        self._check_files(run, details.record.identity, work, message, lines)
        spec = self._spec(settings, host.compute, details.record.identity)
        assignment = Assignment(
            attempt_id=attempt.attempt_id,
            work=message,
            folder=str(folder.of(self._settings.attempts, attempt.attempt_id)),
            paths=self._paths,
            context=self._context(run, attempt, details),
            environment={**self._trust, **(spec.spark_env_vars if spec else {})},
            spark_conf=dict(spec.spark_conf) if spec else {},
            requirements=list(self.requirements(run, attempt)),
        )
        write_assignment(assignment)
        self._payloads.keep(attempt, work)
        return assignment

    def recall(self, attempt_id: int) -> None:
        """Find again what an attempt was given whose server died before that was stored."""
        assignment = read_assignment(folder.of(self._settings.attempts, attempt_id))
        if assignment is not None:
            self._payloads.keep_again(attempt_id, resolved_of(assignment.work))

    def requirements(self, run: Run, attempt: Attempt) -> Sequence[str]:
        """The pip requirement lines of an attempt, with paths of this machine.

        Raises:
            InvalidParameterValue: a path means no file here.
        """
        host, settings = self._host(run, attempt)
        lines = real_lines(requirements(host, settings), self._paths)
        if isinstance(host.compute, ExistingCluster):
            lines += self._existing.requirements(host.compute.cluster_id)
        return list(dict.fromkeys(lines))

    def _check_files(self, run: Run, name: str, work: tasks.Work, message: Work, lines: Sequence[str]) -> None:
        self._files.check_work(name, message, nested=run.run_type is RunType.WORKFLOW_RUN)
        self._files.check_requirements(name, lines)
        if isinstance(work, tasks.SqlTask) and work.query_id:
            self._files.check_query(name, work.query_id)

    def _spec(self, settings: JobSettings, compute: Compute, user: str) -> ClusterSpec | None:
        if not isinstance(compute, ExistingCluster):
            return cluster_of(settings, compute)
        self._existing.want(compute.cluster_id, user)
        return self._existing.spec(compute.cluster_id)

    def _host(self, run: Run, attempt: Attempt) -> tuple[Task, JobSettings]:
        """The task whose compute and packages the attempt uses: a notebook's child has those of its parent."""
        details = self._payloads.details(run, attempt)
        scope = details.record.cluster_scope
        if scope is not None:
            return self._host(*self._active.of_attempt(scope))
        return details.tasks[attempt.task_key], details.settings

    def _context(self, run: Run, attempt: Attempt, details: Details) -> JobContext:
        return JobContext(
            job_id=run.job_id,
            job_name=details.settings.name,
            run_id=run.run_id,
            task_key=attempt.task_key,
            attempt_number=attempt.number,
            trigger=run.trigger,
            start_ms=run.started_ms,
            user_name=details.record.identity,
            workspace_id=self._workspace_id,
            api_url=self._api_url,
        )


def cluster_of(settings: JobSettings, compute: JobClusterRef | ClusterSpec | None) -> ClusterSpec | None:
    """The cluster that is to be made for a task; None is serverless."""
    return settings.job_clusters[compute.key] if isinstance(compute, JobClusterRef) else compute
