"""Who has asked lately: spares each request three questions to the database.

A change that this server makes of tokens or people holds from the next request on; one that another server of the same
database makes, five seconds later.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from brickyard.access.identity import Identity
from brickyard.ports import Clock, Store
from brickyard.records import TokenInfo

LIFE_MS = 5_000
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    token: TokenInfo
    identity: Identity
    at_ms: int
    revision: tuple[int, int]


class KnownCallers:
    """Finds tokens and their people by digest. Safe for threads."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def remembered(self, digest: str) -> tuple[TokenInfo, Identity] | None:
        """As `find`, without asking the database; None where that would have to be asked."""
        known = self._known.get(digest)
        if known is None or known.revision != self._revision():
            return None
        age = self._clock.now_ms() - known.at_ms
        return (known.token, known.identity) if 0 <= age < LIFE_MS else None

    def find(self, digest: str) -> tuple[TokenInfo | None, Identity | None]:
        """The token, and its user or service principal where that is active."""
        remembered = self.remembered(digest)
        if remembered is not None:
            return remembered
        now, revision = self._clock.now_ms(), self._revision()
        token = self._store.tokens.find(digest)
        identity = None if token is None else self._store.principals.identity(token.user_name)
        with self._lock:
            self._known.pop(digest, None)
            # What is not valid is asked for anew each time, so guesses take no room.
            if token is not None and identity is not None:
                while len(self._known) >= _MOST:
                    del self._known[next(iter(self._known))]
                self._known[digest] = _Known(token, identity, now, revision)
        return token, identity

    def _revision(self) -> tuple[int, int]:
        return self._store.tokens.revision, self._store.principals.revision
