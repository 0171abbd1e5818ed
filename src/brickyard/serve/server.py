"""`brickyard server`: listen, start, say where, and stop cleanly."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace

import psutil
import structlog
import uvicorn
from starlette.types import ASGIApp

from brickyard.clock import SystemClock
from brickyard.errors import BrickyardError, Unavailable
from brickyard.home import Home
from brickyard.main import Brickyard, build
from brickyard.serve import address
from brickyard.serve.options import Options, parse
from brickyard.serve.patience import PatientProtocol
from brickyard.serve.proxies import BehindProxy
from brickyard.serve.tls import Identity
from brickyard.settings import Settings

HEAD_BYTES = 64 * 1024
"""Of the head of a request; more is refused."""
MOST_CONNECTIONS = 1000
"""At once; further requests are answered 503."""


def serve(argv: list[str]) -> int:
    """Run a server until it is told to stop; the exit code."""
    try:
        return _serve(parse(argv))
    except BrickyardError as error:
        print(f"brickyard server: {error.message}", file=sys.stderr)  # noqa: T201 - this is the command's output
        return 2


def _serve(options: Options) -> int:
    settings, host = options.settings, options.host
    address.check(host, settings)
    _log_to_stderr()
    home = Home(settings.home)
    home.prepare()
    with home.locked(), _listen(host, options.port) as listener:
        identity = _identity(settings)
        certified = identity.certificate.names if identity else None
        url = address.local_url(host, listener.getsockname()[1], certified)
        allowed = address.host_names(host, settings, certified or ())
        is_first = not home.read_token()
        brickyard = build(replace(settings, allow_hosts=allowed), url)
        server = Server(brickyard, home, url, identity, quiet=options.quiet)
        server.is_first = is_first
        try:
            server.run(sockets=[listener])
        finally:
            home.retract(os.getpid())
            brickyard.stop()
    return 0


def _identity(settings: Settings) -> Identity | None:
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return Identity(settings.tls_cert, settings.tls_key, settings.trust_file, SystemClock())


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


class Server(uvicorn.Server):
    """Starts the parts before the first request and says where it listens once it does."""

    is_first = False
    """Whether the home was empty before: its token is new and is shown now."""

    def __init__(self, brickyard: Brickyard, home: Home, url: str, identity: Identity | None, *, quiet: bool) -> None:
        proxies = brickyard.settings.proxies
        super().__init__(configuration(BehindProxy(brickyard.app, proxies) if proxies else brickyard.app, identity))
        self._brickyard = brickyard
        self._home = home
        self._url = url
        self._trust = str(brickyard.settings.trust_file) if identity else ""
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
        self._home.announce(pid=os.getpid(), started=psutil.Process().create_time(), url=self._url, trust=self._trust)
        if not self._quiet:
            print(f"Brickyard listens on {self._url}  (home {self._home.root})", flush=True)  # noqa: T201
            print('In another terminal:  eval "$(brickyard env)"', flush=True)  # noqa: T201
            if self.is_first:
                self._show_token()

    def _show_token(self) -> None:
        """Once, and to a person only: what a file or a pipe gets is often kept where others read it."""
        shown = self._brickyard.token if sys.stdout.isatty() else f"in the file {self._home.root / 'token'}"
        print(f"Token of the administrator {self._home.user_name}: {shown}", flush=True)  # noqa: T201


def configuration(app: ASGIApp, identity: Identity | None) -> uvicorn.Config:
    """How an application is served; over https where there is an identity."""
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        log_level="warning",
        lifespan="off",
        server_header=False,
        # What a client says of itself in X-Forwarded-* is not believed; BehindProxy believes proxies alone.
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        h11_max_incomplete_event_size=HEAD_BYTES,
    )
    config.load()
    if identity is not None:
        config.ssl = identity.listening()
    return config
