"""Ends clusters on which nothing has run for as long as they were told. Implements `ports.Service`."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from brickyard.engine.clusters import reasons
from brickyard.engine.clusters.book import ClusterBook
from brickyard.engine.clusters.lifecycle import Lifecycle
from brickyard.errors import BrickyardError, Unavailable
from brickyard.jobs import all_purpose
from brickyard.records import AllPurposeRecord

_log = structlog.get_logger(__name__)
_LOOK_SECONDS = 10.0
_MINUTE_MS = 60_000


class IdleWatch:
    """Looks now and then. When a cluster was used last is stored, so a restart of the server prolongs nothing.

    Args:
        in_use: the clusters that tasks run on now.
        last_command_ms: when a session of a cluster did something last, epoch ms; 0 where none did.
    """

    def __init__(
        self,
        *,
        book: ClusterBook,
        lifecycle: Lifecycle,
        in_use: Callable[[], set[str]],
        last_command_ms: Callable[[str], int],
    ) -> None:
        self._book = book
        self._lifecycle = lifecycle
        self._in_use = in_use
        self._last_command_ms = last_command_ms
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="brickyard-idle-clusters", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def check(self) -> None:
        """Whether somebody looks.

        Raises:
            Unavailable: nobody does any more; the text says why.
        """
        if self._failure is not None:
            raise Unavailable(f"The watch over idle clusters ended: {self._failure!r}.")

    def look(self) -> None:
        """Note what is used, and end what is not."""
        running = [record for record in self._book.all() if record.state == "RUNNING"]
        if not running:
            return
        in_use = self._in_use()
        for record in running:
            self._look_at(record, busy=record.cluster_id in in_use)

    def _look_at(self, record: AllPurposeRecord, *, busy: bool) -> None:
        now = self._book.now_ms()
        used = now if busy else max(record.used_ms, self._last_command_ms(record.cluster_id))
        if used > record.used_ms:
            self._book.change(record.cluster_id, expect=lambda known: known.state == "RUNNING", used_ms=used)
        minutes = all_purpose.parse(record.settings).autotermination_minutes
        if minutes and now - used >= minutes * _MINUTE_MS:
            self._lifecycle.terminate(record.cluster_id, reasons.idle(minutes), {}, idle_since=used)

    def _run(self) -> None:
        try:
            while not self._stopping.wait(_LOOK_SECONDS):
                self._try_to_look()
        except BaseException as error:  # noqa: BLE001 - kept for `check`, which turns the server's health red
            self._failure = error
            _log.critical("the watch over idle clusters ended", exc_info=True)

    def _try_to_look(self) -> None:
        try:
            self.look()
        except BrickyardError as error:
            # The database is away for a moment: clusters may run a little longer.
            _log.warning("cannot see which clusters are idle", reason=error.message)
