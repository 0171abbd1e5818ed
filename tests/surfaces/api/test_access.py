"""Who gets in: every route but three asks for a token, whatever the path looks like, and browsers of others stay out."""

from __future__ import annotations

import base64
import logging

import httpx
import pytest

from brickyard.access.tokens import digest
from brickyard.records import TokenInfo
from brickyard.surfaces.api.access import OPEN_PATHS
from tests.surfaces.api.house import TOKEN, House, task
from tests.surfaces.api.walking import endpoints


def bare(house: House) -> httpx.Client:
    return httpx.Client(base_url=house.client.base_url, trust_env=False, timeout=20, verify=False)  # noqa: S501 - no TLS here


def test_every_route_refuses_without_a_token_and_with_a_wrong_one(house: House) -> None:
    asked = 0
    with bare(house) as client:
        for endpoint in endpoints(house.app("http://127.0.0.1")):
            if endpoint.template in OPEN_PATHS:
                continue
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}):
                answer = client.request(endpoint.method, endpoint.path, headers=headers)
                assert answer.status_code == 401, (endpoint, answer.status_code)
                asked += 1
                house.clock.ms += 1000  # so many failures in a minute would be too many
    assert asked > 200


@pytest.mark.parametrize(
    "path",
    ["/api/2.2/jobs/list/health", "/api//health", "/api/x/..;/health", "/api/2.2/jobs/%6cist", "/API/2.2/jobs/list",
     "/health/../api/2.2/jobs/list", "/api/2.2/jobs/list/", "//api/2.2/jobs/list", "/api/brickyard/openapi.json"],
)  # fmt: skip
def test_no_spelling_of_a_path_gets_around_the_token(house: House, path: str) -> None:
    with bare(house) as client:
        answer = client.get(f"{client.base_url}".rstrip("/") + path, headers={"X-HTTP-Method-Override": "POST"})
    assert answer.status_code in {401, 404}
    assert "jobs" not in answer.json() or answer.status_code == 401


def test_health_tells_in_the_open_whether_work_is_taken(house: House) -> None:
    with bare(house) as client:
        assert client.get("/health").json() == {"status": "ok"}
        house.sick = "The disk is full."
        answer = client.get("/health")
    assert (answer.status_code, answer.json()["message"]) == (503, "The disk is full.")


def test_the_probe_of_clients_finds_the_workspace_and_needs_no_token(house: House) -> None:
    """And the place where service principals sign in, at the address by which the client came."""
    with bare(house) as client:
        found = client.get("/.well-known/databricks-config").json()
        known = client.get("/api/2.0/preview/scim/v2/Me", headers={"Authorization": f"Bearer {TOKEN}"})
    workspace = known.headers["x-databricks-org-id"]
    endpoint = f"{house.client.base_url}".rstrip("/") + "/oidc"
    assert found == {"host_type": "workspace", "oidc_endpoint": endpoint, "workspace_id": workspace}


def test_a_token_is_taken_as_bearer_and_as_the_password_of_basic(house: House) -> None:
    basic = base64.b64encode(f"token:{TOKEN}".encode()).decode()
    with bare(house) as client:
        for header in (f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Basic {basic}"):
            assert client.get("/api/2.2/jobs/list", headers={"Authorization": header}).status_code == 200
        for header in ("Basic %%%", "Basic /w==", "Bearer", TOKEN, "Digest x"):
            assert client.get("/api/2.2/jobs/list", headers={"Authorization": header}).status_code == 401


def test_an_expired_token_is_refused_and_the_answer_does_not_repeat_it(house: House) -> None:
    info = TokenInfo(token_id="old", user_name="x", comment="", created_ms=0, expires_ms=house.clock.ms)
    house.store.tokens.add(info, digest("dapi-old"))
    with bare(house) as client:
        answer = client.get("/api/2.2/jobs/list", headers={"Authorization": "Bearer dapi-old"})
    assert answer.status_code == 401
    assert "expired" in answer.json()["message"]
    assert "dapi-old" not in answer.text
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "localhost@evil.example", "", "[::1"])
def test_a_request_for_another_host_is_misdirected(house: House, host: str) -> None:
    status, code, _ = house.refused("GET", "/health", headers={"Host": host})
    assert (status, code) == (421, "PERMISSION_DENIED")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8484", "[::1]:8484", "127.0.0.1"])
def test_names_of_this_machine_are_welcome(house: House, host: str) -> None:
    assert house.client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site"}],
)  # fmt: skip
def test_a_foreign_page_changes_nothing(house: House, headers: dict[str, str]) -> None:
    status, code, _ = house.refused("POST", "/api/2.0/secrets/scopes/create", json={"scope": "s"}, headers=headers)
    assert (status, code) == (403, "PERMISSION_DENIED")
    assert house.get("/api/2.0/secrets/scopes/list") == {"scopes": []}


def test_a_page_of_ours_may_change_something_and_no_answer_opens_itself_to_other_origins(house: House) -> None:
    own = str(house.client.base_url).rstrip("/")
    headers = {"Origin": own, "Sec-Fetch-Site": "same-origin"}
    answer = house.client.post("/api/2.0/secrets/scopes/create", json={"scope": "s"}, headers=headers)
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert house.client.options("/api/2.2/jobs/list", headers={"Origin": "http://evil.example"}).status_code == 404


def test_a_form_or_plain_text_is_no_json_and_changes_nothing(house: House) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        parts = {"content": b'{"scope": "s"}', "headers": {"Content-Type": kind}}
        status, code, message = house.refused("POST", "/api/2.0/secrets/scopes/create", **parts)
        assert (status, code) == (400, "MALFORMED_REQUEST")
        assert kind in message


def test_reading_never_changes_anything(house: House) -> None:
    run_id = house.start_run(task("one"))
    assert house.refused("GET", f"/api/2.2/jobs/runs/cancel?run_id={run_id}")[1] == "ENDPOINT_NOT_FOUND"
    assert house.get("/api/2.2/jobs/runs/get", run_id=run_id)["state"]["life_cycle_state"] == "RUNNING"


def test_a_defect_is_logged_without_headers_and_hidden_from_the_client(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a defect of ours")

    monkeypatch.setattr(type(house.store.jobs), "find", broken)
    with caplog.at_level(logging.ERROR):
        status, code, message = house.refused("GET", "/api/2.2/jobs/list?name=private")
    assert (status, code) == (500, "INTERNAL_ERROR")
    assert "defect" not in message
    logged = caplog.text
    assert "a defect of ours" in logged
    assert "GET /api/2.2/jobs/list failed" in logged
    assert TOKEN not in logged
    assert "private" not in logged
