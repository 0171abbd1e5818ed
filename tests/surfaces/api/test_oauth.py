"""Client secrets of service principals, and the access tokens that they give."""

from __future__ import annotations

import base64
import logging
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.access.tokens import digest
from brickyard.engine.access.credentials import MAX_SECRETS
from brickyard.storage.store import SqlStore
from brickyard.storage.tables import METADATA
from tests.surfaces.api.house import START_MS, House

ROBOT, OTHER = "0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
SECRETS = "/api/2.0/accounts/servicePrincipals/{}/credentials/secrets"
TOKEN = "/oidc/v1/token"
SCIM = "/api/2.0/preview/scim/v2"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GRANT = {"grant_type": "client_credentials"}


def robot(house: House, name: str = ROBOT) -> str:
    """The id of a new service principal."""
    house.person(name, kind=PrincipalKind.SERVICE_PRINCIPAL)
    found = house.store.principals.named(PrincipalKind.SERVICE_PRINCIPAL, name)
    assert found is not None
    return str(found.principal_id)


def secret(house: House, principal_id: str, **body: Any) -> dict[str, Any]:
    found: dict[str, Any] = house.post(SECRETS.format(principal_id), **body)
    return found


def ask(house: House, fields: dict[str, str], client: tuple[str, str] | None = None) -> httpx.Response:
    """The answer to a form, from somebody without a token."""
    with httpx.Client(base_url=house.client.base_url, trust_env=False, verify=False) as bare:  # noqa: S501 - no TLS here
        return bare.post(TOKEN, content=urlencode(fields), headers=FORM, auth=client or httpx.USE_CLIENT_DEFAULT)


def sign_in(house: House, value: str, name: str = ROBOT) -> dict[str, str]:
    """The headers of an access token."""
    answer = ask(house, GRANT, (name, value))
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def works(house: House, headers: dict[str, str]) -> bool:
    return house.client.get("/api/2.2/jobs/list", headers=headers).status_code == 200


# ------------------------------------------------------------------------------------------------------ secrets


def test_a_secret_is_told_once_and_kept_as_a_digest(house: House) -> None:
    principal = robot(house)
    made = secret(house, principal, lifetime="3600s")
    assert made == {
        "id": made["id"],
        "secret": made["secret"],
        "status": "ACTIVE",
        "create_time": "2027-01-15T08:00:00.000Z",
        "update_time": "2027-01-15T08:00:00.000Z",
        "expire_time": "2027-01-15T09:00:00.000Z",
    }
    listed = house.client.get(SECRETS.format(principal))
    assert [each["id"] for each in listed.json()["secrets"]] == [made["id"]]
    assert made["secret"] not in listed.text
    assert digest(made["secret"]) not in listed.text
    house.clock.ms += 3_600_000
    assert house.get(SECRETS.format(principal))["secrets"][0]["status"] == "EXPIRED"
    longest = secret(house, principal)["expire_time"]
    assert longest == "2029-01-14T09:00:00.000Z", "two years, as at the service"


def test_secrets_are_few_and_come_in_pages(house: House) -> None:
    principal = robot(house)
    made = [secret(house, principal)["id"] for _ in range(MAX_SECRETS)]
    assert house.refused("POST", SECRETS.format(principal), json={})[1] == "QUOTA_EXCEEDED"
    first = house.get(SECRETS.format(principal), page_size=3)
    rest = house.get(SECRETS.format(principal), page_size=3, page_token=first["next_page_token"])
    assert sorted(each["id"] for page in (first, rest) for each in page["secrets"]) == sorted(made)
    assert "next_page_token" not in rest
    other = robot(house, OTHER)
    stolen = {"page_token": first["next_page_token"]}
    assert house.refused("GET", SECRETS.format(other), params=stolen)[1] == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"lifetime": "0s"}, "INVALID_PARAMETER_VALUE"),
        ({"lifetime": "3600"}, "INVALID_PARAMETER_VALUE"),
        ({"lifetime": "63072001s"}, "INVALID_PARAMETER_VALUE"),
        ({"scopes": ["sql"]}, "FEATURE_DISABLED"),
        ({"secret": "mine"}, "INVALID_PARAMETER_VALUE"),
    ],
    ids=["none", "no unit", "too long", "scopes", "one's own"],
)
def test_wishes_that_cannot_be_met_are_refused(house: House, body: dict[str, Any], code: str) -> None:
    principal = robot(house)
    assert house.refused("POST", SECRETS.format(principal), json=body)[1] == code
    assert house.get(SECRETS.format(principal)) == {"secrets": []}


