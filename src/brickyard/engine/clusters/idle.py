"""Ends clusters on which nothing has run for as long as they were told. Implements `ports.Service`."""

from __future__ import annotations

from collections.abc import Callable

from brickyard.engine.clusters import reasons
from brickyard.engine.clusters.book import ClusterBook
from brickyard.engine.clusters.lifecycle import Lifecycle
from brickyard.engine.lookout import Lookout
from brickyard.jobs import all_purpose
from brickyard.records import AllPurposeRecord

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
        lookout = Lookout("idle clusters", self.look)
        self.start, self.stop, self.check = lookout.start, lookout.stop, lookout.check

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
