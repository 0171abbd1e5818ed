"""Links that open one thing for a short while without a token, like the pre-signed ones of the service.

Whoever has such a link needs nothing else, so it is bound to one path, ends soon, and is good for reading only.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from brickyard.errors import PermissionDenied

LIFE_MS = 30 * 60 * 1000
"""So long a link opens, as at the service."""


class Links:
    """Signs paths, and knows its own signatures again.

    The key is made anew by each server, so a restart ends all links; those who need one ask for it again.
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or os.urandom(32)

    def sign(self, path: str, now_ms: int) -> str:
        """The path with the query that opens it until `LIFE_MS` from now."""
        until = now_ms + LIFE_MS
        return f"{path}?expires={until}&signature={self._signature(path, until)}"

    def check(self, path: str, expires: int, signature: str, now_ms: int) -> None:
        """Return where this link opens this path now.

        Raises:
            PermissionDenied: it does not. The text never repeats the link.
        """
        if not hmac.compare_digest(self._signature(path, expires).encode(), signature.encode()):
            raise PermissionDenied("This link was not made by this server, or before its last restart. Get a new one.")
        if expires <= now_ms:
            raise PermissionDenied(f"This link was good for {LIFE_MS // 60_000} minutes and has ended. Get a new one.")

    def _signature(self, path: str, until: int) -> str:
        return hmac.new(self._key, f"{path} {until}".encode(), hashlib.sha256).hexdigest()
