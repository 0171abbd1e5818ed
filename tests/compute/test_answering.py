"""Answers reach workers whatever goes wrong at the server."""

from __future__ import annotations

import queue
from typing import Any, NoReturn

import pytest

from brickyard.compute import asks
from brickyard.errors import NotFound
from brickyard.workloads.frames import Unpacker
from brickyard.workloads.messages import Answer, Ask, ListSecrets, decode_command

_SECONDS = 10.0


class Sink:
    """A server that fails at everything."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def ask(self, attempt_id: int, ask_id: int, body: Any) -> NoReturn:
        raise self.error

    def started(self, attempt_id: int, at_ms: int) -> None: ...
    def ended(self, attempt_id: int, outcome: Any) -> None: ...
    def cell_ended(self, attempt_id: int, index: int, state: str) -> None: ...


class BrokenLog:
    """A log that cannot format a traceback."""

    def error(self, *_: Any, **__: Any) -> NoReturn:
        raise SystemError("the traceback cannot be formatted")


def answered(error: Exception) -> Answer:
    """What a worker hears whose ask met this error."""
    frames: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    answering = asks.Answering(Sink(error))
    answering.answer(Ask(attempt_id=1, ask_id=2, body=ListSecrets()), lambda _, frame: frames.put(frame))
    (body,) = Unpacker().feed(frames.get(timeout=_SECONDS))
    answering.close()
    answer = decode_command(body)
    assert isinstance(answer, Answer)
    return answer


def test_a_refusal_has_its_code() -> None:
    answer = answered(NotFound("no such scope"))
    assert (answer.ask_id, answer.error, answer.error_code) == (2, "no such scope", "RESOURCE_DOES_NOT_EXIST")


def test_a_fault_is_told_even_if_it_cannot_be_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asks, "_log", BrokenLog())
    answer = answered(ZeroDivisionError("a fault"))
    assert answer.error == "The server failed at this: ZeroDivisionError: a fault"
    assert answer.error_code == "INTERNAL_ERROR"
