"""What a task returned, as text for people: from `runs/get-output`, for every kind of task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]
MOST_ROWS = 20
"""Rows of a SQL result that are shown; the JSON has all that are kept."""


def returned(output: Json) -> str:
    """What the task gave back; "" where it gave nothing."""
    result = (output.get("notebook_output") or {}).get("result") or output.get("logs")
    if result:
        return str(result).rstrip("\n")
    if output.get("sql_output"):
        return _table(output["sql_output"])
    child = (output.get("run_job_output") or {}).get("run_id")
    return f"run {child}" if child else ""


def _table(sql_output: Json) -> str:
    shown = sql_output.get("file_output") or sql_output.get("query_output") or {}
    result = shown.get("query_result") or {}
    columns = [str(column["name"]) for column in result.get("columns") or []]
    if not columns:
        return ""
    found = result.get("rows") or []
    rows = [[str(value.get("string_value", "NULL")) for value in row["values"]] for row in found[:MOST_ROWS]]
    more = len(found) - len(rows)
    rest = [f"… and {more:,} more rows"] if more else []
    return "\n".join([*_aligned([columns, *rows]), *rest, *(["(cut off)"] if result.get("truncated") else [])])


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
