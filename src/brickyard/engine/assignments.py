"""From an attempt to the message that a worker needs: parameters resolved, folder made, assignment written."""

from __future__ import annotations

from collections.abc import Mapping

from brickyard.engine.details import Details, DetailsCache
from brickyard.engine.scopes import Scopes
from brickyard.jobs.parameters import resolve_work
from brickyard.jobs.tasks import ClusterSpec, Compute, JobClusterRef, JobSettings, NotebookTask, Work
from brickyard.ports import Json
from brickyard.runs.model import Attempt, Run
from brickyard.runs.states import RunType
from brickyard.settings import Settings
from brickyard.workloads import folder
from brickyard.workloads.claims import write_assignment
from brickyard.workloads.messages import Assignment, JobContext, NotebookWork, Paths, ScriptWork


class Assignments:
    """Makes assignments, and remembers what they were resolved to until that is stored."""

    def __init__(self, settings: Settings, details: DetailsCache, scopes: Scopes, api_url: str) -> None:
        self._settings = settings
        self._details = details
        self._scopes = scopes
        self._api_url = api_url
        self._resolved: dict[int, Json] = {}
        self._paths = Paths(
            workspace=str(settings.workspace),
            volumes=str(settings.volumes),
            dbfs=str(settings.dbfs),
            warehouse=str(settings.warehouse),
            checkouts=str(settings.checkouts),
        )

    def make(self, run: Run, attempt: Attempt) -> Assignment:
        """Everything that a worker needs for this attempt, also written to the attempt's folder.

        Raises:
            InvalidParameterValue: a reference has no value in this run.
            OSError: the folder cannot be written.
        """
        details = self._details.get(run.run_id, attempt.repair)
        work = self._work(run, attempt, details)
        spec = cluster_of(details.settings, details.tasks[attempt.task_key].compute)
        assignment = Assignment(
            attempt_id=attempt.attempt_id,
            work=_message(work),
            folder=str(folder.of(self._settings.attempts, attempt.attempt_id)),
            paths=self._paths,
            context=self._context(run, attempt, details),
            environment=dict(spec.spark_env_vars) if spec else {},
            spark_conf=dict(spec.spark_conf) if spec else {},
        )
        write_assignment(assignment)
        self._resolved[attempt.attempt_id] = resolved_values(work)
        return assignment

    def pop(self, attempt_id: int) -> Json | None:
        """The resolved values of an attempt, once: they are stored with its next event."""
        return self._resolved.pop(attempt_id, None)

    def _work(self, run: Run, attempt: Attempt, details: Details) -> Work:
        task = details.tasks[attempt.task_key]
        if run.run_type is RunType.WORKFLOW_RUN:
            return task.work  # the arguments of `dbutils.notebook.run` are values, not templates
        scope = self._scopes.of_attempt(run, attempt, details)
        return resolve_work(task, details.settings, scope, details.record.overriding)

    def _context(self, run: Run, attempt: Attempt, details: Details) -> JobContext:
        return JobContext(
            job_id=run.job_id,
            job_name=details.settings.name,
            run_id=run.run_id,
            task_key=attempt.task_key,
            attempt_number=attempt.number,
            trigger=run.trigger,
            start_ms=run.started_ms,
            user_name=details.record.creator,
            workspace_id=self._scopes.workspace_id,
            api_url=self._api_url,
        )


def cluster_of(settings: JobSettings, compute: Compute) -> ClusterSpec | None:
    """The cluster that a task asks for; None is serverless."""
    return settings.job_clusters[compute.key] if isinstance(compute, JobClusterRef) else compute


def resolved_values(work: Work) -> Mapping[str, object]:
    """The resolved values in the form of the API's `resolved_values`."""
    if isinstance(work, NotebookTask):
        return {"notebook_task": {"base_parameters": dict(work.base_parameters)}}
    return {"spark_python_task": {"parameters": list(work.parameters)}}


def _message(work: Work) -> NotebookWork | ScriptWork:
    if isinstance(work, NotebookTask):
        return NotebookWork(path=work.notebook_path, parameters=dict(work.base_parameters))
    return ScriptWork(path=work.python_file, parameters=list(work.parameters))
