"""Operations on resources as the RFC and clients of the service write them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.errors import BrickyardError
from brickyard.surfaces.api.scim import patches

USER, GROUP = PrincipalKind.USER, PrincipalKind.GROUP


def operation(op: str, path: str | None = None, value: Any = None) -> dict[str, Any]:
    return {"op": op, **({"path": path} if path is not None else {}), **({"value": value} if value is not None else {})}


def members(*ids: str) -> list[dict[str, Any]]:
    return [{"value": each} for each in ids]


@pytest.mark.parametrize(
    ("op", "path", "value", "left"),
    [
        ("add", "members", members("3"), ["1", "2", "3"]),
        ("add", "members", members("2", "3"), ["1", "2", "3"]),
        ("add", "members", {"value": "3"}, ["1", "2", "3"]),
        ("add", "members", "3", ["1", "2", "3"]),
        ("add", None, {"members": members("3")}, ["1", "2", "3"]),
        ("Add", "Members", members("3"), ["1", "2", "3"]),
        ("replace", "members", members("9"), ["9"]),
        ("replace", None, {"members": []}, []),
        ("remove", 'members[value eq "2"]', None, ["1"]),
        ("remove", 'members[value eq "2" or value eq "1"]', None, []),
        ("remove", 'members[value eq "9"]', None, ["1", "2"]),
        ("remove", "members", members("2"), ["1"]),
        ("remove", "members", None, None),
    ],
    ids=range(13),
)
def test_members_of_a_group(op: str, path: str | None, value: Any, left: list[str] | None) -> None:
    group = {"displayName": "miners", "members": members("1", "2")}
    before = copy.deepcopy(group)
    changed = patches.apply(GROUP, group, [operation(op, path, value)])
    ids = [each["value"] for each in changed["members"]] if "members" in changed else None
    assert ids == left
    assert group == before, "what a patch starts from is not changed"


@pytest.mark.parametrize(
    ("op", "path", "value", "expected"),
    [
        ("replace", "active", "false", {"active": "false"}),
        ("replace", "active", False, {"active": False}),
        ("replace", None, {"active": False}, {"active": False}),
        ("replace", None, [{"active": False}], {"active": False}),
        ("replace", "active", [{"value": "false"}], {"active": "false"}),
        ("replace", "displayName", "Ada", {"displayName": "Ada"}),
        ("add", "externalId", "7", {"externalId": "7"}),
        ("remove", "externalId", None, {}),
        ("replace", "name.givenName", "Ada", {"name": {"givenName": "Ada", "familyName": "L"}}),
        ("add", "name", {"givenName": "Ada"}, {"name": {"givenName": "Ada", "familyName": "L"}}),
        ("replace", "name", {"givenName": "Ada"}, {"name": {"givenName": "Ada"}}),
        ("remove", "name.familyName", None, {"name": {}}),
        ("replace", 'emails[type eq "work"].value', "n@x", {"emails": [{"value": "n@x", "type": "work"}]}),
        ("replace", 'emails[type eq "work"]', {"value": "n"}, {"emails": [{"value": "n"}]}),
        ("add", 'emails[type eq "work"]', {"primary": True},
         {"emails": [{"value": "o@x", "type": "work", "primary": True}]}),
        ("remove", 'emails[type eq "work"].type', None, {"emails": [{"value": "o@x"}]}),
        ("add", "entitlements", [{"value": "allow-cluster-create"}],
         {"entitlements": [{"value": "allow-cluster-create"}]}),
    ],
    ids=range(17),
)  # fmt: skip
def test_attributes_of_a_user(op: str, path: str | None, value: Any, expected: dict[str, Any]) -> None:
    user = {"name": {"familyName": "L"}, "emails": [{"value": "o@x", "type": "work"}]}
    assert patches.apply(USER, user, [operation(op, path, value)]) == {**user, **expected}


def test_operations_follow_on_each_other() -> None:
    several = [operation("add", "members", members("3")), operation("remove", 'members[value eq "3"]')]
    assert patches.apply(GROUP, {"members": members("1")}, several) == {"members": members("1")}


@pytest.mark.parametrize(
    ("operations", "message"),
    [
        (None, "Operations is missing"),
        ([], "Operations is missing"),
        ("add", "Operations is missing"),
        (["add"], r"Operations[0] must be an object"),
        ([{"op": "add", "path": "members", "value": [], "when": 1}], "Unknown field 'when'"),
        ([operation("move", "members", [])], "op is 'move'"),
        ([{"path": "members"}], "op is ''"),
        ([{"op": "add", "path": 7, "value": 1}], "path must be a text"),
        ([operation("add", "members")], "value is missing"),
        ([operation("remove")], "path is missing"),
        ([operation("add", None, "x")], "object of attributes"),
        ([operation("add", None, {"owner": "x"})], "Unknown attribute 'owner'"),
        ([operation("add", "members[", members("1"))], "not understood"),
        ([operation("remove", "members[value]")], "filter ends too early"),
        ([operation("remove", 'members[owner eq "1"]')], "Unknown attribute 'owner'"),
        ([operation("replace", 'members[value eq "9"]', {"value": "1"})], "No element of members"),
        ([operation("replace", 'members[value eq "1"].owner', "x")], "Unknown attribute 'owner'"),
        ([operation("replace", 'members[value eq "1"]', "x")], "must be an object"),
        ([operation("replace", "members.value", "x")], "must say of which element"),
        ([operation("replace", 'displayName[value eq "1"]', "x")], "is no list"),
        ([operation("add", "members", [7])], "list of objects"),
        ([operation("add", "members", members("1"))] * 1001, "1001 elements"),
    ],
    ids=range(22),
)
def test_what_is_no_operation_is_refused(operations: Any, message: str) -> None:
    group = {"displayName": "miners", "members": members("1")}
    with pytest.raises(BrickyardError) as caught:
        patches.apply(GROUP, group, operations)
    assert message in caught.value.message
    assert group == {"displayName": "miners", "members": members("1")}


def test_a_part_of_what_is_no_object_is_refused() -> None:
    several = [operation("replace", "name", "Ada"), operation("replace", "name.givenName", "Ada")]
    with pytest.raises(BrickyardError, match="no object"):
        patches.apply(USER, {}, several)
