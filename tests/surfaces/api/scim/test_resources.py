"""Users, groups and service principals on the wire."""

from __future__ import annotations

import re
from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.records import PrincipalRecord
from tests.surfaces.api.house import START_MS, USER, WORKSPACE_ID, House

SCIM = "/api/2.0/preview/scim/v2"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
APPLICATION = "0f8fad5b-d9cb-469f-a165-70867728950e"


def make(house: House, place: str, **body: Any) -> dict[str, Any]:
    answer = house.client.post(f"{SCIM}/{place}", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def patch(house: House, place: str, one: dict[str, Any], *operations: dict[str, Any]) -> dict[str, Any]:
    body = {"schemas": [PATCH], "Operations": list(operations)}
    answer = house.client.patch(f"{SCIM}/{place}/{one['id']}", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(house: House, method: str, path: str, **parts: Any) -> tuple[int, str, str]:
    """Status, SCIM type and detail of a request that must be refused in SCIM's form."""
    answer = house.client.request(method, f"{SCIM}/{path}", **parts)
    body = answer.json()
    assert (body["schemas"], body["status"]) == ([ERROR], str(answer.status_code)), body
    assert set(body) == {"schemas", "detail", "status", "scimType"}
    return answer.status_code, body["scimType"], body["detail"]


def test_a_user_is_made_read_and_deleted(house: House) -> None:
    made = make(
        house,
        "Users",
        schemas=["urn:ietf:params:scim:schemas:core:2.0:User"],
        userName="Bob@Example.com",
        displayName="Bob M.",
        name={"givenName": "Bob", "familyName": "Miner"},
        externalId="e-7",
        entitlements=[{"value": "allow-cluster-create"}],
        roles=[{"value": "arn:aws:iam::1:instance-profile/x"}],
    )
    users = house.get(f"{SCIM}/Groups", filter='displayName eq "users"')["Resources"][0]["id"]
    assert made == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": made["id"],
        "userName": "bob@example.com",
        "displayName": "Bob M.",
        "name": {"givenName": "Bob", "familyName": "Miner"},
        "active": True,
        "externalId": "e-7",
        "emails": [{"value": "bob@example.com", "type": "work", "primary": True}],
        "groups": [{"display": "users", "value": users, "$ref": f"Groups/{users}", "type": "direct"}],
        "entitlements": [{"value": "allow-cluster-create"}],
        "roles": [{"value": "arn:aws:iam::1:instance-profile/x"}],
    }
    assert house.get(f"{SCIM}/Users/{made['id']}") == made
    kept = house.store.principals.get(int(made["id"]))
    assert kept is not None
    assert kept.created_ms == START_MS
    gone = house.client.delete(f"{SCIM}/Users/{made['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert refused(house, "GET", f"Users/{made['id']}")[0] == 404
    assert refused(house, "DELETE", f"Users/{made['id']}")[0] == 404


def test_a_group_with_members_of_all_kinds(house: House) -> None:
    bob = make(house, "Users", userName="bob@x.org", displayName="Bob")
    robot = make(house, "ServicePrincipals", displayName="Nightly")
    inner = make(house, "Groups", displayName="inner", members=[{"value": bob["id"]}])
    outer = make(house, "Groups", displayName="outer", members=[{"value": each["id"]} for each in (inner, robot)])
    assert outer["members"] == [
        {"display": "Nightly", "value": robot["id"], "$ref": f"ServicePrincipals/{robot['id']}"},
        {"display": "inner", "value": inner["id"], "$ref": f"Groups/{inner['id']}"},
    ]
    assert outer["meta"] == {"resourceType": "WorkspaceGroup"}
    groups = house.get(f"{SCIM}/Users/{bob['id']}")["groups"]
    assert [(each["display"], each["type"]) for each in groups] == [
        ("inner", "direct"),
        ("outer", "indirect"),
        ("users", "direct"),
    ]
    listed = house.get(f"{SCIM}/Users", filter='userName eq "bob@x.org"')["Resources"]
    assert listed == [house.get(f"{SCIM}/Users/{bob['id']}")]
    assert house.get(f"{SCIM}/Groups/{inner['id']}")["groups"] == [
        {"display": "outer", "value": outer["id"], "$ref": f"Groups/{outer['id']}", "type": "direct"}
    ]


def test_a_service_principal_is_given_an_application_id_or_brings_one(house: House) -> None:
    made = make(house, "ServicePrincipals", displayName="Nightly")
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made["applicationId"])
    brought = make(house, "ServicePrincipals", applicationId=APPLICATION.upper(), active=False)
    assert (brought["applicationId"], brought["active"]) == (APPLICATION, False)
    assert house.get(f"{SCIM}/ServicePrincipals", filter=f'applicationId eq "{APPLICATION}"')["totalResults"] == 1


def test_what_was_read_can_be_sent_back_and_changes_nothing(house: House) -> None:
    bob = make(house, "Users", userName="bob@x.org", displayName="Bob", name={"givenName": "B"})
    inner = make(house, "Groups", displayName="inner", members=[{"value": bob["id"]}])
    make(house, "Groups", displayName="outer", members=[{"value": inner["id"]}])
    for place, one in (("Users", bob), ("Groups", inner)):
        before = house.get(f"{SCIM}/{place}/{one['id']}")
        answer = house.client.put(f"{SCIM}/{place}/{one['id']}", json=before)
        assert (answer.status_code, answer.json()) == (200, before)
        assert house.get(f"{SCIM}/{place}/{one['id']}") == before


def test_to_replace_is_to_forget_what_is_not_sent_but_neither_groups_nor_whether_it_is_active(house: House) -> None:
    bob = make(house, "Users", userName="bob@x.org", displayName="Bob", active=False, externalId="7",
               entitlements=[{"value": "a"}], name={"givenName": "B"})  # fmt: skip
    miners = make(house, "Groups", displayName="miners", members=[{"value": bob["id"]}])
    changed = house.client.put(f"{SCIM}/Users/{bob['id']}", json={"userName": "BOB@x.org", "displayName": "B."}).json()
    assert (changed["displayName"], changed["active"], changed["entitlements"]) == ("B.", False, [])
    assert not {"externalId", "name"} & changed.keys()
    assert [each["display"] for each in changed["groups"]] == ["miners", "users"]
    emptied = house.client.put(f"{SCIM}/Groups/{miners['id']}", json={"displayName": "diggers"}).json()
    assert (emptied["displayName"], emptied["members"]) == ("diggers", [])


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "active", "value": "false"},
        {"op": "Replace", "path": "active", "value": False},
        {"op": "replace", "value": {"active": False}},
        {"op": "replace", "path": "active", "value": [{"value": "False"}]},
    ],
    ids=["text", "flag", "no path", "list"],
)
def test_a_patch_deactivates_in_each_way_that_clients_say_it(house: House, operation: dict[str, Any]) -> None:
    bob = make(house, "Users", userName="bob@x.org", displayName="Bob", externalId="7")
    assert patch(house, "Users", bob, operation) == {**bob, "active": False}


