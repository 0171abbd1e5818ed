"""What workers report becomes mail for the run loop; what they ask is answered."""

from __future__ import annotations

from typing import Any

import structlog

from brickyard.engine.active import ActiveRuns
from brickyard.engine.asks import Asks
from brickyard.engine.effects import Effects
from brickyard.engine.mail import Mail
from brickyard.engine.outcomes import ending_of
from brickyard.engine.run_loop import RunLoop
from brickyard.engine.sessions.asks import SessionReports
from brickyard.engine.watch import Watches
from brickyard.ports import Announcement, Clock
from brickyard.runs.events import AttemptEnded, AttemptStarted
from brickyard.workloads.messages import Body, Outcome

_log = structlog.get_logger(__name__)


class WorkerReports:
    """The engine's ear. Called on threads of compute."""

    def __init__(
        self,
        *,
        active: ActiveRuns,
        loop: RunLoop,
        asks: Asks,
        effects: Effects,
        watches: Watches,
        clock: Clock,
        sessions: SessionReports,
    ) -> None:
        self._active = active
        self._loop = loop
        self._asks = asks
        self._effects = effects
        self._watches = watches
        self._clock = clock
        self._sessions = sessions

    def started(self, attempt_id: int, at_ms: int) -> None:  # noqa: ARG002 - of the port
        """The user's code begins. The loop's own clock dates it, so that times of a run never go back."""
        if self._sessions.knows(attempt_id):
            return
        run_id = self._run_of(attempt_id)
        if run_id is not None:
            self._loop.post(Mail(run_id=run_id, event=AttemptStarted(attempt_id)))

    def ended(self, attempt_id: int, outcome: Outcome) -> None:
        if self._sessions.knows(attempt_id):
            self._sessions.ended(attempt_id, outcome)
            return
        run_id = self._run_of(attempt_id)
        if run_id is None:
            return
        if outcome.started_ms:
            # It ran, even if the report of that was lost with an earlier server.
            self._loop.post(Mail(run_id=run_id, event=AttemptStarted(attempt_id)))
        event = AttemptEnded(attempt_id, ending_of(outcome))
        self._loop.post(Mail(run_id=run_id, event=event, outcome=(attempt_id, outcome)))

    def cell_ended(self, attempt_id: int, index: int, state: str) -> None:  # noqa: ARG002 - of the port
        """Observers hear of it; it changes no state, the cells themselves are in the attempt's folder."""
        run_id = self._run_of(attempt_id)
        run = self._active.get(run_id) if run_id is not None else None
        if run is not None:
            kind = f"cell.{state}"
            self._effects.tell(Announcement(kind=kind, run=run, attempt_id=attempt_id, at_ms=self._clock.now_ms()))
            self._watches.tell([run.run_id])

    def ask(self, attempt_id: int, ask_id: int, body: Body) -> Any:
        if self._sessions.knows(attempt_id):
            return self._sessions.answer(attempt_id, body)
        return self._asks.answer(attempt_id, ask_id, body)

    def _run_of(self, attempt_id: int) -> int | None:
        run_id = self._active.run_of_attempt(attempt_id)
        if run_id is None:
            _log.warning("a report of an unknown attempt was dropped", attempt_id=attempt_id)
        return run_id
