"""Behind a proxy: who is answered, and who is believed."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from brickyard.errors import InvalidParameterValue
from brickyard.serve.proxies import BehindProxy

CLAIMS = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Tells what it was told."""
    request = Request(scope)
    assert request.client is not None
    seen = {"client": request.client.host, "scheme": request.url.scheme, "host": request.headers["host"]}
    await JSONResponse(seen)(scope, receive, send)


def asked(peer: str, *proxies: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(BehindProxy(app, proxies), client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://brick.example") as client:
            return await client.get("/", headers=CLAIMS)

    return asyncio.run(ask())


@pytest.mark.parametrize("peer", ["10.0.0.7", "::ffff:10.0.0.7"])
def test_the_proxy_is_believed_about_its_client(peer: str) -> None:
    """The name of the host is not taken from it: the proxy passes on what the client asked for."""
    seen = asked(peer, "10.0.0.7", "10.0.0.8").json()
    assert seen == {"client": "203.0.113.9", "scheme": "https", "host": "brick.example"}


def test_a_network_of_proxies() -> None:
    assert asked("10.0.3.7", "10.0.0.0/16").json()["client"] == "203.0.113.9"


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1"])
def test_this_machine_is_answered_and_not_believed(peer: str) -> None:
    assert asked(peer, "10.0.0.7").json() == {"client": peer, "scheme": "http", "host": "brick.example"}


@pytest.mark.parametrize("peer", ["10.0.0.6", "203.0.113.9", "2001:db8::1", "::ffff:10.0.0.6"])
def test_nobody_else_is_answered(peer: str) -> None:
    """What they claim to forward changes nothing."""
    answer = asked(peer, "10.0.0.7")
    assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")


def test_a_request_from_nowhere_is_refused() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is read of it")

    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": None}
    asyncio.run(BehindProxy(app, ["10.0.0.7"])(scope, receive, send))
    assert sent[0]["status"] == 403


@pytest.mark.parametrize("text", ["*", "proxy.example", "10.0.0.7/8", "10.0.0.7:80", ""])
def test_a_proxy_is_an_address_or_a_network(text: str) -> None:
    with pytest.raises(InvalidParameterValue, match="must be an address or a network"):
        BehindProxy(app, [text])
