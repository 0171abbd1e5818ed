"""Catalogs, schemas, tables and views. Implements `ports.MetastoreStore`.

Names are kept in lower case. Keys and foreign keys decide races: of two sessions that create the same table, or of
one that drops a schema while the other fills it, one gets an error. The errors start with the error classes that
Spark gives them, because user code looks for those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from brickyard.errors import AlreadyExists, InvalidParameterValue, InvalidState, NotFound
from brickyard.ports import Clock
from brickyard.storage import rows
from brickyard.storage.database import Database, upsert
from brickyard.storage.tables import CATALOGS, SCHEMAS, TABLES
from brickyard.workloads.messages import SchemaEntry, TableEntry, TableName

_entry_from_json = msgspec.json.Decoder(TableEntry).decode
MODES = ("create", "create_if_absent", "replace")


class SqlMetastoreStore:
    """Implements `ports.MetastoreStore`."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def catalogs(self) -> Sequence[str]:
        with self._db.read() as connection:
            return sorted(connection.execute(select(CATALOGS.c.name)).scalars())

    def create_catalog(self, name: str, *, if_absent: bool) -> None:
        """Make a catalog.

        Raises:
            AlreadyExists: it exists, and that is not allowed.
        """
        name = _lower(name)
        statement = upsert(self._db, CATALOGS, {"name": name}, update=False)
        if not self._db.write(lambda connection: connection.execute(statement).rowcount) and not if_absent:
            raise AlreadyExists(f"[CATALOG_ALREADY_EXISTS] The catalog `{name}` exists already.")

    def drop_catalog(self, name: str, *, cascade: bool) -> None:
        """Drop a catalog, with `cascade` also what is in it.

        Raises:
            NotFound: there is no such catalog.
            InvalidState: it is not empty. A schema `default` without tables does not count.
        """
        name = _lower(name)
        try:
            self._db.write(lambda connection: _drop_catalog(connection, name, cascade))
        except IntegrityError as error:
            raise InvalidState(
                f"[CATALOG_NOT_EMPTY] The catalog `{name}` is not empty; drop its schemas first, or use CASCADE."
            ) from error

    def schemas(self, catalog: str) -> Sequence[SchemaEntry]:
        """The schemas of a catalog by name.

        Raises:
            NotFound: there is no such catalog.
        """
        catalog = catalog.lower()
        with self._db.read() as connection:
            _check_catalog(connection, catalog)
            found = connection.execute(select(SCHEMAS).where(SCHEMAS.c.catalog == catalog))
            entries = [
                SchemaEntry(catalog=row.catalog, name=row.name, location=row.location, comment=row.comment)
                for row in found
            ]
        return sorted(entries, key=lambda entry: entry.name)

    def create_schema(self, entry: SchemaEntry, *, if_absent: bool) -> None:
        """Make a schema.

        Raises:
            NotFound: there is no such catalog.
            AlreadyExists: it exists, and that is not allowed.
        """
        catalog, name = _lower(entry.catalog), _lower(entry.name)
        values = {"catalog": catalog, "name": name, "location": entry.location, "comment": entry.comment}
        statement = upsert(self._db, SCHEMAS, values, update=False)
        try:
            created = self._db.write(lambda connection: connection.execute(statement).rowcount)
        except IntegrityError as error:
            raise _no_catalog(catalog) from error
        if not created and not if_absent:
            raise AlreadyExists(f"[SCHEMA_ALREADY_EXISTS] The schema `{catalog}`.`{name}` exists already.")

    def drop_schema(self, catalog: str, name: str, *, cascade: bool) -> None:
        """Drop a schema, with `cascade` also its tables.

        Raises:
            NotFound: there is no such catalog or schema.
            InvalidState: it is not empty.
        """
        catalog, name = catalog.lower(), name.lower()
        try:
            self._db.write(lambda connection: _drop_schema(connection, catalog, name, cascade))
        except IntegrityError as error:
            raise InvalidState(
                f"[SCHEMA_NOT_EMPTY] The schema `{catalog}`.`{name}` is not empty; drop its tables first, or use "
                "CASCADE."
            ) from error

    def tables(self, catalog: str, schema: str) -> Sequence[TableEntry]:
        """The tables and views of a schema by name.

        Raises:
            NotFound: there is no such catalog or schema.
        """
        catalog, schema = catalog.lower(), schema.lower()
        question = select(TABLES.c.entry).where(TABLES.c.catalog == catalog, TABLES.c.schema == schema)
        with self._db.read() as connection:
            _check_schema(connection, catalog, schema)
            entries = [_entry_from_json(text) for text in connection.execute(question).scalars()]
        return sorted(entries, key=lambda entry: entry.table.name)

    def lookup(self, names: Sequence[TableName]) -> Sequence[TableEntry | None]:
        with self._db.read() as connection:
            return [_lookup(connection, _lower_name(name)) for name in names]

    def put(self, entry: TableEntry, *, mode: str) -> None:
        """Keep an entry. `mode` is `create`, `create_if_absent` (an existing one stays) or `replace`.

        Times that the entry does not have are the present.

        Raises:
            NotFound: there is no such catalog or schema.
            AlreadyExists: the mode is `create` and there is one of this name.
            InvalidParameterValue: there is no such mode.
        """
        if mode not in MODES:
            raise InvalidParameterValue(f"mode is {mode!r}; it must be one of {', '.join(MODES)}.")
        now = self._clock.now_ms()
        entry = msgspec.structs.replace(
            entry,
            table=_lower_name(entry.table),
            created_ms=entry.created_ms or now,
            updated_ms=entry.updated_ms or now,
        )
        table = entry.table
        values = msgspec.structs.asdict(table) | {"kind": entry.kind, "entry": rows.to_json(entry)}
        statement = insert(TABLES).values(values)
        if mode != "create":
            statement = upsert(self._db, TABLES, values, update=mode == "replace")
        try:
            self._db.write(lambda connection: connection.execute(statement))
        except IntegrityError as error:
            with self._db.read() as connection:
                _check_schema(connection, table.catalog, table.schema)
            raise AlreadyExists(
                f"[TABLE_OR_VIEW_ALREADY_EXISTS] The table or view {_quoted(table)} exists already; choose another "
                "name, drop it, or use IF NOT EXISTS or OR REPLACE."
            ) from error

    def drop(self, table: TableName) -> bool:
        table = _lower_name(table)
        return self._db.write(lambda connection: connection.execute(delete(TABLES).where(*_is(table))).rowcount > 0)