def test_a_patch_adds_and_removes_members(house: House) -> None:
    people = [make(house, "Users", userName=f"{name}@x.org") for name in ("a", "b", "c")]
    miners = make(house, "Groups", displayName="miners", members=[{"value": people[0]["id"]}])
    add = {"op": "add", "path": "members", "value": [{"value": each["id"]} for each in people[1:]]}
    ids = [each["value"] for each in patch(house, "Groups", miners, add)["members"]]
    assert ids == [each["id"] for each in people]
    remove = {"op": "remove", "path": f'members[value eq "{people[1]["id"]}"]'}
    ids = [each["value"] for each in patch(house, "Groups", miners, remove)["members"]]
    assert ids == [people[0]["id"], people[2]["id"]]
    added = patch(house, "Users", people[1], {"op": "add", "path": "groups", "value": [{"value": miners["id"]}]})
    assert [each["display"] for each in added["groups"]] == ["miners", "users"]


def test_a_patch_is_done_whole_or_not_at_all(house: House) -> None:
    miners = make(house, "Groups", displayName="miners")
    operations = [
        {"op": "replace", "path": "displayName", "value": "diggers"},
        {"op": "add", "path": "members", "value": [{"value": "4711"}]},
    ]
    body = {"schemas": [PATCH], "Operations": operations}
    status, kind, detail = refused(house, "PATCH", f"Groups/{miners['id']}", json=body)
    assert (status, kind) == (400, "invalidValue")
    assert "4711" in detail
    assert house.get(f"{SCIM}/Groups/{miners['id']}") == miners


