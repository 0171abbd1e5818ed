"""Access lists: shown, replaced and changed, by the rules of who may do that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from brickyard.access.identity import ADMINS, USERS, Identity, PrincipalKind
from brickyard.access.levels import LEVELS, OWNER, ObjectType
from brickyard.engine.access import lists
from brickyard.engine.access.acting import Acting
from brickyard.engine.access.gate import Gate
from brickyard.engine.access.owners import Owners
from brickyard.errors import NotFound, PermissionDenied
from brickyard.ports import Store
from brickyard.records import AclEntry

_Join = Callable[[ObjectType, Sequence[AclEntry], Sequence[AclEntry]], list[AclEntry]]


class Permissions:
    """Safe to use from any thread. That somebody may see or change a list at all was asked of the gate before."""

    def __init__(self, store: Store, gate: Gate) -> None:
        self._store = store
        self._acting = Acting(store, gate)
        self._owners = Owners(store)

    def entries(self, kind: ObjectType, object_id: str) -> list[AclEntry]:
        """What is granted on an object directly, with its owner."""
        found = list(self._store.acls.entries(kind, object_id))
        if kind is ObjectType.TOKENS and not found:
            return [AclEntry(PrincipalKind.GROUP, USERS, "CAN_USE")]
        if OWNER in LEVELS[kind] and not any(entry.level == OWNER for entry in found):
            owner = self._owners.of(kind, object_id)
            found += [AclEntry(self._kind_of(owner), owner, OWNER)] if owner else []
        return found

    def granted(self, kind: ObjectType, object_id: str, sent: object) -> bool:
        """Whether every principal in what was sent has directly the level that is named there.

        Raises:
            InvalidParameterValue: it is no access list.
        """
        return set(lists.read(kind, sent)) <= set(self.entries(kind, object_id))

    def replace(self, who: Identity, kind: ObjectType, object_id: str, sent: object) -> None:
        """Make what was sent all that is granted directly.

        Raises:
            InvalidParameterValue: the list is not allowed.
            NotFound: it names somebody who is not there.
            PermissionDenied: it names an owner whom this person may not choose.
        """
        self._join(who, kind, object_id, sent, lists.replaced)

    def change(self, who: Identity, kind: ObjectType, object_id: str, sent: object) -> None:
        """Give the principals that are named the levels that are named. Raises as `replace`."""
        self._join(who, kind, object_id, sent, lists.merged)

    def first(self, user: str, sent: object) -> list[AclEntry]:
        """The whole list of a new job or run, whose owner is its maker where no other is named. Raises as `replace`."""
        kind = ObjectType.JOBS
        mine = AclEntry(self._kind_of(user), user, OWNER)
        wanted = lists.read(kind, sent)
        after = lists.merged(kind, [] if any(each.level == OWNER for each in wanted) else [mine], wanted)
        self._check_there(wanted)
        who = self._store.principals.identity(user)
        if who is None:
            raise PermissionDenied(f"{user} is no active user of this server.")
        self._check_owner(who, [mine], after)
        return after

    def _join(self, who: Identity, kind: ObjectType, object_id: str, sent: object, join: _Join) -> None:
        before = self.entries(kind, object_id)
        wanted = lists.read(kind, sent)
        after = join(kind, before, wanted)
        self._check_there(wanted)
        self._check_owner(who, before, after)
        self._store.acls.replace(kind, object_id, after)

    def _check_there(self, entries: Sequence[AclEntry]) -> None:
        for entry in entries:
            if self._store.principals.named(entry.kind, entry.principal) is None:
                noun = entry.kind.value.replace("_", " ").capitalize()
                raise NotFound(f"{noun} {entry.principal[:200]!r} does not exist.")

    def _check_owner(self, who: Identity, before: Sequence[AclEntry], after: Sequence[AclEntry]) -> None:
        """Jobs run as their owner: to name one is to choose whose rights they have."""
        old = next((entry for entry in before if entry.level == OWNER), None)
        new = next((entry for entry in after if entry.level == OWNER), None)
        if new is None or new == old or who.is_admin:
            return
        if old is None or replace(old, level="") != AclEntry(who.kind, who.name, ""):
            raise PermissionDenied(f"Only members of the group {ADMINS} and the owner may change the owner.")
        self._acting.check_may_act(who, new.principal)

    def _kind_of(self, name: str) -> PrincipalKind:
        is_robot = self._store.principals.named(PrincipalKind.SERVICE_PRINCIPAL, name) is not None
        return PrincipalKind.SERVICE_PRINCIPAL if is_robot else PrincipalKind.USER
