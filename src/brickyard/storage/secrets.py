"""Secrets, sealed with a key that is not in the database. Implements `ports.SecretStore`.

Names and sizes: Secrets API 2.0 (at most 128 characters of letters, digits, `-`, `_`, `@`, `.`; at most 128 KB).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from brickyard.errors import AlreadyExists, InvalidParameterValue, NotFound, Unavailable
from brickyard.storage.database import Database, upsert
from brickyard.storage.seal import Seal
from brickyard.storage.tables import SECRET_SCOPES, SECRETS

MAX_BYTES = 128 * 1024
_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,128}")


class SqlSecretStore:
    """Implements `ports.SecretStore`."""

    def __init__(self, db: Database, seal: Callable[[], Seal]) -> None:
        self._db = db
        self._seal = seal

    def create_scope(self, scope: str) -> None:
        """Make a scope.

        Raises:
            AlreadyExists: there is one of this name.
        """
        _check_name("scope", scope)
        try:
            self._db.write(lambda connection: connection.execute(insert(SECRET_SCOPES).values(scope=scope)))
        except IntegrityError as error:
            raise AlreadyExists(f"Scope {scope} exists already.") from error

    def delete_scope(self, scope: str) -> None:
        """Delete a scope with all its secrets.

        Raises:
            NotFound: there is no such scope.
        """
        statement = delete(SECRET_SCOPES).where(SECRET_SCOPES.c.scope == scope)
        if not self._db.write(lambda connection: connection.execute(statement).rowcount):
            raise _no_scope(scope)

    def scopes(self) -> Sequence[str]:
        with self._db.read() as connection:
            return sorted(connection.execute(select(SECRET_SCOPES.c.scope)).scalars())

    def put(self, scope: str, key: str, value: bytes, at_ms: int) -> None:
        """Keep a secret, in place of an older one.

        Raises:
            NotFound: there is no such scope.
            InvalidParameterValue: the key is not a name, or the value is too large.
        """
        _check_name("key", key)
        if len(value) > MAX_BYTES:
            raise InvalidParameterValue(f"The secret has {len(value)} bytes; at most {MAX_BYTES} are allowed.")
        sealed = self._seal().close(value, _place(scope, key))
        row = {"scope": scope, "key": key, "sealed": sealed, "updated_ms": at_ms}
        statement = upsert(self._db, SECRETS, row)
        try:
            self._db.write(lambda connection: connection.execute(statement))
        except IntegrityError as error:
            raise _no_scope(scope) from error

    def get(self, scope: str, key: str) -> bytes:
        """The secret's value.

        Raises:
            NotFound: there is no such scope or secret.
            Unavailable: the key file is not the one that it was sealed with.
        """
        with self._db.read() as connection:
            _check_scope(connection, scope)
            sealed = connection.execute(
                select(SECRETS.c.sealed).where(SECRETS.c.scope == scope, SECRETS.c.key == key)
            ).scalar()
        if sealed is None:
            raise _no_secret(scope, key)
        value: bytes | None = self._seal().open(bytes(sealed), _place(scope, key))
        if value is None:
            raise Unavailable(f"The secret {key} of scope {scope} is damaged; put it again.")
        return value

    def delete(self, scope: str, key: str) -> None:
        """Delete a secret.

        Raises:
            NotFound: there is no such scope or secret.
        """
        self._db.write(lambda connection: _delete(connection, scope, key))

    def keys(self, scope: str) -> Sequence[tuple[str, int]]:
        """The keys of a scope.

        Raises:
            NotFound: there is no such scope.
        """
        with self._db.read() as connection:
            _check_scope(connection, scope)
            found = connection.execute(select(SECRETS.c.key, SECRETS.c.updated_ms).where(SECRETS.c.scope == scope))
            return sorted((key, updated_ms) for key, updated_ms in found)


def _delete(connection: Connection, scope: str, key: str) -> None:
    _check_scope(connection, scope)
    if not connection.execute(delete(SECRETS).where(SECRETS.c.scope == scope, SECRETS.c.key == key)).rowcount:
        raise _no_secret(scope, key)


def _check_scope(connection: Connection, scope: str) -> None:
    if connection.execute(select(SECRET_SCOPES.c.scope).where(SECRET_SCOPES.c.scope == scope)).scalar() is None:
        raise _no_scope(scope)


def _check_name(what: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidParameterValue(
            f"The {what} {name!r} is not allowed; it must have 1 to 128 letters, digits, '-', '_', '@' or '.'."
        )


def _place(scope: str, key: str) -> str:
    return f"{scope}/{key}"


def _no_scope(scope: str) -> NotFound:
    return NotFound(f"Scope {scope[:128]} does not exist.")


def _no_secret(scope: str, key: str) -> NotFound:
    return NotFound(f"Secret does not exist with scope: {scope[:128]} and key: {key[:128]}.")
