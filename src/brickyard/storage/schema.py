"""Brings a database to the tables of this version: makes them in an empty one, migrates an older one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, Table, Text, insert, inspect, select

from brickyard.errors import Unavailable
from brickyard.storage import access_tables, compute_tables
from brickyard.storage.tables import CATALOGS, CATALOGS_AT_START, META, METADATA, SCHEMAS, SCHEMAS_AT_START

HEAD = "0003"
"""The newest migration. Migrations are numbered, so versions can be compared as text."""
_OLDEST = "0001"
"""The oldest version whose code may use the tables of this one."""
VERSION_TABLE = "brickyard_version"
OLDEST_READER = "oldest_reader"
"""Key in `meta`: the oldest version whose code may use this schema. A migration that takes something away raises it."""

# Importing them gives METADATA their tables.
_FURTHER = (access_tables, compute_tables)
_VERSION = Table(VERSION_TABLE, MetaData(), Column("version_num", Text))


def prepare(connection: Connection) -> None:
    """Make or migrate the tables. The caller holds a lock against other processes and commits.

    Raises:
        Unavailable: the database belongs to another program or to a newer version.
    """
    version = version_of(connection)
    if version is None:
        create(connection)
    elif version < HEAD:
        migrate(connection)
    elif version > HEAD:
        _check_readable(connection, version)


def version_of(connection: Connection) -> str | None:
    """The number of the last migration; None where the database is empty."""
    names = set(inspect(connection).get_table_names())
    if VERSION_TABLE in names:
        version: str = connection.execute(select(_VERSION.c.version_num)).scalar_one()
        return version
    foreign = sorted(names & set(METADATA.tables))
    if foreign:
        raise Unavailable(
            f"The database has tables of another program ({', '.join(foreign)}). "
            "Give Brickyard a database of its own with BRICKYARD_DATABASE_URL."
        )
    return None


def create(connection: Connection) -> None:
    """All tables at once: the same as all migrations one after the other (a test compares them)."""
    METADATA.create_all(connection, checkfirst=False)
    _VERSION.create(connection)
    fill(connection)


def fill(connection: Connection) -> None:
    """What is in the empty tables from the start."""
    connection.execute(insert(CATALOGS), [{"name": name} for name in CATALOGS_AT_START])
    connection.execute(insert(SCHEMAS), [{"catalog": catalog, "name": name} for catalog, name in SCHEMAS_AT_START])
    connection.execute(insert(META).values(key=OLDEST_READER, value=_OLDEST))
    connection.execute(insert(_VERSION).values(version_num=HEAD))


def migrate(connection: Connection) -> None:
    """Run the missing migrations within the caller's transaction, so that a killed one leaves nothing behind."""
    # Alembic takes a tenth of a second to import and is seldom needed.
    from alembic.command import upgrade  # noqa: PLC0415  # start-up time
    from alembic.config import Config  # noqa: PLC0415  # start-up time

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    upgrade(config, "head")


def _check_readable(connection: Connection, version: str) -> None:
    oldest = connection.execute(select(META.c.value).where(META.c.key == OLDEST_READER)).scalar_one()
    if oldest > HEAD:
        raise Unavailable(
            f"The database was changed by a newer version of Brickyard (schema {version}; this one knows {HEAD} and "
            f"{oldest} is needed). Install that version again."
        )
