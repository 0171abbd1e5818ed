"""Whether whoever a run acts for is still there."""

from __future__ import annotations

from brickyard.errors import PermissionDenied
from brickyard.ports import Clock, PrincipalStore

_GOOD_SECONDS = 5.0
"""So long an answer is taken to be true: a job of a thousand tasks asks once, and nobody is trusted for long."""


class Standing:
    """Asked when a task is about to start. Safe to use from any thread."""

    def __init__(self, principals: PrincipalStore, clock: Clock) -> None:
        self._principals = principals
        self._clock = clock
        self._seen: dict[str, float] = {}

    def check(self, name: str) -> None:
        """Return if this is an active user or service principal, or was a few seconds ago.

        Raises:
            PermissionDenied: it is not.
        """
        now = self._clock.monotonic()
        if now - self._seen.get(name, -_GOOD_SECONDS) < _GOOD_SECONDS:
            return
        if self._principals.identity(name) is None:
            self._seen.pop(name, None)
            raise PermissionDenied(f"The run acts as {name}, who is no active user of this server.")
        self._seen[name] = now
