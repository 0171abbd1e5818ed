"""The notebook for programs: clients of the service read it from `__DATABRICKS_NOTEBOOK_MODEL` in the page.

No document tells its form; the names are those that clients read: `commands`, each with `position`, `command`, `state`,
`results`, `errorSummary` and `error`. It stands in the page as base64 of URL-encoded JSON.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from brickyard.surfaces.export.content import MAX_MODEL, Executed, Room
from brickyard.surfaces.export.text import plain, without_escapes
from brickyard.workloads.folder import CellRecord
from brickyard.workloads.notebooks import tables

NAME = "__DATABRICKS_NOTEBOOK_MODEL"
SKIPPED = "Command skipped"
_STATES = {"pending": "waiting", "running": "running", "ok": "finished", "failed": "error", "skipped": "error"}
_LEFT_OUT = "This result is left out: the results of one export are limited to 5 MB."


def line(notebook: Executed) -> str:
    """The line of the page that holds the model; its letters are those of base64, which end no element."""
    text = msgspec.json.encode(model(notebook)).decode()
    return f"{NAME} = '{base64.b64encode(quote(text, safe='').encode()).decode()}'"


def model(notebook: Executed) -> dict[str, Any]:
    """The notebook with its cells and what they gave."""
    room = Room(MAX_MODEL)
    ran = [cell.index for cell in notebook.cells if cell.state in {"ok", "failed"}]
    last = ran[-1] if ran and notebook.exit_value is not None else -1
    commands = []
    for cell in notebook.cells:
        given = _command(notebook, cell, room)
        if cell.index == last:
            # The service shows the value with which a notebook ended as a result of the cell that ended it.
            _results(given)["data"].append(_fitting({"type": "raw", "data": notebook.exit_value}, room))
        commands.append(given)
    language = next((cell.language for cell in notebook.cells if cell.language in {"python", "sql"}), "python")
    return {"version": "NotebookV1", "name": notebook.name, "language": language, "commands": commands}


def _command(notebook: Executed, cell: CellRecord, room: Room) -> dict[str, Any]:
    made: dict[str, Any] = {
        "version": "CommandV1",
        "position": float(cell.index + 1),
        "command": cell.source,
        "commandTitle": cell.title,
        "state": _STATES[cell.state],
        "startTime": cell.started_ms,
        "finishTime": cell.ended_ms,
        "results": None,
        "errorSummary": None,
        "error": None,
    }
    if cell.state == "skipped":
        return {**made, "errorSummary": SKIPPED}
    for output in cell.outputs:
        if output.get("output_type") == "error":
            made |= _failure(output)
        else:
            _results(made)["data"].append(_fitting(_item(output), room))
    if cell.state == "failed" and made["error"] is None and notebook.cell == cell.index:
        made |= {"errorSummary": notebook.error, "error": notebook.trace or notebook.error}
    return made


def _results(command: dict[str, Any]) -> dict[str, Any]:
    if command["results"] is None:
        command["results"] = {"type": "listResults", "data": []}
    results: dict[str, Any] = command["results"]
    return results


def _failure(output: Mapping[str, Any]) -> dict[str, Any]:
    name, value, lines = output.get("ename", ""), output.get("evalue", ""), output.get("traceback")
    trace = "\n".join(map(str, lines)) if isinstance(lines, list) else ""
    summary = without_escapes(f"{name}: {value}" if value else str(name))
    return {"errorSummary": summary, "error": without_escapes(trace) or summary}


def _fitting(item: dict[str, Any], room: Room) -> dict[str, Any]:
    if room.take(len(msgspec.json.encode(item))):
        return item
    return {"type": "ansi", "name": "stderr", "data": _LEFT_OUT}


def _item(output: Mapping[str, Any]) -> dict[str, Any]:
    """One result. Images are in the page; here stands what they say as text."""
    if output.get("output_type") == "stream":
        return {"type": "ansi", "name": output.get("name", "stdout"), "data": plain(output.get("text", ""))}
    data = output.get("data")
    if not isinstance(data, dict):
        return {"type": "ansi", "name": None, "data": plain(dict(output))}
    table = data.get(tables.MIME)
    if isinstance(table, dict):
        columns, rows = table.get("columns", []), table.get("rows", [])
        return {"type": "table", "schema": columns, "data": rows, "overflow": bool(table.get("truncated"))}
    if "text/html" in data:
        return {"type": "htmlSandbox", "name": None, "data": plain(data["text/html"])}
    return {"type": "ansi", "name": None, "data": plain(data.get("text/plain", ""))}
