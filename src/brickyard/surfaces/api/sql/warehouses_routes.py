"""`/api/2.0/sql/warehouses`: made, changed, started and stopped; statements run on them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.levels import ObjectType
from brickyard.engine.warehouses.service import DEFAULTS, KIND
from brickyard.records import Document
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.kept.shelf import Shelf
from brickyard.surfaces.api.pages import Page, offset_of
from brickyard.surfaces.api.services import Given, Services
from brickyard.surfaces.api.sql import warehouse_fields
from brickyard.surfaces.api.sql.finders import warehouse_in_path

router = APIRouter(prefix="/api/2.0/sql/warehouses", tags=["SQL"])

WAREHOUSES = Shelf(KIND, "The warehouse")
_USE = [allow(Action.WAREHOUSE_USE, warehouse_in_path)]
_EDIT = [allow(Action.WAREHOUSE_EDIT, warehouse_in_path)]
_QUESTION = "warehouses"


@router.post("", dependencies=[allow(Action.WAREHOUSE_CREATE)])
def create(sent: Sent, services: Given, asker: Asker) -> Response:
    """Make a warehouse, and start it; answers its id."""
    name, body = sent.text("name"), warehouse_fields.checked(sent, DEFAULTS)
    made = WAREHOUSES.add(services, name, body, owner=asker.user_name)
    services.warehouses.begin(made.document_id)
    return answer({"id": made.document_id})


@router.get("", dependencies=[allow(Action.WAREHOUSE_LIST)])
def list_warehouses(query: Query, services: Given, asker: Asker) -> Response:
    """The warehouses that the caller may use, oldest first."""
    query.only("page_size", "page_token", "run_as_user_id")
    seen = [
        each
        for each in WAREHOUSES.all(services)
        if services.gate.sees(asker.identity, ObjectType.WAREHOUSES, each.document_id)
    ]
    size = query.whole("page_size", len(seen) or 1, low=1, high=1000)
    page = Page(offset_of(query.text("page_token", ""), _QUESTION), size, _QUESTION)
    found = seen[page.offset : page.offset + page.limit + 1]
    body: dict[str, Any] = {"warehouses": [_shown(services, each) for each in page.cut(found)]}
    links = page.links(more=len(found) > page.limit)
    if "next_page_token" in links:
        body["next_page_token"] = links["next_page_token"]
    return answer(body)


@router.get("/{warehouse_id}", dependencies=_USE)
def get(warehouse_id: str, services: Given) -> Response:
    """One warehouse with its state."""
    return answer(_shown(services, WAREHOUSES.get(services, warehouse_id)))


@router.post("/{warehouse_id}/edit", dependencies=_EDIT)
def edit(warehouse_id: str, sent: Sent, services: Given) -> Response:
    """Change what was sent; the rest stays."""
    before = WAREHOUSES.get(services, warehouse_id)
    body = warehouse_fields.checked(sent, dict(before.body))
    WAREHOUSES.change(services, before, name=sent.text("name", before.name) or before.name, body=body)
    return answer({})


@router.post("/{warehouse_id}/start", dependencies=[allow(Action.WAREHOUSE_USE, warehouse_in_path)])
def start(warehouse_id: str, sent: Sent, services: Given) -> Response:
    """Start a warehouse; returns at once."""
    sent.only()
    services.warehouses.begin(warehouse_id)
    return answer({})


@router.post("/{warehouse_id}/stop", dependencies=_EDIT)
def stop(warehouse_id: str, sent: Sent, services: Given, asker: Asker) -> Response:
    """Stop a warehouse; statements that run on it are cancelled."""
    sent.only()
    WAREHOUSES.get(services, warehouse_id)
    services.warehouses.end(warehouse_id, f"{asker.user_name} has stopped it.")
    return answer({})


@router.delete("/{warehouse_id}", dependencies=_EDIT)
def delete(warehouse_id: str, services: Given, asker: Asker) -> Response:
    """Stop and forget a warehouse."""
    WAREHOUSES.delete(services, warehouse_id)
    services.warehouses.end(warehouse_id, f"{asker.user_name} has deleted the warehouse.")
    services.store.acls.delete(ObjectType.WAREHOUSES, warehouse_id)
    return answer({})


def _shown(services: Services, warehouse: Document) -> dict[str, Any]:
    now = services.warehouses.state(warehouse.document_id)
    return {
        "id": warehouse.document_id,
        "name": warehouse.name,
        "creator_name": warehouse.owner,
        "state": now.state,
        "num_clusters": 1 if now.state == "RUNNING" else 0,
        "num_active_sessions": now.sessions,
        "health": {"status": "HEALTHY"},
        **warehouse.body,
    }
