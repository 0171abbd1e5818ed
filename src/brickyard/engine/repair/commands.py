"""The command that runs tasks of an ended run again."""

from __future__ import annotations

import threading
from concurrent.futures import Future

from brickyard.engine.commands import RepairRequest
from brickyard.engine.repair.choice import RepairChoices
from brickyard.engine.run_loop import RunLoop
from brickyard.ports import Ids
from brickyard.records import RepairFacts
from brickyard.runs.events import RepairRequested
from brickyard.runs.model import Run


class RepairCommands:
    """Repairs runs, one at a time: each sees what the one before it left."""

    def __init__(
        self,
        *,
        choices: RepairChoices,
        loop: RunLoop,
        ids: Ids,
    ) -> None:
        self._choices = choices
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

    def _repair(self, run_id: int, request: RepairRequest, timeout: float) -> int:
        chosen = self._choices.choose(run_id, request)
        event = RepairRequested(
            repair_id=self._ids.next_id(),
            task_keys=chosen.keys,
            plan=chosen.plan,
            timeout_ms=chosen.settings.timeout_seconds * 1000,
        )
        facts = RepairFacts(
            number=len(chosen.run.repairs) + 1,
            settings=chosen.settings.raw,
            parameters=dict(request.parameters),
            overriding=dict(request.overriding),
            job_version=chosen.job_version,
        )
        done: Future[Run] = self._loop.submit(run_id, event, repair=facts)
        done.result(timeout)
        return event.repair_id
