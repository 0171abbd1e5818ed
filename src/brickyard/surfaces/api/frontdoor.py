"""The first and the last to see a request: whose it is by host and origin, and that no defect leaks out.

Every answer gets an id and the headers that keep browsers from making more of it than data.

A browser that was lured to a foreign page must not reach a server on loopback: the Host header must name this server
(against DNS rebinding), and a request that changes something must not come from another origin.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from brickyard.errors import BrickyardError, PermissionDenied
from brickyard.surfaces.api import faults
from brickyard.surfaces.api.slow_bodies import PacedBody

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_READING = 10 * 1024 * 1024
"""Bytes of a body with a method that needs none; old clients send their questions there."""
_PROTECTING = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""A route that needs another value sets it itself."""

_log = logging.getLogger(__name__)


class FrontDoor:
    """ASGI middleware; nothing is answered before it agreed."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], name_request: Callable[[], str]) -> None:
        self._app = app
        self._name_request = name_request
        self._hosts = frozenset(host.lower() for host in (*LOOPBACK, *hosts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False
        request_id = self._name_request()

        async def told(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                _protect(MutableHeaders(scope=message), request_id)
            await send(message)

        try:
            self._check(scope["method"], Headers(scope=scope))
            await self._app(scope, PacedBody(receive), told)
        except BrickyardError as error:
            await faults.refusal(error)(scope, receive, told)
        except Exception:
            # The path only: headers hold tokens and the query may hold names. Nothing can be said once an
            # answer has begun; then the server closes the connection.
            _log.exception("%s %s failed (%s)", scope["method"], scope["path"], request_id)
            if begun:
                raise
            await faults.failure(request_id)(scope, receive, told)

    def _check(self, method: str, headers: Headers) -> None:
        named = headers.getlist("host")
        host = named[0].lower() if len(named) == 1 else ""
        if _name(host) not in self._hosts:
            raise faults.Misdirected(f"This server is not {host[:200]!r}. Use one of {', '.join(sorted(self._hosts))}.")
        if method in _READING:
            size = headers.get("content-length", "")
            if size.isascii() and size.isdigit() and int(size) > _MAX_READING:
                raise faults.RequestTooLarge(f"The body is larger than the limit of {_MAX_READING:,} bytes.")
            return
        origin = headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc.lower() != host
        if foreign or headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise PermissionDenied(f"A page of another origin ({(origin or 'unknown')[:200]}) may not change anything.")


def _protect(headers: MutableHeaders, request_id: str) -> None:
    headers["X-Request-Id"] = request_id
    for name, value in _PROTECTING.items():
        headers.setdefault(name, value)


def _name(host: str) -> str:
    """The host without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
