"""Access lists as every database keeps them."""

from __future__ import annotations

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
