"""Tables: rows are written by the engine to a location, and the metastore is told what is there."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec
from pyspark.errors import AnalysisException
from pyspark.sql.connect import proto

from brickyard.workloads.messages import SchemaEntry, TableEntry, TableName
from brickyard.workloads.runtime import columns, delta, errors, names
from brickyard.workloads.runtime.paths import is_remote
from brickyard.workloads.runtime.resolve import Resolver

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
_MISPLACED = re.compile(r"[ %#?]")
_MODES = {
    "append": proto.WriteOperation.SAVE_MODE_APPEND,
    "overwrite": proto.WriteOperation.SAVE_MODE_OVERWRITE,
    "error": proto.WriteOperation.SAVE_MODE_ERROR_IF_EXISTS,
    "ignore": proto.WriteOperation.SAVE_MODE_IGNORE,
}


class Engine(Protocol):
    """The session, as far as tables need it."""

    @property
    def _client(self) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What is said of a table beside its rows."""

    location: str = ""
    """As the engine knows it; empty for a managed table."""
    comment: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    partitions: Sequence[str] = ()
    options: Mapping[str, str] = field(default_factory=dict)


class Tables:
    """Creation, change and removal of tables."""

    def __init__(self, engine: Engine, resolver: Resolver, warehouse: str, stamp: int) -> None:
        """`stamp` is the attempt's number: it keeps places apart that several tasks choose."""
        self._engine = engine
        self.resolver = resolver
        self.metastore = resolver.metastore
        self._warehouse = Path(warehouse)
        self._stamp = stamp

    # ------------------------------------------------------------------------------------------- the engine's part

    def schema(self, relation: Any) -> Any:
        """The schema of a resolved relation."""
        plan = proto.Plan()
        plan.root.CopyFrom(relation)
        return self._engine._client.raw_schema(plan)  # noqa: SLF001  pyspark's own name for it

    def columns_of(self, query: str) -> list[str]:
        """The names of a resolved query's columns."""
        relation = proto.Relation()
        relation.sql.query = query
        return [field.name for field in self.schema(relation)]

    def rows(self, relation: Any) -> Any:
        """The rows of a small resolved relation, as an Arrow table."""
        plan = proto.Plan()
        plan.root.CopyFrom(relation)
        return self._engine._client.to_table(plan, {})[0]  # noqa: SLF001

    def conf(self, key: str, default: str) -> str:
        """A setting of the session."""
        operation = proto.ConfigRequest.Operation(
            get_with_default=proto.ConfigRequest.GetWithDefault(pairs=[proto.KeyValue(key=key, value=default)])
        )
        return str(self._engine._client.config(operation).pairs[0][1])  # noqa: SLF001

    def execute(self, sql: str) -> None:
        """Run a resolved SQL text that has no answer."""
        command = proto.Command()
        command.sql_command.input.sql.query = sql
        self._engine._client.raw_command(command)  # noqa: SLF001

    def write_path(
        self,
        relation: Any,
        location: str,
        *,
        mode: str,
        source: str = "delta",
        partitions: Sequence[str] = (),
        options: Mapping[str, str] | None = None,
    ) -> None:
        """Write a resolved relation to a place, without further checks."""
        if source == "delta" and _MISPLACED.search(location):
            raise errors.refused(f"A Delta table at {location!r}, with a space or a % in its path", "Use another path.")
        command = proto.Command()
        write = command.write_operation
        write.input.CopyFrom(relation)
        write.source = source
        write.path = location
        write.mode = _MODES[mode]
        write.partitioning_columns.extend(partitions)
        for key, value in (options or {}).items():
            write.options[key] = value
        self._engine._client.raw_command(command)  # noqa: SLF001

    def write_new(
        self,
        relation: Any,
        location: str,
        *,
        mode: str,
        partitions: Sequence[str] = (),
        options: Mapping[str, str] | None = None,
    ) -> None:
        """Write a Delta table whose columns are those of the rows."""
        given = self.schema(relation)
        if not given:
            raise errors.analysis("DELTA_EMPTY_DATA", "Data used in creating the Delta table doesn't have any columns.")
        columns.check_names(given)
        relation = columns.nullable(relation, given)
        self.write_path(relation, location, mode=mode, partitions=partitions, options=options)

    # ---------------------------------------------------------------------------------------- the metastore's part

    def writable(self, parts: Sequence[str]) -> TableEntry:
        """The Delta table that is to be changed.

        Raises:
            AnalysisException: it is not there, or a view.
        """
        if len(parts) == 2 and parts[0].lower() == "delta":
            location = self.resolver.paths.existing([parts[1]])[0]
            name = TableName(catalog="", schema="delta", name=location)
            return TableEntry(table=name, kind="EXTERNAL", location=location)
        table = names.qualify(parts, self.resolver.state.current)
        if self.resolver.is_temp_view(parts):
            raise errors.analysis("UNSUPPORTED_INSERT", f"{names.written(parts)} is a temporary view, not a table.")
        entry = self.metastore.get(table)
        if entry is None:
            raise errors.table_not_found(names.written(parts))
        return delta_only(entry)

    def home(self, table: TableName) -> str:
        """Where a managed table lives.

        Raises:
            AnalysisException: its schema is not there.
        """
        schema = self.metastore.schema(table.catalog, table.schema)
        if schema is None:
            raise errors.schema_not_found(names.written((table.catalog, table.schema)))
        # The engine writes a place with a space under another name.
        folder = _UNSAFE.sub("_", table.name)
        if schema.location:
            return f"{schema.location.rstrip('/')}/{folder}"
        return str(self._warehouse / table.catalog / _UNSAFE.sub("_", table.schema) / folder)

    def free_home(self, table: TableName) -> str:
        """Where a new managed table can live.

        Its usual place may be taken: by a renamed table, by what a task left that died before its table got a name, or
        by another task that makes the same table now. Nothing that is there is touched.
        """
        usual = self.home(table)
        places = (f"{usual}-{self._stamp}-{number}" if number else usual for number in itertools.count())
        return next(place for place in places if not delta.exists(place))

    def create(self, table: TableName, relation: Any, declared: Declared) -> None:
        """Make a new table of a resolved relation's rows.

        Raises:
            AnalysisException: another task made a table of this name in the meantime, or the location is not empty.
        """
        location = declared.location or self.free_home(table)
        if delta.exists(location):
            raise errors.analysis(
                "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION",
                f"Cannot create table {names.full(table)}: its location {location} is not empty.",
                "42601",
            )
        self.write_new(relation, location, mode="error", partitions=declared.partitions, options=declared.options)
        try:
            self.register(table, location, declared, mode="create")
        except AnalysisException:
            if not declared.location:
                self.forget_files(location)
            raise

    def register(
        self,
        table: TableName,
        location: str,
        declared: Declared,
        *,
        source: str = "delta",
        mode: Literal["create", "replace"] = "replace",
    ) -> None:
        """Give a table that was written its name."""
        found = delta.layout(location).schema if source == "delta" else []
        self.metastore.put(
            TableEntry(
                table=table,
                kind="EXTERNAL" if declared.location else "MANAGED",
                format=source,
                location=location,
                comment=declared.comment,
                properties=dict(declared.properties),
                columns=[_column(each) for each in found],
            ),
            mode,
        )

    def refresh(self, entry: TableEntry) -> None:
        """Tell the metastore the columns that a table has now, if they changed."""
        if not entry.table.catalog:
            return
        found = [_column(each) for each in delta.layout(entry.location).schema]
        if found != entry.columns:
            self.metastore.put(msgspec.structs.replace(entry, columns=found))

    def drop(self, entry: TableEntry) -> None:
        """Forget a table or view; a managed table's files go with it."""
        self.metastore.drop(entry.table)
        if entry.kind == "MANAGED" and not is_remote(entry.location):
            shutil.rmtree(entry.location, ignore_errors=True)

    def rename(self, entry: TableEntry, table: TableName) -> None:
        """Give a table another name; its files stay where they are."""
        self.metastore.put(msgspec.structs.replace(entry, table=table), mode="create")
        self.metastore.drop(entry.table)

    def put_properties(self, entry: TableEntry, properties: Mapping[str, str]) -> None:
        """Replace the properties of a table."""
        self.metastore.put(msgspec.structs.replace(entry, properties=dict(properties)))

    def put_comment(self, entry: TableEntry, comment: str) -> None:
        """Replace the comment of a table."""
        self.metastore.put(msgspec.structs.replace(entry, comment=comment))

    def forget_files(self, location: str) -> None:
        """Remove what is at a place of the warehouse that belongs to no table."""
        shutil.rmtree(location, ignore_errors=True)

    def drop_schema(self, schema: SchemaEntry, *, cascade: bool) -> None:
        """Drop a schema, with `cascade` and all that is in it."""
        entries = self.metastore.tables(schema.catalog, schema.name)
        if entries and not cascade:
            raise errors.analysis(
                "SCHEMA_NOT_EMPTY",
                f"Cannot drop a schema {names.written((schema.catalog, schema.name))} because it contains objects. "
                "Use DROP SCHEMA ... CASCADE to drop the schema and all its objects.",
                "2BP01",
            )
        for entry in entries:
            self.drop(entry)
        self.metastore.drop_schema(schema.catalog, schema.name, cascade=cascade)


def delta_only(entry: TableEntry) -> TableEntry:
    """The entry, if it is a Delta table.

    Raises:
        AnalysisException: it is a view or files of another format.
    """
    if entry.kind == "VIEW":
        raise errors.analysis(
            "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", f"{names.full(entry.table)} is a view; a table is needed.", "42809"
        )
    if entry.format != "delta":
        raise errors.refused(
            f"Changing the {entry.format} table {names.full(entry.table)}", "Only Delta tables can be changed."
        )
    return entry


def _column(each: Any) -> dict[str, str]:
    column = {"name": each.name, "type": each.dataType.simpleString()}
    comment = (each.metadata or {}).get("comment")
    # Next to all columns may be null; only the others say so.
    return column | ({"comment": comment} if comment else {}) | ({} if each.nullable else {"nullable": "false"})
