"""Schemas."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.errors import AlreadyExists, InvalidParameterValue
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.services import Given
from brickyard.surfaces.api.unity import described, reader, removal
from brickyard.surfaces.api.unity.faults import SchemaTaken
from brickyard.surfaces.api.unity.inputs import name_of, paged, parts_of, refuse
from brickyard.workloads.messages import SchemaEntry

router = APIRouter(prefix="/schemas")

_MOST = 1000
_REFUSED = {
    "properties": "a schema keeps its name and its comment",
    "storage_root": "managed tables of all schemas live in one place here; give a table a LOCATION",
    "custom_max_retention_hours": "a table that is dropped is gone at once",
}


@router.get("", dependencies=[allow(Action.STORAGE)])
def list_schemas(query: Query, services: Given) -> Response:
    """The schemas of a catalog, by name."""
    query.only("catalog_name", "include_browse", "max_results", "page_token")
    found = reader.schemas(services.store.metastore, name_of(query, "catalog_name"))
    return paged(query, "schemas", found, partial(described.schema, services), most=_MOST, unpaged=True)


@router.post("", dependencies=[allow(Action.STORAGE)])
def create(sent: Sent, services: Given) -> Response:
    """Make a schema."""
    sent.only("name", "catalog_name", "comment", *_REFUSED)
    refuse(sent, _REFUSED)
    store = services.store.metastore
    catalog, name = reader.catalog(store, name_of(sent, "catalog_name")), name_of(sent, "name")
    entry = SchemaEntry(catalog=catalog, name=name, comment=sent.text("comment", ""))
    if name in {each.name for each in reader.schemas(store, catalog)}:
        raise _taken(entry)
    try:
        store.create_schema(entry, if_absent=False)
    except AlreadyExists as error:  # in the meantime
        raise _taken(entry) from error
    return answer(described.schema(services, entry))


@router.get("/{full_name}", dependencies=[allow(Action.STORAGE)])
def get(full_name: str, query: Query, services: Given) -> Response:
    """A schema."""
    query.only("include_browse")
    catalog, name = parts_of(full_name, "catalog", "schema")
    return answer(described.schema(services, reader.schema(services.store.metastore, catalog, name)))


@router.delete("/{full_name}", dependencies=[allow(Action.STORAGE)])
def delete(full_name: str, query: Query, services: Given) -> Response:
    """Delete a schema; with `force` also what is in it, for good."""
    query.only("force")
    catalog, name = parts_of(full_name, "catalog", "schema")
    reader.schema(services.store.metastore, catalog, name)
    if name == reader.DEFAULT:
        raise InvalidParameterValue(f"full_name is {full_name!r}; every catalog has a schema 'default' while it is.")
    removal.schema(services, catalog, name, force=query.flag("force"))
    return answer({})


def _taken(entry: SchemaEntry) -> SchemaTaken:
    return SchemaTaken(f"Schema '{entry.catalog}.{entry.name}' already exists")
