"""`/api/2.0/sql/statements`: SQL that clients send, run on a warehouse; results in chunks or behind links."""

from __future__ import annotations

import csv
import io
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.levels import ObjectType
from brickyard.access.refs import Ref
from brickyard.engine.statements.results import rows_of
from brickyard.errors import InvalidState
from brickyard.records import StatementRecord
from brickyard.surfaces.api import waiting_threads
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.services import Given, Services
from brickyard.surfaces.api.sql import statement_fields, wire_statements
from brickyard.surfaces.api.sql.finders import warehouse_sent

router = APIRouter(prefix="/api/2.0/sql/statements", tags=["SQL"])
open_router = APIRouter(tags=["SQL"])
"""Needs no token: a link that was signed opens it, as clients of the service expect it."""


def statement_in_path(request: Request, asker: Asker, services: Given) -> Ref:
    """The warehouse of the `statement_id` of the path; a statement is there for who sent it, and for administrators."""
    statement = services.statements.get(request.path_params["statement_id"])
    missing = services.statements.missing(statement.statement_id)
    if statement.user_name != asker.user_name and not asker.identity.is_admin:
        raise missing
    return Ref(kind=ObjectType.WAREHOUSES, object_id=statement.warehouse_id, missing=missing)


_ITS_OWN = [allow(Action.WAREHOUSE_USE, statement_in_path)]


@router.post("", dependencies=[allow(Action.WAREHOUSE_USE, warehouse_sent)])
async def execute(
    sent: Sent, services: Given, asker: Asker, threads: Annotated[waiting_threads.Limiter, Depends(waiting_threads.of)]
) -> Response:
    """Run a statement; answers its result where it is over within `wait_timeout`, else its state."""
    asked = statement_fields.read(sent, asker.user_name)

    def waited() -> StatementRecord:
        services.warehouses.get(asked.request.warehouse_id)
        statement_id = services.statements.submit(asked.request)
        statement = services.statements.wait(statement_id, asked.wait_seconds)
        if asked.cancel_then and not statement.is_over:
            services.statements.cancel(statement_id)
            statement = services.statements.wait(statement_id, asked.wait_seconds)
        return statement

    statement = await run_sync(waited, limiter=threads)
    return answer(wire_statements.body(services, statement))


@router.get("/{statement_id}", dependencies=_ITS_OWN)
def get(statement_id: str, services: Given) -> Response:
    """A statement: its state, and the first part of its result."""
    return answer(wire_statements.body(services, services.statements.get(statement_id)))


@router.get("/{statement_id}/result/chunks/{index}", dependencies=_ITS_OWN)
def chunk(statement_id: str, index: int, services: Given) -> Response:
    """One part of a result."""
    return answer(wire_statements.chunk(services, _with_result(services, statement_id), index))


@router.post("/{statement_id}/cancel", dependencies=_ITS_OWN)
def cancel(statement_id: str, sent: Sent, services: Given) -> Response:
    """Cancel a statement; returns at once, it ends soon after."""
    sent.only()
    services.statements.cancel(statement_id)
    return answer({})


@open_router.get(wire_statements.FILE_PATH)
def chunk_file(statement_id: str, index: int, query: Query, services: Given) -> Response:
    """One part of a result as a file, by the link that was answered for it, which needs no token for 30 minutes."""
    query.only("expires", "signature")
    path = wire_statements.FILE_PATH.format(statement_id=statement_id, index=index)
    services.links.check(path, query.whole("expires", 0), query.text("signature", ""), services.clock.now_ms())
    statement = _with_result(services, statement_id)
    data, media_type = services.statements.chunk(statement, index), "application/json"
    if statement.body["format"] == "CSV":
        data, media_type = _csv(statement, data, header=index == 0), "text/csv"
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type=media_type, headers=headers)


def _with_result(services: Services, statement_id: str) -> StatementRecord:
    statement = services.statements.get(statement_id)
    if statement.state != "SUCCEEDED":
        raise InvalidState(f"The statement {statement_id} is {statement.state}; there is no result to be had.")
    return statement


def _csv(statement: StatementRecord, data: bytes, *, header: bool) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    if header:
        writer.writerow([column["name"] for column in statement.body["columns"]])
    writer.writerows(rows_of(data))
    return text.getvalue().encode()