def _drop_catalog(connection: Connection, name: str, cascade: bool) -> None:
    _check_catalog(connection, name)
    schemas = delete(SCHEMAS).where(SCHEMAS.c.catalog == name)
    if cascade:
        connection.execute(delete(TABLES).where(TABLES.c.catalog == name))
        connection.execute(schemas)
    else:
        connection.execute(schemas.where(SCHEMAS.c.name == "default"))
    connection.execute(delete(CATALOGS).where(CATALOGS.c.name == name))


def _drop_schema(connection: Connection, catalog: str, name: str, cascade: bool) -> None:
    _check_schema(connection, catalog, name)
    if cascade:
        connection.execute(delete(TABLES).where(TABLES.c.catalog == catalog, TABLES.c.schema == name))
    connection.execute(delete(SCHEMAS).where(SCHEMAS.c.catalog == catalog, SCHEMAS.c.name == name))


def _check_catalog(connection: Connection, name: str) -> None:
    if connection.execute(select(CATALOGS.c.name).where(CATALOGS.c.name == name)).scalar() is None:
        raise _no_catalog(name)


def _check_schema(connection: Connection, catalog: str, name: str) -> None:
    _check_catalog(connection, catalog)
    question = select(SCHEMAS.c.name).where(SCHEMAS.c.catalog == catalog, SCHEMAS.c.name == name)
    if connection.execute(question).scalar() is None:
        raise NotFound(f"[SCHEMA_NOT_FOUND] The schema `{catalog}`.`{name}` cannot be found.")


def _no_catalog(name: str) -> NotFound:
    return NotFound(f"[CATALOG_NOT_FOUND] The catalog `{name}` cannot be found.")


def _lookup(connection: Connection, name: TableName) -> TableEntry | None:
    text = connection.execute(select(TABLES.c.entry).where(*_is(name))).scalar()
    return None if text is None else _entry_from_json(text)


def _is(name: TableName) -> tuple[Any, ...]:
    return TABLES.c.catalog == name.catalog, TABLES.c.schema == name.schema, TABLES.c.name == name.name


def _lower(name: str) -> str:
    if not name:
        raise InvalidParameterValue("The name of a catalog, schema or table must not be empty.")
    return name.lower()


def _lower_name(name: TableName) -> TableName:
    return TableName(catalog=_lower(name.catalog), schema=_lower(name.schema), name=_lower(name.name))


def _quoted(name: TableName) -> str:
    return f"`{name.catalog}`.`{name.schema}`.`{name.name}`"
