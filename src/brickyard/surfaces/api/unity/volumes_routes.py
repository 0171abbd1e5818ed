"""Volumes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.errors import FeatureDisabled
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.services import Given, Services
from brickyard.surfaces.api.unity import described, reader, volumes
from brickyard.surfaces.api.unity.inputs import name_of, paged, parts_of, refuse
from brickyard.workloads.messages import TableName

router = APIRouter(prefix="/volumes")

_MOST = 10_000
_REFUSED = {
    "storage_location": "a volume is a folder of this installation; it has no other place",
    "comment": "nothing but its name is kept of a volume",
}


@router.get("", dependencies=[allow(Action.STORAGE)])
def list_volumes(query: Query, services: Given) -> Response:
    """The volumes of a schema, by name."""
    query.only("catalog_name", "schema_name", "include_browse", "max_results", "page_token")
    catalog, schema = name_of(query, "catalog_name"), name_of(query, "schema_name")
    reader.schema(services.store.metastore, catalog, schema)
    names = volumes.names(services.settings.volumes, catalog, schema)

    def describe(name: str) -> dict[str, Any]:
        return _described(services, TableName(catalog=catalog, schema=schema, name=name))

    return paged(query, "volumes", names, describe, most=_MOST)


@router.post("", dependencies=[allow(Action.STORAGE)])
def create(sent: Sent, services: Given) -> Response:
    """Make a managed volume."""
    sent.only("catalog_name", "schema_name", "name", "volume_type", *_REFUSED)
    if sent.choice("volume_type", ["MANAGED", "EXTERNAL"]) == "EXTERNAL":
        raise FeatureDisabled("volume_type: a volume is a folder of this installation, so it must be MANAGED.")
    refuse(sent, _REFUSED)
    catalog, schema, name = (name_of(sent, field) for field in ("catalog_name", "schema_name", "name"))
    reader.schema(services.store.metastore, catalog, schema)
    volume = TableName(catalog=catalog, schema=schema, name=name)
    return answer(described.volume(services, volume, volumes.create(services.settings.volumes, volume)))


@router.get("/{full_name}", dependencies=[allow(Action.STORAGE)])
def read(full_name: str, query: Query, services: Given) -> Response:
    """A volume."""
    query.only("include_browse")
    return answer(_described(services, _known(services, full_name)))


@router.delete("/{full_name}", dependencies=[allow(Action.STORAGE)])
def delete(full_name: str, services: Given) -> Response:
    """Delete a volume with its files, for good."""
    volumes.delete(services.settings.volumes, _known(services, full_name))
    return answer({})


def _known(services: Services, full_name: str) -> TableName:
    """The name, of a volume in a schema that is there."""
    catalog, schema, name = parts_of(full_name, "catalog", "schema", "volume")
    reader.schema(services.store.metastore, catalog, schema)
    return TableName(catalog=catalog, schema=schema, name=name)


def _described(services: Services, volume: TableName) -> dict[str, Any]:
    return described.volume(services, volume, volumes.folder_of(services.settings.volumes, volume))
