"""The runs of a job, as a backfill needs them. Implements `engine.backfill_steps.Runs`."""

from __future__ import annotations

from brickyard.engine.active import ActiveRuns
from brickyard.engine.admission import Admission
from brickyard.engine.commands import StartRequest
from brickyard.engine.job_runs import Starts
from brickyard.engine.mail import Mail
from brickyard.engine.run_loop import RunLoop
from brickyard.ports import RunStore
from brickyard.runs.events import CancelRequested
from brickyard.runs.model import Run


class BackfillRuns:
    """Safe to use from any thread."""

    def __init__(
        self, *, commands: Starts, store: RunStore, active: ActiveRuns, admission: Admission, loop: RunLoop
    ) -> None:
        self._commands = commands
        self._store = store
        self._active = active
        self._admission = admission
        self._loop = loop

    def run_now(self, job_id: int, request: StartRequest, *, user: str) -> int:
        return self._commands.run_now(job_id, request, user=user)

    def by_token(self, token: str) -> int | None:
        return self._store.by_token(token)

    def get(self, run_id: int) -> Run | None:
        return self._active.get(run_id)

    def cancel(self, run_id: int) -> None:
        self._loop.post(Mail(run_id=run_id, event=CancelRequested()))

    def has_place(self, job_id: int, limit: int) -> bool:
        return self._admission.has_place(job_id, limit)
