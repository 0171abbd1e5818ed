"""Runs statements, each in a session of its own: nothing that one leaves behind is there for the next.

A statement lives as long as the server: one that a restart has interrupted has failed. Its result is kept for an hour,
as at the service, then it is CLOSED; after a day it is forgotten.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import structlog

from brickyard.engine.statements.request import StatementRequest
from brickyard.engine.statements.results import Results
from brickyard.errors import BrickyardError, NotFound
from brickyard.ports import Clock, Ids
from brickyard.ports.sessions import CommandInfo, SessionCompute, SessionRequest, Sessions
from brickyard.ports.statements import StatementStore
from brickyard.records import StatementRecord
from brickyard.workloads.session_messages import CommandResult, SessionCommand

KEPT_MS = 3_600_000
FORGOTTEN_MS = 86_400_000
_AT_ONCE = 16
_LOOK_SECONDS = 1.0
_FAULT = "The server failed at this statement; its log has the reason."
_RESTARTED = "The server was restarted while the statement ran."


@dataclass(slots=True)
class _Live:
    """A statement that is not over."""

    request: StatementRequest
    session_id: str = ""
    command_id: str = ""
    cancelled: bool = False


_CLASS = re.compile(r"^\w+: (?=\[)")
_SQLSTATE = re.compile(r"SQLSTATE: ([0-9A-Z]{5})\b")
_log = structlog.get_logger(__name__)


class Statements:
    """Safe for threads. Only `wait` blocks."""

    def __init__(
        self,
        *,
        store: StatementStore,
        sessions: Sessions,
        compute: Callable[[str], SessionCompute],
        results: Results,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._compute = compute
        self._results = results
        self._clock = clock
        self._ids = ids
        self._changed = threading.Condition()
        self._live: dict[str, _Live] = {}
        self._stopped = False
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="brickyard-statements")

    # ----------------------------------------------------------------------------------------------- lifecycle

    def start(self) -> None:
        """Fail what an earlier server has left unfinished, and forget what is old."""
        for left in self._store.active():
            self._end(left, "FAILED", {"error": {"code": "ABORTED", "text": _RESTARTED}})
        self._tidy()

    def stop(self) -> None:
        """Cancel what runs. May be called twice."""
        with self._changed:
            self._stopped = True
            live = list(self._live)
        for statement_id in live:
            self.cancel(statement_id)
        self._threads.shutdown(wait=True)

    # ------------------------------------------------------------------------------------------------ the door

    def submit(self, request: StatementRequest) -> str:
        """Have a statement run as soon as there is room; its id."""
        self._tidy()
        statement = StatementRecord(
            statement_id=str(uuid.UUID(self._ids.token(16))),
            warehouse_id=request.warehouse_id,
            user_name=request.user_name,
            text=request.text,
            state="PENDING",
            created_ms=self._clock.now_ms(),
            body={
                "disposition": request.disposition,
                "format": request.format,
                **({"query_tags": list(request.query_tags)} if request.query_tags else {}),
            },
        )
        self._store.save(statement)
        live = _Live(request)
        with self._changed:
            self._live[statement.statement_id] = live
        self._threads.submit(self._run, statement, live)
        return statement.statement_id

    def get(self, statement_id: str) -> StatementRecord:
        """A statement as it is now.

        Raises:
            NotFound: there is none of this id.
        """
        statement = self._store.get(statement_id)
        if statement is None:
            raise self.missing(statement_id)
        return statement

    def missing(self, statement_id: str) -> NotFound:
        """What is said of a statement that is not there."""
        return NotFound(f"The statement {statement_id[:100]} was not found.")

    def wait(self, statement_id: str, seconds: float) -> StatementRecord:
        """As `get`, once it is over or the time has passed."""
        with self._changed:
            self._changed.wait_for(lambda: statement_id not in self._live, seconds)
        return self.get(statement_id)

    def cancel(self, statement_id: str) -> None:
        """Interrupt a statement; one that is over stays as it is."""
        with self._changed:
            live = self._live.get(statement_id)
            if live is None:
                return
            live.cancelled = True
        if live.command_id:
            self._sessions.cancel(live.session_id, live.command_id)

    def part(self, statement: StatementRecord, index: int) -> Mapping[str, int]:
        """Where a chunk of a result lies, and how large it is: `row_offset`, `row_count`, `byte_count`.

        Raises:
            NotFound: there is no such chunk.
        """
        parts: Sequence[Mapping[str, int]] = statement.body.get("chunks", ())
        if not 0 <= index < len(parts):
            raise NotFound(f"The result of statement {statement.statement_id} has no chunk {index}.")
        return parts[index]

    def chunk(self, statement: StatementRecord, index: int) -> bytes:
        """The rows of a chunk as a JSON array.

        Raises:
            NotFound: there is no such chunk, or it is not kept any more.
        """
        self.part(statement, index)
        return self._results.read(statement.statement_id, index)

    # ----------------------------------------------------------------------------------------------- one statement

    def _run(self, statement: StatementRecord, live: _Live) -> None:
        try:
            state, more = self._performed(statement, live)
        except BrickyardError as error:
            state, more = "FAILED", {"error": {"code": error.code, "text": error.message}}
        except Exception:  # noqa: BLE001  a thread's end that nobody sees: it is told to who waits, and logged
            _log.exception("a statement met a fault", statement_id=statement.statement_id)
            state, more = "FAILED", {"error": {"code": "INTERNAL_ERROR", "text": _FAULT}}
        finally:
            if live.session_id:
                self._sessions.close(live.session_id, "The statement is over.")
        self._end(statement, state, more)
        with self._changed:
            del self._live[statement.statement_id]
            self._changed.notify_all()

    def _performed(self, statement: StatementRecord, live: _Live) -> tuple[str, dict[str, Any]]:
        if self._is_cancelled(live):
            return "CANCELED", {}
        request = live.request
        live.session_id = self._sessions.open(
            SessionRequest(
                compute=self._compute(request.warehouse_id), host=request.warehouse_id, user_name=request.user_name
            )
        )
        self._store.save(replace(statement, state="RUNNING"))
        live.command_id = self._sessions.execute(live.session_id, _command(request))
        if self._is_cancelled(live):
            # That was before the command had an id.
            self._sessions.cancel(live.session_id, live.command_id)
        info = self._over(live)
        if self._is_cancelled(live) or info.result is None:
            return "CANCELED", {}
        return self._told(statement.statement_id, request, info.result)

    def _is_cancelled(self, live: _Live) -> bool:
        with self._changed:
            return live.cancelled

    def _over(self, live: _Live) -> CommandInfo:
        while True:
            info = self._sessions.wait(live.session_id, live.command_id, _LOOK_SECONDS)
            if info.status.is_over or self._stopped:
                return info

    def _told(self, statement_id: str, request: StatementRequest, result: CommandResult) -> tuple[str, dict[str, Any]]:
        if result.kind == "error":
            return "FAILED", {"error": {"code": "BAD_REQUEST", **_error(result.summary or result.text)}}
        if result.truncated and not request.is_limited:
            text = (
                f"The result has more than {request.bytes:,} bytes or {request.rows:,} rows, which is too large. "
                "Ask for a part of it (row_limit, byte_limit, LIMIT), or write it into a table."
            )
            return "FAILED", {"error": {"code": "BAD_REQUEST", "text": text}}
        return "SUCCEEDED", {
            "columns": [{"name": column.name, "type": column.type} for column in result.columns],
            "chunks": self._results.write(statement_id, result.rows),
            "truncated": result.truncated,
        }

    def _end(self, statement: StatementRecord, state: str, more: dict[str, Any]) -> None:
        body = {**statement.body, **more}
        self._store.save(replace(statement, state=state, ended_ms=self._clock.now_ms(), body=body))

    def _tidy(self) -> None:
        now = self._clock.now_ms()
        for statement_id in self._store.ended_before(now - KEPT_MS):
            old = self._store.get(statement_id)
            self._results.remove(statement_id)
            if old is not None:
                self._store.save(replace(old, state="CLOSED"))
        self._store.delete_before(now - FORGOTTEN_MS)


def _error(summary: str) -> dict[str, str]:
    """The text of an error as the service tells it: without the name of Python's class, and with its SQLSTATE apart."""
    state = _SQLSTATE.search(summary)
    text = _CLASS.sub("", summary)
    return {"text": text, "sql_state": state[1]} if state else {"text": text}


def _command(request: StatementRequest) -> SessionCommand:
    return SessionCommand(
        language="sql",
        text=request.text,
        parameters=list(request.parameters),
        catalog=request.catalog,
        schema=request.schema,
        row_limit=request.rows,
        byte_limit=request.bytes,
    )
