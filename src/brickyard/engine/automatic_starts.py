"""Runs that no request asks for at the moment they start: those of run-job tasks, and those of backfills."""

from __future__ import annotations

from dataclasses import replace

from brickyard.engine.access.job_rights import JobRights
from brickyard.engine.commands import StartRequest
from brickyard.engine.run_commands import RunCommands


class AutomaticStarts:
    """Starts them, if whoever is behind them may do so now. Safe to use from any thread."""

    def __init__(self, runs: RunCommands, rights: JobRights) -> None:
        self._runs = runs
        self._rights = rights

    def run_now(self, job_id: int, request: StartRequest, *, user: str) -> int:
        """As `RunCommands.run_now`, for the identity of the run that has the task, or the maker of the backfill.

        Raises:
            PermissionDenied: they may not start this job.
            InvalidParameterValue: they may not even see it, or there is none.
        """
        self._rights.check_start(user, job_id)
        return self._runs.run_now(job_id, replace(request, is_internal=True), user=user)