@pytest.mark.parametrize(
    ("asked", "body", "expected"),
    [
        ("POST Users", {}, (400, "invalidValue", "userName is missing")),
        ("POST Users", {"userName": USER}, (409, "uniqueness", USER)),
        ("POST Users", {"userName": USER.upper()}, (409, "uniqueness", USER)),
        ("POST Users", {"userName": "../../etc"}, (400, "invalidValue", "e-mail address")),
        ("POST Users", {"userName": "b@x", "owner": "x"}, (400, "invalidValue", "Unknown field 'owner'")),
        ("POST Users", {"userName": "b@x", "id": "7"}, (400, "invalidValue", "id is given by the server")),
        ("POST Users", {"userName": "b@x", "emails": ["b"]}, (400, "invalidValue", "emails must be a list")),
        ("POST Users", {"userName": "b@x", "emails": [{"owner": "b"}]}, (400, "invalidValue", "'owner'")),
        ("POST Users", {"userName": "b@x", "emails": [{"value": {}}]}, (400, "invalidValue", "emails.value")),
        ("POST Users", {"userName": "b@x", "name": {"middle": "b"}}, (400, "invalidValue", "'middle'")),
        ("POST Users", {"userName": "b@x", "displayName": "a\nb"}, (400, "invalidValue", "cannot be printed")),
        ("POST Users", {"userName": "b@x", "displayName": "a" * 1001}, (400, "invalidValue", "1001 characters")),
        ("POST Users", {"userName": "b@x", "active": "perhaps"}, (400, "invalidValue", "true or false")),
        ("POST Users", {"userName": "b@x", "schemas": ["urn:x"]}, (400, "invalidValue", "schemas")),
        ("POST Users", {"userName": "b@x", "groups": [{"value": "x"}]}, (400, "invalidValue", "must be an id")),
        ("POST Users", {"userName": "b@x", "groups": [{"value": "77"}]}, (400, "invalidValue", "no group")),
        ("POST Groups", {}, (400, "invalidValue", "displayName is missing")),
        ("POST Groups", {"displayName": "ADMINS"}, (409, "uniqueness", "admins")),
        ("POST Groups", {"displayName": "g", "active": True}, (400, "invalidValue", "Unknown field 'active'")),
        ("POST Groups", {"displayName": "g", "meta": {"resourceType": "Group"}}, (400, "invalidValue", "meta")),
        ("POST ServicePrincipals", {"applicationId": "robot"}, (400, "invalidValue", "UUID")),
        ("PATCH Users/1", {"Operations": []}, (404, "", "'1'")),
        ("PUT Users/x", {}, (404, "", "'x'")),
        ("GET Users/9223372036854775807", None, (404, "", "9223372036854775807")),
        ("GET Users?filter=userName eq", None, (400, "invalidFilter", "ends too early")),
        ("GET Users?sortBy=owner", None, (400, "invalidPath", "owner")),
        ("GET Users?attributes=owner", None, (400, "invalidPath", "owner")),
        ("GET Users?count=many", None, (400, "invalidValue", "whole number")),
        ("GET Users?owner=1", None, (400, "invalidValue", "owner")),
    ],
    ids=range(29),
)  # fmt: skip
def test_what_is_wrong_is_refused_in_the_form_of_scim_and_changes_nothing(
    house: House, asked: str, body: dict[str, Any] | None, expected: tuple[int, str, str]
) -> None:
    def kept() -> list[Any]:
        return [house.get(f"{SCIM}/{each}") for each in ("Users", "Groups", "ServicePrincipals")]

    before = kept()
    method, _, path = asked.partition(" ")
    status, kind, detail = refused(house, method, path, **({} if body is None else {"json": body}))
    assert (status, kind) == expected[:2]
    assert expected[2] in detail
    assert kept() == before


