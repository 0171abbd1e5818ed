"""Clients that dribble, and heads without end."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.responses import PlainTextResponse

from brickyard.serve.patience import PatientProtocol
from brickyard.serve.server import HEAD_BYTES, configuration
from tests.surfaces.api.serving import serving

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    before = PatientProtocol.HEAD_SECONDS
    PatientProtocol.HEAD_SECONDS = 0.2
    try:
        with serving(lambda _: PlainTextResponse("hello"), configure=partial(configuration, identity=None)) as made:
            yield made
    finally:
        PatientProtocol.HEAD_SECONDS = before


@contextmanager
def connection(url: str) -> Iterator[socket.socket]:
    where = urlsplit(url)
    assert where.hostname
    assert where.port
    with socket.create_connection((where.hostname, where.port), timeout=10) as made:
        yield made


def answer(peer: socket.socket) -> bytes:
    """One whole answer of the application."""
    text = b""
    while not text.endswith(b"hello"):
        part = peer.recv(4096)
        assert part, f"closed after {text!r}"
        text += part
    return text


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: "], ids=["nothing", "a line", "headers"]
)
def test_a_head_that_does_not_come_ends_the_connection(url: str, sent: bytes) -> None:
    with connection(url) as peer:
        peer.sendall(sent)
        assert peer.recv(4096) == b""


def test_a_second_head_that_does_not_come_ends_it_too(url: str) -> None:
    with connection(url) as peer:
        peer.sendall(REQUEST)
        answer(peer)
        peer.sendall(b"GET / HTTP/1.1\r\n")
        assert peer.recv(4096) == b""


def test_a_connection_may_be_used_again_and_heads_may_come_in_parts(url: str) -> None:
    with connection(url) as peer:
        for _ in range(3):
            peer.sendall(REQUEST[:10])
            peer.sendall(REQUEST[10:])
            assert answer(peer).startswith(b"HTTP/1.1 200")


def test_a_head_without_end_is_refused(url: str) -> None:
    with connection(url) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"a" * (HEAD_BYTES + 1))
        assert peer.recv(4096).startswith(b"HTTP/1.1 400")


def test_a_websocket_is_no_way_in(url: str) -> None:
    """There is none, so nothing is upgraded."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAA",
    }
    assert httpx.get(url, headers=headers, trust_env=False).status_code == 200
