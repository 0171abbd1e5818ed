"""What one attempt is to do: the payload of its task, with every reference resolved."""

from __future__ import annotations

from brickyard.engine.details import Details, DetailsCache
from brickyard.engine.resolved import ResolvedValues
from brickyard.engine.scopes import Scopes
from brickyard.jobs.parameters import resolve_work, resolved_values
from brickyard.jobs.tasks import Task, Work
from brickyard.records import Json
from brickyard.runs.model import Attempt, Run
from brickyard.runs.states import RunType


class Payloads:
    """Resolves payloads, and remembers what they were resolved to until that is stored."""

    def __init__(self, details: DetailsCache, scopes: Scopes) -> None:
        self._details = details
        self._scopes = scopes
        self._resolved = ResolvedValues()

    def details(self, run: Run, attempt: Attempt) -> Details:
        """The run as declared, as this attempt sees it."""
        return self._details.get(run.run_id, attempt.repair)

    def task(self, run: Run, attempt: Attempt) -> Task:
        """The task as declared that this attempt attempts; for an iteration the nested one."""
        return self.details(run, attempt).tasks[attempt.task_key]

    def resolve(self, run: Run, attempt: Attempt) -> Work:
        """The payload as it runs.

        Raises:
            InvalidParameterValue: a reference has no value in this run.
        """
        details = self.details(run, attempt)
        task = details.tasks[attempt.task_key]
        if run.run_type is RunType.WORKFLOW_RUN:
            return task.work  # the arguments of `dbutils.notebook.run` are values, not templates
        scope = self._scopes.of_attempt(run, attempt, details)
        return resolve_work(task, details.settings, scope, details.overriding)

    def keep(self, attempt: Attempt, work: Work) -> None:
        """Have the resolved values stored with the attempt's next event."""
        self.keep_again(attempt.attempt_id, resolved_values(work))

    def keep_again(self, attempt_id: int, values: Json) -> None:
        """As `keep`, for values that were taken and could not be stored."""
        self._resolved.keep(attempt_id, values)

    def pop(self, attempt_id: int) -> Json | None:
        """The resolved values of an attempt, once: they are stored with its next event."""
        return self._resolved.pop(attempt_id)
