"""One way to the database: `read` and `write` on a connection in a transaction, the same for every engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Dialect, Table, UpdateBase
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from brickyard.errors import Unavailable

T = TypeVar("T")


class Database(Protocol):
    """What every store is written against."""

    @property
    def insert(self) -> Callable[[Table], Any]:
        """An INSERT that knows `on_conflict_do_update`: not part of the common SQL, but the same in both."""
        ...

    def read(self) -> AbstractContextManager[Connection]:
        """A connection that sees one unchanging state of the database and cannot write."""
        ...

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in one transaction and commit it. `work` may be called again where the database asks for it.

        Raises:
            Unavailable: the database does not answer or is full; nothing is stored.
        """
        ...

    def close(self) -> None:
        """Give all connections back. May be called twice."""
        ...


def upsert(db: Database, table: Table, values: dict[str, Any], *, update: bool = True) -> Any:
    """An INSERT that replaces the row with the same primary key, or with `update` False leaves it as it is."""
    statement = db.insert(table).execution_options(preserve_rowcount=True)
    keys = [column.name for column in table.primary_key]
    rest = {name: statement.excluded[name] for name in values if name not in keys}
    if update and rest:
        return statement.values(values).on_conflict_do_update(index_elements=keys, set_=rest)
    return statement.values(values).on_conflict_do_nothing(index_elements=keys)


def execute_many(connection: Connection, statement: UpdateBase, values: Sequence[Mapping[str, Any]]) -> int:
    """Execute a constant statement with each of `values`; how many rows it changed in all.

    For the statements that every step of a run needs: they are compiled once, and the driver gets the values as
    they are. That halves the price of a row.
    """
    result = connection.exec_driver_sql(_compiled(statement, connection.dialect), list(values))
    return result.rowcount


@cache
def _compiled(statement: UpdateBase, dialect: Dialect) -> str:
    return str(statement.compile(dialect=dialect, for_executemany=True))


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn what the driver says into `Unavailable`; broken rules (`IntegrityError`) pass through."""
    try:
        yield
    except IntegrityError:
        raise
    except PoolTimeoutError as error:
        raise Unavailable(
            f"All connections to the {what} are in use; try again, or give the server fewer clients."
        ) from error
    except OperationalError as error:
        raise Unavailable(_explanation(what, error)) from error
    except DBAPIError as error:
        # Exactly this class: SQLite's word for a file that is damaged or no database.
        unusable = type(error) is DatabaseError or getattr(error.orig, "sqlstate", None) == _NOT_PERMITTED
        if unusable or error.connection_invalidated:
            raise Unavailable(_explanation(what, error)) from error
        raise


_NOT_PERMITTED = "42501"
"""PostgreSQL: insufficient_privilege."""
_ADVICE = {
    "permission denied": "Make the user in BRICKYARD_DATABASE_URL the owner of the database.",
    "disk is full": "Free some space on the disk.",
    "database is locked": "Another process writes to it for too long; end that process.",
    "readonly database": "Make the file and its folder writable for the user that runs Brickyard.",
    "unable to open": "Check that the folder exists and is writable for the user that runs Brickyard.",
    "disk I/O error": "Check the disk, and that the database is not on a network file system.",
    "malformed": "Restore the file from a backup.",
    "not a database": "Point BRICKYARD_DATABASE_URL at a database that Brickyard made, or at a new file.",
    "statement timeout": "It is overloaded, or a backup holds a lock; try again.",
    "lock timeout": "Another session holds a lock for too long; end that session.",
    "Connection refused": "Start PostgreSQL, or correct the host and port in BRICKYARD_DATABASE_URL.",
    "password authentication failed": "Correct the user and password in BRICKYARD_DATABASE_URL.",
    "does not exist": "Create the database first (`createdb`), or correct its name in BRICKYARD_DATABASE_URL.",
}


def _explanation(what: str, error: DBAPIError) -> str:
    said = " ".join(str(error.orig).split()).rstrip(".")
    advice = next((advice for part, advice in _ADVICE.items() if part in said), "")
    return f"The {what} does not work: {said}. {advice}".rstrip()
