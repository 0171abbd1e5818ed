"""A thread that looks at something now and then. Implements `ports.Service`."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from brickyard.errors import BrickyardError, Unavailable

_log = structlog.get_logger(__name__)
SECONDS = 10.0


class Lookout:
    """Calls `look` every ten seconds. What it refuses, such as a database that is away, is tried again next time."""

    def __init__(self, what: str, look: Callable[[], None], *, seconds: float = SECONDS) -> None:
        """Look every `seconds` seconds after `what`: a few words for the log, such as "idle clusters"."""
        self._what = what
        self._look = look
        self._seconds = seconds
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Begin to look; the first time after as long as it takes between two."""
        self._thread = threading.Thread(target=self._run, name=f"brickyard-{self._what.replace(' ', '-')}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more; returns when nobody looks. May be called twice, or unstarted."""
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
            raise Unavailable(f"The watch over {self._what} ended: {self._failure!r}.")

    def _run(self) -> None:
        try:
            while not self._stopping.wait(self._seconds):
                self._try()
        except BaseException as error:  # noqa: BLE001 - kept for `check`, which turns the server's health red
            self._failure = error
            _log.critical("a watch ended", what=self._what, exc_info=True)

    def _try(self) -> None:
        try:
            self._look()
        except BrickyardError as error:
            _log.warning("a look failed and is tried again", what=self._what, reason=error.message)
