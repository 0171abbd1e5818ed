"""Takes tables, and schemas and catalogs with what is in them, out of the metastore."""

from __future__ import annotations

import shutil
from pathlib import Path

from brickyard.surfaces.api.services import Services
from brickyard.surfaces.api.unity import reader, volumes
from brickyard.surfaces.api.unity.faults import CatalogInUse, SchemaInUse
from brickyard.workloads.messages import TableEntry, TableName


def table(services: Services, entry: TableEntry) -> None:
    """Forget a table or view; the files of a managed one go with it."""
    services.store.metastore.drop(entry.table)
    place = Path(entry.location)
    # What stands in the metastore was sent by a worker: nothing but a table's own folder is ever deleted for it.
    if entry.kind == "MANAGED" and services.settings.warehouse in place.parents and ".." not in place.parts:
        shutil.rmtree(place, ignore_errors=True)


def schema(services: Services, catalog: str, name: str, *, force: bool) -> None:
    """Drop a schema; with `force` also what is in it.

    Raises:
        CatalogMissing, SchemaMissing: it is not there.
        SchemaInUse: it is not empty.
    """
    entries = reader.tables(services.store.metastore, catalog, name)
    found = volumes.names(services.settings.volumes, catalog, name)
    if (entries or found) and not force:
        raise SchemaInUse(
            f"Schema '{catalog}.{name}' is not empty. The schema has {len(entries)} tables(s), 0 functions(s), "
            f"{len(found)} volumes(s)"
        )
    if force:
        _empty(services, catalog, name)
    services.store.metastore.drop_schema(catalog, name, cascade=force)


def catalog(services: Services, name: str, *, force: bool) -> None:
    """Drop a catalog; with `force` also what is in it. An empty schema `default` does not count.

    Raises:
        CatalogMissing: it is not there.
        CatalogInUse: it is not empty.
    """
    store, root = services.store.metastore, services.settings.volumes
    schemas = [entry.name for entry in reader.schemas(store, name)]
    if not force:
        used = [
            each
            for each in schemas
            if each != reader.DEFAULT or reader.tables(store, name, each) or volumes.names(root, name, each)
        ]
        if used:
            raise CatalogInUse(f"Catalog '{name}' is not empty. It has the schemas {', '.join(used)}.")
    for each in schemas if force else ():
        _empty(services, name, each)
    store.drop_catalog(name, cascade=force)


def _empty(services: Services, catalog: str, schema: str) -> None:
    for entry in reader.tables(services.store.metastore, catalog, schema):
        table(services, entry)
    for name in volumes.names(services.settings.volumes, catalog, schema):
        volumes.delete(services.settings.volumes, TableName(catalog=catalog, schema=schema, name=name))
