"""The result of a SQL task as it is kept: every value as text, within the limits that the service has for references.

Form: `{"columns": [{"name", "type"}], "rows": [[text or null]], "truncated": bool, "query_text": text}`. At most 1,000
rows and 48 KiB of rows are kept. Source of the limits: docs of Databricks "Dynamic value references", SQL output.
"""

from __future__ import annotations

import base64
import datetime as dt
import decimal
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

MAX_ROWS = 1000
MAX_SIZE = 48 * 1024
"""Bytes of all rows together, as JSON."""
MAX_QUERY = 64 * 1024
"""Characters of the statements' text; more is cut off."""


class Column(msgspec.Struct, frozen=True):
    """A column of the result."""

    name: str
    type: str
    """As Spark names it: `int`, `string`, `decimal(10,2)`."""


class SqlResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the last statement with a result gave."""

    columns: Sequence[Column] = ()
    rows: Sequence[Sequence[str | None]] = ()
    truncated: bool = False
    """There were more rows than are kept."""
    query_text: str = ""
    """The text of the task, all statements."""


def make(columns: Sequence[Column], rows: Iterable[Sequence[Any]], query_text: str) -> SqlResult:
    """A result of what fits of these rows; give one row more than `MAX_ROWS` where there are more."""
    kept: list[list[str | None]] = []
    size = 2
    truncated = False
    for row in rows:
        texts = [None if value is None else as_text(value) for value in row]
        size += len(msgspec.json.encode(texts)) + 1
        if len(kept) == MAX_ROWS or size > MAX_SIZE:
            truncated = True
            break
        kept.append(texts)
    return SqlResult(columns=columns, rows=kept, truncated=truncated, query_text=query_text[:MAX_QUERY])


def dump(result: SqlResult) -> str:
    """The text for `Outcome.table`."""
    return msgspec.json.encode(result).decode()


def parse(text: str) -> SqlResult:
    """The result in `Outcome.table`.

    Raises:
        msgspec.ValidationError: it is none.
    """
    return msgspec.json.decode(text, type=SqlResult)


def as_text(value: Any) -> str:
    """A value as the service's SQL results have it, where every value is a text."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case decimal.Decimal():
            return format(value, "f")
        case dt.datetime():
            return _timestamp(value)
        case dt.date() | dt.time():
            return value.isoformat()
        case bytes() | bytearray():
            return base64.b64encode(value).decode()
        case list() | tuple() | Mapping():
            return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
        case _:
            return str(value)


def _timestamp(value: dt.datetime) -> str:
    if value.tzinfo is None:
        return value.isoformat(timespec="milliseconds")
    return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _plain(value: Any) -> Any:
    """A value inside of an array, map or struct, as JSON has it."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return as_text(value)
