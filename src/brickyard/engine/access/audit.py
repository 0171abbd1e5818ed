"""The writer of the audit log: events are taken at once and stored in batches by a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from brickyard.errors import Unavailable
from brickyard.ports import AuditStore, Clock
from brickyard.records import AuditEvent

ROOM: Final = 10_000
"""Events that may wait; those beyond are counted, and the count is stored in their place."""
BATCH: Final = 500
DELAY_SECONDS: Final = 0.5
"""So long an event waits for others: what a killed server loses is younger than this, and one write."""
MAX_TEXT: Final = 500
_DAY_MS: Final = 24 * 3600 * 1000

Witness = Callable[[AuditEvent], None]
"""Takes an event for the audit log."""

_log = logging.getLogger(__name__)


class AuditWriter:
    """Takes events from any thread. `start` begins to store them; `stop` stores what is waiting, and ends.

    Refused requests that are alike are stored as one line with a count, so who is refused cannot flood the log.
    """

    def __init__(
        self, store: AuditStore, clock: Clock, *, keep_days: int = 0, room: int = ROOM, delay: float = DELAY_SECONDS
    ) -> None:
        self._store = store
        self._clock = clock
        self._keep_ms = keep_days * _DAY_MS
        self._room = room
        self._delay = delay
        self._forgotten_ms = 0
        self._waiting: list[AuditEvent] = []
        self._lost = 0
        self._stopping = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to store."""
        self._thread = threading.Thread(target=self._run, name="brickyard-audit", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Store what is waiting, and end. May be called twice, and before `start`."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def add(self, event: AuditEvent) -> None:
        """Take an event. Never waits for the database."""
        with self._changed:
            if len(self._waiting) >= self._room:
                self._lost += 1
                return
            self._waiting.append(event)
            if len(self._waiting) in {1, BATCH}:
                self._changed.notify()

    def _run(self) -> None:
        ended = False
        while not ended:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                self._changed.wait_for(lambda: self._stopping or len(self._waiting) >= BATCH, self._delay)
                ended = self._stopping
                taken, lost = list(self._waiting), self._lost
            if self._stored(taken, lost):
                with self._changed:
                    del self._waiting[: len(taken)]
                    self._lost -= lost
            elif ended:
                _log.error("%d events of the audit log could not be stored and are lost", len(taken) + lost)

    def _stored(self, taken: Sequence[AuditEvent], lost: int) -> bool:
        try:
            self._forget()
            for first in range(0, len(taken), BATCH):
                self._store.add(folded(taken[first : first + BATCH]))
            if lost:
                self._store.add([_gap(self._clock.now_ms(), lost)])
        except Unavailable as error:
            _log.warning("the audit log waits for the database: %s", error.message)
            return False
        return True

    def _forget(self) -> None:
        now = self._clock.now_ms()
        if self._keep_ms and now - self._forgotten_ms >= _DAY_MS:
            self._store.forget(now - self._keep_ms)
            self._forgotten_ms = now


def escaped(text: str) -> str:
    """The text as one line that says what is in it: control characters, line ends and marks of direction as escapes.

    A backslash is doubled, so what is escaped cannot be taken for what was sent.
    """
    shown = text[:MAX_TEXT]
    return "".join(
        each if each.isprintable() and each != "\\" else each.encode("unicode_escape").decode() for each in shown
    )


def folded(events: Sequence[AuditEvent]) -> list[AuditEvent]:
    """The events, those that were refused and are alike as the first of them, with `count` in its details."""
    kept: dict[object, AuditEvent] = {}
    counts: dict[object, int] = {}
    for place, event in enumerate(events):
        key = replace(event, at_ms=0, request_id="", details={}) if event.status >= 400 else None
        alike = repr(key) if key is not None else place
        kept.setdefault(alike, event)
        counts[alike] = counts.get(alike, 0) + 1
    return [
        replace(event, details={**event.details, "count": counts[alike]}) if counts[alike] > 1 else event
        for alike, event in kept.items()
    ]


def _gap(at_ms: int, lost: int) -> AuditEvent:
    return AuditEvent(at_ms=at_ms, user_name="", action="", request="", status=503, details={"lost": lost})
