"""Statements from asked for to forgotten, with sessions that the test plays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from brickyard.engine.statements import results
from brickyard.engine.statements.request import StatementRequest
from brickyard.engine.statements.results import Results, rows_of
from brickyard.engine.statements.service import FORGOTTEN_MS, KEPT_MS, Statements
from brickyard.errors import NotFound
from brickyard.storage.store import SqlStore, open_store
from brickyard.workloads.messages import ComputeAnswer
from brickyard.workloads.session_messages import SqlParameter
from tests.hand_sessions import HandSessions, error, table
from tests.surfaces.api.house import CountingIds, HandClock

WAIT = 10.0


class NoCompute:
    """Never asked here: the test plays what would ask."""

    def acquire(self) -> ComputeAnswer:
        raise AssertionError

    def explain(self) -> str:
        raise AssertionError


class Rig:
    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.store: SqlStore = open_store("sqlite://", key_file=folder / "key", clock=self.clock)
        self.sessions = HandSessions()
        self.folder = folder / "statements"
        self.ids = CountingIds()
        self.statements = self.make()

    def make(self) -> Statements:
        return Statements(
            store=self.store.statements,
            sessions=self.sessions,
            compute=lambda _: NoCompute(),
            results=Results(self.folder),
            clock=self.clock,
            ids=self.ids,
        )

    def ask(self, text: str = "select 1", **more: Any) -> str:
        return self.statements.submit(StatementRequest(warehouse_id="w", user_name="ada", text=text, **more))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.statements.stop()
    rig.store.close()


def test_a_statement_runs_in_a_session_of_its_own_that_is_closed_afterwards(rig: Rig) -> None:
    rig.sessions.answers = [table([["1"]], one="int"), table([], one="int")]
    first = rig.statements.wait(rig.ask(parameters=[SqlParameter(name="n", value="1")], catalog="c", schema="s"), WAIT)
    second = rig.statements.wait(rig.ask("select 2"), WAIT)
    assert (first.state, second.state) == ("SUCCEEDED", "SUCCEEDED")
    assert sorted(rig.sessions.closed) == sorted(rig.sessions.requests)
    assert len(rig.sessions.closed) == 2
    assert {request.user_name for request in rig.sessions.requests.values()} == {"ada"}
    command = next(iter(rig.sessions.commands.values()))
    assert (command.text, command.catalog, command.schema, command.parameters[0].name) == ("select 1", "c", "s", "n")


def test_the_result_is_kept_with_its_columns_in_chunks(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "CHUNK_BYTES", 20)
    rows = [[str(number), None] for number in range(10)]
    rig.sessions.answers = [table(rows, number="bigint", nothing="void")]
    statement = rig.statements.wait(rig.ask(), WAIT)
    chunks = statement.body["chunks"]
    assert len(chunks) > 3
    assert statement.body["columns"] == [{"name": "number", "type": "bigint"}, {"name": "nothing", "type": "void"}]
    read: list[Any] = []
    for index, chunk in enumerate(chunks):
        assert chunk["row_offset"] == len(read)
        data = rig.statements.chunk(statement, index)
        assert len(data) == chunk["byte_count"]
        assert len(rows_of(data)) == chunk["row_count"]
        read += rows_of(data)
    assert read == rows
    with pytest.raises(NotFound, match=f"has no chunk {len(chunks)}"):
        rig.statements.chunk(statement, len(chunks))


def test_a_failure_is_told_as_the_service_tells_it(rig: Rig) -> None:
    rig.sessions.answers = [error("AnalysisException: [TABLE_OR_VIEW_NOT_FOUND] No `t`. SQLSTATE: 42P01")]
    statement = rig.statements.wait(rig.ask(), WAIT)
    assert statement.state == "FAILED"
    assert statement.body["error"] == {
        "code": "BAD_REQUEST",
        "text": "[TABLE_OR_VIEW_NOT_FOUND] No `t`. SQLSTATE: 42P01",
        "sql_state": "42P01",
    }


def test_a_result_that_is_too_large_fails_unless_a_part_was_asked_for(rig: Rig) -> None:
    rig.sessions.answers = [table([["1"]], truncated=True, a="int") for _ in range(3)]
    whole = rig.statements.wait(rig.ask(), WAIT)
    assert whole.state == "FAILED"
    assert "too large" in whole.body["error"]["text"]
    limits: list[dict[str, Any]] = [{"row_limit": 1}, {"byte_limit": 10}]
    for limit in limits:
        part = rig.statements.wait(rig.ask(**limit), WAIT)
        assert (part.state, part.body["truncated"]) == ("SUCCEEDED", True)
    commands = list(rig.sessions.commands.values())
    assert (commands[1].row_limit, commands[2].byte_limit) == (1, 10)


def test_where_there_is_no_room_for_a_session_the_statement_fails_with_the_reason(rig: Rig) -> None:
    rig.sessions.full = True
    statement = rig.statements.wait(rig.ask(), WAIT)
    assert (statement.state, statement.body["error"]["text"]) == ("FAILED", "No more are allowed.")


def test_a_fault_of_ours_is_told_without_its_text(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk full at /secret/place")

    monkeypatch.setattr(Results, "write", broken)
    rig.sessions.answers = [table([["1"]], a="int")]
    statement = rig.statements.wait(rig.ask(), WAIT)
    assert statement.body["error"]["code"] == "INTERNAL_ERROR"
    assert "secret" not in str(statement.body)
    assert rig.sessions.closed


def test_a_statement_that_runs_is_interrupted(rig: Rig) -> None:
    statement_id = rig.ask()
    rig.sessions.await_command()
    assert rig.statements.get(statement_id).state == "RUNNING"
    rig.statements.cancel(statement_id)
    assert rig.statements.wait(statement_id, WAIT).state == "CANCELED"
    rig.statements.cancel(statement_id)
    assert rig.statements.get(statement_id).state == "CANCELED"


def test_waiting_ends_with_the_time(rig: Rig) -> None:
    statement_id = rig.ask()
    command = rig.sessions.await_command()
    assert not rig.statements.wait(statement_id, 0).is_over
    rig.sessions.finish(command, table([], a="int"))
    assert rig.statements.wait(statement_id, WAIT).is_over


def test_a_session_that_is_closed_under_a_statement_fails_it(rig: Rig) -> None:
    statement_id = rig.ask()
    rig.sessions.await_command()
    rig.sessions.close_all("w", "The warehouse was stopped.")
    assert rig.statements.wait(statement_id, WAIT).state == "FAILED"


def test_results_are_kept_for_an_hour_and_statements_for_a_day(rig: Rig) -> None:
    rig.sessions.answers = [table([["1"]], a="int") for _ in range(3)]
    kept = rig.statements.wait(rig.ask(), WAIT)
    old = kept.statement_id
    rig.clock.ms += KEPT_MS + 1
    rig.statements.wait(rig.ask(), WAIT)
    assert rig.statements.get(old).state == "CLOSED"
    with pytest.raises(NotFound):
        rig.statements.chunk(kept, 0)
    assert len(list(rig.folder.iterdir())) == 1
    rig.clock.ms += FORGOTTEN_MS
    rig.statements.wait(rig.ask(), WAIT)
    with pytest.raises(NotFound, match="was not found"):
        rig.statements.get(old)


def test_what_a_restart_has_interrupted_has_failed(rig: Rig) -> None:
    statement_id = rig.ask()
    rig.sessions.await_command()
    later = rig.make()
    later.start()
    statement = later.get(statement_id)
    assert (statement.state, statement.body["error"]["code"]) == ("FAILED", "ABORTED")
    later.stop()


def test_stopping_cancels_what_runs_and_may_be_done_twice(rig: Rig) -> None:
    statement_id = rig.ask()
    rig.sessions.await_command()
    rig.statements.stop()
    rig.statements.stop()
    assert rig.statements.get(statement_id).state == "CANCELED"
