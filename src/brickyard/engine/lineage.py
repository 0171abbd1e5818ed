"""Which jobs a run was started by, and how deep runs may start each other.

Source: docs of Databricks "Run Job task for jobs": at most three levels, no circles.
"""

from __future__ import annotations

from collections.abc import Iterator

from brickyard.engine.active import ActiveRuns
from brickyard.engine.details import DetailsCache
from brickyard.errors import InvalidParameterValue, NotFound
from brickyard.runs.model import Run

MAX_LEVELS = 3
"""A run, the run that one of its tasks started, and one that a task of that started."""


class Lineage:
    """Looks from a run to those above it. Safe to use from any thread."""

    def __init__(self, active: ActiveRuns, details: DetailsCache) -> None:
        self._active = active
        self._details = details

    def check(self, run: Run, job_id: int) -> None:
        """That a task of this run may start a run of that job.

        Raises:
            InvalidParameterValue: the job would run itself, or runs would be nested too deeply.
        """
        above = list(self._jobs(run))
        path = " -> ".join(f"job {each}" for each in [*reversed(above), job_id])
        if job_id in above:
            raise InvalidParameterValue(f"Job {job_id} would run itself: {path}.")
        if len(above) >= MAX_LEVELS:
            raise InvalidParameterValue(
                f"Run-job tasks are nested too deeply: {path}; at most {MAX_LEVELS} levels of runs are allowed."
            )

    def _jobs(self, run: Run) -> Iterator[int]:
        """The job of the run, that of the run that started it, and so on."""
        yield run.job_id
        while (attempt_id := self._details.get(run.run_id).record.parent_attempt_id) is not None:
            parent_id = self._active.run_of_attempt(attempt_id)
            parent = self._active.get(parent_id) if parent_id is not None else None
            if parent is None:
                raise NotFound(f"Task run {attempt_id}, which started run {run.run_id}, does not exist.")
            run = parent
            yield run.job_id
