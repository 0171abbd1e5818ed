"""The loop that moves backfills: sleeps until a command or the end of a run rings, then looks at what was rung for."""

from __future__ import annotations

import threading

import structlog

from brickyard.engine.backfill.bell import BackfillBell
from brickyard.engine.backfill.news import BackfillNews
from brickyard.engine.backfill.steps import BackfillSteps
from brickyard.errors import Conflict, Unavailable
from brickyard.ports import BackfillStore

_log = structlog.get_logger(__name__)
_RETRY_SECONDS = 0.5


class BackfillLoop:
    """Implements `ports.Service`."""

    def __init__(self, *, store: BackfillStore, steps: BackfillSteps, bell: BackfillBell, news: BackfillNews) -> None:
        self._store = store
        self._steps = steps
        self._bell = bell
        self._news = news
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Take up every backfill that is not over."""
        for record in self._store.active():
            self._bell.add(record.backfill_id, record.job_id)
        self._thread = threading.Thread(target=self._run, name="brickyard-backfills", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End with the step that is being done now."""
        self._stopping.set()
        self._bell.close()
        self._news.close()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def check(self) -> None:
        """Whether backfills are being moved.

        Raises:
            Unavailable: the loop has ended; the text says why.
        """
        if self._failure is not None:
            raise Unavailable(f"The loop of backfills ended: {self._failure!r}.")

    def _run(self) -> None:
        try:
            while (backfill_id := self._bell.take()) is not None:
                self._look(backfill_id)
        except BaseException as error:  # noqa: BLE001 - kept for `check`, which turns the server's health red
            self._failure = error
            _log.critical("the loop of backfills ended", exc_info=True)

    def _look(self, backfill_id: int) -> None:
        """Look until nobody else interferes; while the database is away, wait."""
        while not self._stopping.is_set():
            try:
                if self._steps.look(backfill_id):
                    self._bell.remove(backfill_id)
            except Conflict:
                continue
            except Unavailable as error:
                _log.warning("a backfill has to wait", backfill_id=backfill_id, reason=error.message)
                self._stopping.wait(_RETRY_SECONDS)
            else:
                return
