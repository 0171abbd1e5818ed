"""Catalogs, schemas, tables and volumes as the API has them. What is not known is not answered."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from brickyard.surfaces.api.services import Services
from brickyard.surfaces.api.unity import columns
from brickyard.workloads.messages import SchemaEntry, TableEntry, TableName

_SYSTEM = "system"


def metastore_id(services: Services) -> str:
    """The id of the one metastore that there is; it stays, as that of the workspace does."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"brickyard:{services.workspace_id}"))


def metastore(services: Services) -> dict[str, Any]:
    """The metastore."""
    return {
        "metastore_id": metastore_id(services),
        "name": "brickyard",
        "storage_root": place(str(services.settings.warehouse)),
    }


def catalog(services: Services, name: str) -> dict[str, Any]:
    """A catalog as `CatalogInfo`."""
    return {
        "name": name,
        "full_name": name,
        "catalog_type": _catalog_type(name),
        "securable_type": "CATALOG",
        "metastore_id": metastore_id(services),
    }


def schema(services: Services, entry: SchemaEntry) -> dict[str, Any]:
    """A schema as `SchemaInfo`."""
    known = {"comment": entry.comment, "storage_location": place(entry.location)}
    return {
        "name": entry.name,
        "catalog_name": entry.catalog,
        "full_name": f"{entry.catalog}.{entry.name}",
        "catalog_type": _catalog_type(entry.catalog),
        "metastore_id": metastore_id(services),
        **{key: value for key, value in known.items() if value},
    }


def table(services: Services, entry: TableEntry) -> dict[str, Any]:
    """A table or view as `TableInfo`. Its columns are those that it had after its last change by a notebook."""
    known = {
        "data_source_format": entry.format.upper(),
        "storage_location": place(entry.location),
        "view_definition": entry.view_text,
        "comment": entry.comment,
        "owner": entry.owner,
    }
    return {
        **_in_schema(services, entry.table),
        "table_id": _id(services, f"{full_name(entry.table)} {entry.created_ms}"),
        "table_type": entry.kind,
        "columns": [columns.described(at, column) for at, column in enumerate(entry.columns)],
        "properties": entry.properties,
        "created_at": entry.created_ms,
        "updated_at": entry.updated_ms,
        **{key: value for key, value in known.items() if value},
    }


def summary(entry: TableEntry) -> dict[str, Any]:
    """A table or view as `TableSummary`."""
    return {"full_name": full_name(entry.table), "table_type": entry.kind}


def volume(services: Services, name: TableName, folder: Path) -> dict[str, Any]:
    """A volume as `VolumeInfo`."""
    return {
        **_in_schema(services, name),
        "volume_id": _id(services, full_name(name)),
        "volume_type": "MANAGED",
        "storage_location": place(str(folder)),
        "updated_at": int(folder.stat().st_mtime * 1000),
    }


def full_name(name: TableName) -> str:
    """`catalog.schema.name`."""
    return f"{name.catalog}.{name.schema}.{name.name}"


def place(location: str) -> str:
    """A location as a URL; "" stays empty."""
    return f"file:{location}" if location.startswith("/") else location


def _in_schema(services: Services, name: TableName) -> dict[str, Any]:
    return {
        "name": name.name,
        "catalog_name": name.catalog,
        "schema_name": name.schema,
        "full_name": full_name(name),
        "metastore_id": metastore_id(services),
    }


def _id(services: Services, what: str) -> str:
    return str(uuid.uuid5(uuid.UUID(metastore_id(services)), what))


def _catalog_type(name: str) -> str:
    return "SYSTEM_CATALOG" if name == _SYSTEM else "MANAGED_CATALOG"
