"""The worker's end of the connection, against a server made of a plain socket."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from brickyard.workloads.bridge import AskError
from brickyard.workloads.frames import Unpacker, pack
from brickyard.workloads.link import Link, say_hello
from brickyard.workloads.messages import (
    Acknowledge,
    Answer,
    Ask,
    CellEnded,
    Command,
    Finished,
    GetSecret,
    GetTaskValue,
    Hello,
    Notification,
    Outcome,
    Started,
    decode_notification,
)

_BODY = GetTaskValue(task_key="a", key="b")


class Server:
    """Listens at a path; `next` is the next thing that was said on the newest connection."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()
        self._listener.settimeout(10)
        self._unpacker = Unpacker()
        self._heard: queue.SimpleQueue[Notification] = queue.SimpleQueue()
        self._connection: socket.socket | None = None

    def accept(self) -> None:
        self._connection, _ = self._listener.accept()
        self._connection.settimeout(10)

    def next(self) -> Notification:
        assert self._connection is not None
        while self._heard.empty():
            data = self._connection.recv(65536)
            assert data, "the worker has hung up"
            for body in self._unpacker.feed(data):
                self._heard.put(decode_notification(body))
        return self._heard.get()

    def say(self, command: Command) -> None:
        assert self._connection is not None
        self._connection.sendall(pack(command))

    def die(self) -> None:
        assert self._connection is not None
        self._connection.close()
        self._listener.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "workers.sock"


@pytest.fixture
def server(path: Path) -> Iterator[Server]:
    server = Server(path)
    yield server
    server.die()


@pytest.fixture
def link(server: Server, path: Path, tmp_path: Path) -> Iterator[Link]:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(str(path))
    say_hello(connection, "secret", 0)
    server.accept()
    assert isinstance(server.next(), Hello)
    link = Link(connection, str(path), "secret", 7, tmp_path)
    link.open()
    yield link
    link._acknowledged.set()


def _in_thread(call: Any) -> queue.SimpleQueue[Any]:
    result: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def run() -> None:
        try:
            result.put(call())
        except AskError as error:
            result.put(error)

    threading.Thread(target=run, daemon=True).start()
    return result


def test_an_ask_gets_its_own_answer(link: Link, server: Server) -> None:
    first, second = _in_thread(lambda: link.ask(_BODY)), _in_thread(lambda: link.ask(GetSecret(scope="s", key="k")))
    asks = [server.next(), server.next()]
    for ask in reversed(asks):
        assert isinstance(ask, Ask)
        server.say(Answer(ask_id=ask.ask_id, value=type(ask.body).__name__))
    assert (first.get(timeout=10), second.get(timeout=10)) == ("GetTaskValue", "GetSecret")


def test_a_refusal_carries_its_text_and_code(link: Link, server: Server) -> None:
    result = _in_thread(lambda: link.ask(_BODY))
    ask = server.next()
    assert isinstance(ask, Ask)
    server.say(Answer(ask_id=ask.ask_id, error="There is no such task.", error_code="RESOURCE_DOES_NOT_EXIST"))
    error = result.get(timeout=10)
    assert (str(error), error.code) == ("There is no such task.", "RESOURCE_DOES_NOT_EXIST")


def test_a_new_server_hears_all_that_matters_again(link: Link, server: Server, path: Path) -> None:
    """Who it is, that it has started, and the same ask under the same id; the answer then arrives."""
    link.started()
    result = _in_thread(lambda: link.ask(_BODY))
    heard = [server.next(), server.next()]
    server.die()
    second = Server(path)
    second.accept()
    hello = second.next()
    assert isinstance(hello, Hello)
    assert (hello.attempt_id, hello.token) == (7, "secret")
    assert [second.next(), second.next()] == heard
    ask = heard[1]
    assert isinstance(ask, Ask)
    second.say(Answer(ask_id=ask.ask_id, value="kept"))
    assert result.get(timeout=10) == "kept"
    second.die()


def test_the_end_is_repeated_until_it_is_acknowledged(link: Link, server: Server, path: Path) -> None:
    done = _in_thread(lambda: link.finish(Outcome(status="success")))
    finished = server.next()
    assert isinstance(finished, Finished)
    server.die()
    second = Server(path)
    second.accept()
    assert isinstance(second.next(), Hello)
    assert second.next() == finished
    second.say(Acknowledge(attempt_id=7))
    assert done.get(timeout=10) is None
    second.die()


def test_the_start_is_told_once_and_cells_as_they_end(link: Link, server: Server) -> None:
    link.started()
    link.started()
    link.cell_ended(0, "ok")
    link.cell_ended(1, "failed")
    first, *cells = [server.next() for _ in range(3)]
    assert isinstance(first, Started)
    assert first.at_ms == link.started_ms
    assert cells == [CellEnded(attempt_id=7, index=0, state="ok"), CellEnded(attempt_id=7, index=1, state="failed")]


def test_rubbish_from_the_server_ends_the_connection_and_not_the_worker(link: Link, server: Server) -> None:
    assert server._connection is not None
    server._connection.sendall(b"\x00\x00\x00\x02[]")
    server.accept()
    server._unpacker = Unpacker()
    assert isinstance(server.next(), Hello)
