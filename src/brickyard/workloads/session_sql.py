"""SQL of a session: statements one after the other, with typed parameters and a place to look names up."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from brickyard.workloads.notebooks.magics import sql_text
from brickyard.workloads.runtime.session import RuntimeSession
from brickyard.workloads.runtime.sql import split_statements
from brickyard.workloads.session_messages import CommandResult, ResultColumn, SessionCommand, SqlParameter
from brickyard.workloads.sql_parameters import MissingParameterError
from brickyard.workloads.sql_result import as_text

_WHOLE = frozenset({"INT", "INTEGER", "BIGINT", "LONG", "SMALLINT", "SHORT", "TINYINT", "BYTE"})
_FLOATING = frozenset({"DOUBLE", "FLOAT", "REAL"})
_FLAGS = {"true": True, "false": False}


class BadParameterError(Exception):
    """The value of a parameter is none of its type."""


def run_statements(session: RuntimeSession, command: SessionCommand) -> CommandResult:
    """Run all statements of a command; the result is that of the last one that has one, else an empty table.

    Raises:
        MissingParameterError: a marker has no parameter.
        BadParameterError: a value is none of its type.
        Exception: what the engine says of a statement.
    """
    parameters = {parameter.name: value_of(parameter) for parameter in command.parameters}
    result = CommandResult(kind="table")
    with _looking_in(session, command.catalog, command.schema):
        for statement in split_statements(command.text):
            given = _given(statement, parameters)
            frame = session.sql(statement, args=given) if given else session.sql(statement)
            fields = frame.schema.fields
            if fields:
                columns = [ResultColumn(name=field.name, type=field.dataType.simpleString()) for field in fields]
                table = frame.limit(command.row_limit + 1).toArrow()
                rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
                result = _within(columns, list(rows), command)
    return result


def value_of(parameter: SqlParameter) -> Any:
    """The value of a parameter, as Python has it.

    Raises:
        BadParameterError: it is none of its type, or there is no such type.
    """
    text, kind = parameter.value, parameter.type.upper().partition("(")[0].strip()
    if text is None:
        return None
    try:
        return _converted(text, kind)
    except (ValueError, KeyError, decimal.InvalidOperation):
        words = f"The parameter {parameter.name} is {text[:100]!r}; that is no {parameter.type}."
        raise BadParameterError(words) from None


def _converted(text: str, kind: str) -> Any:
    match kind:
        case "STRING":
            return text
        case "BOOLEAN":
            return _FLAGS[text.strip().lower()]
        case "DECIMAL" | "DEC" | "NUMERIC":
            return decimal.Decimal(text)
        case "DATE":
            return dt.date.fromisoformat(text.strip())
        case "TIMESTAMP" | "TIMESTAMP_NTZ" | "TIMESTAMP_LTZ":
            return dt.datetime.fromisoformat(text.strip())
        case whole if whole in _WHOLE:
            return int(text)
        case floating if floating in _FLOATING:
            return float(text)
        case _:
            raise ValueError(kind)


def _given(statement: str, parameters: dict[str, Any]) -> dict[str, Any]:
    names = sql_text.markers(statement)
    for name in names:
        if name not in parameters:
            known = ", ".join(sorted(parameters)) or "none"
            raise MissingParameterError(f"There is no parameter for :{name}. Known are: {known}.")
    return {name: parameters[name] for name in names}


@contextmanager
def _looking_in(session: RuntimeSession, catalog: str, schema: str) -> Iterator[None]:
    """Have names looked up in this catalog and schema for a while; where none is given, the session's own stay."""
    before = session.state.current
    try:
        for kind, name in (("CATALOG", catalog), ("SCHEMA", schema)):
            if name:
                quoted = name.replace("`", "``")
                session.sql(f"USE {kind} `{quoted}`")
        yield
    finally:
        if catalog or schema:
            session.state.current = before


def _within(columns: list[ResultColumn], rows: Sequence[Sequence[Any]], command: SessionCommand) -> CommandResult:
    kept: list[list[Any]] = []
    size = 0
    truncated = False
    for row in rows:
        texts = [None if value is None else as_text(value) for value in row]
        size += len(msgspec.json.encode(texts))
        if len(kept) == command.row_limit or size > command.byte_limit:
            truncated = True
            break
        kept.append(texts)
    return CommandResult(kind="table", columns=columns, rows=kept, truncated=truncated)
