"""Changes of users, groups and service principals, and what must stay true of them whoever asks."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace

from brickyard.access import naming
from brickyard.access.identity import USERS, PrincipalKind
from brickyard.engine.access import directory
from brickyard.engine.access.directory import Directory
from brickyard.errors import AlreadyExists, InvalidParameterValue, InvalidState, NotFound
from brickyard.ports import Clock, Ids, Store
from brickyard.records import PrincipalRecord


class People:
    """The only door for such changes. One at a time: rules that concern all of them are checked on all of them."""

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._changing = threading.Lock()

    def add(self, new: PrincipalRecord, *, members: Sequence[int] = (), groups: Sequence[int] = ()) -> PrincipalRecord:
        """Keep a new one (its id and its creation are given here) with these members, in these groups.

        Raises:
            AlreadyExists: there is one of this kind and name; upper and lower case do not count.
            InvalidParameterValue: the name, a member or a group is none; nothing is kept.
        """
        made = replace(
            new,
            principal_id=self._ids.next_id(),
            created_ms=self._clock.now_ms(),
            name=naming.checked(new.kind, new.name),
        )
        with self._changing:
            before = directory.read(self._store.principals)
            after = before.put(made).with_members(made.principal_id, members)
            after = after.with_groups(made.principal_id, _explicit(before, groups))
            _check(before, after, made)
            # Somebody of this name may have been deleted by a server that ended in the midst of it.
            self._forget(made)
            self._store.principals.add(made)
            self._regroup(before, after)
        return made

    def change(
        self, new: PrincipalRecord, *, members: Sequence[int] | None = None, groups: Sequence[int] | None = None
    ) -> PrincipalRecord:
        """Replace what is kept of one; without `members` or `groups` these stay. A group may get another name.

        Raises:
            NotFound: it is not there any more.
            InvalidState: nobody would be left to administer the installation.
            InvalidParameterValue: a name, a member or a group is none, or may not be changed.
        """
        with self._changing:
            before = directory.read(self._store.principals)
            old = before.principals.get(new.principal_id)
            if old is None:
                raise NotFound(f"There is no principal with the id {new.principal_id}.")
            changed = replace(new, name=_renamed(old, new.name))
            after = before.put(changed)
            if members is not None:
                after = after.with_members(changed.principal_id, members)
            if groups is not None:
                after = after.with_groups(changed.principal_id, _explicit(before, groups))
            _check(before, after, changed)
            self._store.principals.save(changed)
            if changed.name != old.name:
                self._store.acls.forget(changed.kind, changed.name)
                self._store.acls.rename(changed.kind, old.name, changed.name)
            self._regroup(before, after)
        return changed

    def delete(self, principal_id: int) -> None:
        """Forget somebody with all tokens, secrets and rights. Jobs and files stay.

        Raises:
            NotFound: it is not there.
            InvalidState: nobody would be left to administer the installation, or the group is always there.
        """
        with self._changing:
            before = directory.read(self._store.principals)
            old = before.principals.get(principal_id)
            if old is None:
                raise NotFound(f"There is no principal with the id {principal_id}.")
            if directory.is_fixed(old):
                raise InvalidState(f"The group {old.name} is always there; it cannot be deleted.")
            _check_administered(before, before.without(principal_id), old)
            self._store.principals.delete(principal_id)
            self._forget(old)

    def _forget(self, gone: PrincipalRecord) -> None:
        self._store.acls.forget(gone.kind, gone.name)
        if gone.kind is not PrincipalKind.GROUP:
            self._store.tokens.delete_of_user(gone.name)

    def _regroup(self, before: Directory, after: Directory) -> None:
        for group_id in sorted({group for group, _ in before.memberships ^ after.memberships}):
            self._store.principals.set_members(group_id, after.members(group_id))


def _explicit(known: Directory, group_ids: Iterable[int]) -> list[int]:
    """Without `users`: everybody is in it, and nobody is written down as a member."""
    users = known.named(PrincipalKind.GROUP, USERS)
    return [each for each in group_ids if users is None or each != users.principal_id]


def _renamed(old: PrincipalRecord, name: str) -> str:
    if name == old.name:
        return name
    if old.kind is not PrincipalKind.GROUP:
        raise InvalidParameterValue(f"The name {old.name!r} cannot be changed; delete it and make another.")
    if directory.is_fixed(old):
        raise InvalidParameterValue(f"displayName is {name[:100]!r}; the group {old.name} keeps its name.")
    return naming.checked(old.kind, name)


def _check(before: Directory, after: Directory, changed: PrincipalRecord) -> None:
    """That `after` may be, where it differs from `before` by a change of one principal.

    Raises:
        BrickyardError: it may not; the text says why.
    """
    for other in after.of(changed.kind):
        if other.principal_id != changed.principal_id and naming.same(other.name, changed.name):
            kind = changed.kind.replace("_", " ").lower()
            raise AlreadyExists(f"The {kind} {other.name!r} exists already.")
    _check_members(after, after.memberships - before.memberships)
    circle = after.circle()
    if circle is not None and before.circle() is None:
        raise InvalidParameterValue(f"members: the group {circle.name!r} would contain itself.")
    _check_administered(before, after, changed)


def _check_members(after: Directory, added: Iterable[tuple[int, int]]) -> None:
    for group_id, member_id in sorted(added):
        group, member = after.principals.get(group_id), after.principals.get(member_id)
        if member is None:
            raise InvalidParameterValue(f"members: there is nobody with the id {member_id}.")
        if group is None or group.kind is not PrincipalKind.GROUP:
            raise InvalidParameterValue(f"groups: there is no group with the id {group_id}.")
        for each in (group, member):
            if each.kind is PrincipalKind.GROUP and each.name == USERS:
                raise InvalidParameterValue(
                    f"members: everybody is in the group {USERS} and stays in it; it is in no other group."
                )


def _check_administered(before: Directory, after: Directory, changed: PrincipalRecord) -> None:
    if before.administrators() and not after.administrators():
        raise InvalidState(
            f"{changed.name} cannot be changed like this: nobody would be left to administer this installation. "
            "Make another active user a member of admins first."
        )
