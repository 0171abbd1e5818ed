"""One connection to one launcher process."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from brickyard.compute.places import Places
from brickyard.errors import Unavailable
from brickyard.workloads import kernel, orders, surroundings
from brickyard.workloads.frames import Unpacker, pack
from brickyard.workloads.messages import Tier

_HANDSHAKE_SECONDS = 15.0
_END_SECONDS = 5.0


class LauncherGoneError(Exception):
    """The connection to the launcher process is closed."""


class Zygote:
    """A launcher process that has been greeted."""

    def __init__(self, connection: socket.socket, process: subprocess.Popen[bytes] | None) -> None:
        self.connection = connection
        self._process = process
        self._unpacker = Unpacker()

    def send(self, order: orders.Order) -> None:
        """Give an order.

        Raises:
            LauncherGoneError: nobody is there any more.
        """
        try:
            self.connection.sendall(pack(order))
        except OSError as error:
            raise LauncherGoneError from error

    def receive(self) -> Sequence[orders.News]:
        """Wait for news and take what there is.

        Raises:
            LauncherGoneError: nobody is there any more, or nobody answers in time.
        """
        try:
            data = self.connection.recv(262_144)
        except OSError as error:
            raise LauncherGoneError from error
        if not data:
            raise LauncherGoneError
        return [orders.decode_news(body) for body in self._unpacker.feed(data)]

    def retire(self) -> None:
        """Tell it to end as soon as it has no children."""
        with contextlib.suppress(LauncherGoneError):
            self.send(orders.Retire())

    def leave(self, *, wait: bool) -> str:
        """Close the connection; with `wait` the process has ended by then. Returns how it ended, where known."""
        if wait:
            self._await_end()
        self.connection.close()
        if self._process is None:
            return ""
        if not wait:
            # It lives on without this server; init reaps it.
            self._process.returncode = 0
            return ""
        try:
            return f"exit status {self._process.wait(_END_SECONDS)}"
        except subprocess.TimeoutExpired:
            self._process.kill()
            return f"exit status {self._process.wait()}"

    def _await_end(self) -> None:
        """Read on until it ends. Closing with news unread would reset the connection, and the order to end be lost."""
        self.connection.settimeout(_END_SECONDS)
        with contextlib.suppress(LauncherGoneError):
            while True:
                self.receive()


def connect(places: Places, key: str, tier: Tier) -> tuple[Zygote, orders.Welcome, Sequence[orders.News]] | None:
    """Greet the launcher that an earlier server has left; None where there is none.

    Its answer comes with the news that it sent right behind: the earlier server's idle workers may be ending just now.
    """
    connection = _connection(places.launcher_socket(tier))
    if connection is None:
        return None
    connection.settimeout(_HANDSHAKE_SECONDS)
    zygote = Zygote(connection, None)
    try:
        zygote.send(orders.Greeting(token=key, version=orders.code_version()))
        news: Sequence[orders.News] = ()
        while not news:
            news = zygote.receive()
    except (LauncherGoneError, ValueError):
        connection.close()
        return None
    if not isinstance(welcome := news[0], orders.Welcome):
        connection.close()
        return None
    connection.settimeout(None)
    return zygote, welcome, news[1:]


def start_zygote(places: Places, key: str, tier: Tier, seen: Mapping[str, str], hidden: Sequence[str]) -> Zygote:
    """Start a launcher process and greet it; its `Welcome` is the first news.

    `seen` are folders, made where they are not there, that its children see at the paths that are the keys. What is
    `hidden` they see empty.

    Raises:
        Unavailable: it could not be started.
    """
    path = places.launcher_socket(tier)
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        # The server binds and the launcher inherits: whoever connects from now on waits in line, and nobody is refused.
        listener.bind(str(path))
        listener.listen(8)
        process = _start_process(places, listener.fileno(), tier, seen, hidden)
    connection = _connection(path)
    if connection is None:
        raise Unavailable(f"The launcher process does not listen on {path}.")
    zygote = Zygote(connection, process)
    zygote.send(orders.Greeting(token=key, version=orders.code_version()))
    return zygote


def _start_process(
    places: Places, listener: int, tier: Tier, seen: Mapping[str, str], hidden: Sequence[str]
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "brickyard.workloads.zygote", "--listen", str(listener)]
    command += ["--workers", str(places.workers_socket), "--key", str(places.key), "--tier", tier]
    # What this server calls its code: whoever replaces it with other code replaces the launcher too.
    command += ["--version", orders.code_version()]
    for path, folder in seen.items():
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        command += ["--see", f"{path}={folder}"]
    for path in hidden:
        command += ["--hide", path]
    # Many small forks of one process: a few malloc arenas leave fewer pages to copy.
    environment = surroundings.clean_environment(os.environ) | {"MALLOC_ARENA_MAX": "2"}
    with (places.logs / "launcher.log").open("ab") as log:
        try:
            return subprocess.Popen(
                command,
                env=environment,
                cwd=places.sockets,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(listener,),
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable(f"The launcher process could not be started: {error}.") from error


def _connection(path: Path) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(path))
        if kernel.peer_uid(connection) == os.getuid():
            return connection
    except OSError:
        connection.close()
        return None
    connection.close()
    return None
