"""Statements as the API answers them: status, manifest, and a part of the result."""

from __future__ import annotations

import datetime as dt
from typing import Any

from brickyard.engine.statements.results import rows_of
from brickyard.records import StatementRecord
from brickyard.surfaces.api.links import LIFE_MS
from brickyard.surfaces.api.services import Services
from brickyard.surfaces.api.unity import columns

FILE_PATH = "/api/brickyard/statements/{statement_id}/chunks/{index}"


def body(services: Services, statement: StatementRecord) -> dict[str, Any]:
    """A statement; with its manifest and first chunk once it has succeeded."""
    found: dict[str, Any] = {"statement_id": statement.statement_id, "status": _status(statement)}
    if statement.state == "SUCCEEDED":
        found["manifest"] = _manifest(statement)
        found["result"] = chunk(services, statement, 0) if statement.body["chunks"] else {}
        if statement.body["disposition"] == "INLINE" and not statement.body["chunks"]:
            found["result"] = {"chunk_index": 0, "row_offset": 0, "row_count": 0, "data_array": []}
    return found


def chunk(services: Services, statement: StatementRecord, index: int) -> dict[str, Any]:
    """One chunk of the result: its rows, or a link to them.

    Raises:
        NotFound: there is no such chunk.
    """
    place: dict[str, Any] = {"chunk_index": index, **services.statements.part(statement, index)}
    if index + 1 < len(statement.body["chunks"]):
        path = f"/api/2.0/sql/statements/{statement.statement_id}/result/chunks/{index + 1}"
        place |= {"next_chunk_index": index + 1, "next_chunk_internal_link": path}
    if statement.body["disposition"] == "INLINE":
        return {**place, "data_array": rows_of(services.statements.chunk(statement, index))}
    now = services.clock.now_ms()
    link = services.links.sign(FILE_PATH.format(statement_id=statement.statement_id, index=index), now)
    until = dt.datetime.fromtimestamp((now + LIFE_MS) / 1000, dt.UTC).isoformat(timespec="milliseconds")
    external = {**place, "external_link": services.url + link, "expiration": until.replace("+00:00", "Z")}
    return {"external_links": [external]}


def _status(statement: StatementRecord) -> dict[str, Any]:
    status: dict[str, Any] = {"state": statement.state}
    error = statement.body.get("error")
    if error and statement.state == "FAILED":
        status["error"] = {"error_code": _code(error["code"]), "message": error["text"]}
        if "sql_state" in error:
            status["sql_state"] = error["sql_state"]
    return status


def _code(code: str) -> str:
    """One of the codes that clients know; they take others for unknown."""
    known = {"ABORTED", "BAD_REQUEST", "INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "RESOURCE_EXHAUSTED"}
    return code if code in known else "BAD_REQUEST"


def _manifest(statement: StatementRecord) -> dict[str, Any]:
    chunks = statement.body["chunks"]
    described = [columns.described(position, column) for position, column in enumerate(statement.body["columns"])]
    for each in described:
        del each["nullable"]
    return {
        "format": statement.body["format"],
        "schema": {"column_count": len(described), "columns": [_simple(each) for each in described]},
        "total_chunk_count": len(chunks),
        "total_row_count": sum(each["row_count"] for each in chunks),
        "total_byte_count": sum(each["byte_count"] for each in chunks),
        "truncated": statement.body["truncated"],
        "chunks": [{"chunk_index": index, **each} for index, each in enumerate(chunks)],
    }


def _simple(column: dict[str, Any]) -> dict[str, Any]:
    """Without the precision of what has none."""
    if column["type_name"] == "DECIMAL":
        return {**column, "type_text": column["type_text"].upper()}
    rest = {name: value for name, value in column.items() if name not in {"type_precision", "type_scale"}}
    return {**rest, "type_text": column["type_text"].upper()}
