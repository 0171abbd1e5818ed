"""Stands between a client and a server, passes everything on, and keeps what is said."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qs

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tests.compat.recording.exchange import Exchange, Recording, decoded
from tests.compat.recording.scrub import Scrubber, shortened

_ME = "/api/2.0/preview/scim/v2/Me"
_OWN = frozenset({"host", "content-length", "connection", "transfer-encoding", "accept-encoding"})
_LEFT_OUT = frozenset({"content-length", "transfer-encoding", "connection", "date", "server", "content-encoding"})


class Recorder:
    """An application that passes on to the server at `upstream` what it gets at `own`."""

    def __init__(self, upstream: str, own: str, client: str) -> None:
        self._http = httpx.AsyncClient(base_url=upstream, timeout=120, trust_env=False, verify=False)  # noqa: S501 - the test's own server
        self._scrubber = Scrubber([own, upstream])
        self.recording = Recording(client, [])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await self._learn_name(request)
        body = await request.body()
        answer = await self._http.request(
            request.method,
            httpx.URL(raw_path=_raw_path(scope), scheme=self._http.base_url.scheme),
            content=body,
            headers=[(name, value) for name, value in request.headers.items() if name not in _OWN],
        )
        self._keep(scope, request, body, answer)
        headers = {name: value for name, value in answer.headers.items() if name not in _LEFT_OUT}
        await Response(answer.content, answer.status_code, headers)(scope, receive, send)

    async def _learn_name(self, request: Request) -> None:
        """Whoever asks first is the one whose name is taken out."""
        token = request.headers.get("authorization")
        if token and not self._scrubber.me:
            answer = await self._http.get(_ME, headers={"Authorization": token})
            if answer.status_code == HTTPStatus.OK:
                self._scrubber.me = str(answer.json()["userName"])

    def _keep(self, scope: Scope, request: Request, body: bytes, answer: httpx.Response) -> None:
        scrub = self._scrubber
        kind = request.headers.get("content-type", "")
        exchange = Exchange(
            method=request.method,
            path=scrub.text(scope["raw_path"].decode()),
            query=scrub.query(parse_qs(scope["query_string"].decode(), keep_blank_values=True)),
            kind=scrub.text(kind) if body else "",
            body=scrub.value(decoded(body, kind)),
            status=answer.status_code,
            answer=shortened(scrub.value(decoded(answer.content, answer.headers.get("content-type", "")))),
        )
        if exchange.path.endswith("/watch"):
            exchange.answer = None  # a wait: what counts is that it ends
        kept = self.recording.exchanges
        if kept and kept[-1].asks_as(exchange):
            kept[-1] = exchange
            exchange.polled = True
        else:
            kept.append(exchange)


def _raw_path(scope: Scope) -> bytes:
    query: bytes = scope["query_string"]
    path: bytes = scope["raw_path"]
    return path + b"?" + query if query else path
