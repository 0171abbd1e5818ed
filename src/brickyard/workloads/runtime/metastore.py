"""The metastore as the runtime asks it: the server's database is the truth, nothing is remembered here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec
from pyspark.errors import AnalysisException

from brickyard.workloads.bridge import AskError, Bridge
from brickyard.workloads.messages import (
    DropSchema,
    DropTable,
    ListSchemas,
    ListTables,
    LookupTables,
    PutSchema,
    PutTable,
    SchemaEntry,
    TableEntry,
    TableName,
)
from brickyard.workloads.runtime import errors, names


class Metastore:
    """Typed asks, with refusals turned into Spark's errors."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def lookup(self, tables: Sequence[TableName]) -> list[TableEntry | None]:
        """For each name its entry, or None."""
        if not tables:
            return []
        answer = self._bridge.ask(LookupTables(names=list(tables)))
        return msgspec.convert(answer, list[TableEntry | None])

    def get(self, table: TableName) -> TableEntry | None:
        """The entry of one name, or None."""
        return self.lookup([table])[0]

    def require(self, table: TableName) -> TableEntry:
        """The entry of one name.

        Raises:
            AnalysisException: `TABLE_OR_VIEW_NOT_FOUND`.
        """
        entry = self.get(table)
        if entry is None:
            raise errors.table_not_found(names.full(table))
        return entry

    def tables(self, catalog: str, schema: str) -> list[TableEntry]:
        """Tables and views of a schema, by name."""
        try:
            answer = self._bridge.ask(ListTables(catalog=catalog, schema=schema))
        except AskError as refusal:
            # Every catalog has a schema `default`, also before something is in it.
            if schema == "default" and "SCHEMA_NOT_FOUND" in str(refusal):
                return []
            raise _error(refusal) from None
        entries = msgspec.convert(answer, list[TableEntry])
        return sorted(entries, key=lambda entry: entry.table.name)

    def catalogs(self) -> list[str]:
        """Names of all catalogs; `main` is always there."""
        return sorted({"main", *msgspec.convert(self._bridge.ask(ListSchemas(catalog=None)), list[str])})

    def schemas(self, catalog: str) -> list[SchemaEntry]:
        """Schemas of a catalog, by name; `default` is always there."""
        found = {entry.name: entry for entry in self._listed(catalog)}
        found.setdefault("default", SchemaEntry(catalog=catalog, name="default"))
        return [found[name] for name in sorted(found)]

    def _listed(self, catalog: str) -> list[SchemaEntry]:
        if catalog not in self.catalogs():
            raise errors.analysis("CATALOG_NOT_FOUND", f"The catalog {names.quote(catalog)} cannot be found.", "42P08")
        return msgspec.convert(self._bridge.ask(ListSchemas(catalog=catalog)), list[SchemaEntry])

    def schema(self, catalog: str, name: str) -> SchemaEntry | None:
        """One schema, or None."""
        if catalog not in self.catalogs():
            return None
        return next((entry for entry in self.schemas(catalog) if entry.name == name), None)

    def put(self, entry: TableEntry, mode: Literal["create", "create_if_absent", "replace"] = "replace") -> None:
        """Store an entry.

        Raises:
            AnalysisException: the name is taken (mode "create"), or its schema is not there.
        """
        if entry.table.schema == "default":
            self.put_schema(SchemaEntry(catalog=entry.table.catalog, name="default"))
        try:
            self._bridge.ask(PutTable(entry=entry, mode=mode))
        except AskError as refusal:
            raise _error(refusal) from None

    def drop(self, table: TableName) -> bool:
        """Forget a table or view; True if it was there."""
        return bool(self._bridge.ask(DropTable(table=table)))

    def put_schema(self, entry: SchemaEntry, *, if_absent: bool = True) -> None:
        """Create a schema, or with an empty name a catalog."""
        try:
            self._bridge.ask(PutSchema(entry=entry, if_absent=if_absent))
        except AskError as refusal:
            raise _error(refusal) from None

    def drop_schema(self, catalog: str, name: str, *, cascade: bool) -> None:
        """Drop a schema, or with an empty name a catalog."""
        try:
            self._bridge.ask(DropSchema(catalog=catalog, name=name, cascade=cascade))
        except AskError as refusal:
            raise _error(refusal) from None


def _error(refusal: AskError) -> AnalysisException:
    match = re.match(r"\[([A-Z_.]+)\] (.*)", str(refusal), re.DOTALL)
    if match:
        return errors.analysis(match[1], match[2])
    return errors.analysis(refusal.code or "METASTORE_ERROR", str(refusal))
