"""Access lists. Implements `ports.AclStore`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from brickyard.access.identity import Identity, PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.records import AclEntry
from brickyard.storage import visible
from brickyard.storage.access_tables import ACL_ENTRIES
from brickyard.storage.database import Database

_ASKED_AT_ONCE = 500


class SqlAclStore:
    """Implements `ports.AclStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def entries(self, kind: ObjectType, object_id: str) -> Sequence[AclEntry]:
        """Who has which level, by kind and name."""
        return self.entries_of(kind, [object_id]).get(object_id, ())

    def entries_of(self, kind: ObjectType, object_ids: Sequence[str]) -> Mapping[str, Sequence[AclEntry]]:
        """As `entries`, of many objects; those that have any."""
        unique = sorted(set(object_ids))
        found: dict[str, list[AclEntry]] = {}
        with self._db.read() as connection:
            for start in range(0, len(unique), _ASKED_AT_ONCE):
                some = ACL_ENTRIES.c.object_id.in_(unique[start : start + _ASKED_AT_ONCE])
                for row in connection.execute(select(ACL_ENTRIES).where(ACL_ENTRIES.c.object_type == kind, some)):
                    found.setdefault(row.object_id, []).append(_entry(row))
        return _sorted(found)

    def concerning(self, kind: ObjectType, who: Identity) -> Mapping[str, Sequence[AclEntry]]:
        """The entries that speak of somebody or of a group that they are in, by object, in one question."""
        found: dict[str, list[AclEntry]] = {}
        with self._db.read() as connection:
            question = select(ACL_ENTRIES).where(visible.concerns(kind, who))
            for row in connection.execute(question):
                found.setdefault(row.object_id, []).append(_entry(row))
        return _sorted(found)

    def replace(self, kind: ObjectType, object_id: str, entries: Sequence[AclEntry]) -> None:
        """Make these the whole list, in one transaction."""

        def write(connection: Connection) -> None:
            connection.execute(delete(ACL_ENTRIES).where(*_one(kind, object_id)))
            values = [
                {
                    "object_type": kind,
                    "object_id": object_id,
                    "principal_kind": entry.kind,
                    "principal": entry.principal,
                    "level": entry.level,
                }
                for entry in entries
            ]
            if values:
                connection.execute(insert(ACL_ENTRIES), values)

        self._db.write(write)

    def delete(self, kind: ObjectType, object_id: str) -> None:
        """Forget the list of an object that is gone."""
        self._db.write(lambda connection: connection.execute(delete(ACL_ENTRIES).where(*_one(kind, object_id))))

    def delete_tree(self, kind: ObjectType, path: str) -> None:
        """Forget the lists of a path and of all paths below it."""
        object_id, start = ACL_ENTRIES.c.object_id, path.rstrip("/") + "/"
        # Not LIKE: names may hold its wildcards.
        below = or_(object_id == path, func.substr(object_id, 1, len(start)) == start)
        statement = delete(ACL_ENTRIES).where(ACL_ENTRIES.c.object_type == kind, below)
        self._db.write(lambda connection: connection.execute(statement))

    def move(self, kind: ObjectType, old: str, new: str) -> None:
        """Give the list of an object to the id that it has now."""
        statement = update(ACL_ENTRIES).where(*_one(kind, old)).values(object_id=new)
        self._db.write(lambda connection: connection.execute(statement))

    def forget(self, kind: PrincipalKind, name: str) -> None:
        """Delete all that lists say of somebody who is gone: another of the same name must not inherit it."""
        self._db.write(lambda connection: connection.execute(delete(ACL_ENTRIES).where(*_of(kind, name))))

    def rename(self, kind: PrincipalKind, old: str, new: str) -> None:
        """Give all that lists say of a name to another, of whom they say nothing."""
        statement = update(ACL_ENTRIES).where(*_of(kind, old)).values(principal=new)
        self._db.write(lambda connection: connection.execute(statement))


def _of(kind: PrincipalKind, name: str) -> tuple[Any, Any]:
    return ACL_ENTRIES.c.principal == name, ACL_ENTRIES.c.principal_kind == kind


def _one(kind: ObjectType, object_id: str) -> tuple[Any, Any]:
    return ACL_ENTRIES.c.object_type == kind, ACL_ENTRIES.c.object_id == object_id


def _entry(row: Any) -> AclEntry:
    return AclEntry(PrincipalKind(row.principal_kind), row.principal, row.level)


def _sorted(found: Mapping[str, list[AclEntry]]) -> dict[str, list[AclEntry]]:
    # Here: databases disagree on the order of texts.
    return {each: sorted(entries, key=_key) for each, entries in found.items()}


def _key(entry: AclEntry) -> tuple[str, str]:
    return entry.kind, entry.principal
