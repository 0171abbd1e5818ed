"""A real HTTP server for an application, on a free port of this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

PATIENCE = 20.0


class _Announcing(uvicorn.Server):
    """Says when it is ready, so that nobody has to look again and again."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class Stage:
    """An application that passes everything on to another, which may change from test to test."""

    app: ASGIApp
    url: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def plain(app: ASGIApp) -> uvicorn.Config:
    """How applications are served here by default."""
    return uvicorn.Config(app, log_level="critical", lifespan="off", ws="none")


@contextmanager
def serving(
    make: Callable[[str], ASGIApp], *, configure: Callable[[ASGIApp], uvicorn.Config] = plain, scheme: str = "http"
) -> Iterator[str]:
    """Serve what `make` builds for the server's URL; the URL."""
    # asyncio sends small answers at once only on sockets that are TCP by name: else each waits 40 ms for an ACK.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        server = _Announcing(configure(make(url)))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="test-server")
        thread.start()
        try:
            assert server.ready.wait(PATIENCE), "the server did not start"
            yield url
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
            assert not thread.is_alive(), "the server did not end"
