"""The schema: new and migrated databases are equal, and opening is safe for many processes and for killed ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DatabaseError

from brickyard.errors import InvalidParameterValue, Unavailable
from brickyard.storage import schema
from brickyard.storage.store import open_store
from brickyard.storage.tables import METADATA
from tests.conformance.conftest import Open
from tests.conformance.postgres_server import PostgresServer
from tests.conformance.samples import HandClock

Shape = dict[str, object]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """The URLs of two databases without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'one.db'}", f"sqlite:///{tmp_path / 'two.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database(), server.new_database()


def migrate(connection: Connection) -> None:
    """Run every migration from the first, as an old database would."""
    schema.migrate(connection)


def parts(statement: str) -> list[str]:
    """Columns and constraints of a CREATE statement; columns that were added later stand after the constraints."""
    found, depth = [""], 0
    for letter in " ".join(statement.split()):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter in ",()" and depth + (letter == ")") <= 1:
            found.append("")
        else:
            found[-1] += letter
    return [part.strip() for part in found]


def shape(connection: Connection) -> Shape:
    """Everything that the database knows of our tables."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT type, name, sql FROM sqlite_master WHERE tbl_name <> :name"), _VERSION)
        return {f"{row.type} {row.name}": sorted(parts(row.sql or "")) for row in found}
    columns = text(
        "SELECT table_name || '.' || column_name AS name, (data_type, is_nullable, column_default, is_identity)::text"
        " AS what FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> :name"
    )
    rules = text(
        "SELECT conrelid::regclass || ' ' || conname AS name, pg_get_constraintdef(oid) AS what FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> :name"
    )
    indexes = text(
        "SELECT indexname AS name, indexdef AS what FROM pg_indexes WHERE schemaname = 'public' AND tablename <> :name"
    )
    return {
        row.name: row.what for question in (columns, rules, indexes) for row in connection.execute(question, _VERSION)
    }


_VERSION = {"name": schema.VERSION_TABLE}


def content(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    return {
        name: sorted(tuple(row) for row in connection.execute(table.select()))
        for name, table in METADATA.tables.items()
    }


def test_a_new_database_equals_a_migrated_one(empty: tuple[str, str]) -> None:
    shapes, contents, versions = [], [], []
    for url, make in zip(empty, (schema.create, migrate), strict=True):
        engine = create_engine(url)
        with engine.begin() as connection:
            make(connection)
        with engine.begin() as connection:
            shapes.append(shape(connection))
            contents.append(content(connection))
            versions.append(schema.version_of(connection))
        engine.dispose()
    assert shapes[0] == shapes[1]
    assert len(shapes[0]) > 40
    assert contents[0] == contents[1]
    assert versions == [schema.HEAD, schema.HEAD]


def test_alembic_finds_nothing_to_change(empty: tuple[str, str]) -> None:
    engine = create_engine(empty[0])
    with engine.begin() as connection:
        schema.create(connection)
        options = {"version_table": schema.VERSION_TABLE}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)
    engine.dispose()
    assert differences == []


def test_the_newest_migration_is_the_one_that_the_code_expects() -> None:
    folder = Path(schema.__file__).parent / "migrations"
    scripts = ScriptDirectory(str(folder))
    assert scripts.get_current_head() == schema.HEAD
    numbers = [script.revision for script in scripts.walk_revisions()]
    assert numbers == sorted(numbers, reverse=True)
    for number in numbers:
        for database in ("sqlite", "postgresql"):
            assert (folder / "versions" / f"v{number}.{database}.sql").is_file()


def test_a_migration_that_breaks_leaves_nothing_behind(empty: tuple[str, str]) -> None:
    """As after a kill in the middle: the next start begins anew."""
    url = empty[0]
    if url.startswith("sqlite"):
        open_store(url, key_file=Path("/nowhere"), clock=HandClock()).close()
        Path(url.removeprefix("sqlite:///")).unlink()
    engine = create_engine(url)
    with engine.connect() as connection:
        if url.startswith("sqlite"):
            # As the store does it: else the driver would commit before each CREATE.
            connection.connection.driver_connection.isolation_level = None  # type: ignore[union-attr]
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        migrate(connection)
        with pytest.raises(DatabaseError):
            connection.execute(text("SELECT * FROM no_such_table"))
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    open_store(url, key_file=Path("/nowhere"), clock=HandClock()).close()


def _set_version(url: str, version: str, oldest_reader: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE brickyard_version SET version_num = :version"), {"version": version})
        connection.execute(
            text("UPDATE meta SET value = :value WHERE key = :key"),
            {"key": schema.OLDEST_READER, "value": oldest_reader},
        )
    engine.dispose()


def test_a_newer_database_that_allows_it_is_used(lasting: str, opening: Open) -> None:
    opening(lasting).close()
    _set_version(lasting, "0999", schema.HEAD)
    opening(lasting).check()


def test_a_newer_database_that_does_not_is_refused(lasting: str, opening: Open) -> None:
    opening(lasting).close()
    _set_version(lasting, "0999", "0998")
    with pytest.raises(Unavailable, match="newer version of Brickyard"):
        opening(lasting)


def test_a_database_of_another_program_is_left_alone(empty: tuple[str, str], opening: Open) -> None:
    engine = create_engine(empty[0])
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE jobs (id INTEGER)"))
    with pytest.raises(Unavailable, match="another program"):
        opening(empty[0])
    assert inspect(engine).get_table_names() == ["jobs"]
    engine.dispose()


_OPEN = """
import sys
from pathlib import Path
from brickyard.clock import SystemClock
from brickyard.storage.store import open_store
print("ready", flush=True)
sys.stdin.readline()
store = open_store(sys.argv[1], key_file=Path("/nowhere"), clock=SystemClock())
print(store.meta("workspace", lambda: sys.argv[2]))
store.close()
"""


def test_processes_that_open_a_new_database_at_once_all_succeed(empty: tuple[str, str]) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", _OPEN, empty[0], str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    answers = [child.communicate(timeout=60) for child in children]
    assert [child.returncode for child in children] == [0, 0, 0], answers
    assert len({said for said, _ in answers}) == 1


@pytest.mark.parametrize(
    "url", ["mysql://me:hunter2@host/db", "no url with hunter2", "", "postgresql+asyncpg://me:hunter2@host/db"]
)
def test_other_urls_are_refused_without_repeating_the_password(url: str, opening: Open) -> None:
    with pytest.raises(InvalidParameterValue, match="BRICKYARD_DATABASE_URL") as caught:
        opening(url)
    assert "hunter2" not in caught.value.message.replace(url, "") or "://" not in url
