"""What is done to people, tokens and secrets is in the audit log with whom it was done to, and never with a secret."""

from __future__ import annotations

import json
from typing import Any

from brickyard.access.identity import PrincipalKind
from tests.surfaces.api.house import USER, House

SCIM = "/api/2.0/preview/scim/v2"
ROBOT = "0f8fad5b-d9cb-469f-a165-70867728950e"


def newest(house: House) -> dict[str, Any]:
    found: dict[str, Any] = house.get("/api/brickyard/audit", limit=1)["events"][0]
    return found


def said(house: House) -> tuple[str, str, int]:
    """Method, object and status of the newest event."""
    event = newest(house)
    assert event["user"] == USER
    return event["request"].partition(" ")[0], event["object"], event["status"]


def test_each_change_of_a_principal_names_it(house: House) -> None:
    for place, body in (
        ("Users", {"userName": "bob@x.org"}),
        ("Groups", {"displayName": "miners"}),
        ("ServicePrincipals", {"applicationId": ROBOT}),
    ):
        made = house.client.post(f"{SCIM}/{place}", json=body).json()
        one = f"{place}/{made['id']}"
        assert said(house) == ("POST", one, 201)
        house.client.put(f"{SCIM}/{one}", json=body)
        assert said(house) == ("PUT", one, 200)
        house.client.patch(f"{SCIM}/{one}", json={"Operations": [{"op": "add", "path": "externalId", "value": "7"}]})
        assert said(house) == ("PATCH", one, 200)
        house.client.delete(f"{SCIM}/{one}")
        assert said(house) == ("DELETE", one, 204)


def test_tokens_and_secrets_of_others_name_whose_they_are(house: House) -> None:
    house.person("bob@x.org")
    house.person(ROBOT, kind=PrincipalKind.SERVICE_PRINCIPAL)
    robot = house.store.principals.named(PrincipalKind.SERVICE_PRINCIPAL, ROBOT)
    assert robot is not None
    made = house.post("/api/brickyard/tokens", user_name="bob@x.org")
    assert said(house) == ("POST", "users/bob@x.org", 200)
    house.client.delete(f"/api/2.0/token-management/tokens/{made['token_info']['token_id']}")
    assert said(house) == ("DELETE", f"tokens/{made['token_info']['token_id']}", 200)
    other = house.post("/api/2.0/token-management/on-behalf-of/tokens", application_id=ROBOT)
    assert said(house) == ("POST", f"service-principals/{ROBOT}", 200)
    path = f"/api/2.0/accounts/servicePrincipals/{robot.principal_id}/credentials/secrets"
    secret = house.post(path)
    assert said(house) == ("POST", f"service-principals/{ROBOT}", 200)
    house.client.delete(f"{path}/{secret['id']}")
    assert said(house) == ("DELETE", f"service-principals/{ROBOT}", 200)
    log = json.dumps(house.get("/api/brickyard/audit"))
    for value in (made["token_value"], other["token_value"], secret["secret"]):
        assert value not in log


def test_errors_in_other_forms_have_their_code(house: House) -> None:
    house.client.post(f"{SCIM}/Users", json={"userName": USER})
    assert (newest(house)["status"], newest(house)["error_code"]) == (409, "SCIM_409")
    form = {"grant_type": "client_credentials", "client_id": ROBOT, "client_secret": "x"}
    house.client.post("/oidc/v1/token", data=form)
    assert (newest(house)["status"], newest(house)["error_code"]) == (401, "invalid_client")


def test_a_service_principal_that_signs_in_leaves_its_name(house: House) -> None:
    house.person(ROBOT, kind=PrincipalKind.SERVICE_PRINCIPAL)
    robot = house.store.principals.named(PrincipalKind.SERVICE_PRINCIPAL, ROBOT)
    assert robot is not None
    secret = house.post(f"/api/2.0/accounts/servicePrincipals/{robot.principal_id}/credentials/secrets")["secret"]
    form = {"grant_type": "client_credentials", "client_id": ROBOT, "client_secret": secret}
    token = house.client.post("/oidc/v1/token", data=form).json()["access_token"]
    event = newest(house)
    assert (event["user"], event["request"], event["status"]) == (ROBOT, "POST /oidc/v1/token", 200)
    assert secret not in str(event)
    assert token not in str(event)
