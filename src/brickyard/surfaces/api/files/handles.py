"""Files of DBFS that are being written block by block. They are bounded in number and age, and end with the server."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from brickyard.errors import BrickyardError, NotFound
from brickyard.ports import Clock, Ids
from brickyard.surfaces.api.files.drafts import Draft
from brickyard.surfaces.api.files.refusals import TooManyHandles

MAX_HANDLES = 100
"""How many there may be at once."""
IDLE_SECONDS = 600
"""After this time without a block a handle is closed and its file forgotten, as at the service."""


@dataclass(slots=True)
class _Open:
    draft: Draft
    user: str
    overwrite: bool
    touched: float
    lock: threading.Lock = field(default_factory=threading.Lock)


class Handles:
    """The handles of one server. A handle is known to the user alone who opened it."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._open: dict[int, _Open] = {}
        self._lock = threading.Lock()

    def check_room(self) -> None:
        """Refuse one more where there are too many.

        Raises:
            TooManyHandles: there are.
        """
        with self._lock:
            self._forget_idle()
            if len(self._open) >= MAX_HANDLES:
                raise TooManyHandles(f"{MAX_HANDLES} files are being written; close one first.")

    def add(self, draft: Draft, user: str, *, overwrite: bool) -> int:
        """The handle for a draft; `overwrite` counts when it is closed."""
        handle = self._ids.next_id()
        with self._lock:
            self._open[handle] = _Open(draft, user, overwrite, self._clock.monotonic())
        return handle

    def append(self, handle: int, user: str, data: bytes) -> None:
        """Add a block. After an error the handle is closed.

        Raises:
            NotFound: the handle is not open.
        """
        found = self._find(handle, user)
        try:
            with found.lock:
                found.draft.append(data)
        except (BrickyardError, OSError):
            self._remove(handle)
            raise

    def close(self, handle: int, user: str) -> None:
        """Put the file in its place.

        Raises:
            NotFound: the handle is not open.
            AlreadyExists: another has put a file there meanwhile, and this one may not overwrite it.
        """
        found = self._find(handle, user)
        self._remove(handle)
        with found.lock:
            found.draft.publish(overwrite=found.overwrite)

    def _find(self, handle: int, user: str) -> _Open:
        with self._lock:
            self._forget_idle()
            found = self._open.get(handle)
            if found is None or found.user != user:
                raise NotFound(f"No stream exists for the handle {handle}; it was closed or idle for too long.")
            found.touched = self._clock.monotonic()
            return found

    def _remove(self, handle: int) -> None:
        with self._lock:
            self._open.pop(handle, None)

    def _forget_idle(self) -> None:
        limit = self._clock.monotonic() - IDLE_SECONDS
        for handle in [handle for handle, each in self._open.items() if each.touched < limit]:
            self._open.pop(handle).draft.discard()
