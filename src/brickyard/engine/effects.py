"""Does in the world what decisions ask for, after they were stored.

All of it runs on the run loop's thread, so nothing here blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import structlog

from brickyard.engine.aftermath import Aftermath
from brickyard.engine.ledger import Ledger
from brickyard.engine.starter import Starter
from brickyard.engine.timers import Timers
from brickyard.ports import Announcement, Clock, Observer
from brickyard.records import Commit
from brickyard.runs.effects import Announce, Effect, EndClusters, StartAttempt, StopAttempt, WakeAt
from brickyard.runs.model import Run

_log = structlog.get_logger(__name__)


class Effects:
    """Performs effects, and notes in the ledger that they were."""

    def __init__(
        self,
        *,
        starter: Starter,
        timers: Timers,
        ledger: Ledger,
        clock: Clock,
        observers: Sequence[Observer],
        aftermath: Aftermath,
    ) -> None:
        self._starter = starter
        self._timers = timers
        self._ledger = ledger
        self._clock = clock
        self._observers = observers
        self._aftermath = aftermath

    def perform(self, commit: Commit) -> None:
        """Perform everything that a stored decision asks for."""
        for effect in commit.decision.effects:
            self.perform_one(commit.decision.run, effect)

    def perform_one(self, run: Run, effect: Effect) -> None:
        """Perform one effect of a run; one that comes too late does nothing."""
        match effect:
            case StartAttempt():
                self._starter.offer(run.run_id, effect.attempt_id)
            case StopAttempt():
                self._aftermath.attempt_stopping(effect.attempt_id)
                self._starter.stop(run.run_id, effect.attempt_id, effect.reason)
            case WakeAt():
                self._timers.arm(run.run_id, effect)
                return  # it was performed when the timer has come up
            case EndClusters():
                self._aftermath.end_clusters(run, lambda: self._ledger.add(run.run_id, effect))
                return
            case Announce():
                self._announce(run, effect)
            case _:
                assert_never(effect)
        self._ledger.add(run.run_id, effect)

    def _announce(self, run: Run, effect: Announce) -> None:
        match effect.kind:
            case "run.started":
                self._aftermath.run_started(run)
            case "task.ended" if effect.attempt_id is not None:
                self._forget_timers(run.run_id, effect.attempt_id)
                self._starter.over(run.run_id, effect.attempt_id)
                self._aftermath.attempt_over(effect.attempt_id)
            case "run.ended":
                self._forget_timers(run.run_id, None)
                self._aftermath.run_over(run)
        self.tell(Announcement(kind=effect.kind, run=run, attempt_id=effect.attempt_id, at_ms=self._clock.now_ms()))

    def _forget_timers(self, run_id: int, attempt_id: int | None) -> None:
        for wake in self._timers.disarm(run_id, attempt_id):
            self._ledger.add(run_id, wake)

    def tell(self, announcement: Announcement) -> None:
        """Tell all observers."""
        for observer in self._observers:
            try:
                observer.hear(announcement)
            except Exception:  # noqa: BLE001 - one observer's fault must stop neither the others nor the runs
                _log.exception("an observer failed", observer=type(observer).__name__, kind=announcement.kind)
