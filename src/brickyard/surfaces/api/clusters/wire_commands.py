"""Commands and their results as the command execution API shows them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

from brickyard.ports.sessions import CommandInfo
from brickyard.workloads.session_messages import CommandResult, ResultColumn

Language = Literal["python", "sql"]

_WHOLE = frozenset({"tinyint", "smallint", "int", "bigint"})
_FLOATING = frozenset({"float", "double"})


def command_body(command: CommandInfo) -> dict[str, Any]:
    """One command. Statuses are in mixed case: `Finished`."""
    body: dict[str, Any] = {"id": command.command_id, "status": command.status.value.title()}
    if command.result is not None:
        body["results"] = result_body(command.result)
    return body


def result_body(result: CommandResult) -> dict[str, Any]:
    """What a command gave."""
    match result.kind:
        case "error":
            return {"resultType": "error", "summary": result.summary, "cause": result.cause or result.summary}
        case "table":
            return _table(result)
        case "image":
            return {"resultType": "image", "fileName": result.images[0]}
        case "images":
            return {"resultType": "images", "fileNames": list(result.images)}
        case _:
            return {"resultType": "text", "data": result.text}


def _table(result: CommandResult) -> dict[str, Any]:
    readers = [_reader(column) for column in result.columns]
    return {
        "resultType": "table",
        "data": [[read(value) for read, value in zip(readers, row, strict=True)] for row in result.rows],
        # Types are JSON texts, as a Spark schema has them.
        "schema": [
            {"name": column.name, "type": json.dumps(column.type), "metadata": "{}"} for column in result.columns
        ],
        "truncated": result.truncated,
        "isJsonSchema": True,
    }


def _reader(column: ResultColumn) -> Callable[[Any], Any]:
    """What makes JSON's own value of a text, where JSON has one for the type."""

    def read(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if column.type in _WHOLE:
            return int(value)
        if column.type in _FLOATING and value.lower() not in ("nan", "inf", "-inf"):
            return float(value)
        return value == "true" if column.type == "boolean" else value

    return read
