"""The people whom an installation starts with: its own user, and the groups that are always there."""

from __future__ import annotations

import contextlib

from brickyard.access.identity import ADMINS, USERS, PrincipalKind
from brickyard.errors import AlreadyExists
from brickyard.ports import Clock, Ids, PrincipalStore
from brickyard.records import PrincipalRecord

_ENTITLEMENTS = ("workspace-access", "databricks-sql-access")
"""What clients ask for in the answer about themselves; here everybody has it, by way of the group `users`."""


def found(principals: PrincipalStore, user_name: str, clock: Clock, ids: Ids) -> None:
    """Make what is not there yet: the groups `admins` and `users`, and the user, who becomes an administrator.

    A user who is there already is left as it is: an administrator who was made a common user stays one.
    """
    for name in (ADMINS, USERS):
        _make(principals, PrincipalKind.GROUP, name, clock, ids)
    if _make(principals, PrincipalKind.USER, user_name, clock, ids):
        admins = principals.named(PrincipalKind.GROUP, ADMINS)
        user = principals.named(PrincipalKind.USER, user_name)
        if admins is not None and user is not None:
            members = [each.principal_id for each in principals.members(admins.principal_id)]
            principals.set_members(admins.principal_id, [*members, user.principal_id])


def _make(principals: PrincipalStore, kind: PrincipalKind, name: str, clock: Clock, ids: Ids) -> bool:
    if principals.named(kind, name) is not None:
        return False
    display = name.partition("@")[0]
    record = PrincipalRecord(
        principal_id=ids.next_id(),
        kind=kind,
        name=name,
        display_name=display,
        created_ms=clock.now_ms(),
        body={"entitlements": [{"value": each} for each in _ENTITLEMENTS]} if name == USERS else {},
    )
    # Another server of the same database may be founding at this moment.
    with contextlib.suppress(AlreadyExists):
        principals.add(record)
        return True
    return False
