"""`brickyard server`: listen, start, say where, and stop cleanly."""

from __future__ import annotations

import argparse
import contextlib
import gc
import ipaddress
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator

import psutil
import structlog
import uvicorn

from brickyard.errors import BrickyardError, InvalidParameterValue, Unavailable
from brickyard.home import Home
from brickyard.main import Brickyard, build
from brickyard.settings import read


def serve(argv: list[str]) -> int:
    """Run a server until it is told to stop; the exit code."""
    parser = argparse.ArgumentParser(prog="brickyard server", description="Serve the Jobs API of this home.")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8484, help="0 takes a free one (default 8484)")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    given = parser.parse_args(argv)
    try:
        return _serve(given.host, given.port, quiet=given.quiet)
    except BrickyardError as error:
        print(f"brickyard server: {error.message}", file=sys.stderr)  # noqa: T201 - this is the command's output
        return 2


def _serve(host: str, port: int, *, quiet: bool) -> int:
    _require_loopback(host)
    _log_to_stderr()
    settings = read()
    home = Home(settings.home)
    home.prepare()
    with home.locked(), _listen(host, port) as listener:
        url = f"http://{_bracketed(host)}:{listener.getsockname()[1]}"
        brickyard = build(settings, url)
        server = _Server(brickyard, home, url, quiet=quiet)
        try:
            server.run(sockets=[listener])
        finally:
            home.retract(os.getpid())
            brickyard.stop()
    return 0


def _require_loopback(host: str) -> None:
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise InvalidParameterValue(
            f"--host is {host!r}; only loopback addresses (127.0.0.1, ::1, localhost) are allowed, because the "
            "connection is not encrypted. Reach the server from elsewhere through an SSH tunnel."
        )


def _log_to_stderr() -> None:
    """What the server says of itself is on stdout; its log is apart: coloured for a terminal, else one JSON a line."""
    renderer = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's algorithm off only then: without it each answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"Port {port} of {host} cannot be used: {error.strerror}. Choose another with --port, or 0 for a free one."
        ) from error
    return listener


class _Server(uvicorn.Server):
    """Starts the parts before the first request and says where it listens once it does."""

    def __init__(self, brickyard: Brickyard, home: Home, url: str, *, quiet: bool) -> None:
        super().__init__(uvicorn.Config(brickyard.app, log_level="warning", lifespan="off", server_header=False))
        self._brickyard = brickyard
        self._home = home
        self._url = url
        self._quiet = quiet

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end the serving and nothing more: the base class would raise them again afterwards."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._brickyard.start()
        # What was imported and built stays to the end. To walk all of it costs up to 100 ms, in the midst of a request.
        gc.collect()
        gc.freeze()
        await super().startup(sockets)
        self._home.announce(pid=os.getpid(), started=psutil.Process().create_time(), url=self._url)
        if not self._quiet:
            print(f"Brickyard listens on {self._url}  (home {self._home.root})", flush=True)  # noqa: T201
            print('In another terminal:  eval "$(brickyard env)"', flush=True)  # noqa: T201
