"""Users, groups, service principals and their secrets as every database keeps them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from brickyard.access.identity import USERS, Identity, PrincipalKind
from brickyard.errors import AlreadyExists, NotFound
from brickyard.records import ClientSecret, PrincipalRecord
from brickyard.storage.store import SqlStore
from tests.conformance.conftest import Open
from tests.conformance.samples import new_id

USER, GROUP, ROBOT = PrincipalKind.USER, PrincipalKind.GROUP, PrincipalKind.SERVICE_PRINCIPAL


def principal(name: str, kind: PrincipalKind = USER, **fields: Any) -> PrincipalRecord:
    chosen: dict[str, Any] = {"principal_id": new_id(), "kind": kind, "name": name, "created_ms": 5}
    return PrincipalRecord(**(chosen | fields))


def added(store: SqlStore, name: str, kind: PrincipalKind = USER, **fields: Any) -> int:
    record = principal(name, kind, **fields)
    store.principals.add(record)
    return record.principal_id


def groups(store: SqlStore, **members: list[int]) -> dict[str, int]:
    """Groups by name with these members."""
    made = {name: added(store, name, GROUP) for name in members}
    for name, ids in members.items():
        store.principals.set_members(made[name], ids)
    return made


def test_a_principal_is_kept_whole_and_found_by_id_and_by_name(store: SqlStore) -> None:
    body = {"emails": [{"value": "ä@x", "primary": True}], "externalId": "7", "roles": []}
    ada = principal("ada@x", display_name="Ada ☃", active=False, body=body)
    store.principals.add(ada)
    assert store.principals.get(ada.principal_id) == ada
    assert store.principals.named(USER, "ada@x") == ada
    assert store.principals.get(ada.principal_id + 1) is None


def test_names_are_compared_exactly_and_within_their_kind(store: SqlStore) -> None:
    added(store, "ada")
    assert store.principals.named(USER, "Ada") is None
    assert store.principals.named(USER, "ad_") is None
    assert store.principals.named(GROUP, "ada") is None
    added(store, "ada", GROUP)
    with pytest.raises(AlreadyExists, match="user 'ada'"):
        added(store, "ada")
    with pytest.raises(AlreadyExists, match="group 'ada'"):
        added(store, "ada", GROUP)


@pytest.mark.parametrize("fields", [{"name": ""}, {"kind": "ROBOT"}], ids=["no name", "no such kind"])
def test_the_database_itself_refuses_a_principal_that_cannot_be(store: SqlStore, fields: dict[str, Any]) -> None:
    # `add` takes each broken rule for a name that is taken; what matters is that nothing is stored.
    with pytest.raises((IntegrityError, AlreadyExists)):
        store.principals.add(replace(principal("x"), **fields))
    assert [list(store.principals.find(kind)) for kind in PrincipalKind] == [[], [], []]


def test_saving_changes_all_but_id_kind_and_creation(store: SqlStore) -> None:
    ada = principal("ada")
    store.principals.add(ada)
    changed = replace(ada, name="lovelace", display_name="L", active=False, body={"a": 1})
    store.principals.save(replace(changed, kind=GROUP, created_ms=99))
    assert store.principals.get(ada.principal_id) == changed
    added(store, "bob")
    with pytest.raises(AlreadyExists, match="bob"):
        store.principals.save(replace(changed, name="bob"))
    with pytest.raises(NotFound, match="999"):
        store.principals.save(replace(changed, principal_id=999, name="else"))
    assert store.principals.get(ada.principal_id) == changed


def test_all_of_a_kind_by_id(store: SqlStore) -> None:
    for name in ("b", "a", "c"):
        added(store, name)
    added(store, "a", GROUP)
    assert [each.name for each in store.principals.find(USER)] == ["b", "a", "c"]
    assert [each.name for each in store.principals.find(GROUP)] == ["a"]
    assert list(store.principals.find(ROBOT)) == []


def test_members_of_all_kinds_and_the_groups_of_a_member(store: SqlStore) -> None:
    ada, robot = added(store, "ada"), added(store, "r", ROBOT)
    made = groups(store, miners=[robot, ada, ada], all=[])
    store.principals.set_members(made["all"], [made["miners"], ada])
    assert [each.name for each in store.principals.members(made["miners"])] == ["ada", "r"]
    assert [each.name for each in store.principals.groups_of(ada)] == ["miners", "all"]
    expected = {(made["miners"], ada), (made["miners"], robot), (made["all"], ada), (made["all"], made["miners"])}
    assert list(store.principals.memberships()) == sorted(expected)
    store.principals.set_members(made["miners"], [])
    assert [each.name for each in store.principals.groups_of(ada)] == ["all"]
    assert list(store.principals.members(made["miners"])) == []


def test_a_member_that_is_not_there_leaves_the_group_as_it_was(store: SqlStore) -> None:
    ada = added(store, "ada")
    made = groups(store, miners=[ada])
    with pytest.raises(NotFound, match="999"):
        store.principals.set_members(made["miners"], [999])
    with pytest.raises(NotFound, match="999"):
        store.principals.set_members(999, [ada])
    assert list(store.principals.memberships()) == [(made["miners"], ada)]


def test_a_group_is_no_member_of_itself(store: SqlStore) -> None:
    made = groups(store, miners=[])
    with pytest.raises(NotFound):
        store.principals.set_members(made["miners"], [made["miners"]])
    assert list(store.principals.memberships()) == []


def test_who_is_gone_is_in_no_group_and_has_no_secret(store: SqlStore) -> None:
    robot = added(store, "r", ROBOT)
    made = groups(store, miners=[robot])
    store.principals.add_secret(ClientSecret(secret_id="s", principal_id=robot, created_ms=1, expires_ms=0), "d")
    assert store.principals.delete(robot) is True
    assert store.principals.delete(robot) is False
    assert list(store.principals.members(made["miners"])) == []
    assert store.principals.secret("d") is None
    assert list(store.principals.memberships()) == []


def test_an_identity_has_the_groups_of_all_depths(store: SqlStore) -> None:
    ada = added(store, "ada")
    made = groups(store, deep=[ada], middle=[], top=[], other=[])
    store.principals.set_members(made["middle"], [made["deep"]])
    store.principals.set_members(made["top"], [made["middle"], ada])
    found = store.principals.identity("ada")
    assert found == Identity(name="ada", kind=USER, groups=frozenset({USERS, "deep", "middle", "top"}))


def test_groups_that_contain_each_other_have_an_end(store: SqlStore) -> None:
    ada = added(store, "ada")
    made = groups(store, one=[ada], two=[], three=[])
    store.principals.set_members(made["two"], [made["one"], made["three"]])
    store.principals.set_members(made["three"], [made["two"]])
    store.principals.set_members(made["one"], [ada, made["two"]])
    found = store.principals.identity("ada")
    assert found is not None
    assert found.groups == {USERS, "one", "two", "three"}


def test_no_identity_without_somebody_active_of_that_very_name(store: SqlStore) -> None:
    added(store, "away", active=False)
    added(store, "miners", GROUP)
    added(store, "7f", ROBOT)
    assert [store.principals.identity(name) for name in ("away", "miners", "nobody", "7F", "")] == [None] * 5
    assert store.principals.identity("7f") == Identity(name="7f", kind=ROBOT, groups=frozenset({USERS}))


def test_client_secrets_oldest_first_and_by_digest_alone(store: SqlStore) -> None:
    robot, other = added(store, "r", ROBOT), added(store, "o", ROBOT)
    made = [
        ClientSecret(secret_id=name, principal_id=robot, created_ms=at, expires_ms=9)
        for name, at in (("b", 2), ("a", 2), ("c", 1))
    ]
    for secret in made:
        store.principals.add_secret(secret, f"digest-{secret.secret_id}")
    assert [each.secret_id for each in store.principals.secrets(robot)] == ["c", "a", "b"]
    assert list(store.principals.secrets(other)) == []
    assert store.principals.secret("digest-b") == made[0]
    assert [store.principals.secret(text) for text in ("digest-", "DIGEST-B", "b")] == [None] * 3


def test_a_secret_is_deleted_by_its_own_principal_only(store: SqlStore) -> None:
    robot, other = added(store, "r", ROBOT), added(store, "o", ROBOT)
    store.principals.add_secret(ClientSecret(secret_id="s", principal_id=robot, created_ms=1, expires_ms=0), "d")
    assert store.principals.delete_secret(other, "s") is False
    assert store.principals.delete_secret(robot, "s") is True
    assert store.principals.delete_secret(robot, "s") is False
    assert store.principals.secret("d") is None


def test_a_secret_of_nobody_is_refused(store: SqlStore) -> None:
    with pytest.raises(NotFound, match="999"):
        store.principals.add_secret(ClientSecret(secret_id="s", principal_id=999, created_ms=1, expires_ms=0), "d")


def test_people_outlive_the_store(lasting: str, opening: Open) -> None:
    first = opening(lasting)
    ada = added(first, "ada")
    made = groups(first, miners=[ada])
    first.close()
    second = opening(lasting)
    assert [each.name for each in second.principals.members(made["miners"])] == ["ada"]
