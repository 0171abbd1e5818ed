"""Every adapter of the store: SQLite in memory, SQLite in a file, and a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine

from brickyard.storage import schema
from brickyard.storage.store import SqlStore, open_store
from brickyard.storage.tables import METADATA
from tests.conformance import postgres_server
from tests.conformance.postgres_server import PostgresServer
from tests.conformance.samples import HandClock

Open = Callable[[str], SqlStore]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server with a database `brickyard` that has all tables."""
    with postgres_server.running(postgres_server.required()) as server:
        server.execute("CREATE DATABASE brickyard")
        open_store(server.url("brickyard"), key_file=Path("/nowhere"), clock=HandClock()).close()
        yield server


@pytest.fixture
def emptied(postgres: PostgresServer) -> str:
    """The URL of the database `brickyard`, as new. To empty it is much faster than to make another."""
    url = postgres.url("brickyard")
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for table in [*reversed(METADATA.sorted_tables), schema._VERSION]:
            connection.execute(table.delete())
        schema.fill(connection)
    return url


@pytest.fixture(params=["memory", "file", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, for each adapter."""
    if request.param == "memory":
        return "sqlite://"
    return lasting_url(request, request.param, tmp_path)


@pytest.fixture(params=["file", "postgresql"])
def lasting(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database that outlives its store."""
    return lasting_url(request, request.param, tmp_path)


def lasting_url(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> str:
    if kind == "file":
        return f"sqlite:///{tmp_path / 'brickyard.db'}"
    url: str = request.getfixturevalue("emptied")
    return url


@pytest.fixture
def opening(tmp_path: Path, clock: HandClock) -> Iterator[Open]:
    """Opens stores that are closed at the end of the test."""
    opened: list[SqlStore] = []

    def open_(url: str) -> SqlStore:
        opened.append(open_store(url, key_file=tmp_path / "secret.key", clock=clock))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(url: str, opening: Open) -> SqlStore:
    """An empty store, for each adapter."""
    return opening(url)
