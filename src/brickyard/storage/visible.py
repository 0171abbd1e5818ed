"""What somebody may see, as a condition: lists are cut by the database, so a page costs what it shows.

Every job, and every run that was submitted without one, has an owner in its access list from its first moment on: what
somebody may see of jobs and runs stands in access lists alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, and_, cast, insert, or_, select

from brickyard.access.identity import Identity, PrincipalKind
from brickyard.access.levels import OWNER, ObjectType
from brickyard.records import AclEntry
from brickyard.storage.access_tables import ACL_ENTRIES, PRINCIPALS

_MINE = ACL_ENTRIES.c


def objects(kind: ObjectType, who: Identity) -> Select[Any]:
    """The ids of the objects of a kind on which somebody has any level by an access list."""
    return select(_MINE.object_id).where(concerns(kind, who))


def concerns(kind: ObjectType, who: Identity) -> ColumnElement[bool]:
    """That an entry is of this kind of objects, and speaks of somebody or of a group that they are in."""
    himself = and_(_MINE.principal == who.name, _MINE.principal_kind == who.kind.value)
    group = and_(_MINE.principal.in_(sorted(who.groups)), _MINE.principal_kind == PrincipalKind.GROUP.value)
    # Said twice: by the names alone an index is found, by what follows "or" none.
    named = _MINE.principal.in_(sorted({who.name, *who.groups}))
    return and_(_MINE.object_type == kind.value, named, or_(himself, group))


def jobs(who: Identity) -> Select[Any]:
    """The ids of the jobs that somebody may see, as numbers; also those that runs without a job have."""
    return objects(ObjectType.JOBS, who).with_only_columns(cast(_MINE.object_id, BigInteger))


def owned_or_listed(kind: ObjectType, who: Identity, object_id: Any, owner: Any) -> ColumnElement[bool]:
    """Of objects that know their owner: those of somebody, and those on which an access list gives any level."""
    handed_over = select(_MINE.object_id).where(_MINE.object_type == kind.value, _MINE.level == OWNER)
    return or_(object_id.in_(objects(kind, who)), and_(owner == who.name, object_id.not_in(handed_over)))


def write_first(connection: Connection, job_id: int, maker: str, access: Sequence[AclEntry] = ()) -> None:
    """Write the first access list of a job, or of a run without one: where none is given, its maker owns it.

    What has an owner keeps its list.
    """
    mine = (_MINE.object_type == ObjectType.JOBS.value, _MINE.object_id == str(job_id), _MINE.level == OWNER)
    if connection.execute(select(_MINE.principal).where(*mine)).first() is not None:
        return
    entries = access or [AclEntry(_kind_of(connection, maker), maker, OWNER)]
    connection.execute(insert(ACL_ENTRIES), values_of(ObjectType.JOBS, str(job_id), entries))


def values_of(kind: ObjectType, object_id: str, entries: Sequence[AclEntry]) -> list[dict[str, str]]:
    """The rows of an access list."""
    return [
        {
            "object_type": kind.value,
            "object_id": object_id,
            "principal_kind": entry.kind.value,
            "principal": entry.principal,
            "level": entry.level,
        }
        for entry in entries
    ]


def _kind_of(connection: Connection, name: str) -> PrincipalKind:
    known = select(PRINCIPALS.c.kind).where(PRINCIPALS.c.name == name, PRINCIPALS.c.kind != PrincipalKind.GROUP.value)
    return PrincipalKind(connection.execute(known.limit(1)).scalar() or PrincipalKind.USER)