def test_what_is_no_json_is_invalid_syntax(house: House) -> None:
    headers = {"Content-Type": "application/scim+json"}
    assert refused(house, "POST", "Users", content=b"{", headers=headers)[:2] == (400, "invalidSyntax")
    answer = house.client.post(f"{SCIM}/Users", content=b'{"userName": "b@x.org"}', headers=headers)
    assert answer.status_code == 201


def test_names_that_are_identities_cannot_be_changed(house: House) -> None:
    bob = make(house, "Users", userName="bob@x.org")
    robot = make(house, "ServicePrincipals", applicationId=APPLICATION)
    for place, one, name in (("Users", bob, "userName"), ("ServicePrincipals", robot, "applicationId")):
        for method, body in (
            ("PUT", {name: "other@x.org"}),
            ("PATCH", {"Operations": [{"op": "replace", "path": name, "value": "other@x.org"}]}),
        ):
            assert "cannot be changed" in refused(house, method, f"{place}/{one['id']}", json=body)[2]


def test_the_last_administrator_and_the_fixed_groups_are_safe(house: House) -> None:
    me = house.get(f"{SCIM}/Me")
    admins = next(each["value"] for each in me["groups"] if each["display"] == "admins")
    users = next(each["value"] for each in me["groups"] if each["display"] == "users")
    for method, path, body in (
        ("DELETE", f"Users/{me['id']}", None),
        ("PUT", f"Users/{me['id']}", {"active": False}),
        ("PATCH", f"Users/{me['id']}", {"Operations": [{"op": "replace", "path": "active", "value": "false"}]}),
        ("PATCH", f"Groups/{admins}", {"Operations": [{"op": "remove", "path": f'members[value eq "{me["id"]}"]'}]}),
        ("PUT", f"Groups/{admins}", {"displayName": "admins"}),
        ("DELETE", f"Groups/{admins}", None),
        ("DELETE", f"Groups/{users}", None),
    ):
        status, kind, _ = refused(house, method, path, json=body)
        assert (status, kind) == (400, "mutability"), (method, path)
    assert house.get(f"{SCIM}/Me") == me


# ----------------------------------------------------------------------------------------------------------- lists


def crowd(house: House) -> list[str]:
    names = ["cora", "abel", "bert", "dora"]
    for name in names:
        make(house, "Users", userName=f"{name}@x.org", displayName=name.title(), active=name != "bert")
    return names


def shown(house: House, **query: Any) -> list[str]:
    found = house.get(f"{SCIM}/Users", **query)["Resources"]
    return [each["userName"].partition("@")[0] for each in found]


