"""The door of this room: `open_store` gives everything that is remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import make_url, select
from sqlalchemy.exc import ArgumentError

from brickyard.errors import InvalidParameterValue
from brickyard.ports import Clock
from brickyard.storage import postgres, sqlite
from brickyard.storage.acls import SqlAclStore
from brickyard.storage.all_purpose import SqlAllPurposeStore
from brickyard.storage.audit import SqlAuditStore
from brickyard.storage.backfills import SqlBackfillStore
from brickyard.storage.clusters import SqlClusterStore
from brickyard.storage.database import Database, upsert
from brickyard.storage.documents import SqlDocumentStore
from brickyard.storage.jobs import SqlJobStore
from brickyard.storage.metastore import SqlMetastoreStore
from brickyard.storage.principals import SqlPrincipalStore
from brickyard.storage.proven_seal import ProvenSeal
from brickyard.storage.queries import SqlQueryStore
from brickyard.storage.runs import SqlRunStore
from brickyard.storage.secrets import SqlSecretStore
from brickyard.storage.statements import SqlStatementStore
from brickyard.storage.tables import META
from brickyard.storage.task_values import SqlTaskValueStore
from brickyard.storage.tokens import SqlTokenStore


class SqlStore:
    """Everything that is remembered, in one SQL database. Implements `ports.Store`; safe for use by many threads."""

    def __init__(self, db: Database, key_file: Path, clock: Clock) -> None:
        self._db = db
        self.jobs = SqlJobStore(db)
        self.runs = SqlRunStore(db)
        self.task_values = SqlTaskValueStore(db)
        seal = ProvenSeal(db, key_file)
        self.secrets = SqlSecretStore(db, seal)
        self.documents = SqlDocumentStore(db, seal)
        self.principals = SqlPrincipalStore(db)
        self.acls = SqlAclStore(db)
        self.audit = SqlAuditStore(db)
        self.statements = SqlStatementStore(db)
        self.tokens = SqlTokenStore(db)
        self.metastore = SqlMetastoreStore(db, clock)
        self.clusters = SqlClusterStore(db)
        self.all_purpose = SqlAllPurposeStore(db)
        self.backfills = SqlBackfillStore(db)
        self.queries = SqlQueryStore(db)

    def meta(self, key: str, default: Callable[[], str]) -> str:
        """A fact of this installation; made by `default` at first use. Of two that make it at once, one counts."""
        question = select(META.c.value).where(META.c.key == key)
        with self._db.read() as connection:
            known: str | None = connection.execute(question).scalar()
        if known is not None:
            return known
        statement = upsert(self._db, META, {"key": key, "value": default()}, update=False)
        self._db.write(lambda connection: connection.execute(statement))
        with self._db.read() as connection:
            made: str = connection.execute(question).scalar_one()
        return made

    def check(self) -> None:
        """Ask the database something.

        Raises:
            Unavailable: it does not answer; the text says why.
        """
        with self._db.read() as connection:
            connection.execute(select(META.c.key).limit(1)).all()

    def close(self) -> None:
        """Give all connections back. May be called twice."""
        self._db.close()


def open_store(url: str, *, key_file: Path, clock: Clock) -> SqlStore:
    """Open the database behind `url`; its tables are made or migrated where needed.

    `sqlite:///PATH` is a file, `sqlite://` or `sqlite:///:memory:` a new database in memory,
    `postgresql://USER:PASSWORD@HOST:PORT/NAME` a database of a PostgreSQL server. `key_file` is made when the first
    secret is put.

    Raises:
        InvalidParameterValue: the URL is not one of these.
        Unavailable: the database cannot be used; the text says why and what to do.
    """
    return SqlStore(_open(url), key_file, clock)


def _open(url: str) -> Database:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _bad_url(url.split("://", maxsplit=1)[0]) from error
    if parsed.drivername in {"postgresql", "postgresql+psycopg"}:
        return postgres.open_server(parsed)
    if parsed.drivername != "sqlite":
        raise _bad_url(parsed.drivername)
    if parsed.database in {None, "", ":memory:"}:
        return sqlite.open_memory()
    return sqlite.open_file(Path(str(parsed.database)))


def _bad_url(given: str) -> InvalidParameterValue:
    # Only the first word is repeated: the rest may hold a password.
    return InvalidParameterValue(
        f"BRICKYARD_DATABASE_URL starts with {given!r}; it must be sqlite:///PATH or "
        "postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME."
    )
