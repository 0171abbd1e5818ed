"""`/api/2.0/notification-destinations`: where notifications of jobs can be sent. Administrators keep them."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.errors import InvalidParameterValue
from brickyard.records import Document
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.kept import destination_fields
from brickyard.surfaces.api.kept.shelf import Shelf
from brickyard.surfaces.api.pages import Page, offset_of
from brickyard.surfaces.api.services import Given

router = APIRouter(prefix="/api/2.0/notification-destinations", tags=["Notifications"])

DESTINATIONS = Shelf("notification-destination", "Notification destination")
_CHANGE = [allow(Action.ADMINISTER)]
_SEE = [allow(Action.DESTINATION_VIEW)]
_QUESTION = "notification-destinations"


@router.post("", dependencies=_CHANGE)
def create(sent: Sent, services: Given, asker: Asker) -> Response:
    """Keep a destination; its addresses and keys are sealed."""
    sent.only("display_name", "config")
    name, fields = destination_fields.checked(_config(sent))
    sealed = msgspec.json.encode(fields)
    body = {"config": name}
    made = DESTINATIONS.add(services, sent.text("display_name"), body, owner=asker.user_name, sealed=sealed)
    return answer(_shown(made))


@router.get("", dependencies=_SEE)
def list_destinations(query: Query, services: Given) -> Response:
    """The destinations with their types, oldest first, in pages."""
    query.only("page_size", "page_token")
    size = query.whole("page_size", 100, low=1, high=1000)
    page = Page(offset_of(query.text("page_token", ""), _QUESTION), size, _QUESTION)
    found = DESTINATIONS.all(services)[page.offset : page.offset + page.limit + 1]
    body: dict[str, Any] = {"results": [_entry(each) for each in page.cut(found)]}
    links = page.links(more=len(found) > page.limit)
    if "next_page_token" in links:
        body["next_page_token"] = links["next_page_token"]
    return answer(body)


@router.get("/{destination_id}", dependencies=_SEE)
def get(destination_id: str, services: Given) -> Response:
    """One destination; of its secrets only whether they are set."""
    return answer(_shown(DESTINATIONS.get(services, destination_id)))


@router.patch("/{destination_id}", dependencies=_CHANGE)
def update(destination_id: str, sent: Sent, services: Given) -> Response:
    """Change the name, or replace the configuration."""
    sent.only("display_name", "config", "id")
    destination = DESTINATIONS.get(services, destination_id)
    changes: dict[str, Any] = {}
    if "display_name" in sent:
        changes["name"] = sent.text("display_name")
    if "config" in sent:
        name, fields = destination_fields.checked(_config(sent))
        changes |= {"body": {"config": name}, "sealed": msgspec.json.encode(fields)}
    return answer(_shown(DESTINATIONS.change(services, destination, **changes)))


@router.delete("/{destination_id}", dependencies=_CHANGE)
def delete(destination_id: str, services: Given) -> Response:
    """Forget a destination."""
    DESTINATIONS.delete(services, destination_id)
    return answer({})


def _config(sent: Fields) -> dict[str, Any]:
    if "config" not in sent:
        raise InvalidParameterValue("config is missing; it must be an object with the configuration of one type.")
    return sent.mapping("config")


def _entry(destination: Document) -> dict[str, Any]:
    return {
        "id": destination.document_id,
        "display_name": destination.name,
        "destination_type": destination_fields.TYPES[destination.body["config"]],
    }


def _shown(destination: Document) -> dict[str, Any]:
    fields = msgspec.json.decode(destination.sealed or b"{}")
    return {**_entry(destination), "config": destination_fields.shown(destination.body["config"], fields)}
