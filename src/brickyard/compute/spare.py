"""A warm engine for whoever comes next without compute of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from brickyard.compute.engines import Engine
from brickyard.errors import Unavailable

_log = structlog.get_logger(__name__)


class Spare:
    """Holds at most one engine that answers and belongs to no run."""

    def __init__(self, start: Callable[[], Engine], idle_seconds: float) -> None:
        self._start = start
        self._idle_seconds = idle_seconds
        self._lock = threading.Condition()
        self._engine: Engine | None = None
        self._filling = False
        self._closed = False
        self._timer: threading.Timer | None = None

    def take(self) -> Engine | None:
        """The spare, also one that is being started; None where there is none."""
        with self._lock:
            self._keep()
            self._lock.wait_for(lambda: not self._filling)
            engine, self._engine = self._engine, None
        return engine if engine is not None and engine.alive else None

    def fill(self) -> None:
        """Start one in the background, unless there is one."""
        with self._lock:
            if self._closed or self._filling or (self._engine is not None and self._engine.alive):
                return
            self._filling = True
        threading.Thread(target=self._fill, name="brickyard-spare", daemon=True).start()

    def rest(self) -> None:
        """Nobody needs engines now: end the spare after a while."""
        with self._lock:
            self._keep()
            if not self._closed:
                self._timer = threading.Timer(self._idle_seconds, self.drop)
                self._timer.daemon = True
                self._timer.start()

    def drop(self) -> None:
        """End the spare."""
        with self._lock:
            self._lock.wait_for(lambda: not self._filling)
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.kill()

    def close(self) -> None:
        """End the spare, and start no more."""
        with self._lock:
            self._closed = True
            self._keep()
        self.drop()

    def _keep(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fill(self) -> None:
        engine = None
        try:
            engine = self._start()
        except Unavailable as error:
            # Whoever needs an engine starts one and gets the same error as an answer.
            _log.warning("no spare engine", reason=error.message)
        finally:
            with self._lock:
                self._engine = engine
                self._filling = False
                self._lock.notify_all()
