"""Code of users runs inside of workers: it can say anything to the server, and gets nothing that is not its own (S29)."""

from __future__ import annotations

import os
import queue
import socket
from typing import Any

import pytest

from brickyard.workloads.frames import Unpacker, pack
from brickyard.workloads.messages import Ask, Body, GetSecret, GetToken, Hello, decode_notification
from tests.compute.house import PATIENCE, House, text

WAITS = "import time\nfrom pathlib import Path\nwhile not Path('go').exists():\n    time.sleep(0.01)\n"
ASKS_FOR_ANOTHER = """
import gc, sys
from brickyard.workloads.bridge import AskError
from brickyard.workloads.link import Link
from brickyard.workloads.messages import GetToken

link = next(each for each in gc.get_objects() if isinstance(each, Link))
mine, link._attempt_id = link._attempt_id, int(sys.argv[1])
try:
    print(link.ask(GetToken()))
except AskError as error:
    print(error.code, error)
link._attempt_id = mine
print(link.ask(GetToken()))
"""
SAYS_HELLO_AGAIN = """
import gc, os, socket, sys
from brickyard.workloads.link import Link, say_hello

link = next(each for each in gc.get_objects() if isinstance(each, Link))
for attempt_id in (0, int(sys.argv[1])):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(10)
    connection.connect(link._path)
    say_hello(connection, link._token, attempt_id)
    print(connection.recv(100))
"""


@pytest.fixture
def waiting(house: House) -> int:
    """An attempt of somebody else that runs."""
    assignment = house.assign(WAITS, path="/Users/she/waits.py")
    house.workers.start(assignment)
    house.hearing.wait_begun(assignment.attempt_id)
    return assignment.attempt_id


def end(house: House, attempt_id: int) -> None:
    (house.folder(attempt_id) / "work" / "go").touch()
    assert house.hearing.wait(attempt_id).status == "success"


def test_an_ask_in_the_name_of_another_attempt_is_refused(house: House, waiting: int) -> None:
    asked: queue.SimpleQueue[tuple[int, Body]] = queue.SimpleQueue()

    def answer(attempt_id: int, ask_id: int, body: Body) -> Any:
        asked.put((attempt_id, body))
        return "mine"

    house.hearing.answers = answer
    outcome, place = house.run(ASKS_FOR_ANOTHER, arguments=(str(waiting),))
    assert outcome.status == "success", outcome.trace
    assert text(place) == "PERMISSION_DENIED A task asks for itself only.\nmine\n"
    assert asked.get_nowait() == (int(place.name), GetToken())
    assert asked.empty()
    end(house, waiting)


def test_a_worker_gets_no_second_attempt_and_not_that_of_another(house: House, waiting: int) -> None:
    """Neither as an idle worker that waits for its first, nor as the other's worker that was cut off."""
    outcome, place = house.run(SAYS_HELLO_AGAIN, arguments=(str(waiting),))
    assert outcome.status == "success", outcome.trace
    assert text(place) == "b''\nb''\n"
    end(house, waiting)


@pytest.mark.parametrize("attempt_id", [0, 1], ids=["idle", "cut off"])
def test_whoever_lies_about_its_process_is_not_heard(house: House, attempt_id: int) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(house.launcher.places.workers_socket))
        hello = Hello(pid=os.getppid(), token=house.launcher.key, attempt_id=attempt_id)
        connection.sendall(pack(hello) + pack(Ask(attempt_id=1, ask_id=1, body=GetSecret(scope="s", key="k"))))
        assert connection.recv(100) == b""


def test_asks_are_what_a_server_reads() -> None:
    """The frames of these tests are frames of the real thing."""
    (body,) = Unpacker().feed(pack(Ask(attempt_id=1, ask_id=2, body=GetToken())))
    assert decode_notification(body) == Ask(attempt_id=1, ask_id=2, body=GetToken())
