"""Run the statements of a SQL file or query on the attempt's Spark session, and keep what the last one gave."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brickyard.workloads import places, sql_parameters, sql_result
from brickyard.workloads.bridge import Bridge
from brickyard.workloads.code import CodeLog
from brickyard.workloads.messages import Assignment, Outcome, SqlWork
from brickyard.workloads.runtime.session import RuntimeSession, open_session
from brickyard.workloads.runtime.sql import bare, placed_statements
from brickyard.workloads.sql_result import Column, SqlResult

_SCRIPT = re.compile(r"BEGIN\b(?!\s+TRANSACTION\b)", re.IGNORECASE)
_SHOWN_LINES = 20


@dataclass(frozen=True, slots=True)
class _Statement:
    number: int
    count: int
    line: int
    text: str

    def __str__(self) -> str:
        return f"Statement {self.number} of {self.count} (line {self.line})"


def run_sql(work: SqlWork, assignment: Assignment, bridge: Bridge) -> Outcome:
    """Run the statements one after the other until one fails. `KeyboardInterrupt` passes through.

    The outcome's table is the result of the last statement that had one; the others are run to their end all the same.
    """
    try:
        path, data = _source(work, assignment)
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        return _failed(f"The SQL file {work.path} does not exist.", code="RESOURCE_NOT_FOUND")
    except (IsADirectoryError, UnicodeDecodeError) as error:
        return _failed(f"The SQL file {work.path} cannot be read: {error}", code="INVALID_RUN_CONFIGURATION")
    CodeLog(Path(assignment.folder)).add(path, data)
    found = placed_statements(text)
    statements = [_Statement(number, len(found), *each) for number, each in enumerate(found, 1)]
    for statement in statements:
        if _SCRIPT.match(bare(statement.text)):
            refusal = f"{statement}: SQL scripts (BEGIN … END) cannot run here. Use statements one after the other."
            return _failed(refusal, code="INVALID_RUN_CONFIGURATION", line=statement.line)
    if not statements:
        return _failed("There is no SQL statement.", code="INVALID_RUN_CONFIGURATION")
    session = open_session(assignment, bridge)
    try:
        bridge.started()
        return _run_all(work, text, statements, session, bridge)
    finally:
        session.close()


def _source(work: SqlWork, assignment: Assignment) -> tuple[str, bytes]:
    if not work.path:
        return "<query>", work.text.encode()
    file = places.real(work.path, assignment.paths)
    return places.seen(file, assignment.paths), file.read_bytes()


def _run_all(
    work: SqlWork, text: str, statements: list[_Statement], session: RuntimeSession, bridge: Bridge
) -> Outcome:
    result = SqlResult(query_text=text[: sql_result.MAX_QUERY])
    current = statements[0]
    try:
        for command in _settings(work):
            session.sql(command)
        for current in statements:
            print(current, flush=True)  # noqa: T201 -- the task's log shows how far it came
            result = _run_one(current.text, work, text, session) or result
    except Exception as error:  # noqa: BLE001 -- whatever the user's SQL raises is the result of the task
        if bridge.stop_reason:
            return Outcome(status="cancelled", error=bridge.stop_reason)
        return _of_error(error, current)
    return Outcome(status="success", table=sql_result.dump(result))


def _settings(work: SqlWork) -> Iterator[str]:
    for kind, name in (("CATALOG", work.catalog), ("SCHEMA", work.schema)):
        if name:
            quoted = name.replace("`", "``")
            yield f"USE {kind} `{quoted}`"


def _run_one(statement: str, work: SqlWork, text: str, session: RuntimeSession) -> SqlResult | None:
    """Run a statement; None where it has no result, as one that makes a table."""
    filled = sql_parameters.fill(statement, work.parameters)
    given = sql_parameters.values(filled, work.parameters)
    frame = session.sql(filled, args=given) if given else session.sql(filled)
    schema = frame.schema
    if not schema.fields:
        return None
    columns = [Column(field.name, field.dataType.simpleString()) for field in schema.fields]
    table = frame.limit(sql_result.MAX_ROWS + 1).toArrow()
    rows: Any = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return sql_result.make(columns, rows, text)


def _of_error(error: Exception, statement: _Statement) -> Outcome:
    lines = statement.text.split("\n")
    first = statement.line - (len(lines) - len(bare(statement.text).split("\n")))
    shown = [f"{number:>5} {line}".rstrip() for number, line in enumerate(lines, first)]
    words = str(error).strip() or type(error).__name__
    trace = "\n".join([*shown[:_SHOWN_LINES], "", f"{type(error).__name__}: {words}"])
    return _failed(f"{statement}: {words}", line=statement.line, trace=trace)


def _failed(error: str, *, code: str = "RUN_EXECUTION_ERROR", line: int = 0, trace: str = "") -> Outcome:
    return Outcome(status="failed", error=error, error_code=code, line=line, trace=trace)
