"""Answers what workers ask, on threads, so that a slow answer holds up nobody else."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from brickyard.errors import BrickyardError
from brickyard.ports import WorkerSink
from brickyard.workloads.frames import pack
from brickyard.workloads.messages import Answer, Ask, GetCompute, PrepareCheckout, PrepareEnvironment, RunNotebook
from brickyard.workloads.session_messages import NextCommand

_log = structlog.get_logger(__name__)

_QUICK_THREADS = 8
_SLOW = (GetCompute, RunNotebook, PrepareEnvironment, PrepareCheckout, NextCommand)
_SLOW_THREADS = 4096
"""A notebook that waits for a notebook that waits for a notebook: each holds a thread, and none may hold up another."""


class Answering:
    """Two pools: for what reads and writes the store, and for what waits for clusters, other runs, or the network."""

    def __init__(self, sink: WorkerSink) -> None:
        self._sink = sink
        self._quick = ThreadPoolExecutor(_QUICK_THREADS, thread_name_prefix="brickyard-ask")
        self._slow = ThreadPoolExecutor(_SLOW_THREADS, thread_name_prefix="brickyard-ask-slow")

    def answer(self, ask: Ask, done: Callable[[Ask, bytes], None]) -> None:
        """Have the sink asked; `done` is called with the answer's frame, on a thread of the pool."""
        pool = self._slow if isinstance(ask.body, _SLOW) else self._quick
        pool.submit(self._perform, ask, done)

    def close(self) -> None:
        """Take no more; answers that are under way are not waited for."""
        self._quick.shutdown(wait=False, cancel_futures=True)
        self._slow.shutdown(wait=False, cancel_futures=True)

    def _perform(self, ask: Ask, done: Callable[[Ask, bytes], None]) -> None:
        frame, fault = self._ask(ask)
        done(ask, frame)
        if fault is not None:
            # After the answer, for which the worker waits: the formatting of a traceback can fail as well.
            _log.error("an ask failed", attempt_id=ask.attempt_id, ask=type(ask.body).__name__, exc_info=fault)

    def _ask(self, ask: Ask) -> tuple[bytes, Exception | None]:
        """The answer's frame; and what went wrong here, if that is why it is a refusal."""
        try:
            return pack(Answer(ask_id=ask.ask_id, value=self._sink.ask(ask.attempt_id, ask.ask_id, ask.body))), None
        except BrickyardError as error:
            return pack(Answer(ask_id=ask.ask_id, error=error.message, error_code=error.code)), None
        except Exception as error:  # noqa: BLE001 -- see the next line
            # A fault of the server must reach the worker as an answer, or its user code would wait for ever.
            text = f"The server failed at this: {type(error).__name__}: {error}"
            return pack(Answer(ask_id=ask.ask_id, error=text, error_code="INTERNAL_ERROR")), error
