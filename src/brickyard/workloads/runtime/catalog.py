"""`spark.catalog`, answered from the metastore."""

from __future__ import annotations

from typing import Any

from pyspark.sql.catalog import CatalogMetadata, Column, Database, Table
from pyspark.sql.connect.catalog import Catalog

from brickyard.workloads.messages import SchemaEntry, TableEntry
from brickyard.workloads.runtime import delta, errors, names, shows, uses
from brickyard.workloads.runtime.context import Context

# The names of methods and parameters are pyspark's.
# ruff: noqa: N802, N803


class RuntimeCatalog(Catalog):  # type: ignore[misc]  # pyspark publishes no types
    """As pyspark's; functions and temporary views are the engine's."""

    def __init__(self, session: Any) -> None:
        super().__init__(session)
        self._context = Context(session, "", None)

    def currentCatalog(self) -> str:
        return self._context.state.current.catalog

    def setCurrentCatalog(self, catalogName: str) -> None:
        uses.set_catalog(self._context, catalogName.lower())

    def listCatalogs(self, pattern: str | None = None) -> list[CatalogMetadata]:
        found = shows.matching(self._context.metastore.catalogs(), pattern)
        return [CatalogMetadata(name=name, description=None) for name in found]

    def currentDatabase(self) -> str:
        return self._context.state.current.schema

    def setCurrentDatabase(self, dbName: str) -> None:
        uses.set_schema(self._context, [part.lower() for part in names.split(dbName)])

    def listDatabases(self, pattern: str | None = None) -> list[Database]:
        found = {entry.name: entry for entry in self._context.metastore.schemas(self.currentCatalog())}
        return [_database(found[name]) for name in shows.matching(found, pattern)]

    def getDatabase(self, dbName: str) -> Database:
        catalog, schema = shows.schema_parts(self._context, dbName)
        return _database(self._context.metastore.schema(catalog, schema) or SchemaEntry(catalog=catalog, name=schema))

    def databaseExists(self, dbName: str) -> bool:
        lower = [part.lower() for part in names.split(dbName)]
        catalog = lower[-2] if len(lower) > 1 else self.currentCatalog()
        return self._context.metastore.schema(catalog, lower[-1]) is not None

    def listTables(self, dbName: str | None = None, pattern: str | None = None) -> list[Table]:
        catalog, schema = shows.schema_parts(self._context, dbName)
        found = {entry.table.name: entry for entry in self._context.metastore.tables(catalog, schema)}
        tables = [_table(found[name]) for name in shows.matching(found, pattern)]
        return tables + [_temporary(name) for name in shows.matching(self._context.state.temp_views.values(), pattern)]

    def listViews(self, dbName: str | None = None, pattern: str | None = None) -> list[Table]:
        return [each for each in self.listTables(dbName, pattern) if each.tableType in {"VIEW", "TEMPORARY"}]

    def getTable(self, tableName: str) -> Table:
        parts = names.split(tableName)
        if self._context.resolver.is_temp_view(parts):
            return _temporary(self._context.state.temp_views[parts[0].lower()])
        return _table(self._context.entry(tableName))

    def tableExists(self, tableName: str, dbName: str | None = None) -> bool:
        parts = (*names.split(dbName), *names.split(tableName)) if dbName else names.split(tableName)
        if self._context.resolver.is_temp_view(parts):
            return True
        return self._context.metastore.get(self._context.table(parts)) is not None

    def listColumns(self, tableName: str, dbName: str | None = None) -> list[Column]:
        full = f"{dbName}.{tableName}" if dbName else tableName
        parts = names.split(full)
        schema = self._context.session.table(full).schema
        entry = None if self._context.resolver.is_temp_view(parts) else self._context.entry(full)
        partitions = delta.layout(entry.location).partitions if entry is not None and entry.format == "delta" else ()
        return [_column(field, partition=field.name in partitions) for field in schema]

    def createTable(self, tableName: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002  pyspark's signature
        raise errors.refused("spark.catalog.createTable", f"Use CREATE TABLE {tableName} (…) in spark.sql.")

    createExternalTable = createTable  # noqa: N815  pyspark's name

    def dropTempView(self, viewName: str) -> bool:
        spelling = self._context.state.temp_views.pop(viewName.lower(), None)
        return bool(spelling is not None and super().dropTempView(viewName.lower()))

    def dropGlobalTempView(self, viewName: str) -> bool:
        return bool(super().dropGlobalTempView(viewName.lower()))

    def dropTable(self, tableName: str, ifExists: bool = False, purge: bool = False) -> None:
        del purge
        self._context.session.sql(f"DROP TABLE {'IF EXISTS ' if ifExists else ''}{tableName}")

    def dropView(self, viewName: str, ifExists: bool = False) -> None:
        self._context.session.sql(f"DROP VIEW {'IF EXISTS ' if ifExists else ''}{viewName}")

    def createDatabase(self, dbName: str, ifNotExists: bool = False, properties: dict[str, str] | None = None) -> None:
        if properties:
            raise errors.refused("Properties of a schema", "Leave them out.")
        self._context.session.sql(f"CREATE SCHEMA {'IF NOT EXISTS ' if ifNotExists else ''}{dbName}")

    def dropDatabase(self, dbName: str, ifExists: bool = False, cascade: bool = False) -> None:
        start = f"DROP SCHEMA {'IF EXISTS ' if ifExists else ''}{dbName}"
        self._context.session.sql(f"{start}{' CASCADE' if cascade else ''}")

    def truncateTable(self, tableName: str) -> None:
        self._context.session.sql(f"TRUNCATE TABLE {tableName}")

    def getTableProperties(self, tableName: str) -> dict[str, str]:
        return shows.table_properties(self._context.entry(tableName))

    def isCached(self, tableName: str) -> bool:
        self._context.session.table(tableName)
        return False

    def cacheTable(self, tableName: str, storageLevel: Any = None) -> None:
        del storageLevel
        # Every statement reads the table as it is; a cache would change no result.
        self._context.session.table(tableName)

    uncacheTable = cacheTable  # noqa: N815
    refreshTable = cacheTable  # noqa: N815

    def clearCache(self) -> None:
        """Nothing is cached."""

    def refreshByPath(self, path: str) -> None:
        self._context.resolver.paths.existing([path])


def _database(entry: SchemaEntry) -> Database:
    return Database(
        name=entry.name, catalog=entry.catalog, description=entry.comment or None, locationUri=entry.location
    )


def _table(entry: TableEntry) -> Table:
    return Table(
        name=entry.table.name,
        catalog=entry.table.catalog,
        namespace=[entry.table.schema],
        description=entry.comment or None,
        tableType=entry.kind,
        isTemporary=False,
    )


def _temporary(name: str) -> Table:
    return Table(name=name, catalog=None, namespace=[], description=None, tableType="TEMPORARY", isTemporary=True)


def _column(field: Any, *, partition: bool) -> Column:
    return Column(
        name=field.name,
        description=(field.metadata or {}).get("comment"),
        dataType=field.dataType.simpleString(),
        nullable=field.nullable,
        isPartition=partition,
        isBucket=False,
        isCluster=False,
    )
