"""Access lists as every database keeps them."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from brickyard.access.identity import Identity, PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.records import AclEntry
from brickyard.storage.store import SqlStore

FILES = ObjectType.FILES
ADA = AclEntry(PrincipalKind.USER, "ada", "CAN_EDIT")
ROBOT = AclEntry(PrincipalKind.SERVICE_PRINCIPAL, "ada", "CAN_READ")
MINERS = AclEntry(PrincipalKind.GROUP, "miners", "CAN_RUN")


def who(name: str, *groups: str, kind: PrincipalKind = PrincipalKind.USER) -> Identity:
    return Identity(name=name, kind=kind, groups=frozenset(groups))


def test_what_concerns_somebody_is_found_by_name_kind_and_group(store: SqlStore) -> None:
    store.acls.replace(FILES, "/a", [ADA, ROBOT])
    store.acls.replace(FILES, "/b", [MINERS])
    store.acls.replace(ObjectType.JOBS, "/c", [ADA])
    assert store.acls.concerning(FILES, who("ada")) == {"/a": [ADA]}
    assert store.acls.concerning(FILES, who("ada", "miners")) == {"/a": [ADA], "/b": [MINERS]}
    assert store.acls.concerning(FILES, who("ada", kind=PrincipalKind.SERVICE_PRINCIPAL)) == {"/a": [ROBOT]}
    assert store.acls.concerning(FILES, who("Ada")) == {}
    assert store.acls.concerning(FILES, who("bob", "ada")) == {}, "a group of that name is not the user"


def test_the_lists_of_a_tree_are_forgotten_and_no_others(store: SqlStore) -> None:
    inside = ["/a", "/a/b", "/a/b/c", "/a/%"]
    outside = ["/", "/ab", "/A", "/A/b", "/b/a", "/a%", "/_/b"]
    for path in (*inside, *outside):
        store.acls.replace(FILES, path, [ADA])
    store.acls.replace(ObjectType.REPOS, "/a/b", [ADA])
    store.acls.delete_tree(FILES, "/a")
    assert sorted(store.acls.entries_of(FILES, [*inside, *outside])) == sorted(outside)
    assert store.acls.entries(ObjectType.REPOS, "/a/b") == [ADA]
    store.acls.delete_tree(FILES, "/_")
    assert sorted(store.acls.entries_of(FILES, outside)) == sorted(set(outside) - {"/_/b"})


def test_a_list_is_replaced_as_a_whole_and_sorted(store: SqlStore) -> None:
    store.acls.replace(FILES, "/a", [MINERS, ROBOT, ADA])
    assert store.acls.entries(FILES, "/a") == [MINERS, ROBOT, ADA]
    store.acls.replace(FILES, "/a", [ADA])
    assert store.acls.entries(FILES, "/a") == [ADA]
    store.acls.replace(FILES, "/a", [])
    assert list(store.acls.entries(FILES, "/a")) == []
    assert store.acls.entries_of(FILES, ["/a", "/b"]) == {}


def test_somebody_twice_in_one_list_is_refused_and_the_list_stays(store: SqlStore) -> None:
    store.acls.replace(FILES, "/a", [MINERS])
    with pytest.raises(IntegrityError):
        store.acls.replace(FILES, "/a", [ADA, AclEntry(ADA.kind, ADA.principal, "CAN_READ")])
    assert store.acls.entries(FILES, "/a") == [MINERS]


def test_many_lists_in_one_question(store: SqlStore) -> None:
    paths = [f"/{number}" for number in range(1200)]
    for path in paths[::400]:
        store.acls.replace(FILES, path, [ADA])
    assert sorted(store.acls.entries_of(FILES, [*paths, *paths])) == ["/0", "/400", "/800"]


def test_a_list_moves_with_its_object_and_goes_with_it(store: SqlStore) -> None:
    store.acls.replace(FILES, "/a", [ADA])
    store.acls.move(FILES, "/a", "/b")
    assert list(store.acls.entries(FILES, "/a")) == []
    assert store.acls.entries(FILES, "/b") == [ADA]
    store.acls.delete(FILES, "/b")
    assert list(store.acls.entries(FILES, "/b")) == []


def test_nothing_is_inherited_from_somebody_of_the_same_name(store: SqlStore) -> None:
    store.acls.replace(FILES, "/a", [ADA, ROBOT, MINERS])
    store.acls.replace(ObjectType.JOBS, "1", [ADA])
    store.acls.forget(PrincipalKind.USER, "ada")
    assert store.acls.entries(FILES, "/a") == [MINERS, ROBOT]
    assert list(store.acls.entries(ObjectType.JOBS, "1")) == []


def test_a_group_takes_its_rights_along_to_its_new_name(store: SqlStore) -> None:
    store.acls.replace(FILES, "/a", [ADA, MINERS])
    store.acls.rename(PrincipalKind.GROUP, "miners", "diggers")
    assert store.acls.entries(FILES, "/a") == [AclEntry(PrincipalKind.GROUP, "diggers", "CAN_RUN"), ADA]
    store.acls.rename(PrincipalKind.GROUP, "ada", "x")
    assert ADA in store.acls.entries(FILES, "/a"), "a user of that name is no group"
