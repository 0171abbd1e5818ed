"""The server's side of the launcher process: starts it, gives it orders, and tells how processes ended."""

from __future__ import annotations

import contextlib
import itertools
import os
import selectors
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

import structlog

from brickyard.compute import places
from brickyard.compute.processes import Identity
from brickyard.compute.zygotes import LauncherGoneError, Zygote, connect, start_zygote
from brickyard.errors import Unavailable
from brickyard.ports import Clock, Ids
from brickyard.settings import Settings
from brickyard.workloads import orders
from brickyard.workloads.messages import Tier

_log = structlog.get_logger(__name__)

IDLE_SECONDS: dict[Tier, float] = {"light": 600.0, "full": 60.0}
"""A launcher without children is told to end after this time; the next need starts another."""
_ANSWER_SECONDS = 30.0
_KEPT_EXITS = 10_000


class Watcher(Protocol):
    """Hears of processes. Called on the launcher's thread; must not block."""

    def process_ended(self, process: Identity, status: int | None, kind: str) -> None:
        """A process is gone. `kind` is "worker", "program", or "" for one of an earlier launcher."""
        ...

    def launcher_lost(self, reason: str) -> None:
        """Forks that were ordered and did not happen will not happen."""
        ...


class Launcher:
    """One for each tier of workers and server. All methods may be called from any thread.

    That of light workers is there from the start; that of full ones, with a second of imports and a hundred megabytes,
    is started when it is first needed.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        ids: Ids,
        *,
        tier: Tier = "light",
        idle_seconds: float | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._tier: Tier = tier
        self._idle_seconds = IDLE_SECONDS[tier] if idle_seconds is None else idle_seconds
        self._lock = threading.RLock()
        self._watchers: list[Watcher] = []
        self._zygote: Zygote | None = None
        self._children: dict[int, orders.Child] = {}
        self._exits: dict[int, orders.Exited] = {}
        self._watched: dict[int, tuple[Identity, int]] = {}
        self._spawns: dict[int, Future[Identity]] = {}
        self._request_ids = itertools.count(1)
        self._wake_out, self._wake_in = socket.socketpair()
        self._stopping = False
        self._last_use = 0.0
        self._thread: threading.Thread | None = None
        self._places: places.Places | None = None
        self.key = ""

    # --------------------------------------------------------------------------------------------- lifecycle

    @property
    def places(self) -> places.Places:
        """Folders and sockets; there once `start` was called."""
        if self._places is None:
            raise Unavailable("The launcher is not started.")
        return self._places

    def start(self) -> None:
        """Take over the launcher of an earlier server of this home; the light one is started where there is none.

        Raises:
            Unavailable: the folders cannot be used, or no process can be started.
        """
        self._places = places.prepare(self._settings.home)
        self.key = places.read_key(self._places, self._ids)
        with self._lock:
            if self._tier == "light":
                self._ensure()
            else:
                self._zygote = self._take_over()
            self._last_use = self._clock.monotonic()
        self._thread = threading.Thread(target=self._run, name="brickyard-launcher", daemon=True)
        self._thread.start()

    def stop(self, *, leave_running: bool = False) -> None:
        """Let go of the launcher process. Unless `leave_running`, it and all that it started end first."""
        with self._lock:
            if self._thread is None or self._stopping:
                return
            self._stopping = True
            zygote, self._zygote = self._zygote, None
            children = list(self._children.values())
        self._wake()
        self._thread.join()
        if zygote is not None:
            if not leave_running:
                zygote.retire()
                for child in children:
                    Identity(child.pid, child.started).kill()
            zygote.leave(wait=not leave_running)
        self._wake_in.close()
        self._wake_out.close()

    def listen(self, watcher: Watcher) -> None:
        """Have `watcher` hear of every end from now on."""
        with self._lock:
            self._watchers.append(watcher)

    # ------------------------------------------------------------------------------------------------ orders

    def fork_workers(self, count: int) -> None:
        """Have `count` more workers forked; each connects to the server's socket by itself. Does not wait.

        Raises:
            Unavailable: no launcher process can be started.
        """
        with self._lock:
            self._order(orders.Fork(count=count))

    def spawn(self, argv: Sequence[str], *, environment: dict[str, str], folder: Path, log: Path) -> Identity:
        """Start a program in a session of its own and wait until it has a pid.

        Raises:
            Unavailable: it could not be started; the text says why.
        """
        answer: Future[Identity] = Future()
        request_id = next(self._request_ids)
        order = orders.Spawn(
            request_id=request_id, argv=list(argv), environment=environment, folder=str(folder), log=str(log)
        )
        with self._lock:
            self._spawns[request_id] = answer
            self._order(order)
        try:
            return answer.result(_ANSWER_SECONDS)
        except TimeoutError as error:
            raise Unavailable(f"The launcher did not start {argv[0]} within {_ANSWER_SECONDS:.0f} s.") from error
        finally:
            self._spawns.pop(request_id, None)

    def programs(self) -> list[Identity]:
        """What `spawn` has started and what runs still, also for an earlier server."""
        with self._lock:
            found = [child for child in self._children.values() if child.kind == "program"]
        return [Identity(child.pid, child.started) for child in found]

    def knows(self, process: Identity) -> bool:
        """Whether the process runs as a child of this launcher, or has ended as one."""
        with self._lock:
            exited = self._exits.get(process.pid)
            child = self._children.get(process.pid) or (exited.child if exited else None)
        return child is not None and child.started == process.started

    def watch(self, process: Identity) -> None:
        """Have `process_ended` called for a process of an earlier server; at once where it is gone already."""
        with self._lock:
            exited = self._exits.get(process.pid)
            if process.pid in self._children and self._children[process.pid].started == process.started:
                return
            if exited is not None and exited.child.started == process.started:
                self._announce(process, exited.status, exited.child.kind)
            else:
                self._watch_stranger(process)

    # --------------------------------------------------------------------------------------------- internals

    def _order(self, order: orders.Order) -> None:
        """Give the order to a launcher that is there, or is started now; the lock is held."""
        self._last_use = self._clock.monotonic()
        for _ in range(2):
            zygote = self._ensure()
            try:
                zygote.send(order)
            except LauncherGoneError:
                self._lost(zygote)
            else:
                return
        raise Unavailable(f"The launcher process ends at once; {self.places.logs / 'launcher.log'} may tell why.")

    def _ensure(self) -> Zygote:
        if self._stopping:
            raise Unavailable("The server is stopping.")
        if self._zygote is None:
            self._last_use = self._clock.monotonic()
            self._zygote = self._take_over() or self._start()
            self._wake()
        return self._zygote

    def _start(self) -> Zygote:
        own = self._settings
        seen, hidden = (own.places, own.hidden) if own.real_paths else ({}, ())
        return start_zygote(self.places, self.key, self._tier, seen, hidden)

    def _take_over(self) -> Zygote | None:
        found = connect(self.places, self.key, self._tier)
        if found is None:
            return None
        zygote, welcome, more = found
        for exited in welcome.exits:
            self._ended(exited)
        if welcome.version == orders.code_version():
            self._children = {child.pid: child for child in welcome.children}
            for news in more:
                self._hear(zygote, news)
            return zygote
        # It runs other code and retires by itself. Its children go on; how they end will not be known.
        _log.info("launcher of another version retires", pid=welcome.pid, version=welcome.version)
        for child in welcome.children:
            self._watch_stranger(Identity(child.pid, child.started))
        zygote.leave(wait=False)
        return None

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            while not self._stopping:
                self._select(selector)

    def _select(self, selector: selectors.DefaultSelector) -> None:
        """Wait for one of: orders from other threads, news, the end of a watched stranger, the idle time."""
        with self._lock:
            zygote = self._zygote
            wanted: dict[int, object] = {self._wake_out.fileno(): None}
            if zygote is not None:
                wanted[zygote.connection.fileno()] = zygote
            wanted |= {descriptor: process for process, descriptor in self._watched.values()}
            timeout = self._idle_left() if zygote is not None else None
        _register(selector, wanted)
        for key, _ in selector.select(timeout):
            if key.data is None:
                self._wake_out.recv(4096)
            elif isinstance(key.data, Identity):
                self._stranger_ended(key.data)
            elif key.data is zygote and zygote is not None:
                self._read(zygote)
        with self._lock:
            if self._zygote is not None and self._idle_left() == 0:
                self._end_idle(self._zygote)

    def _idle_left(self) -> float | None:
        """Seconds until the launcher may end for want of work; None while it has children."""
        if self._children or self._spawns:
            return None
        return max(0.0, self._last_use + self._idle_seconds - self._clock.monotonic())

    def _end_idle(self, zygote: Zygote) -> None:
        self._zygote = None
        zygote.retire()
        zygote.leave(wait=True)

    def _read(self, zygote: Zygote) -> None:
        try:
            received = zygote.receive()
        except LauncherGoneError:
            with self._lock:
                if self._zygote is zygote:
                    self._lost(zygote)
            return
        with self._lock:
            for news in received:
                self._hear(zygote, news)

    def _hear(self, zygote: Zygote, news: orders.News) -> None:
        match news:
            case orders.Welcome(paths_missing=reason):
                # Of a launcher that was started just now: it has no children.
                if reason and self._settings.real_paths:
                    _log.warning("tasks have no real paths /Workspace, /Volumes and /dbfs", reason=reason)
            case orders.Forked(child=child):
                self._children[child.pid] = child
            case orders.Exited():
                self._last_use = self._clock.monotonic()
                self._ended(news)
                with contextlib.suppress(LauncherGoneError):
                    zygote.send(orders.Taken(pids=[news.child.pid]))
            case orders.Spawned():
                self._spawned(news)
            case orders.ForkFailed():
                for watcher in self._watchers:
                    watcher.launcher_lost(f"no worker process could be forked: {news.error}")

    def _spawned(self, news: orders.Spawned) -> None:
        answer = self._spawns.pop(news.request_id, None)
        if news.child is not None:
            self._children[news.child.pid] = news.child
        if answer is None:
            return
        if news.child is None:
            answer.set_exception(Unavailable(f"The program could not be started: {news.error}."))
        else:
            answer.set_result(Identity(news.child.pid, news.child.started))

    def _ended(self, exited: orders.Exited) -> None:
        self._children.pop(exited.child.pid, None)
        self._exits[exited.child.pid] = exited
        while len(self._exits) > _KEPT_EXITS:
            del self._exits[next(iter(self._exits))]
        self._announce(Identity(exited.child.pid, exited.child.started), exited.status, exited.child.kind)

    def _lost(self, zygote: Zygote) -> None:
        """The launcher died. Its children may live: they are watched one by one from now on."""
        how = zygote.leave(wait=True)
        _log.warning("the launcher process ended", how=how)
        self._zygote = None
        children, self._children = self._children, {}
        answers, self._spawns = self._spawns, {}
        for answer in answers.values():
            answer.set_exception(Unavailable(f"The launcher process ended ({how})."))
        for child in children.values():
            self._watch_stranger(Identity(child.pid, child.started))
        log = self.places.logs / "launcher.log"
        for watcher in self._watchers:
            watcher.launcher_lost(f"the launcher process ended ({how}); {log} may tell why")

    def _watch_stranger(self, process: Identity) -> None:
        if process.pid in self._watched:
            return
        try:
            descriptor = os.pidfd_open(process.pid)
        except OSError:
            self._announce(process, None)
            return
        # Opened first and looked at then: the descriptor cannot change its process any more.
        if process.alive():
            self._watched[process.pid] = (process, descriptor)
            self._wake()
        else:
            os.close(descriptor)
            self._announce(process, None)

    def _stranger_ended(self, process: Identity) -> None:
        with self._lock:
            _, descriptor = self._watched.pop(process.pid)
            self._announce(process, None)
        os.close(descriptor)

    def _announce(self, process: Identity, status: int | None, kind: str = "") -> None:
        for watcher in self._watchers:
            watcher.process_ended(process, status, kind)

    def _wake(self) -> None:
        self._wake_in.send(b"!")


def _register(selector: selectors.DefaultSelector, wanted: dict[int, object]) -> None:
    """Make the selector listen to exactly these descriptors."""
    for descriptor, key in list(selector.get_map().items()):
        if descriptor not in wanted or wanted[descriptor] is not key.data:
            selector.unregister(descriptor)
    for descriptor, data in wanted.items():
        if descriptor not in selector.get_map():
            selector.register(descriptor, selectors.EVENT_READ, data)
