"""What the runtime has to know of a Delta table, and what the engine cannot do to one, through `deltalake`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, Field
from deltalake.exceptions import DeltaError
from pyspark.sql.types import StructType

from brickyard.workloads.runtime import errors


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns and partitions of a table as it is now."""

    schema: Any
    """A pyspark `StructType`."""
    partitions: tuple[str, ...]
    computed: frozenset[str]
    """Columns that fill themselves: identity, generated, with a default."""


def exists(location: str) -> bool:
    """Whether a Delta table is at a place of this machine."""
    return (Path(location) / "_delta_log").is_dir()


def open_table(location: str, version: int | None = None) -> DeltaTable:
    """The table.

    Raises:
        AnalysisException: there is no Delta table.
    """
    try:
        return DeltaTable(location, version=version)
    except DeltaError as error:
        raise errors.analysis("DELTA_TABLE_NOT_FOUND", f"Delta table {location} cannot be read: {error}") from None


def layout(location: str) -> Layout:
    """Columns and partitions."""
    try:
        table = DeltaTable(location)
    except DeltaError as error:
        raise errors.analysis("DELTA_TABLE_NOT_FOUND", f"Delta table {location} cannot be read: {error}") from None
    document = json.loads(table.schema().to_json())
    computed = frozenset(
        field["name"]
        for field in document["fields"]
        if any(key.startswith(("delta.identity", "delta.generation", "CURRENT_DEFAULT")) for key in field["metadata"])
    )
    return Layout(StructType.fromJson(document), tuple(table.metadata().partition_columns), computed)


def add_columns(location: str, fields: Iterable[Any]) -> None:
    """Add columns (pyspark `StructField`s) at the end; rows that are there have null in them."""
    documents = [field.jsonValue() | {"nullable": True} for field in fields]
    open_table(location).alter.add_columns([Field.from_json(json.dumps(each)) for each in documents])


def set_properties(location: str, properties: dict[str, str]) -> None:
    """Set `delta.…` properties.

    Raises:
        AnalysisException: Delta does not know one of them.
    """
    if not properties:
        return
    try:
        open_table(location).alter.set_table_properties(properties)
    except DeltaError as error:
        raise errors.analysis("DELTA_UNKNOWN_CONFIGURATION", str(error), "F0000") from None


def file_sizes(table: DeltaTable) -> list[int]:
    """Sizes in bytes of the files that make up the table now."""
    actions = pa.table(table.get_add_actions(flatten=True))
    return [int(size) for size in actions["size_bytes"].to_pylist()]


def metrics_after(location: str, version: int, operation: str) -> dict[str, Any]:
    """The metrics of the first commit of an operation after a version; empty where nothing was committed."""
    table = open_table(location)
    found = [
        commit
        for commit in table.history(max(table.version() - version, 1))
        if commit["version"] > version and commit.get("operation") == operation
    ]
    return dict(found[-1].get("operationMetrics") or {}) if found else {}
