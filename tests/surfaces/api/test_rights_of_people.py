"""S01, S30, S31: what concerns people is changed by administrators alone, and only as they say."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.access.actions import RULES, Action, Role
from brickyard.access.identity import PrincipalKind
from brickyard.access.tokens import digest
from brickyard.records import TokenInfo
from brickyard.surfaces.api.allowed import action_of
from tests.surfaces.api.house import USER, House, task
from tests.surfaces.api.walking import Endpoint, walked

SCIM = "/api/2.0/preview/scim/v2"
ADMINISTRATIVE = frozenset(action for action, rule in RULES.items() if rule.kind is None and rule.role is Role.ADMIN)


def administrative(house: House) -> list[Endpoint]:
    """The endpoints that only administrators may use."""
    return [
        Endpoint(method, prefix + route.path)
        for prefix, route in walked(house.app("http://127.0.0.1"))
        if action_of(route) in ADMINISTRATIVE
        for method in sorted(route.methods or ())
    ]


def people(house: House) -> list[Any]:
    lists = [house.get(f"{SCIM}/{each}") for each in ("Users", "Groups", "ServicePrincipals")]
    return [*lists, house.get("/api/2.0/token-management/tokens")]


def run_token(house: House) -> dict[str, str]:
    """The headers of a task of an administrator."""
    run_id = house.start_run(task("one"))
    info = TokenInfo(token_id="t", user_name=USER, comment="", created_ms=0, expires_ms=0, kind="RUN", run_id=run_id)
    house.store.tokens.add(info, digest("dapi-run"))
    return {"Authorization": "Bearer dapi-run"}


@pytest.mark.parametrize("who", ["user", "service principal", "task"])
def test_nobody_but_an_administrator_gets_through(house: House, who: str) -> None:
    headers = {
        "user": lambda: house.person("eve@x.org", "miners"),
        "service principal": lambda: house.person("7f", kind=PrincipalKind.SERVICE_PRINCIPAL),
        "task": lambda: run_token(house),
    }[who]()
    before = people(house)
    asked = administrative(house)
    assert len({each.template for each in asked}) > 10
    for each in asked:
        answer = house.client.request(each.method, each.path, headers=headers, json={"userName": "x@y"})
        assert answer.status_code == 403, (each, answer.text)
    assert people(house) == before


def test_everybody_may_see_people_and_a_task_may_not(house: House) -> None:
    eve = house.person("eve@x.org")
    for place in ("Users", "Groups", "ServicePrincipals"):
        assert house.client.get(f"{SCIM}/{place}", headers=eve).status_code == 200
        assert house.client.get(f"{SCIM}/{place}", headers=run_token(house)).status_code == 403
        house.store.tokens.delete("t")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "Users/{}"), ("PUT", "Users/{}"), ("DELETE", "Users/{}"),
    ],
)  # fmt: skip
def test_nobody_changes_even_oneself(house: House, method: str, path: str) -> None:
    """Else everybody could become an administrator."""
    eve = house.person("eve@x.org")
    me = house.client.get(f"{SCIM}/Me", headers=eve).json()
    admins = house.get(f"{SCIM}/Groups", filter='displayName eq "admins"')["Resources"][0]["id"]
    bodies = {
        "PATCH": {"Operations": [{"op": "add", "path": "groups", "value": [{"value": admins}]}]},
        "PUT": {"groups": [{"value": admins}]},
    }
    answer = house.client.request(method, f"{SCIM}/{path.format(me['id'])}", headers=eve, json=bodies.get(method))
    assert answer.status_code == 403
    assert house.client.get(f"{SCIM}/Me", headers=eve).json() == me


def test_a_token_of_another_cannot_be_deleted_by_its_id(house: House) -> None:
    eve, bob = house.person("eve@x.org"), house.person("bob@x.org")
    own = "/api/2.0/token/delete"
    for token_id in ("first", "dapi-of-bob@x.org"):
        assert house.client.post(own, json={"token_id": token_id}, headers=eve).status_code == 404
    assert house.client.get(f"{SCIM}/Me", headers=bob).status_code == 200


def test_each_administrative_action_has_an_endpoint_here(house: House) -> None:
    used = {action_of(route) for _, route in walked(house.app("http://127.0.0.1"))}
    assert {Action.PEOPLE_CHANGE, Action.TOKENS_MANAGE, Action.PEOPLE_VIEW, Action.OWN_TOKENS} <= used
