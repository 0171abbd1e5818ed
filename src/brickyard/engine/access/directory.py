"""All principals and who is in which group, read at one moment: what rules about people are checked on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from brickyard.access.identity import ADMINS, USERS, PrincipalKind
from brickyard.ports import PrincipalStore
from brickyard.records import PrincipalRecord

Membership = tuple[int, int]
"""The id of a group, and that of a direct member."""


@dataclass(frozen=True, slots=True)
class Directory:
    """Never changed; what would be after a change is another one."""

    principals: Mapping[int, PrincipalRecord]
    memberships: frozenset[Membership]

    def put(self, principal: PrincipalRecord) -> Directory:
        """With this principal, in place of the one of the same id where there is one."""
        return replace(self, principals={**self.principals, principal.principal_id: principal})

    def without(self, principal_id: int) -> Directory:
        """Without this principal, as member too."""
        left = {each: record for each, record in self.principals.items() if each != principal_id}
        return Directory(left, frozenset(pair for pair in self.memberships if principal_id not in pair))

    def with_members(self, group_id: int, member_ids: Iterable[int]) -> Directory:
        """With exactly these direct members in a group."""
        others = {pair for pair in self.memberships if pair[0] != group_id}
        return replace(self, memberships=frozenset(others | {(group_id, each) for each in member_ids}))

    def with_groups(self, member_id: int, group_ids: Iterable[int]) -> Directory:
        """With a principal in exactly these groups directly."""
        others = {pair for pair in self.memberships if pair[1] != member_id}
        return replace(self, memberships=frozenset(others | {(each, member_id) for each in group_ids}))

    def members(self, group_id: int) -> list[int]:
        """The ids of the direct members of a group."""
        return sorted(member for group, member in self.memberships if group == group_id)

    def named(self, kind: PrincipalKind, name: str) -> PrincipalRecord | None:
        """Compared exactly."""
        return next((each for each in self.of(kind) if each.name == name), None)

    def of(self, kind: PrincipalKind) -> Iterator[PrincipalRecord]:
        """All of a kind."""
        return (each for each in self.principals.values() if each.kind is kind)

    def administrators(self) -> set[int]:
        """Active users and service principals that are in `admins`, directly or through other groups."""
        admins = self.named(PrincipalKind.GROUP, ADMINS)
        inside = _reached(admins.principal_id, self._by_group()) if admins else set()
        return {each for each in inside if self._acts(each)}

    def circle(self) -> PrincipalRecord | None:
        """A group that contains itself through others; None where there is none."""
        below = self._by_group()
        return next((self.principals[each] for each in below if each in _reached(each, below)), None)

    def _acts(self, principal_id: int) -> bool:
        principal = self.principals[principal_id]
        return principal.active and principal.kind is not PrincipalKind.GROUP

    def _by_group(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for group, member in self.memberships:
            found.setdefault(group, []).append(member)
        return found


def read(people: PrincipalStore) -> Directory:
    """What is kept now."""
    records = [record for kind in PrincipalKind for record in people.find(kind)]
    return Directory({each.principal_id: each for each in records}, frozenset(people.memberships()))


class Known(Protocol):
    """Where groups are looked up: the store, or all of it read before."""

    def members(self, group_id: int) -> Sequence[PrincipalRecord]: ...
    def groups_of(self, principal_id: int) -> Sequence[PrincipalRecord]: ...
    def named(self, kind: PrincipalKind, name: str) -> PrincipalRecord | None: ...


class Listed:
    """A directory in which many principals are looked up. Implements `Known`."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._by_member: dict[int, list[PrincipalRecord]] = {}
        self._by_group: dict[int, list[PrincipalRecord]] = {}
        for group, member in sorted(directory.memberships):
            self._by_member.setdefault(member, []).append(directory.principals[group])
            self._by_group.setdefault(group, []).append(directory.principals[member])
        self._users = directory.named(PrincipalKind.GROUP, USERS)

    def groups_of(self, principal_id: int) -> Sequence[PrincipalRecord]:
        """The groups that it is a direct member of, by id."""
        return self._by_member.get(principal_id, ())

    def members(self, group_id: int) -> Sequence[PrincipalRecord]:
        """The direct members of a group, by id."""
        return self._by_group.get(group_id, ())

    def named(self, kind: PrincipalKind, name: str) -> PrincipalRecord | None:
        """Compared exactly."""
        is_users = (kind, name) == (PrincipalKind.GROUP, USERS)
        return self._users if is_users else self._directory.named(kind, name)


def groups_of(people: Known, principal: PrincipalRecord) -> list[tuple[PrincipalRecord, bool]]:
    """The groups that somebody is in, by name, each with whether directly.

    Everybody who is no group is in `users`. Costs a question for each group, and none for the others in them.
    """
    direct = people.groups_of(principal.principal_id)
    found = {each.principal_id: each for each in direct}
    ahead = list(direct)
    while ahead:
        above = [each for each in people.groups_of(ahead.pop().principal_id) if each.principal_id not in found]
        found |= {each.principal_id: each for each in above}
        ahead += above
    found.pop(principal.principal_id, None)
    near = {each.principal_id for each in direct}
    users = None if principal.kind is PrincipalKind.GROUP else people.named(PrincipalKind.GROUP, USERS)
    if users is not None:
        found[users.principal_id] = users
        near.add(users.principal_id)
    return sorted(((each, each.principal_id in near) for each in found.values()), key=lambda pair: pair[0].name)


def is_fixed(principal: PrincipalRecord) -> bool:
    """Whether it is one of the groups that are always there."""
    return principal.kind is PrincipalKind.GROUP and principal.name in {ADMINS, USERS}


def _reached(start: int, below: Mapping[int, list[int]]) -> set[int]:
    """All that is inside of a group at any depth; the group itself only where it is inside of itself."""
    found: set[int] = set()
    ahead = list(below.get(start, ()))
    while ahead:
        each = ahead.pop()
        if each not in found:
            found.add(each)
            ahead += below.get(each, ())
    return found
