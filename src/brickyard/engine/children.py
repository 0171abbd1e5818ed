"""`dbutils.notebook.run`: a notebook starts another as a run of its own, on the same compute, and waits for it.

Source: docs of Databricks "Run a notebook from another notebook".
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from brickyard.engine.active import ActiveRuns
from brickyard.engine.births import Births
from brickyard.engine.details import DetailsCache, child_settings
from brickyard.engine.mail import Mail
from brickyard.engine.run_loop import RunLoop
from brickyard.engine.watch import Watches
from brickyard.errors import InvalidState, NotFound
from brickyard.ports import RunStore
from brickyard.records import RunRecord
from brickyard.runs import plan
from brickyard.runs.events import CancelRequested, RunCreated
from brickyard.runs.model import Run
from brickyard.runs.states import LifeCycle, Result, RunType
from brickyard.workloads.messages import ChildAnswer, RunNotebook

_TASK_KEY = "notebook"
_WAIT_SECONDS = 60.0
_ALIVE = frozenset({LifeCycle.PENDING, LifeCycle.RUNNING})


class Children:
    """Runs that were started by notebooks."""

    def __init__(
        self,
        *,
        store: RunStore,
        active: ActiveRuns,
        details: DetailsCache,
        births: Births,
        loop: RunLoop,
        watches: Watches,
    ) -> None:
        self._store = store
        self._active = active
        self._details = details
        self._births = births
        self._loop = loop
        self._watches = watches
        self._of_attempt: dict[int, set[int]] = {}

    def run(self, attempt_id: int, ask_id: int, body: RunNotebook) -> Any:
        """Run the notebook, wait for its end; the same ask again waits for the same run.

        Raises:
            InvalidState: the notebook that asks is over, or is being stopped.
            Unavailable: the server stops; the ask is to be repeated at the next one.
        """
        token = f"{attempt_id}:{ask_id}"
        run_id = self._store.by_token(token)
        if run_id is None:
            run_id = self._start(attempt_id, token, body)
        self.note(attempt_id, run_id)
        return msgspec.to_builtins(self._answer(self._wait(run_id)))

    def note(self, attempt_id: int, run_id: int) -> None:
        """Remember that this run is to end with that attempt; at once where the attempt is over already."""
        self._of_attempt.setdefault(attempt_id, set()).add(run_id)
        _, attempt = self._active.of_attempt(attempt_id)
        if attempt.life_cycle not in _ALIVE:
            self.parent_over(attempt_id)

    def parent_over(self, attempt_id: int) -> None:
        """Cancel what this attempt has started."""
        for run_id in self._of_attempt.pop(attempt_id, ()):
            if run_id in self._active:
                self._loop.post(Mail(run_id=run_id, event=CancelRequested()))

    def _start(self, attempt_id: int, token: str, body: RunNotebook) -> int:
        parent, attempt = self._active.of_attempt(attempt_id)
        if attempt.life_cycle not in _ALIVE:
            raise InvalidState(f"Task run {attempt_id} is over or being stopped; it cannot start notebooks.")
        parent_record = self._details.get(parent.run_id, attempt.repair).record
        raw = _settings(body)
        settings = child_settings(raw)
        run = self._births.new_run(
            job_id=parent.job_id,
            run_type=RunType.WORKFLOW_RUN,
            plan=plan.of(settings.tasks),
            timeout_ms=body.timeout_seconds * 1000,
        )
        record = RunRecord(
            run_id=run.run_id,
            job_id=parent.job_id,
            name=settings.name,
            creator=parent_record.creator,
            run_as=parent_record.run_as,
            settings_by_repair={0: raw},
            idempotency_token=token,
            parent_attempt_id=attempt_id,
            cluster_scope=attempt_id if parent_record.cluster_scope is None else parent_record.cluster_scope,
        )
        return self._births.store(record, settings, run, RunCreated())

    def _wait(self, run_id: int) -> Run:
        seen = 0
        while True:
            seen, run = self._watches.wait(lambda: self._load(run_id), seen=seen, timeout=_WAIT_SECONDS)
            if run.life_cycle.is_terminal:
                return run

    def _load(self, run_id: int) -> Run:
        run = self._active.get(run_id)
        if run is None:
            raise NotFound(f"Run {run_id} does not exist.")
        return run

    def _answer(self, run: Run) -> ChildAnswer:
        outcome = self._store.outcome(run.latest[_TASK_KEY].attempt_id)
        return ChildAnswer(
            run_id=run.run_id,
            status=_status(run),
            exit_value=outcome.exit_value if outcome else None,
            error=outcome.error if outcome else "",
        )


def _settings(body: RunNotebook) -> dict[str, Any]:
    task = {
        "task_key": _TASK_KEY,
        "notebook_task": {"notebook_path": body.path, "base_parameters": dict(body.arguments)},
    }
    return {"name": body.path, "tasks": [task]}


def _status(run: Run) -> Literal["success", "failed", "cancelled", "timedout"]:
    match run.ending.result if run.ending else None:
        case Result.SUCCESS:
            return "success"
        case Result.TIMEDOUT:
            return "timedout"
        case Result.CANCELED:
            return "cancelled"
        case _:
            return "failed"
