"""Tokens that administrators see, revoke and make; and what any token is worth once its user is not."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.access.tokens import digest
from brickyard.engine.access import credentials
from brickyard.records import TokenInfo
from tests.surfaces.api.house import START_MS, TOKEN, USER, WORKSPACE_ID, House, task

TOKENS = "/api/2.0/token-management/tokens"
OBO = "/api/2.0/token-management/on-behalf-of/tokens"
OWN = "/api/brickyard/tokens"
SCIM = "/api/2.0/preview/scim/v2"
ROBOT = "0f8fad5b-d9cb-469f-a165-70867728950e"
DAY_MS = 86_400_000


def bearer(value: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {value}"}


def status(house: House, headers: dict[str, str], path: str = "/api/2.2/jobs/list") -> int:
    return house.client.get(path, headers=headers).status_code


def id_of(house: House, name: str) -> str:
    [found] = house.get(f"{SCIM}/Users", filter=f'userName eq "{name}"')["Resources"]
    return str(found["id"])


def test_an_administrator_sees_all_personal_tokens_and_those_of_one_user(house: House) -> None:
    house.person("bob@x.org")
    for kind in ("OAUTH", "RUN"):
        info = TokenInfo(token_id=kind, user_name="bob@x.org", comment="", created_ms=1, expires_ms=0, kind=kind)
        house.store.tokens.add(info, digest(kind))
    bob = id_of(house, "bob@x.org")
    every = house.client.get(TOKENS)
    assert {each["created_by_username"] for each in every.json()["token_infos"]} == {USER, "bob@x.org"}
    assert TOKEN not in every.text
    assert digest(TOKEN) not in every.text
    expected = {
        "token_id": "dapi-of-bob@x.org",
        "comment": "",
        "creation_time": 0,
        "expiry_time": -1,
        "created_by_id": int(bob),
        "created_by_username": "bob@x.org",
        "owner_id": int(bob),
        "workspace_id": WORKSPACE_ID,
    }
    assert house.get(TOKENS, created_by_username="bob@x.org")["token_infos"] == [expected]
    assert house.get(TOKENS, created_by_id=bob)["token_infos"] == [expected]
    assert house.get(TOKENS, created_by_id=bob, created_by_username=USER)["token_infos"] == []
    assert house.get(f"{TOKENS}/dapi-of-bob@x.org") == {"token_info": expected}


def test_a_revoked_token_of_another_is_refused_from_the_next_request_on(house: House) -> None:
    bob = house.person("bob@x.org")
    assert status(house, bob) == 200
    assert house.client.delete(f"{TOKENS}/dapi-of-bob@x.org").json() == {}
    assert status(house, bob) == 401
    assert house.refused("DELETE", f"{TOKENS}/dapi-of-bob@x.org")[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
    assert house.refused("GET", f"{TOKENS}/dapi-of-bob@x.org")[0] == 404


def test_a_token_on_behalf_of_a_service_principal(house: House) -> None:
    house.person(ROBOT, kind=PrincipalKind.SERVICE_PRINCIPAL)
    made = house.post(OBO, application_id=ROBOT, comment="ci", lifetime_seconds=60)
    assert (made["token_info"]["comment"], made["token_info"]["expiry_time"]) == ("ci", START_MS + 60_000)
    me = house.client.get(f"{SCIM}/Me", headers=bearer(made["token_value"])).json()
    assert me["applicationId"] == ROBOT
    assert house.refused("POST", OBO, json={"application_id": USER})[0] == 404


def test_a_user_gets_the_first_token_from_an_administrator(house: House) -> None:
    house.client.post(f"{SCIM}/Users", json={"userName": "bob@x.org"})
    made = house.post(OWN, user_name="bob@x.org", comment="first")
    assert house.client.get(f"{SCIM}/Me", headers=bearer(made["token_value"])).json()["userName"] == "bob@x.org"
    assert house.refused("POST", OWN, json={"user_name": "carl@x.org"})[0] == 404
    assert house.refused("POST", OWN, json={"comment": "x"})[0] == 400


@pytest.mark.parametrize("path", ["/api/2.0/token/create", OBO, OWN])
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"scopes": ["sql"]}, "FEATURE_DISABLED"),
        ({"autoscope_enabled": True}, "FEATURE_DISABLED"),
        ({"lifetime_seconds": -1}, "INVALID_PARAMETER_VALUE"),
        ({"comment": "x" * 1001}, "INVALID_PARAMETER_VALUE"),
        ({"user": "x"}, "INVALID_PARAMETER_VALUE"),
    ],
    ids=["scopes", "autoscope", "lifetime", "comment", "unknown"],
)
def test_wishes_that_cannot_be_met_are_refused(house: House, path: str, fields: dict[str, Any], code: str) -> None:
    house.person(ROBOT, kind=PrincipalKind.SERVICE_PRINCIPAL)
    whose = {OBO: {"application_id": ROBOT}, OWN: {"user_name": USER}}.get(path, {})
    before = house.get(TOKENS)
    assert house.refused("POST", path, json={**whose, **fields})[1] == code
    assert house.get(TOKENS) == before


def test_nobody_has_more_than_600_tokens(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert credentials.MAX_TOKENS == 600
    monkeypatch.setattr(credentials, "MAX_TOKENS", 3)
    for _ in range(2):
        house.post("/api/2.0/token/create")
    code, message = house.refused("POST", "/api/2.0/token/create", json={})[1:]
    assert (code, USER in message) == ("QUOTA_EXCEEDED", True)
    house.person("bob@x.org")
    house.post(OWN, user_name="bob@x.org")


def test_expired_tokens_are_told_for_a_day_and_then_forgotten(house: House) -> None:
    short = house.post("/api/2.0/token/create", lifetime_seconds=1)
    house.clock.ms += DAY_MS
    house.post("/api/2.0/token/create")
    answer = house.client.get("/api/2.2/jobs/list", headers=bearer(short["token_value"]))
    assert (answer.status_code, "expired" in answer.json()["message"]) == (401, True)
    house.clock.ms += 2000
    house.post("/api/2.0/token/create")
    answer = house.client.get("/api/2.2/jobs/list", headers=bearer(short["token_value"]))
    assert (answer.status_code, "not known" in answer.json()["message"]) == (401, True)
    assert house.store.tokens.find(digest(short["token_value"])) is None


def test_s07_who_is_deactivated_is_out_with_the_next_request_and_back_in_with_the_next(house: House) -> None:
    bob = house.person("bob@x.org")
    path = f"{SCIM}/Users/{id_of(house, 'bob@x.org')}"
    assert status(house, bob) == 200
    for active, expected in (("false", 401), ("true", 200)):
        house.client.patch(path, json={"Operations": [{"op": "replace", "path": "active", "value": active}]})
        assert status(house, bob) == expected


def test_s07_who_is_no_administrator_any_more_is_none_with_the_next_request(house: House) -> None:
    bob = house.person("bob@x.org", "admins")
    path = f"{SCIM}/Users/{id_of(house, 'bob@x.org')}"
    assert status(house, bob, TOKENS) == 200
    house.client.put(path, json={"groups": []})
    assert status(house, bob, TOKENS) == 403
    assert status(house, bob) == 200


def test_s07_the_tokens_of_a_deleted_user_are_worth_nothing_and_the_jobs_stay(house: House) -> None:
    bob = house.person("bob@x.org")
    job = house.client.post("/api/2.2/jobs/create", json={"name": "b", "tasks": [task("one")]}, headers=bob).json()
    house.client.delete(f"{SCIM}/Users/{id_of(house, 'bob@x.org')}")
    assert status(house, bob) == 401
    assert house.get("/api/2.2/jobs/get", job_id=job["job_id"])["creator_user_name"] == "bob@x.org"
    house.client.post(f"{SCIM}/Users", json={"userName": "bob@x.org"})
    assert status(house, bob) == 401, "another of that name does not get the old tokens"
