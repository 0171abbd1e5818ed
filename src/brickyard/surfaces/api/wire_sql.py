"""What a SQL task gave back, as `sql_output` of the Jobs API."""

from __future__ import annotations

import re
from typing import Any

from brickyard.records import Json
from brickyard.workloads import sql_result

_PARAMETERS = re.compile(r"[(<]")


def output(task: Json, table: str, attempt_id: int) -> dict[str, Any]:
    """The result of a file in the form of recorded runs; that of a saved query has the same fields under its name.

    Args:
        task: the payload of the task.
        table: `Outcome.table`.
        attempt_id: it also names the statement, which the service does with a key of its own.
    """
    result = sql_result.parse(table)
    shown = {
        "query_result": {
            "columns": [{"name": column.name, "type": _type(column.type)} for column in result.columns],
            "rows": [{"values": [_value(text) for text in row]} for row in result.rows],
            "truncated": result.truncated,
        },
        "query_text": result.query_text,
        "sql_statements": [{"lookup_key": str(attempt_id)}],
        "warehouse_id": str(task.get("warehouse_id", "")),
    }
    return {"query_output" if "query" in task else "file_output": shown}


def _type(name: str) -> str:
    """The service names types without their parameters, and calls that of a bare NULL `null`."""
    bare = _PARAMETERS.split(name, maxsplit=1)[0]
    return "null" if bare == "void" else bare


def _value(text: str | None) -> dict[str, str]:
    """NULL is an empty object."""
    return {} if text is None else {"string_value": text}
