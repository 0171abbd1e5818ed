"""What is in the metastore, with what Unity Catalog says of names that are not in it."""

from __future__ import annotations

from collections.abc import Sequence

from brickyard.ports import MetastoreStore
from brickyard.surfaces.api.unity.faults import CatalogMissing, SchemaMissing, TableMissing
from brickyard.surfaces.api.unity.inputs import parts_of
from brickyard.workloads.messages import SchemaEntry, TableEntry, TableName

DEFAULT = "default"
"""The schema that every catalog has, also before something is in it."""


def catalog(store: MetastoreStore, name: str) -> str:
    """The name of a catalog that is there.

    Raises:
        CatalogMissing: it is not.
    """
    if name not in store.catalogs():
        raise CatalogMissing(f"Catalog '{name}' does not exist.")
    return name


def schemas(store: MetastoreStore, catalog_name: str) -> Sequence[SchemaEntry]:
    """The schemas of a catalog, by name.

    Raises:
        CatalogMissing: there is no such catalog.
    """
    found = {entry.name: entry for entry in store.schemas(catalog(store, catalog_name))}
    found.setdefault(DEFAULT, SchemaEntry(catalog=catalog_name, name=DEFAULT))
    return [found[name] for name in sorted(found)]


def schema(store: MetastoreStore, catalog_name: str, name: str) -> SchemaEntry:
    """One schema.

    Raises:
        CatalogMissing, SchemaMissing: it is not there.
    """
    for entry in schemas(store, catalog_name):
        if entry.name == name:
            return entry
    raise SchemaMissing(f"Schema '{catalog_name}.{name}' does not exist.")


def tables(store: MetastoreStore, catalog_name: str, schema_name: str) -> Sequence[TableEntry]:
    """The tables and views of a schema, by name.

    Raises:
        CatalogMissing, SchemaMissing: the schema is not there.
    """
    schema(store, catalog_name, schema_name)
    if schema_name not in {entry.name for entry in store.schemas(catalog_name)}:
        return []
    return store.tables(catalog_name, schema_name)


def find_table(store: MetastoreStore, full_name: str) -> TableEntry | None:
    """A table or view by its full name, or None."""
    catalog_name, schema_name, name = parts_of(full_name, "catalog", "schema", "table")
    return store.lookup([TableName(catalog=catalog_name, schema=schema_name, name=name)])[0]


def table(store: MetastoreStore, full_name: str) -> TableEntry:
    """A table or view by its full name.

    Raises:
        CatalogMissing, SchemaMissing, TableMissing: it is not there; the error is of the first part that is missing.
    """
    found = find_table(store, full_name)
    if found is None:
        catalog_name, schema_name, _ = parts_of(full_name, "catalog", "schema", "table")
        schema(store, catalog_name, schema_name)
        raise TableMissing(f"Table '{full_name}' does not exist.")
    return found
