"""What must stay true of users, groups and service principals, whoever changes them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from brickyard.access import naming
from brickyard.access.identity import ADMINS, USERS, PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.engine.access import directory
from brickyard.engine.access.founding import found
from brickyard.engine.access.people import People
from brickyard.errors import AlreadyExists, InvalidParameterValue, InvalidState, NotFound
from brickyard.ports import Store
from brickyard.records import AclEntry, PrincipalRecord, TokenInfo
from brickyard.storage.store import open_store
from tests.surfaces.api.house import CountingIds, HandClock

USER, GROUP, ROBOT = PrincipalKind.USER, PrincipalKind.GROUP, PrincipalKind.SERVICE_PRINCIPAL
ADA = "ada@example.com"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store("sqlite://", key_file=tmp_path / "key", clock=HandClock())
    found(store.principals, ADA, HandClock(), CountingIds())
    yield store
    store.close()


@pytest.fixture
def people(store: Store) -> People:
    return People(store, HandClock(), CountingIds(iter(range(5000, 9000))))  # type: ignore[arg-type]


def named(store: Store, name: str, kind: PrincipalKind = GROUP) -> PrincipalRecord:
    record = store.principals.named(kind, name)
    assert record is not None
    return record


def new(name: str, kind: PrincipalKind = USER, **fields: Any) -> PrincipalRecord:
    return PrincipalRecord(**{"principal_id": 0, "kind": kind, "name": name, **fields})


def member_names(store: Store, group: str) -> list[str]:
    return [each.name for each in store.principals.members(named(store, group).principal_id)]


def everything(store: Store) -> object:
    return directory.read(store.principals)


def test_a_user_is_kept_in_lower_case_and_known_in_any(store: Store, people: People) -> None:
    made = people.add(new("Bob.Miner+Ore@Example.COM"))
    assert made.name == "bob.miner+ore@example.com"
    assert store.principals.get(made.principal_id) == made
    with pytest.raises(AlreadyExists, match=r"bob\.miner"):
        people.add(new("bob.MINER+ore@example.com"))


def test_a_name_of_another_case_that_is_there_already_counts(store: Store, people: People) -> None:
    """The first user keeps the name that the machine gave."""
    store.principals.add(new("Root@localhost", principal_id=77))
    with pytest.raises(AlreadyExists, match="Root@localhost"):
        people.add(new("root@localhost"))
    with pytest.raises(AlreadyExists, match="admins"):
        people.add(new("Admins", GROUP))


@pytest.mark.parametrize(
    "name",
    ["", "bob", "@x", "bob@", "a/b@x", "../x@y", ".@x", "a..b@x", "a@x..y", "a b@x", "a@b@c", "a\n@x", "ä@x", "a\\b@x",
     "-a@x", "a@-x", "x" * 65 + "@x", "a@" + "x" * 300],
)  # fmt: skip
def test_a_user_name_must_be_able_to_name_a_folder(store: Store, people: People, name: str) -> None:
    before = everything(store)
    with pytest.raises(InvalidParameterValue, match="userName"):
        people.add(new(name))
    assert everything(store) == before


@pytest.mark.parametrize(
    "name", ["", " ", "a\nb", "a\x1b[31mb", "x" * 256], ids=["none", "space", "line", "ansi", "long"]
)
def test_a_group_name_is_what_can_be_printed(people: People, name: str) -> None:
    with pytest.raises(InvalidParameterValue, match="displayName"):
        people.add(new(name, GROUP))


def test_an_application_id_is_a_uuid(people: People) -> None:
    made = people.add(new("0F8FAD5B-D9CB-469F-A165-70867728950E", ROBOT))
    assert made.name == "0f8fad5b-d9cb-469f-a165-70867728950e"
    with pytest.raises(InvalidParameterValue, match="UUID"):
        people.add(new("robot", ROBOT))
    assert naming.application_id("0123456789abcdef" * 2) == "01234567-89ab-4def-8123-456789abcdef"


def test_somebody_is_put_into_groups_and_groups_get_members_at_once(store: Store, people: People) -> None:
    miners = people.add(new("miners", GROUP))
    bob = people.add(new("bob@x"), groups=[miners.principal_id])
    people.add(new("all", GROUP), members=[bob.principal_id, miners.principal_id])
    assert member_names(store, "miners") == ["bob@x"]
    assert member_names(store, "all") == ["miners", "bob@x"]
    people.change(bob, groups=[])
    assert (member_names(store, "miners"), member_names(store, "all")) == ([], ["miners"])


@pytest.mark.parametrize("field", ["members", "groups"])
def test_nobody_is_added_to_what_is_not_there(store: Store, people: People, field: str) -> None:
    bob = people.add(new("bob@x"))
    before = everything(store)
    with pytest.raises(InvalidParameterValue, match=field):
        people.add(new("miners", GROUP), **{field: [4711]})
    with pytest.raises(InvalidParameterValue, match="no group with the id"):
        people.add(new("miners", GROUP), groups=[bob.principal_id])
    assert everything(store) == before


def test_a_group_does_not_come_to_contain_itself(store: Store, people: People) -> None:
    one = people.add(new("one", GROUP))
    two = people.add(new("two", GROUP), members=[one.principal_id])
    three = people.add(new("three", GROUP), members=[two.principal_id])
    before = everything(store)
    for members in ([three.principal_id], [two.principal_id], [one.principal_id]):
        with pytest.raises(InvalidParameterValue, match="would contain itself"):
            people.change(one, members=members)
    assert everything(store) == before


def test_everybody_is_in_users_and_nobody_is_written_down(store: Store, people: People) -> None:
    users = named(store, USERS)
    bob = people.add(new("bob@x"), groups=[users.principal_id])
    assert list(store.principals.memberships()) == [
        (named(store, ADMINS).principal_id, named(store, ADA, USER).principal_id)
    ]
    with pytest.raises(InvalidParameterValue, match="everybody"):
        people.change(users, members=[bob.principal_id])
    with pytest.raises(InvalidParameterValue, match="everybody"):
        people.add(new("miners", GROUP), members=[users.principal_id])
    assert directory.groups_of(store.principals, bob) == [(users, True)]


def test_groups_of_all_depths_are_told_apart(store: Store, people: People) -> None:
    inner = people.add(new("inner", GROUP))
    outer = people.add(new("outer", GROUP), members=[inner.principal_id])
    bob = people.add(new("bob@x"), groups=[inner.principal_id])
    expected = [(inner, True), (outer, False), (named(store, USERS), True)]
    assert directory.groups_of(store.principals, bob) == expected
    listed = directory.Listed(directory.read(store.principals))
    assert directory.groups_of(listed, bob) == expected
    assert directory.groups_of(listed, inner) == [(outer, True)]


# ------------------------------------------------------------------------------------------------- administrators


def test_the_last_administrator_stays(store: Store, people: People) -> None:
    """Neither deleted nor deactivated nor removed from admins, also not by way of the group."""
    ada, admins = named(store, ADA, USER), named(store, ADMINS)
    before = everything(store)
    for change in (
        lambda: people.delete(ada.principal_id),
        lambda: people.change(replace(ada, active=False)),
        lambda: people.change(ada, groups=[]),
        lambda: people.change(admins, members=[]),
    ):
        with pytest.raises(InvalidState, match="nobody would be left"):
            change()
        assert everything(store) == before


def test_an_administrator_goes_once_there_is_another(store: Store, people: People) -> None:
    ada, admins = named(store, ADA, USER), named(store, ADMINS)
    sleeper = people.add(new("off@x", active=False), groups=[admins.principal_id])
    with pytest.raises(InvalidState):
        people.delete(ada.principal_id)
    people.change(replace(sleeper, active=True))
    people.delete(ada.principal_id)
    assert member_names(store, ADMINS) == ["off@x"]


def test_an_administrator_through_a_group_counts_and_that_group_stays(store: Store, people: People) -> None:
    ada, admins = named(store, ADA, USER), named(store, ADMINS)
    bosses = people.add(new("bosses", GROUP), groups=[admins.principal_id])
    robot = people.add(new("0f8fad5b-d9cb-469f-a165-70867728950e", ROBOT), groups=[bosses.principal_id])
    people.delete(ada.principal_id)
    for change in (
        lambda: people.delete(bosses.principal_id),
        lambda: people.delete(robot.principal_id),
        lambda: people.change(bosses, members=[]),
        lambda: people.change(bosses, groups=[]),
    ):
        with pytest.raises(InvalidState, match="nobody would be left"):
            change()


def test_two_who_remove_each_other_at_once_do_not_both_succeed(store: Store, people: People) -> None:
    admins = named(store, ADMINS)
    both = [named(store, ADA, USER), people.add(new("bob@x"), groups=[admins.principal_id])]
    ready, outcomes = threading.Barrier(2), []

    def remove(principal_id: int) -> None:
        ready.wait(10)
        try:
            people.delete(principal_id)
        except InvalidState as error:
            outcomes.append(error.message)

    threads = [threading.Thread(target=remove, args=(each.principal_id,)) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(outcomes) == 1
    assert len(member_names(store, ADMINS)) == 1


@pytest.mark.parametrize("name", [ADMINS, USERS])
def test_the_groups_that_are_always_there_keep_their_names_and_stay(store: Store, people: People, name: str) -> None:
    group = named(store, name)
    with pytest.raises(InvalidState, match="always there"):
        people.delete(group.principal_id)
    with pytest.raises(InvalidParameterValue, match="keeps its name"):
        people.change(replace(group, name="others"))
    assert named(store, name) == group


def test_the_user_of_the_home_is_left_as_it_is_and_comes_back_where_it_was_deleted(
    store: Store, people: People
) -> None:
    """Each start founds anew: whoever owns the home owns the installation."""
    ada, admins = named(store, ADA, USER), named(store, ADMINS)
    people.add(new("bob@x"), groups=[admins.principal_id])
    people.change(replace(ada, active=False), groups=[])
    before = everything(store)
    found(store.principals, ADA, HandClock(), CountingIds(iter(range(9000, 9100))))  # type: ignore[arg-type]
    assert everything(store) == before
    people.delete(ada.principal_id)
    found(store.principals, ADA, HandClock(), CountingIds(iter(range(9100, 9200))))  # type: ignore[arg-type]
    assert named(store, ADA, USER).active
    assert member_names(store, ADMINS) == ["bob@x", ADA]


# ------------------------------------------------------------------------------------------------ names and rights


def test_users_and_service_principals_keep_their_names(people: People) -> None:
    bob = people.add(new("bob@x"))
    with pytest.raises(InvalidParameterValue, match="cannot be changed"):
        people.change(replace(bob, name="bill@x"))


def test_a_group_with_a_new_name_keeps_its_rights_and_gets_none_that_lay_about(store: Store, people: People) -> None:
    miners = people.add(new("miners", GROUP))
    store.acls.replace(ObjectType.JOBS, "1", [AclEntry(GROUP, "miners", "CAN_VIEW")])
    store.acls.replace(ObjectType.JOBS, "2", [AclEntry(GROUP, "diggers", "CAN_MANAGE")])
    people.change(replace(miners, name="diggers"))
    assert store.acls.entries(ObjectType.JOBS, "1") == [AclEntry(GROUP, "diggers", "CAN_VIEW")]
    assert list(store.acls.entries(ObjectType.JOBS, "2")) == []


def test_who_comes_after_somebody_of_the_same_name_inherits_no_token_and_no_right(store: Store, people: People) -> None:
    bob = people.add(new("bob@x"))
    for kind in ("PERSONAL", "OAUTH", "RUN"):
        info = TokenInfo(token_id=kind, user_name="bob@x", comment="", created_ms=1, expires_ms=0, kind=kind)
        store.tokens.add(info, f"digest-{kind}")
    store.acls.replace(ObjectType.JOBS, "1", [AclEntry(USER, "bob@x", "CAN_MANAGE")])
    people.delete(bob.principal_id)
    people.add(new("bob@x"))
    assert [store.tokens.find(f"digest-{kind}") for kind in ("PERSONAL", "OAUTH", "RUN")] == [None] * 3
    assert list(store.acls.entries(ObjectType.JOBS, "1")) == []


def test_what_a_broken_deletion_has_left_is_nobodys(store: Store, people: People) -> None:
    """A server may end between the deletion of a user and that of the tokens and rights."""
    bob = people.add(new("bob@x"))
    store.tokens.add(TokenInfo(token_id="t", user_name="bob@x", comment="", created_ms=1, expires_ms=0), "digest")
    store.acls.replace(ObjectType.JOBS, "1", [AclEntry(USER, "bob@x", "CAN_MANAGE")])
    store.principals.delete(bob.principal_id)
    people.add(new("bob@x"))
    assert store.tokens.find("digest") is None
    assert list(store.acls.entries(ObjectType.JOBS, "1")) == []


def test_who_is_not_there_cannot_be_changed(people: People) -> None:
    with pytest.raises(NotFound, match="4711"):
        people.delete(4711)
    with pytest.raises(NotFound, match="4711"):
        people.change(new("x@y", principal_id=4711))
