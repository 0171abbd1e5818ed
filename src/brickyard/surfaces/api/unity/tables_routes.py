"""Tables and views. They are made by notebooks and SQL tasks; here they are read, and dropped."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.services import Given, Services
from brickyard.surfaces.api.unity import described, reader, removal
from brickyard.surfaces.api.unity.inputs import name_of, paged, refuse
from brickyard.workloads.messages import TableEntry

router = APIRouter()

_MOST = 50
_MOST_SUMMARIES = 10_000
_OMITTED = {"omit_columns": "columns", "omit_properties": "properties", "omit_username": "owner"}
_REFUSED = {
    "include_manifest_capabilities": "there are no manifests of capabilities here",
    "include_delta_metadata": "use DESCRIBE DETAIL in a notebook",
}


@router.get("/tables", dependencies=[allow(Action.STORAGE)])
def list_tables(query: Query, services: Given) -> Response:
    """The tables and views of a schema, by name."""
    query.only("catalog_name", "schema_name", "include_browse", "max_results", "page_token", *_OMITTED, *_REFUSED)
    refuse(query, _REFUSED)
    found = reader.tables(services.store.metastore, name_of(query, "catalog_name"), name_of(query, "schema_name"))
    return paged(query, "tables", found, _brief(services, query), most=_MOST, unpaged=True)


@router.get("/table-summaries", dependencies=[allow(Action.STORAGE)])
def list_summaries(query: Query, services: Given) -> Response:
    """Names and kinds of the tables of a catalog; patterns as in SQL's LIKE choose schemas and tables."""
    query.only("catalog_name", "schema_name_pattern", "table_name_pattern", "max_results", "page_token", *_REFUSED)
    refuse(query, _REFUSED)
    store, catalog = services.store.metastore, name_of(query, "catalog_name")
    in_schemas, called = _like(query, "schema_name_pattern"), _like(query, "table_name_pattern")
    found = [
        entry
        for schema in reader.schemas(store, catalog)
        if in_schemas.fullmatch(schema.name)
        for entry in reader.tables(store, catalog, schema.name)
        if called.fullmatch(entry.table.name)
    ]
    return paged(query, "tables", found, described.summary, most=_MOST_SUMMARIES)


@router.get("/tables/{full_name}/exists", dependencies=[allow(Action.STORAGE)])
def exists(full_name: str, query: Query, services: Given) -> Response:
    """Whether there is a table or view of this name."""
    query.only()
    return answer({"table_exists": reader.find_table(services.store.metastore, full_name) is not None})


@router.get("/tables/{full_name}", dependencies=[allow(Action.STORAGE)])
def get(full_name: str, query: Query, services: Given) -> Response:
    """A table or view with its columns."""
    query.only("include_browse", *_REFUSED)
    refuse(query, _REFUSED)
    return answer(described.table(services, reader.table(services.store.metastore, full_name)))


@router.delete("/tables/{full_name}", dependencies=[allow(Action.STORAGE)])
def delete(full_name: str, services: Given) -> Response:
    """Drop a table or view; the files of a managed table go with it, for good."""
    removal.table(services, reader.table(services.store.metastore, full_name))
    return answer({})


def _brief(services: Services, query: Fields) -> Callable[[TableEntry], dict[str, Any]]:
    omitted = [name for flag, name in _OMITTED.items() if query.flag(flag)]

    def describe(entry: TableEntry) -> dict[str, Any]:
        if "columns" in omitted:
            entry = msgspec.structs.replace(entry, columns=[])
        return {name: value for name, value in described.table(services, entry).items() if name not in omitted}

    return describe


def _like(query: Fields, field: str) -> re.Pattern[str]:
    """What a pattern of SQL's LIKE means: `%` is any text, `_` is any character."""
    words = {"%": ".*", "_": "."}
    pattern = query.text(field, "") or "%"
    return re.compile("".join(words.get(each, re.escape(each)) for each in pattern), re.IGNORECASE | re.DOTALL)