def test_users_groups_and_nobody_have_no_secrets(house: House) -> None:
    me = house.get(f"{SCIM}/Me")
    for principal in (me["id"], me["groups"][0]["value"], "4711", "x"):
        assert house.refused("POST", SECRETS.format(principal), json={})[0] == 404
        assert house.refused("GET", SECRETS.format(principal))[0] == 404


def test_a_deleted_secret_gives_no_token_and_takes_back_those_that_it_gave(house: House) -> None:
    principal, other = robot(house), robot(house, OTHER)
    first, second = secret(house, principal), secret(house, principal)
    tokens = [sign_in(house, each["secret"]) for each in (first, second)]
    path = SECRETS.format(other) + f"/{first['id']}"
    assert house.refused("DELETE", path)[0] == 404, "it is another's"
    assert house.client.delete(SECRETS.format(principal) + f"/{first['id']}").json() == {}
    assert [works(house, each) for each in tokens] == [False, True]
    assert ask(house, GRANT, (ROBOT, first["secret"])).status_code == 401
    assert house.refused("DELETE", SECRETS.format(principal) + f"/{first['id']}")[0] == 404


# ------------------------------------------------------------------------------------------------- access tokens


def test_the_addresses_are_told_under_the_name_by_which_the_client_came(house: House) -> None:
    port = str(house.client.base_url.port)
    for host in (f"127.0.0.1:{port}", f"localhost:{port}"):
        found = house.client.get("/oidc/.well-known/oauth-authorization-server", headers={"Host": host}).json()
        assert found["issuer"] == f"http://{host}/oidc"
        assert found["token_endpoint"] == f"http://{host}/oidc/v1/token"
        config = house.client.get("/.well-known/databricks-config", headers={"Host": host}).json()
        assert config["oidc_endpoint"] == found["issuer"]
    assert found["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post"]
    evil = {"Host": "evil.example"}
    assert house.refused("GET", "/oidc/.well-known/oauth-authorization-server", headers=evil)[0] == 421


@pytest.mark.parametrize("way", ["basic", "form"])
def test_a_client_gets_a_token_of_one_hour(house: House, way: str) -> None:
    made = secret(house, robot(house))
    fields = GRANT if way == "basic" else {**GRANT, "client_id": ROBOT, "client_secret": made["secret"]}
    answer = ask(house, {**fields, "scope": "all-apis"}, (ROBOT, made["secret"]) if way == "basic" else None)
    body = answer.json()
    assert {**body, "access_token": ""} == {
        "access_token": "", "token_type": "Bearer", "expires_in": 3600, "scope": "all-apis",
    }  # fmt: skip
    assert answer.headers["cache-control"] == "no-store"
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    assert house.client.get(f"{SCIM}/Me", headers=headers).json()["applicationId"] == ROBOT
    house.clock.ms = START_MS + 3_600_000
    assert not works(house, headers)
    assert body["access_token"] not in house.client.get("/api/2.0/token-management/tokens").text


def test_s07_a_client_that_is_deactivated_or_deleted_has_neither_tokens_nor_a_way_to_get_some(house: House) -> None:
    principal = robot(house)
    made = secret(house, principal)
    headers = sign_in(house, made["secret"])
    path = f"{SCIM}/ServicePrincipals/{principal}"
    house.client.patch(path, json={"Operations": [{"op": "replace", "path": "active", "value": "false"}]})
    assert not works(house, headers)
    assert ask(house, GRANT, (ROBOT, made["secret"])).status_code == 401
    house.client.patch(path, json={"Operations": [{"op": "replace", "path": "active", "value": "true"}]})
    assert works(house, headers)
    house.client.delete(path)
    house.client.post(f"{SCIM}/ServicePrincipals", json={"applicationId": ROBOT})
    assert not works(house, headers)
    assert ask(house, GRANT, (ROBOT, made["secret"])).status_code == 401


