"""A table as outputs: HTML for every notebook tool, JSON for ours, text for a terminal."""

from __future__ import annotations

import datetime as dt
import decimal
import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

MIME = "application/vnd.brickyard.table+json"
MAX_ROWS = 1000
MAX_SIZE = 2 * 1024 * 1024
_MAX_VALUE = 32 * 1024
_TEXT_ROWS = 20
_TEXT_WIDTH = 40
_EXACT = 2**53
"""Larger whole numbers lose digits in JavaScript."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is shown of a table."""

    columns: Sequence[str]
    types: Sequence[str]
    rows: Sequence[Sequence[Any]]
    """JSON values, at most `MAX_ROWS` and `MAX_SIZE` characters."""
    truncated: bool


def make_table(columns: Sequence[str], types: Sequence[str], rows: Iterable[Iterable[Any]]) -> Table:
    """A table of what fits of these rows; give one row more than `MAX_ROWS` where there are more."""
    kept: list[list[Any]] = []
    size = 0
    truncated = False
    for row in rows:
        values = [plain(value) for value in row]
        size += sum(len(str(value)) for value in values)
        if len(kept) == MAX_ROWS or size > MAX_SIZE:
            truncated = True
            break
        kept.append(values)
    return Table(columns=columns, types=types, rows=kept, truncated=truncated)


def bundle(table: Table) -> dict[str, Any]:
    """The table as a mime bundle."""
    columns = [{"name": name, "type": kind} for name, kind in zip(table.columns, table.types, strict=True)]
    data = {"columns": columns, "rows": table.rows, "truncated": table.truncated}
    return {MIME: data, "text/html": _html(table), "text/plain": _text(table)}


def plain(value: Any) -> Any:
    """A value of a cell of a table as JSON keeps it without loss, else as text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        # JSON has no infinity; JavaScript loses digits of large whole numbers.
        exact = abs(value) <= _EXACT if isinstance(value, int) else math.isfinite(value)
        return value if exact else str(value)
    if isinstance(value, str):
        return value if len(value) <= _MAX_VALUE else value[:_MAX_VALUE] + "…"
    if isinstance(value, dict):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        # A Spark Row is a tuple that knows its field names.
        fields = getattr(value, "__fields__", None)
        return plain(dict(zip(fields, value, strict=True))) if fields else [plain(item) for item in value]
    return _as_text(value)


def _as_text(value: Any) -> Any:
    """Other values as text, and NumPy's as the Python values that they hold."""
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return value.hex()
    tolist = getattr(value, "tolist", None)
    return plain(tolist()) if callable(tolist) else str(value)


def _note(table: Table) -> str:
    shown = len(table.rows)
    if table.truncated:
        return f"Only the first {shown:,} rows are shown."
    return f"{shown:,} row{'' if shown == 1 else 's'}"


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _html(table: Table) -> str:
    head = "".join(
        f'<th title="{html.escape(kind)}">{html.escape(name)}</th>'
        for name, kind in zip(table.columns, table.types, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(_shown(value))}</td>" for value in row) + "</tr>" for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{_note(table)}</p>"


def _text(table: Table) -> str:
    rows = [[_cut(_shown(value)) for value in row] for row in table.rows[:_TEXT_ROWS]]
    names = [_cut(name) for name in table.columns]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    rule = "+".join(["", *("-" * (width + 2) for width in widths), ""])
    lines = [
        "|".join(["", *(f" {value:<{width}} " for value, width in zip(row, widths, strict=True)), ""])
        for row in [names, *rows]
    ]
    hidden = len(table.rows) - len(rows)
    more = f"{hidden:,} more rows are in the HTML and JSON forms.\n" if hidden else ""
    return "\n".join([rule, lines[0], rule, *lines[1:], rule, more + _note(table)])


def _cut(text: str) -> str:
    text = text.replace("\n", "\\n")
    return text if len(text) <= _TEXT_WIDTH else text[: _TEXT_WIDTH - 1] + "…"
