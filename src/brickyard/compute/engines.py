"""One Sail server process: started, answering, ended."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

import psutil

from brickyard.compute import sail
from brickyard.compute.launcher import Launcher
from brickyard.compute.processes import Identity, describe_status
from brickyard.errors import Unavailable
from brickyard.jobs.tasks import ClusterSpec
from brickyard.ports import Clock
from brickyard.workloads import surroundings

_START_SECONDS = 30.0
_TRY_SECONDS = 0.01
_PORTS = 3
_LOG_TAIL = 2000
_KEPT_EARLY = 100


class Engine:
    """A server process that was started for one cluster, or is kept as a spare."""

    def __init__(self, folder: Path, process: Identity, port: int) -> None:
        self.folder = folder
        self.process = process
        self.port = port
        self.status: int | None = None
        self._ended = threading.Event()

    @property
    def endpoint(self) -> str:
        """Where Spark clients connect."""
        return f"sc://127.0.0.1:{self.port}"

    def mark_ended(self, status: int | None) -> None:
        """The launcher says that the process is gone."""
        self.status = status
        self._ended.set()

    @property
    def alive(self) -> bool:
        """Whether it is there as far as is known; a look at the process decides where that is not yet told."""
        return not self._ended.is_set() and self.process.alive()

    def describe_end(self) -> str:
        """How it ended, as a sentence."""
        # The process is gone before the launcher tells its status: that follows within a moment.
        self._ended.wait(_TRY_SECONDS * 100)
        return describe_status(self.status, what="The Spark engine")

    def wait_until_ready(self, clock: Clock) -> bool:
        """Wait until it takes connections; False where it ended first.

        Raises:
            Unavailable: it does neither in time.
        """
        deadline = clock.monotonic() + _START_SECONDS
        while clock.monotonic() < deadline:
            if _listens(self.port) and self._owns_port():
                return True
            if self._ended.wait(_TRY_SECONDS):
                return False
        self.kill()
        raise Unavailable(f"The Spark engine did not answer within {_START_SECONDS:.0f} s. {self.last_words()}")

    def kill(self) -> None:
        """End it and all that it started. Its temporary files go when its end is told."""
        self.process.kill()

    def clean_up(self) -> None:
        """Remove its temporary files; the log stays."""
        shutil.rmtree(sail.temporary(self.folder), ignore_errors=True)
        shutil.rmtree(sail.modules(self.folder), ignore_errors=True)

    def last_words(self) -> str:
        """The end of its log."""
        try:
            text = (self.folder / "engine.log").read_bytes()[-_LOG_TAIL:].decode(errors="replace").strip()
        except FileNotFoundError:
            text = ""
        return f"The end of its log: {text}" if text else "Its log is empty."

    def _owns_port(self) -> bool:
        """The port might have been taken by a stranger between our choice and the server's start."""
        try:
            found = psutil.Process(self.process.pid).net_connections(kind="tcp")
        except psutil.Error:
            return False
        return any(one.status == psutil.CONN_LISTEN and one.laddr.port == self.port for one in found)


class Engines:
    """Starts engines through the launcher, so that they outlive the server, and notices their end. A `Watcher`."""

    def __init__(self, launcher: Launcher, clock: Clock, on_end: Callable[[Engine], None]) -> None:
        self._launcher = launcher
        self._clock = clock
        self._on_end = on_end
        self._lock = threading.Lock()
        self._alive: dict[Identity, Engine] = {}
        self._early: deque[tuple[Identity, int | None]] = deque(maxlen=_KEPT_EARLY)

    def start(self, name: str, spec: ClusterSpec | None) -> Engine:
        """Start an engine whose files lie in the folder `name`, and wait until it answers.

        Raises:
            Unavailable: it could not be started; the text says why.
        """
        folder = self._launcher.places.clusters / name
        for place in (folder, sail.temporary(folder), sail.modules(folder)):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = ""
        for _ in range(_PORTS):
            port = sail.free_port()
            process = self._spawn(folder, spec, port)
            engine = self._register(Engine(folder, process, port))
            if engine.wait_until_ready(self._clock):
                return engine
            text = f"{engine.describe_end()} {engine.last_words()}"
        raise Unavailable(text)

    def adopt(self, name: str, process: Identity, port: int) -> Engine:
        """Take over an engine of an earlier server; its end is noticed also where it came before."""
        engine = self._register(Engine(self._launcher.places.clusters / name, process, port))
        self._launcher.watch(process)
        return engine

    def process_ended(self, process: Identity, status: int | None, kind: str) -> None:
        if kind == "worker":
            return
        with self._lock:
            engine = self._alive.pop(process, None)
            if engine is None:
                # It may have ended before `start` learned its pid.
                self._early.append((process, status))
                return
        self._end(engine, status)

    def launcher_lost(self, reason: str) -> None:  # noqa: ARG002 -- the protocol's
        return  # engines live on, and their end is noticed all the same

    def _spawn(self, folder: Path, spec: ClusterSpec | None, port: int) -> Identity:
        base = surroundings.clean_environment(os.environ)
        return self._launcher.spawn(
            sail.command(port),
            environment=sail.environment(spec, base=base, folder=folder),
            folder=folder,
            log=folder / "engine.log",
        )

    def _register(self, engine: Engine) -> Engine:
        with self._lock:
            early = [status for process, status in self._early if process == engine.process]
            if not early:
                self._alive[engine.process] = engine
        if early:
            self._end(engine, early[0])
        return engine

    def _end(self, engine: Engine, status: int | None) -> None:
        engine.mark_ended(status)
        self._on_end(engine)


def _listens(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
