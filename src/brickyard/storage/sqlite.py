"""SQLite: one writer at a time per process, readers beside it, and databases in memory that cost next to nothing."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, NullPool, QueuePool, StaticPool, create_engine, event
from sqlalchemy.dialects.sqlite import insert

from brickyard.errors import Unavailable
from brickyard.storage import schema
from brickyard.storage.database import explained
from brickyard.storage.sqlite_file import make_ready

T = TypeVar("T")

BUSY_SECONDS = 30
"""How long a writer waits for a writer of another process."""
READERS = 4


class SqliteDatabase:
    """A database in a file or in memory. Implements `database.Database`."""

    def __init__(self, name: str, writer: Connection, readers: Engine | None) -> None:
        self.insert = insert
        self._name = name
        self._writer = writer
        self._readers = readers
        # In memory the writer's connection is the database itself, so readers take turns with it.
        self._lock = threading.RLock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with explained(self._name):
            if self._readers is None:
                with self._lock, self._writer.begin():
                    yield self._writer
            else:
                with self._readers.connect() as connection:
                    yield connection

    def write(self, work: Callable[[Connection], T]) -> T:
        with explained(self._name), self._lock, self._writer.begin():
            return work(self._writer)

    def close(self) -> None:
        with self._lock:
            self._writer.close()
            if self._readers is not None:
                self._readers.dispose()


def open_file(path: Path) -> SqliteDatabase:
    """Open the database in this file; make it, or bring it up to date, where needed.

    Raises:
        Unavailable: it cannot be opened or written; the text says why and what to do.
    """
    name = f"database {path}"
    make_ready(path)
    with explained(name):
        writer = _writing_engine(partial(_connect, path)).connect()
        try:
            with writer.begin():
                schema.prepare(writer)
        except BaseException:
            writer.close()
            raise
    readers = create_engine(
        "sqlite://",
        paramstyle="named",
        creator=partial(_connect_reader, path),
        poolclass=QueuePool,
        pool_size=READERS,
        pool_timeout=10,
    )
    event.listen(readers, "begin", _begin("BEGIN"))
    return SqliteDatabase(name, writer, readers)


def open_memory() -> SqliteDatabase:
    """A new, empty database in memory, shared by all threads of this process that use the returned object."""
    return SqliteDatabase("database in memory", _memory().connect(), None)


def _writing_engine(connect: Callable[[], sqlite3.Connection]) -> Engine:
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, paramstyle="named")
    event.listen(engine, "begin", _begin("BEGIN IMMEDIATE"))
    return engine


def _begin(statement: str) -> Callable[[Connection], None]:
    """The driver is kept from opening transactions by itself: it would do so too late and too weakly."""

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    return begin


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    _use_wal(connection, path)
    # NORMAL loses at most the last commits at a power cut, never consistency; a killed process loses nothing.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    return connection


def _connect_reader(path: Path) -> sqlite3.Connection:
    connection = _connect(path)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _use_wal(connection: sqlite3.Connection, path: Path) -> None:
    """Switch to WAL. SQLite does not wait for other connections here, so this does."""
    pause = threading.Event()
    for _ in range(BUSY_SECONDS * 20):
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            pause.wait(0.05)
            continue
        if mode != "wal":
            raise Unavailable(f"The disk of {path} does not allow SQLite's WAL mode; put the database on a local disk.")
        return
    raise Unavailable(f"The database {path} stays locked by another process; end that process.")


@cache
def _memory() -> Engine:
    """An engine of which each connection is a database of its own, copied from one template.

    One engine for all of them, so that a statement is compiled once per process and not once per database.
    """
    template = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    maker = create_engine("sqlite://", creator=lambda: template, poolclass=StaticPool)
    with maker.begin() as connection:
        schema.prepare(connection)
    lock = threading.Lock()

    def copy() -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        with lock:
            template.backup(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    return _writing_engine(copy)
