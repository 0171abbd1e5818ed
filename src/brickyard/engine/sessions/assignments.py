"""The folders and assignments of sessions."""

from __future__ import annotations

import shutil

from brickyard.engine.folders import paths_of, trust_of
from brickyard.ports.sessions import SessionRequest
from brickyard.settings import Settings
from brickyard.workloads import folder
from brickyard.workloads.claims import write_assignment
from brickyard.workloads.messages import Assignment, JobContext
from brickyard.workloads.session_messages import SessionWork


class SessionAssignments:
    """Makes them, and removes what is left when a session is over: nothing of it is kept."""

    def __init__(self, settings: Settings, *, workspace_id: int, api_url: str) -> None:
        self._settings = settings
        self._workspace_id = workspace_id
        self._api_url = api_url

    def make(self, attempt_id: int, request: SessionRequest) -> Assignment:
        """Everything that a worker needs for the session, also written to its folder.

        Raises:
            OSError: the folder cannot be written.
        """
        context = JobContext(user_name=request.user_name, workspace_id=self._workspace_id, api_url=self._api_url)
        assignment = Assignment(
            attempt_id=attempt_id,
            work=SessionWork(),
            folder=str(folder.of(self._settings.sessions, attempt_id)),
            paths=paths_of(self._settings),
            context=context,
            environment={**trust_of(self._settings, self._api_url), **request.environment},
            spark_conf=dict(request.spark_conf),
            requirements=list(request.requirements),
        )
        write_assignment(assignment)
        return assignment

    def remove(self, attempt_id: int) -> None:
        """Remove the folder."""
        shutil.rmtree(folder.of(self._settings.sessions, attempt_id), ignore_errors=True)

    def clear(self) -> None:
        """Remove what a server has left that was killed; workers of it that look for a server end by that."""
        shutil.rmtree(self._settings.sessions, ignore_errors=True)
