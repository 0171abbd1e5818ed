"""How a client signs its requests: with a token, or with access tokens that a client id and secret give."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

EARLY_SECONDS = 300.0
"""So long before its end an access token is replaced: clocks differ, and requests take time."""


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What a service principal signs in by."""

    client_id: str
    secret: str = field(repr=False)


Fetch = Callable[[ClientCredentials], tuple[str, float]]
"""An access token, and how many seconds it is good for."""


class Signer:
    """Signs each request; for as long as a command lasts, however long that is."""

    def __init__(self, login: str | ClientCredentials, fetch: Fetch, now: Callable[[], float] = time.monotonic) -> None:
        self._login = login
        self._fetch = fetch
        self._now = now
        self._token = ""
        self._until = 0.0

    def __call__(self, request: httpx.Request) -> httpx.Request:
        """As httpx calls it: the request with a token."""
        request.headers["Authorization"] = f"Bearer {self.token()}"
        return request

    def token(self) -> str:
        """One that is good now."""
        if isinstance(self._login, str):
            return self._login
        if not self._token or self._now() >= self._until:
            self._token, seconds = self._fetch(self._login)
            self._until = self._now() + max(0.0, seconds - EARLY_SECONDS)
        return self._token
