"""Catalogs."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.errors import AlreadyExists
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.services import Given
from brickyard.surfaces.api.unity import described, reader, removal
from brickyard.surfaces.api.unity.faults import CatalogTaken
from brickyard.surfaces.api.unity.inputs import name_of, paged, parts_of, refuse

router = APIRouter(prefix="/catalogs")

_MOST = 1000
_REFUSED = {
    "comment": "nothing but its name is kept of a catalog",
    "properties": "nothing but its name is kept of a catalog",
    "options": "nothing but its name is kept of a catalog",
    "storage_root": "managed tables of all catalogs live in one place here; give a table a LOCATION",
    "connection_name": "catalogs of other systems cannot be used here",
    "provider_name": "nothing is shared between installations",
    "share_name": "nothing is shared between installations",
    "custom_max_retention_hours": "a table that is dropped is gone at once",
    "managed_encryption_settings": "tables are not encrypted here",
}


@router.get("", dependencies=[allow(Action.STORAGE)])
def list_catalogs(query: Query, services: Given) -> Response:
    """All catalogs, by name."""
    query.only("include_browse", "include_unbound", "max_results", "page_token")
    found = services.store.metastore.catalogs()
    return paged(query, "catalogs", found, partial(described.catalog, services), most=_MOST, unpaged=True)


@router.post("", dependencies=[allow(Action.STORAGE)])
def create(sent: Sent, services: Given) -> Response:
    """Make a catalog; it has a schema `default`."""
    sent.only("name", *_REFUSED)
    refuse(sent, _REFUSED)
    name = name_of(sent, "name")
    try:
        services.store.metastore.create_catalog(name, if_absent=False)
    except AlreadyExists as error:
        raise CatalogTaken(f"Catalog '{name}' already exists") from error
    return answer(described.catalog(services, name))


@router.get("/{name}", dependencies=[allow(Action.STORAGE)])
def get(name: str, query: Query, services: Given) -> Response:
    """A catalog."""
    query.only("include_browse")
    (found,) = parts_of(name, "catalog")
    return answer(described.catalog(services, reader.catalog(services.store.metastore, found)))


@router.delete("/{name}", dependencies=[allow(Action.STORAGE)])
def delete(name: str, query: Query, services: Given) -> Response:
    """Delete a catalog; with `force` also what is in it, for good."""
    query.only("force")
    (found,) = parts_of(name, "catalog")
    removal.catalog(services, found, force=query.flag("force"))
    return answer({})
