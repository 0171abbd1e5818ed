"""PostgreSQL: a pool, a time limit on everything, and a second try where the server asks for one."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from brickyard.storage import schema
from brickyard.storage.database import explained

T = TypeVar("T")

TRIES = 6
RETRIED = frozenset({"40001", "40P01"})
"""serialization_failure, deadlock_detected: the transaction is undone and may be done again."""
LIMITS = "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
MIGRATION_LOCK = 0x627269636B  # "brick"


class PostgresDatabase:
    """A database of a PostgreSQL server. Implements `database.Database`."""

    def __init__(self, name: str, engine: Engine) -> None:
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415  # who uses SQLite does not wait for this

        self.insert = insert
        self._name = name
        self._engine = engine
        # One state for all statements of a read, as SQLite gives it.
        self._readers = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with explained(self._name), self._readers.connect() as connection:
            yield connection

    def write(self, work: Callable[[Connection], T]) -> T:
        with explained(self._name):
            for tried in range(1, TRIES):
                try:
                    with self._engine.begin() as connection:
                        return work(connection)
                except DBAPIError as error:
                    if getattr(error.orig, "sqlstate", None) not in RETRIED:
                        raise
                    # Apart from each other, or the same two meet again.
                    threading.Event().wait(random.uniform(0.002, 0.02) * tried)  # noqa: S311  # no secret
            with self._engine.begin() as connection:
                return work(connection)

    def close(self) -> None:
        self._engine.dispose()


def open_server(url: URL) -> PostgresDatabase:
    """Open a database of a server; make its tables, or bring them up to date, where needed.

    Raises:
        Unavailable: it cannot be reached or is not ours; the text says why and what to do.
    """
    name = f"database {url.render_as_string(hide_password=True)}"
    options = f"{LIMITS} {url.query.get('options', '')}".strip()
    engine = create_engine(
        url.set(drivername="postgresql+psycopg").difference_update_query(["options"]),
        connect_args={"connect_timeout": 10, "options": options},
        pool_size=8,
        max_overflow=8,
        pool_timeout=10,
        pool_pre_ping=True,
    )
    event.listen(engine, "connect", _tolerate_nul)
    try:
        with explained(name), engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            schema.prepare(connection)
    except BaseException:
        engine.dispose()
        raise
    return PostgresDatabase(name, engine)


def _tolerate_nul(connection: Any, _record: object) -> None:
    connection.adapters.register_dumper(str, _text_dumper())


@cache
def _text_dumper() -> type:
    """PostgreSQL has no NUL in texts. An error message of user code may have one and must not stop its run."""
    from psycopg.types.string import StrDumper  # noqa: PLC0415  # who uses SQLite does not wait for this driver

    class TextDumper(StrDumper):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\x00", "\ufffd"))

    return TextDumper
