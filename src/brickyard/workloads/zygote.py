"""The launcher process: imports once what its workers need, forks them, starts programs, and reaps them all.

    python -P -m brickyard.workloads.zygote --listen FD --workers SOCKET --key FILE --version CODE --tier light|full
        [--see PATH=FOLDER …] [--hide PATH …]

It listens on a unix socket that the server has bound (file descriptor FD). It outlives its server: processes run on,
and a restarted server takes the exit statuses that it missed. Without a server and without children it ends after a
minute.
"""

from __future__ import annotations

import argparse
import gc
import hmac
import os
import selectors
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from brickyard.workloads import kernel, orders, preload, real_paths, worker
from brickyard.workloads.children import Children
from brickyard.workloads.frames import BrokenStreamError, Unpacker, pack
from brickyard.workloads.messages import Tier

LONELY_SECONDS = 60.0
"""How long the launcher waits for a server when it has nothing to look after."""

_GREETING_SECONDS = 2.0
_LOADED = object()


class Zygote:
    """One launcher. `serve` returns when it is no longer needed."""

    def __init__(
        self,
        listener: socket.socket,
        workers_socket: str,
        token: str,
        version: str,
        tier: Tier,
        *,
        paths_missing: str = "",
    ) -> None:
        self._listener: socket.socket | None = listener
        self._workers_socket = workers_socket
        self._token = token
        self._version = version
        self._tier: Tier = tier
        self._paths_missing = paths_missing
        self._children = Children()
        self._selector = selectors.DefaultSelector()
        self._server: socket.socket | None = None
        self._unpacker = Unpacker()
        self._exits: dict[int, orders.Exited] = {}
        self._forks_wanted = 0
        self._retiring = False
        self._wake_out, self._wake_in = socket.socketpair()

    def serve(self) -> None:
        """Look after children and server until neither is there."""
        self._listen_to_signals()
        assert self._listener is not None  # noqa: S101 -- only `_retire` closes it, and that needs a server first
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        imports = preload.steps(self._tier)
        loaded = False
        while self._needed():
            if self._forks_wanted and not loaded:
                loaded = next(imports, _LOADED) is _LOADED
                self._once(0)
            elif self._forks_wanted:
                self._fork_one()
                self._once(0)
            else:
                self._once(None if self._server or self._children.alive else LONELY_SECONDS)

    def _needed(self) -> bool:
        return bool(self._children.alive) or not self._retiring

    def _once(self, timeout: float | None) -> None:
        ready = self._selector.select(timeout)
        if not ready and timeout:
            self._retiring = True  # nobody has come for long
        for key, _ in ready:
            key.data()

    # ----------------------------------------------------------------------------------------------- children

    def _listen_to_signals(self) -> None:
        self._wake_out.setblocking(False)
        self._wake_in.setblocking(False)
        signal.set_wakeup_fd(self._wake_in.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # A Ctrl-C in the server's terminal is the server's affair.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._selector.register(self._wake_out, selectors.EVENT_READ, self._reap)

    def _reap(self) -> None:
        try:
            self._wake_out.recv(4096)
        except BlockingIOError:
            return
        for news in self._children.reap():
            self._exits[news.child.pid] = news
            self._tell(news)

    def _fork_one(self) -> None:
        self._forks_wanted -= 1
        try:
            child = self._children.fork(self._be_worker)
        except OSError as error:
            failed, self._forks_wanted = self._forks_wanted + 1, 0
            self._tell(orders.ForkFailed(count=failed, error=str(error)))
        else:
            self._tell(orders.Forked(child=child))

    def _be_worker(self) -> None:
        """In the forked child: let go of all that is the launcher's, then be a worker."""
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for mine in (self._listener, self._server, self._wake_in, self._wake_out):
            if mine is not None:
                mine.close()
        gc.enable()
        worker.main(self._workers_socket, self._token, self._tier)

    # ------------------------------------------------------------------------------------------------- server

    def _accept(self) -> None:
        if self._listener is None:
            return
        connection, _ = self._listener.accept()
        # A server greets as soon as it is connected; whoever does not is none, and replaces none.
        connection.settimeout(_GREETING_SECONDS)
        unpacker = Unpacker()
        try:
            bodies = [orders.decode_order(body) for body in unpacker.feed(connection.recv(65536))]
            self._check(connection, bodies[0] if bodies else None)
        except (BrokenStreamError, ValueError, OSError):
            connection.close()
            return
        connection.settimeout(None)
        # The newest server counts: an older one is dead, or about to find out that it was replaced.
        self._lose_server()
        self._server = connection
        self._unpacker = unpacker
        self._selector.register(connection, selectors.EVENT_READ, self._read)
        for order in bodies:
            self._obey(order)

    def _check(self, connection: socket.socket, order: orders.Order | None) -> None:
        if kernel.peer_uid(connection) != os.getuid():
            raise BrokenStreamError("another user")
        if not isinstance(order, orders.Greeting) or not hmac.compare_digest(order.token, self._token):
            raise BrokenStreamError("no greeting of this installation")

    def _read(self) -> None:
        if self._server is None:
            return
        try:
            data = self._server.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._lose_server()
            return
        try:
            for body in self._unpacker.feed(data):
                self._obey(orders.decode_order(body))
        except (BrokenStreamError, ValueError):
            self._lose_server()

    def _lose_server(self) -> None:
        self._forks_wanted = 0
        if self._server is not None:
            self._selector.unregister(self._server)
            self._server.close()
            self._server = None

    def _obey(self, order: orders.Order) -> None:
        match order:
            case orders.Greeting():
                self._greet(order)
            case orders.Fork(count=count):
                self._forks_wanted += count
            case orders.Spawn():
                self._spawn(order)
            case orders.Taken(pids=pids):
                for pid in pids:
                    self._exits.pop(pid, None)
            case orders.Retire():
                self._retire()

    def _greet(self, greeting: orders.Greeting) -> None:
        self._tell(
            orders.Welcome(
                pid=os.getpid(),
                version=self._version,
                children=self._children.alive,
                exits=list(self._exits.values()),
                paths_missing=self._paths_missing,
            )
        )
        if greeting.version != self._version:
            self._retire()

    def _retire(self) -> None:
        self._retiring = True
        self._forks_wanted = 0
        if self._listener is not None:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None

    def _spawn(self, order: orders.Spawn) -> None:
        try:
            answer = orders.Spawned(request_id=order.request_id, child=self._children.spawn(order))
        except OSError as error:
            answer = orders.Spawned(request_id=order.request_id, error=str(error))
        self._tell(answer)

    def _tell(self, news: orders.News) -> None:
        if self._server is None:
            return
        try:
            self._server.sendall(pack(news))
        except OSError:
            self._lose_server()


def main(arguments: Sequence[str]) -> None:
    """The command line of the launcher process."""
    parser = argparse.ArgumentParser(prog="brickyard.workloads.zygote")
    parser.add_argument("--listen", type=int, required=True)
    parser.add_argument("--workers", required=True)
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--tier", choices=("light", "full"), required=True)
    parser.add_argument("--see", action="append", default=[])
    parser.add_argument("--hide", action="append", default=[])
    given = parser.parse_args(arguments)
    os.umask(0o077)
    gc.disable()
    kernel.become_subreaper()
    key = given.key.read_text().strip()
    wanted = dict(pair.split("=", 1) for pair in given.see)
    paths_missing = real_paths.provide(wanted, Path.cwd(), given.hide) if wanted else real_paths.switch_off()
    listener = socket.socket(fileno=given.listen)
    listener.set_inheritable(False)
    # Was needed when this process started; the user's programs shall have their own choice.
    os.environ.pop("MALLOC_ARENA_MAX", None)
    Zygote(listener, given.workers, key, given.version, given.tier, paths_missing=paths_missing).serve()


if __name__ == "__main__":
    main(sys.argv[1:])
