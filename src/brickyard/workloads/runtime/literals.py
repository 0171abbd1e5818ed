"""Values as SQL writes them, and parameters of statements that the engine takes only without parameters."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Mapping, Sequence
from typing import Any

from sqlglot.tokens import TokenType

from brickyard.workloads.runtime import errors, sql


def text(value: str) -> str:
    """A string between quotes."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def of(value: Any) -> str:  # noqa: C901, PLR0911  one case for each type
    """A Python value as SQL, of the type that `lit` gives it.

    Raises:
        UnsupportedOperationException: a value that has no such text.
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value}" if -(2**31) < value < 2**31 else f"{value}L"
        case float():
            return f"{value!r}D" if math.isfinite(value) else f"CAST('{value}' AS DOUBLE)"
        case decimal.Decimal():
            return f"{value:f}BD"
        case str():
            return text(value)
        case dt.datetime():
            return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
        case dt.date():
            return f"DATE '{value.isoformat()}'"
        case bytes():
            return f"X'{value.hex()}'"
        case list() | tuple():
            return f"array({', '.join(map(of, value))})"
    raise errors.refused(
        f"A parameter of the type {type(value).__name__} in UPDATE, DELETE and MERGE",
        "Use a number, a text, a date, a time or a list.",
    )


def bind(statement: str, arguments: Any) -> str:
    """The statement with the values in the places of `:name` or `?`.

    Raises:
        AnalysisException: a parameter has no value.
    """
    pieces, copied, count = [], 0, 0
    found = sql.tokens(statement) if arguments else []
    for at, token in enumerate(found):
        if token.token_type is TokenType.PLACEHOLDER:
            value, end, count = _nth(arguments, count), token.end + 1, count + 1
        elif token.token_type is TokenType.COLON and _starts_name(statement, found, at):
            value, end = _named(arguments, found[at + 1].text), found[at + 1].end + 1
        else:
            continue
        pieces += [statement[copied : token.start], of(value)]
        copied = end
    return "".join([*pieces, statement[copied:]])


def without_parameters(statement: str) -> str:
    """The statement with NULL in the place of every parameter: for its columns' names no value matters."""
    pieces, copied, found = [], 0, sql.tokens(statement)
    for at, token in enumerate(found):
        named = token.token_type is TokenType.COLON and _starts_name(statement, found, at)
        if named or token.token_type is TokenType.PLACEHOLDER:
            pieces += [statement[copied : token.start], "NULL"]
            copied = found[at + named].end + 1
    return "".join([*pieces, statement[copied:]])


def _starts_name(statement: str, found: Sequence[Any], at: int) -> bool:
    """Whether a colon begins a parameter: in `column:path` it does not."""
    start = found[at].start
    follows = at + 1 < len(found) and found[at + 1].start == start + 1
    return follows and not (start and (statement[start - 1].isalnum() or statement[start - 1] in "_`)]"))


def _named(arguments: Any, name: str) -> Any:
    if not isinstance(arguments, Mapping) or name not in arguments:
        raise errors.analysis("UNBOUND_SQL_PARAMETER", f"The parameter {name} has no value.", "42P02")
    return arguments[name]


def _nth(arguments: Any, number: int) -> Any:
    if isinstance(arguments, Mapping) or number >= len(arguments):
        raise errors.analysis("UNBOUND_SQL_PARAMETER", f"The parameter number {number + 1} has no value.", "42P02")
    return arguments[number]
