"""The first and the last to see a request: whose it is by host and origin, and that no defect leaks out.

A browser that was lured to a foreign page must not reach a server on loopback: the Host header must name this server
(against DNS rebinding), and a request that changes something must not come from another origin.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from brickyard.errors import BrickyardError, PermissionDenied
from brickyard.surfaces.api import faults

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})

_log = logging.getLogger(__name__)


class FrontDoor:
    """ASGI middleware; nothing is answered before it agreed."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in (*LOOPBACK, *hosts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def told(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            self._check(scope["method"], Headers(scope=scope))
            await self._app(scope, receive, told)
        except BrickyardError as error:
            await faults.refusal(error)(scope, receive, send)
        except Exception:
            # The path only: headers hold tokens and the query may hold names. Nothing can be said once an
            # answer has begun; then the server closes the connection.
            _log.exception("%s %s failed", scope["method"], scope["path"])
            if begun:
                raise
            await faults.failure()(scope, receive, send)

    def _check(self, method: str, headers: Headers) -> None:
        named = headers.getlist("host")
        host = named[0].lower() if len(named) == 1 else ""
        if _name(host) not in self._hosts:
            raise faults.Misdirected(f"This server is not {host[:200]!r}. Use one of {', '.join(sorted(self._hosts))}.")
        if method in _READING:
            return
        origin = headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc.lower() != host
        if foreign or headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise PermissionDenied(f"A page of another origin ({(origin or 'unknown')[:200]}) may not change anything.")


def _name(host: str) -> str:
    """The host without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
