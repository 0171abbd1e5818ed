"""Access tokens, of which only the SHA-256 is kept. Implements `ports.TokenStore`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from brickyard.errors import AlreadyExists
from brickyard.records import TokenInfo
from brickyard.storage.database import Database, T
from brickyard.storage.tables import TOKENS


class SqlTokenStore:
    """Implements `ports.TokenStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.revision = 0

    def add(self, info: TokenInfo, digest: str) -> None:
        """Keep a token.

        Raises:
            AlreadyExists: its id or its digest is known.
        """
        statement = insert(TOKENS).values(
            token_id=info.token_id,
            digest=digest,
            user_name=info.user_name,
            comment=info.comment,
            created_ms=info.created_ms,
            expires_ms=info.expires_ms,
            kind=info.kind,
            run_id=info.run_id,
        )
        try:
            self._write(lambda connection: connection.execute(statement))
        except IntegrityError as error:
            raise AlreadyExists(f"Token {info.token_id} exists already.") from error

    def find(self, digest: str) -> TokenInfo | None:
        with self._db.read() as connection:
            row = connection.execute(select(TOKENS).where(TOKENS.c.digest == digest)).one_or_none()
        return None if row is None else _info(row)

    def all(self, user_name: str | None = None) -> Sequence[TokenInfo]:
        """The personal tokens of a user, or of everybody, oldest first."""
        question = select(TOKENS).where(TOKENS.c.kind == "PERSONAL")
        if user_name is not None:
            question = question.where(TOKENS.c.user_name == user_name)
        with self._db.read() as connection:
            found = [_info(row) for row in connection.execute(question)]
        # Sorted here: databases disagree on the order of texts.
        return sorted(found, key=lambda info: (info.created_ms, info.token_id))

    def delete(self, token_id: str) -> bool:
        statement = delete(TOKENS).where(TOKENS.c.token_id == token_id)
        return self._write(lambda connection: connection.execute(statement).rowcount > 0)

    def runs(self) -> Sequence[int]:
        """The runs whose tasks have tokens."""
        question = select(TOKENS.c.run_id).where(TOKENS.c.kind == "RUN").distinct()
        with self._db.read() as connection:
            return connection.execute(question).scalars().all()

    def delete_of_run(self, run_id: int) -> None:
        """Forget the tokens of the tasks of a run."""
        statement = delete(TOKENS).where(TOKENS.c.run_id == run_id, TOKENS.c.kind == "RUN")
        self._write(lambda connection: connection.execute(statement))

    def delete_of_user(self, user_name: str) -> None:
        """Forget the tokens of every kind of somebody who is gone."""
        statement = delete(TOKENS).where(TOKENS.c.user_name == user_name)
        self._write(lambda connection: connection.execute(statement))

    def delete_issued(self, secret_id: str) -> None:
        """Forget the access tokens that were given for a client secret."""
        statement = delete(TOKENS).where(TOKENS.c.kind == "OAUTH", TOKENS.c.comment == secret_id)
        self._write(lambda connection: connection.execute(statement))

    def delete_expired(self, at_ms: int) -> int:
        """Forget what expired before a moment; how many that were."""
        statement = delete(TOKENS).where(TOKENS.c.expires_ms > 0, TOKENS.c.expires_ms < at_ms)
        return self._write(lambda connection: connection.execute(statement).rowcount)

    def _write(self, change: Callable[[Connection], T]) -> T:
        try:
            return self._db.write(change)
        finally:
            self.revision += 1


def _info(row: Any) -> TokenInfo:
    return TokenInfo(
        token_id=row.token_id,
        user_name=row.user_name,
        comment=row.comment,
        created_ms=row.created_ms,
        expires_ms=row.expires_ms,
        kind=row.kind,
        run_id=row.run_id,
    )
