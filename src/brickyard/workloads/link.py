"""The worker's end of its connection to the server. Implements `bridge.Bridge`.

Frames are written by whoever has something to say; one thread reads. When the server goes away that thread keeps
looking for it, and on the new connection repeats what the server may not have heard.
"""

from __future__ import annotations

import itertools
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from brickyard.clock import SystemClock
from brickyard.workloads import logs
from brickyard.workloads.bridge import AskError
from brickyard.workloads.frames import BrokenStreamError, Unpacker, pack
from brickyard.workloads.messages import (
    Acknowledge,
    Answer,
    Ask,
    Body,
    CellEnded,
    Command,
    Finished,
    Heartbeat,
    Hello,
    Notification,
    Outcome,
    Started,
    Stop,
    Tier,
    decode_command,
)
from brickyard.workloads.session_messages import Interrupt

_clock = SystemClock()
HEARTBEAT_SECONDS = 5.0
_TICK_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 1.0
_ACKNOWLEDGE_SECONDS = 10.0


def say_hello(connection: socket.socket, token: str, attempt_id: int, tier: Tier = "full") -> None:
    """The first frame on every connection."""
    connection.sendall(pack(Hello(pid=os.getpid(), token=token, attempt_id=attempt_id, tier=tier)))


class _Pending:
    """An ask that waits for its answer."""

    def __init__(self, frame: bytes) -> None:
        self.frame = frame
        self.answered = threading.Event()
        self.answer: Answer | None = None


class Link:
    """One attempt's link, from the assignment to the acknowledged end."""

    def __init__(self, connection: socket.socket, path: str, token: str, attempt_id: int, attempt: Path) -> None:
        self._connection: socket.socket | None = connection
        self._path = path
        self._token = token
        self._attempt_id = attempt_id
        self._attempt = attempt
        self._sending = threading.RLock()
        self._pending: dict[int, _Pending] = {}
        self._ask_ids = itertools.count(1)
        self._started: Started | None = None
        self._finished: Finished | None = None
        self._acknowledged = threading.Event()
        self._stop_reason = ""
        self._stop_calls: list[Callable[[], None]] = []
        self._interrupted: Callable[[str], None] = lambda _: None
        self._next_heartbeat = time.monotonic() + HEARTBEAT_SECONDS

    def open(self) -> None:
        """Start the reading thread."""
        threading.Thread(target=self._read_forever, name="brickyard-link", daemon=True).start()

    # ------------------------------------------------------------------------------------------------ bridge

    def ask(self, body: Body) -> Any:
        ask_id = next(self._ask_ids)
        pending = _Pending(pack(Ask(attempt_id=self._attempt_id, ask_id=ask_id, body=body)))
        with self._sending:
            self._pending[ask_id] = pending
            self._send(pending.frame)
        try:
            pending.answered.wait()
        finally:
            with self._sending:
                self._pending.pop(ask_id, None)
        answer = pending.answer
        if answer is None:
            raise AskError("The question was given up.", "CANCELLED")
        if answer.error:
            raise AskError(answer.error, answer.error_code)
        return answer.value

    def started(self) -> None:
        with self._sending:
            if self._started is None:
                self._started = Started(attempt_id=self._attempt_id, at_ms=_clock.now_ms())
                self._say(self._started)

    def cell_ended(self, index: int, state: str) -> None:
        self._say(CellEnded(attempt_id=self._attempt_id, index=index, state="ok" if state == "ok" else "failed"))

    def on_stop(self, call: Callable[[], None]) -> None:
        with self._sending:
            self._stop_calls.append(call)
            stopped = bool(self._stop_reason)
        if stopped:
            call()

    def on_interrupt(self, call: Callable[[str], None]) -> None:
        self._interrupted = call

    @property
    def stop_reason(self) -> str:
        return self._stop_reason

    @property
    def started_ms(self) -> int:
        """When the user's code began, epoch milliseconds; 0 where it did not."""
        return self._started.at_ms if self._started else 0

    def finish(self, outcome: Outcome) -> None:
        """Report the end and wait a while for the server to say that it has it; the file speaks where it does not."""
        with self._sending:
            self._finished = Finished(attempt_id=self._attempt_id, outcome=outcome)
            self._say(self._finished)
        self._acknowledged.wait(_ACKNOWLEDGE_SECONDS)

    # --------------------------------------------------------------------------------------------- internals

    def _say(self, note: Notification) -> None:
        self._send(pack(note))

    def _send(self, frame: bytes) -> None:
        with self._sending:
            if self._connection is None:
                return
            try:
                self._connection.sendall(frame)
            except OSError:
                return  # the reading thread sees the same break, and repeats what matters

    def _read_forever(self) -> None:
        unpacker = Unpacker()
        while not self._acknowledged.is_set():
            connection = self._connection
            if connection is None:
                unpacker = Unpacker()
                self._connect()
                continue
            try:
                ready, _, _ = select.select([connection], [], [], _TICK_SECONDS)
                data = connection.recv(65536) if ready else None
            except OSError:
                data = b""
            if data is None:
                self._tick()
            elif not data or not self._take(unpacker, data):
                self._disconnect(connection)

    def _take(self, unpacker: Unpacker, data: bytes) -> bool:
        try:
            for body in unpacker.feed(data):
                self._obey(decode_command(body))
        except (BrokenStreamError, ValueError):
            return False
        return True

    def _tick(self) -> None:
        logs.bound_all(self._attempt)
        if time.monotonic() >= self._next_heartbeat:
            self._next_heartbeat = time.monotonic() + HEARTBEAT_SECONDS
            self._say(Heartbeat(attempt_id=self._attempt_id))

    def _disconnect(self, connection: socket.socket) -> None:
        with self._sending:
            self._connection = None
        connection.close()

    def _connect(self) -> None:
        wait = 0.02
        while not self._acknowledged.wait(wait):
            if not self._attempt.is_dir():
                # The home was removed: there will be no server, and nobody to read what this attempt does.
                os._exit(1)
            logs.bound_all(self._attempt)
            wait = min(wait * 2, _LONGEST_WAIT_SECONDS)
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                connection.connect(self._path)
                say_hello(connection, self._token, self._attempt_id)
            except OSError:
                connection.close()
                continue
            with self._sending:
                self._connection = connection
                self._repeat()
            return

    def _repeat(self) -> None:
        if self._started is not None:
            self._say(self._started)
        for pending in self._pending.values():
            self._send(pending.frame)
        if self._finished is not None:
            self._say(self._finished)

    def _obey(self, command: Command) -> None:
        match command:
            case Answer():
                with self._sending:
                    pending = self._pending.get(command.ask_id)
                if pending is not None:
                    pending.answer = command
                    pending.answered.set()
            case Stop(reason=reason):
                self._stop(reason)
            case Interrupt(command_id=command_id):
                self._interrupted(command_id)
            case Acknowledge():
                self._acknowledged.set()
            case _:
                raise BrokenStreamError("a second assignment")

    def _stop(self, reason: str) -> None:
        with self._sending:
            first = not self._stop_reason
            self._stop_reason = self._stop_reason or reason or "The run was cancelled."
            calls = list(self._stop_calls)
        if not first or self._finished is not None:
            return
        main = threading.main_thread().ident
        if main is not None:
            # To the main thread itself, so that a system call it waits in returns.
            signal.pthread_kill(main, signal.SIGINT)
        for call in calls:
            threading.Thread(target=call, name="brickyard-stop", daemon=True).start()
