"""Users, groups and service principals. Implements `ports.PrincipalStore`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from brickyard.access.identity import USERS, Identity, PrincipalKind
from brickyard.errors import AlreadyExists, NotFound
from brickyard.records import ClientSecret, PrincipalRecord
from brickyard.storage import rows
from brickyard.storage.access_tables import CLIENT_SECRETS, MEMBERS, PRINCIPALS
from brickyard.storage.database import Database, T


class SqlPrincipalStore:
    """Implements `ports.PrincipalStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.revision = 0

    def add(self, principal: PrincipalRecord) -> None:
        """Keep a new one.

        Raises:
            AlreadyExists: there is one of this kind and name.
        """
        fixed = {"principal_id": principal.principal_id, "kind": principal.kind, "created_ms": principal.created_ms}
        statement = insert(PRINCIPALS).values(**fixed, **_values(principal))
        try:
            self._write(lambda connection: connection.execute(statement))
        except IntegrityError as error:
            raise _taken(principal) from error

    def save(self, principal: PrincipalRecord) -> None:
        """Replace what is kept of one; its id, kind and creation stay.

        Raises:
            AlreadyExists: another has the new name.
            NotFound: there is none of this id.
        """
        statement = (
            update(PRINCIPALS).where(PRINCIPALS.c.principal_id == principal.principal_id).values(**_values(principal))
        )
        try:
            found = self._write(lambda connection: connection.execute(statement).rowcount)
        except IntegrityError as error:
            raise _taken(principal) from error
        if not found:
            raise NotFound(f"There is no principal with the id {principal.principal_id}.")

    def get(self, principal_id: int) -> PrincipalRecord | None:
        return self._one(PRINCIPALS.c.principal_id == principal_id)

    def named(self, kind: PrincipalKind, name: str) -> PrincipalRecord | None:
        return self._one((PRINCIPALS.c.kind == kind) & (PRINCIPALS.c.name == name))

    def find(self, kind: PrincipalKind) -> Sequence[PrincipalRecord]:
        question = select(PRINCIPALS).where(PRINCIPALS.c.kind == kind).order_by(PRINCIPALS.c.principal_id)
        with self._db.read() as connection:
            return [_principal(row) for row in connection.execute(question)]

    def delete(self, principal_id: int) -> bool:
        statement = delete(PRINCIPALS).where(PRINCIPALS.c.principal_id == principal_id)
        return self._write(lambda connection: connection.execute(statement).rowcount > 0)

    # ------------------------------------------------------------------------------------------------- membership

    def members(self, group_id: int) -> Sequence[PrincipalRecord]:
        return self._joined(MEMBERS.c.member_id, MEMBERS.c.group_id == group_id)

    def groups_of(self, principal_id: int) -> Sequence[PrincipalRecord]:
        return self._joined(MEMBERS.c.group_id, MEMBERS.c.member_id == principal_id)

    def memberships(self) -> Sequence[tuple[int, int]]:
        """Every group's id with the id of each direct member, in one question."""
        question = select(MEMBERS.c.group_id, MEMBERS.c.member_id).order_by(MEMBERS.c.group_id, MEMBERS.c.member_id)
        with self._db.read() as connection:
            return [(row.group_id, row.member_id) for row in connection.execute(question)]

    def set_members(self, group_id: int, member_ids: Sequence[int]) -> None:
        """Make these the direct members of a group.

        Raises:
            NotFound: there is no principal with one of these ids.
        """

        def write(connection: Connection) -> None:
            connection.execute(delete(MEMBERS).where(MEMBERS.c.group_id == group_id))
            values = [{"group_id": group_id, "member_id": each} for each in sorted(set(member_ids))]
            if values:
                connection.execute(insert(MEMBERS), values)

        try:
            self._write(write)
        except IntegrityError as error:
            raise NotFound(
                f"The group {group_id} or one of the members {sorted(set(member_ids))} is not there."
            ) from error

    def identity(self, name: str) -> Identity | None:
        """The active user or service principal of this name with all its groups; None where there is none."""
        with self._db.read() as connection:
            person = connection.execute(_PERSON, {"name": name}).first()
            if person is None:
                return None
            groups = connection.execute(_GROUPS, {"principal": person.principal_id}).scalars().all()
        return Identity(name=name, kind=PrincipalKind(person.kind), groups=frozenset({USERS, *groups}))

    # ---------------------------------------------------------------------------------------------------- secrets

    def add_secret(self, secret: ClientSecret, digest: str) -> None:
        """Keep a client secret.

        Raises:
            NotFound: there is no such principal.
        """
        statement = insert(CLIENT_SECRETS).values(
            secret_id=secret.secret_id,
            principal_id=secret.principal_id,
            digest=digest,
            created_ms=secret.created_ms,
            expires_ms=secret.expires_ms,
        )
        try:
            self._write(lambda connection: connection.execute(statement))
        except IntegrityError as error:
            raise NotFound(f"There is no principal with the id {secret.principal_id}.") from error

    def secrets(self, principal_id: int) -> Sequence[ClientSecret]:
        """Oldest first."""
        question = select(CLIENT_SECRETS).where(CLIENT_SECRETS.c.principal_id == principal_id)
        with self._db.read() as connection:
            found = [_secret(row) for row in connection.execute(question)]
        return sorted(found, key=lambda secret: (secret.created_ms, secret.secret_id))

    def secret(self, digest: str) -> ClientSecret | None:
        with self._db.read() as connection:
            row = connection.execute(select(CLIENT_SECRETS).where(CLIENT_SECRETS.c.digest == digest)).one_or_none()
        return None if row is None else _secret(row)

    def delete_secret(self, principal_id: int, secret_id: str) -> bool:
        mine = (CLIENT_SECRETS.c.principal_id == principal_id) & (CLIENT_SECRETS.c.secret_id == secret_id)
        statement = delete(CLIENT_SECRETS).where(mine)
        return self._write(lambda connection: connection.execute(statement).rowcount > 0)

    # ---------------------------------------------------------------------------------------------------- helpers

    def _one(self, where: Any) -> PrincipalRecord | None:
        with self._db.read() as connection:
            row = connection.execute(select(PRINCIPALS).where(where)).one_or_none()
        return None if row is None else _principal(row)

    def _joined(self, wanted: Any, where: Any) -> Sequence[PrincipalRecord]:
        question = select(PRINCIPALS).join(MEMBERS, wanted == PRINCIPALS.c.principal_id).where(where)
        with self._db.read() as connection:
            return [_principal(row) for row in connection.execute(question.order_by(PRINCIPALS.c.principal_id))]

    def _write(self, change: Callable[[Connection], T]) -> T:
        try:
            return self._db.write(change)
        finally:
            self.revision += 1


def _groups_of_all_depths() -> Any:
    """Names of the groups that a principal is in, also through other groups."""
    above = select(MEMBERS.c.group_id).where(MEMBERS.c.member_id == bindparam("principal")).cte(recursive=True)
    # UNION, not UNION ALL: groups that contain each other end here.
    above = above.union(select(MEMBERS.c.group_id).where(MEMBERS.c.member_id == above.c.group_id))
    return select(PRINCIPALS.c.name).join(above, above.c.group_id == PRINCIPALS.c.principal_id)


_PERSON = select(PRINCIPALS.c.principal_id, PRINCIPALS.c.kind).where(
    PRINCIPALS.c.name == bindparam("name"), PRINCIPALS.c.active, PRINCIPALS.c.kind != PrincipalKind.GROUP
)
_GROUPS = _groups_of_all_depths()


def _values(principal: PrincipalRecord) -> dict[str, Any]:
    return {
        "name": principal.name,
        "display_name": principal.display_name,
        "active": principal.active,
        "body": rows.to_json(principal.body),
    }


def _principal(row: Any) -> PrincipalRecord:
    return PrincipalRecord(
        principal_id=row.principal_id,
        kind=PrincipalKind(row.kind),
        name=row.name,
        display_name=row.display_name,
        active=row.active,
        created_ms=row.created_ms,
        body=rows.from_json(row.body),
    )


def _secret(row: Any) -> ClientSecret:
    return ClientSecret(
        secret_id=row.secret_id,
        principal_id=row.principal_id,
        created_ms=row.created_ms,
        expires_ms=row.expires_ms,
    )


def _taken(principal: PrincipalRecord) -> AlreadyExists:
    return AlreadyExists(f"The {principal.kind.replace('_', ' ').lower()} {principal.name!r} exists already.")