def test_every_wrong_client_is_told_the_same(house: House) -> None:
    """Else one could find out which clients there are."""
    made = secret(house, robot(house), lifetime="1s")
    robot(house, OTHER)
    house.clock.ms += 1000
    clients = [
        (ROBOT, "wrong"), (ROBOT, ""), ("nobody", "wrong"), (OTHER, made["secret"]), (ROBOT, made["secret"]),
        ("", ""), ("a\0b", "x"), (ROBOT.upper(), made["secret"]), ("ada@example.com", made["secret"]),
    ]  # fmt: skip
    answers = {(each.status_code, each.text, each.headers["www-authenticate"])
               for each in (ask(house, GRANT, client) for client in clients)}  # fmt: skip
    [(status, text, challenge)] = answers
    assert (status, challenge) == (401, "Basic")
    assert '"error":"invalid_client"' in text


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange"}, "unsupported_grant_type"),
        ({**GRANT, "scope": "all-apis sql"}, "invalid_scope"),
        ({**GRANT, "authorization_details": "[]"}, "invalid_request"),
        ({**GRANT, "client_secret": "twice"}, "invalid_request"),
        (GRANT, "invalid_client"),
    ],
    ids=["nothing", "empty", "password", "exchange", "scope", "details", "named twice", "nobody"],
)
def test_errors_are_in_the_form_of_oauth(house: House, fields: dict[str, str], error: str) -> None:
    answer = ask(house, fields, ("x", "y") if "client_secret" in fields else None)
    assert answer.json().keys() == {"error", "error_description"}
    assert answer.json()["error"] == error
    assert answer.status_code == (401 if error == "invalid_client" else 400)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"grant_type": "client_credentials"}', "application/json"),
        (b"grant_type=client_credentials", "text/plain"),
        (b"grant_type=a&grant_type=b", FORM["Content-Type"]),
        (b"grant_type=\xff", FORM["Content-Type"]),
        (b"&".join(b"a%d=1" % number for number in range(200)), FORM["Content-Type"]),
    ],
    ids=["json", "text", "twice", "no text", "many"],
)
def test_what_is_no_form_is_refused(house: House, content: bytes, kind: str) -> None:
    answer = house.client.post(TOKEN, content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_form_that_is_too_large_is_not_read(house: House) -> None:
    assert house.refused("POST", TOKEN, content=b"a" * 70_000, headers=FORM)[0] == 413


def test_s11_a_secret_is_in_no_log_and_no_answer(house: House, caplog: pytest.LogCaptureFixture) -> None:
    made = secret(house, robot(house))
    with caplog.at_level(logging.DEBUG):
        wrong = [ask(house, GRANT, (OTHER, made["secret"])), ask(house, {**GRANT, "client_secret": made["secret"]})]
        wrong.append(ask(house, {**GRANT, "scope": "x", "client_secret": made["secret"]}))
    basic = base64.b64encode(f"{OTHER}:{made['secret']}".encode()).decode()
    for hidden in (made["secret"], basic, digest(made["secret"])):
        assert hidden not in caplog.text
        assert not [each for each in wrong if hidden in each.text]
    assert repr(OTHER) in caplog.text, "the log tells which client it was"


def test_s51_whoever_has_the_database_has_no_token_and_no_secret(house: House) -> None:
    made = secret(house, robot(house))
    values = [
        made["secret"],
        sign_in(house, made["secret"])["Authorization"].partition(" ")[2],
        house.post("/api/2.0/token/create")["token_value"],
        house.post("/api/2.0/token-management/on-behalf-of/tokens", application_id=ROBOT)["token_value"],
    ]
    assert isinstance(house.store, SqlStore)
    with house.store._db.read() as connection:
        dump = [str(row) for table in METADATA.sorted_tables for row in connection.execute(table.select())]
    assert any(digest(values[0]) in row for row in dump)
    assert not [value for value in values if any(value in row for row in dump)]