def test_pages_are_as_the_sdk_asks_for_them(house: House) -> None:
    crowd(house)
    first = house.get(f"{SCIM}/Users", startIndex=1, count=3)
    assert (first["totalResults"], first["startIndex"], first["itemsPerPage"]) == (5, 1, 3)
    assert first["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    assert shown(house, startIndex=4, count=3) == ["bert", "dora"]
    assert house.get(f"{SCIM}/Users", startIndex=6, count=3)["Resources"] == []
    assert shown(house, startIndex=0, count=1) == ["ada"]
    assert house.get(f"{SCIM}/Users", count=0)["itemsPerPage"] == 0


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"filter": 'userName sw "c"'}, ["cora"]),
        ({"filter": 'displayName co "OR"'}, ["cora", "dora"]),
        ({"filter": 'userName sw "x" or active eq false'}, ["bert"]),
        ({"filter": 'groups.display eq "admins"'}, ["ada"]),
        ({"sortBy": "userName"}, ["abel", "ada", "bert", "cora", "dora"]),
        ({"sortBy": "displayName", "sortOrder": "descending", "count": "2"}, ["dora", "cora"]),
        ({"sortOrder": "descending"}, ["ada", "cora", "abel", "bert", "dora"]),
    ],
    ids=range(7),
)
def test_what_is_listed_and_in_which_order(house: House, query: dict[str, str], expected: list[str]) -> None:
    crowd(house)
    assert shown(house, **query) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('userName eq "cora@x.org"', ["cora"]),
        ('  USERNAME  EQ  "CORA@x.org" ', ["cora"]),
        ('userName eq "cora"', []),
        ('userName eq "cora@x.org" and active eq false', []),
        ('userName eq "ROOT@localhost"', ["Root"]),
        (r'userName eq "cora\u0040x.org"', ["cora"]),
    ],
    ids=range(6),
)
def test_one_that_is_looked_for_by_name_is_found_as_in_the_whole_list(
    house: House, text: str, expected: list[str]
) -> None:
    crowd(house)
    house.store.principals.add(PrincipalRecord(principal_id=77, kind=PrincipalKind.USER, name="Root@localhost"))
    assert shown(house, filter=text) == expected
    [group] = house.get(f"{SCIM}/Groups", filter='displayName eq "ADMINS"')["Resources"]
    assert [group] == house.get(f"{SCIM}/Groups", filter='displayName eq "admins"')["Resources"]
    assert [each["display"] for each in group["members"]] == ["ada"]


def test_parts_of_resources(house: House) -> None:
    crowd(house)
    only = house.get(f"{SCIM}/Users", attributes="userName, emails.value", count=1)["Resources"][0]
    assert only.keys() == {"schemas", "id", "userName", "emails"}
    assert only["emails"] == [{"value": USER}]
    without = house.get(f"{SCIM}/Groups", excludedAttributes="members,groups,id,entitlements.value")["Resources"][0]
    assert without.keys() == {"schemas", "id", "displayName", "entitlements", "roles", "meta"}
    assert house.get(f"{SCIM}/Me", attributes="userName").keys() == {"schemas", "id", "userName"}


# -------------------------------------------------------------------------------------------------------------- Me


def test_me_is_the_truth_about_a_user(house: House) -> None:
    headers = house.person("bob@x.org", "miners")
    answer = house.client.get(f"{SCIM}/Me", headers=headers)
    me = answer.json()
    assert (me["userName"], me["active"]) == ("bob@x.org", True)
    assert [each["display"] for each in me["groups"]] == ["miners", "users"]
    assert answer.headers["X-Databricks-Org-Id"] == str(WORKSPACE_ID)
    assert house.get(f"{SCIM}/Users/{me['id']}")["userName"] == "bob@x.org"


def test_me_has_the_entitlements_of_the_groups_too(house: House) -> None:
    headers = house.person("bob@x.org", "miners")
    [miners] = house.get(f"{SCIM}/Groups", filter='displayName eq "miners"')["Resources"]
    patch(house, "Groups", miners, {"op": "add", "path": "entitlements", "value": [{"value": "allow-cluster-create"}]})
    me = house.client.get(f"{SCIM}/Me", headers=headers).json()
    assert {"value": "allow-cluster-create"} in me["entitlements"]
    assert house.get(f"{SCIM}/Users/{me['id']}")["entitlements"] == []


def test_me_of_a_service_principal_has_its_application_id(house: House) -> None:
    """Clients tell by it that they are no user."""
    headers = house.person(APPLICATION, kind=PrincipalKind.SERVICE_PRINCIPAL)
    me = house.client.get(f"{SCIM}/Me", headers=headers).json()
    assert (me["applicationId"], me["active"]) == (APPLICATION, True)
    assert me["userName"] == APPLICATION, "clients call it as they call users"


def test_a_thousand_users_are_listed_with_few_questions(house: House) -> None:
    for number in range(1000):
        record = PrincipalRecord(principal_id=10_000 + number, kind=PrincipalKind.USER, name=f"u{number}@x.org")
        house.store.principals.add(record)
    found = house.get(f"{SCIM}/Users", filter='userName ew "@x.org"')
    assert (found["totalResults"], found["itemsPerPage"]) == (1000, 1000)
