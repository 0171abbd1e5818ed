"""Where workers report. It exists before the engine does, because workers are built first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

from brickyard.workloads.messages import Body, Outcome


class Reports(Protocol):
    """The engine as a worker's report sees it."""

    def started(self, attempt_id: int, at_ms: int) -> None: ...
    def ended(self, attempt_id: int, outcome: Outcome) -> None: ...
    def cell_ended(self, attempt_id: int, index: int, state: str) -> None: ...
    def ask(self, attempt_id: int, ask_id: int, body: Body) -> Any: ...


class EngineSink:
    """Implements `ports.WorkerSink`: passes everything on to the engine.

    What comes before the engine is there (a worker of the server before, that found this one) waits for it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._early: list[Callable[[Reports], None]] = []
        self._reports: Reports | None = None
        self._bound = threading.Event()

    def bind(self, reports: Reports) -> None:
        """From now on reports go to this engine; those that waited go first."""
        with self._lock:
            for tell in self._early:
                tell(reports)
            self._early.clear()
            self._reports = reports
        self._bound.set()

    def started(self, attempt_id: int, at_ms: int) -> None:
        self._tell(lambda reports: reports.started(attempt_id, at_ms))

    def ended(self, attempt_id: int, outcome: Outcome) -> None:
        self._tell(lambda reports: reports.ended(attempt_id, outcome))

    def cell_ended(self, attempt_id: int, index: int, state: str) -> None:
        self._tell(lambda reports: reports.cell_ended(attempt_id, index, state))

    def ask(self, attempt_id: int, ask_id: int, body: Body) -> Any:
        self._bound.wait()
        assert self._reports is not None  # noqa: S101 - set before the event
        return self._reports.ask(attempt_id, ask_id, body)

    def _tell(self, tell: Callable[[Reports], None]) -> None:
        with self._lock:
            if self._reports is None:
                self._early.append(tell)
                return
            reports = self._reports
        tell(reports)
