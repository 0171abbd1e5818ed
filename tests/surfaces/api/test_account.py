"""The caller, tokens, secrets and clusters on the wire."""

from __future__ import annotations

import base64
import re

import pytest

from brickyard.access.tokens import digest
from brickyard.jobs.tasks import Autoscale, ClusterSpec
from brickyard.records import TokenInfo
from tests.surfaces.api.house import START_MS, USER, WORKSPACE_ID, House, task

SECRETS = "/api/2.0/secrets"


def test_me_tells_the_user_and_in_its_header_the_workspace(house: House) -> None:
    answer = house.client.get("/api/2.0/preview/scim/v2/Me")
    assert (answer.json()["userName"], answer.json()["active"]) == (USER, True)
    assert answer.headers["X-Databricks-Org-Id"] == str(WORKSPACE_ID)


def test_a_token_is_told_once_works_at_once_and_not_after_it_is_deleted(house: House) -> None:
    made = house.post("/api/2.0/token/create", comment="ci", lifetime_seconds="60")
    value, info = made["token_value"], made["token_info"]
    assert re.fullmatch(r"dapi[0-9a-f]{32}", value)
    assert (info["creation_time"], info["expiry_time"]) == (START_MS, START_MS + 60_000)
    listed = house.client.get("/api/2.0/token/list")
    assert value not in listed.text
    assert digest(value) not in listed.text
    assert sorted(each["comment"] for each in listed.json()["token_infos"]) == ["ci", "tests"]
    headers = {"Authorization": f"Bearer {value}"}
    assert house.client.get("/api/2.2/jobs/list", headers=headers).status_code == 200
    house.clock.ms += 60_000
    assert house.client.get("/api/2.2/jobs/list", headers=headers).status_code == 401
    house.post("/api/2.0/token/delete", token_id=info["token_id"])
    assert house.refused("POST", "/api/2.0/token/delete", json={"token_id": info["token_id"]})[0] == 404


def test_a_token_without_end_says_so_and_anothers_token_is_not_mine_to_delete(house: House) -> None:
    assert house.post("/api/2.0/token/create")["token_info"]["expiry_time"] == -1
    other = TokenInfo(token_id="other", user_name="bob", comment="", created_ms=0, expires_ms=0)
    house.store.tokens.add(other, digest("dapi-bob"))
    assert house.refused("POST", "/api/2.0/token/delete", json={"token_id": "other"})[0] == 404
    assert "other" not in house.client.get("/api/2.0/token/list").text


def test_a_secret_is_put_listed_read_and_deleted(house: House) -> None:
    house.post(f"{SECRETS}/scopes/create", scope="shop", initial_manage_principal="users")
    assert house.get(f"{SECRETS}/scopes/list") == {"scopes": [{"name": "shop", "backend_type": "DATABRICKS"}]}
    house.post(f"{SECRETS}/put", scope="shop", key="text", string_value="grün")
    house.post(f"{SECRETS}/put", scope="shop", key="bytes", bytes_value=base64.b64encode(b"\x00\xff").decode())
    listed = house.get(f"{SECRETS}/list", scope="shop")["secrets"]
    assert listed == [{"key": key, "last_updated_timestamp": START_MS} for key in ("bytes", "text")]
    assert base64.b64decode(house.get(f"{SECRETS}/get", scope="shop", key="text")["value"]).decode() == "grün"
    assert base64.b64decode(house.get(f"{SECRETS}/get", scope="shop", key="bytes")["value"]) == b"\x00\xff"
    house.post(f"{SECRETS}/delete", scope="shop", key="text")
    assert house.refused("GET", f"{SECRETS}/get?scope=shop&key=text")[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
    house.post(f"{SECRETS}/scopes/delete", scope="shop")
    assert house.refused("GET", f"{SECRETS}/list?scope=shop")[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("scopes/create", {"scope": "shop"}, "RESOURCE_ALREADY_EXISTS"),
        ("scopes/create", {"scope": "a b"}, "INVALID_PARAMETER_VALUE"),
        ("scopes/create", {"scope": "x" * 129}, "INVALID_PARAMETER_VALUE"),
        ("scopes/create", {"scope": "v", "scope_backend_type": "AZURE_KEYVAULT"}, "FEATURE_DISABLED"),
        ("scopes/delete", {"scope": "nope"}, "RESOURCE_DOES_NOT_EXIST"),
        ("put", {"scope": "nope", "key": "k", "string_value": "v"}, "RESOURCE_DOES_NOT_EXIST"),
        ("put", {"scope": "shop", "key": "../k", "string_value": "v"}, "INVALID_PARAMETER_VALUE"),
        ("put", {"scope": "shop", "key": "k"}, "MALFORMED_REQUEST"),
        ("put", {"scope": "shop", "key": "k", "string_value": "v", "bytes_value": "dg=="}, "MALFORMED_REQUEST"),
        ("put", {"scope": "shop", "key": "k", "bytes_value": "%"}, "MALFORMED_REQUEST"),
        ("put", {"scope": "shop", "key": "k", "string_value": "x" * (128 * 1024 + 1)}, "INVALID_PARAMETER_VALUE"),
        ("delete", {"scope": "shop", "key": "nope"}, "RESOURCE_DOES_NOT_EXIST"),
    ],
)
def test_a_wrong_request_about_secrets_is_refused_and_repeats_no_value(
    house: House, path: str, body: dict[str, str], code: str
) -> None:
    house.post(f"{SECRETS}/scopes/create", scope="shop")
    _, given, message = house.refused("POST", f"{SECRETS}/{path}", json=body)
    assert given == code
    assert "xxx" not in message or path == "scopes/create"


def test_the_cluster_of_a_run_can_be_read_while_it_lives_and_afterwards(house: House) -> None:
    run_id = house.start_run(task("one"))
    scale = Autoscale(min_workers=1, max_workers=3)
    spec = ClusterSpec(spark_version="16.4.x-scala2.12", node_type_id="i3.xlarge", autoscale=scale)
    cluster = house.cluster(run_id, "main", spec=spec, tags={"team": "shop"})
    shown = house.get("/api/2.1/clusters/get", cluster_id=cluster.cluster_id)
    assert (shown["state"], shown["state_message"], shown["creator_user_name"]) == ("RUNNING", "", USER)
    assert (shown["autoscale"], shown["default_tags"]) == ({"min_workers": 1, "max_workers": 3}, {"team": "shop"})
    assert "num_workers" not in shown
    assert "termination_reason" not in shown
    [listed] = house.get("/api/2.0/clusters/list")["clusters"]
    assert listed == shown
    house.clock.ms += 1000
    house.end_cluster(cluster)
    ended = house.get("/api/2.1/clusters/get", cluster_id=cluster.cluster_id)
    assert (ended["state"], ended["terminated_time"]) == ("TERMINATED", START_MS + 1000)
    assert (ended["termination_reason"]["code"], ended["termination_reason"]["type"]) == ("JOB_FINISHED", "SUCCESS")
    assert house.get("/api/2.1/clusters/list") == {"clusters": []}


def test_the_events_of_a_cluster_come_newest_first_in_pages(house: House) -> None:
    run_id = house.start_run(task("one"))
    cluster = house.cluster(run_id, "main")
    for number, kind in enumerate(("CREATING", "RUNNING", "TERMINATING")):
        house.store.clusters.event(cluster.cluster_id, START_MS + number, kind, {"number": number})
    events = house.post("/api/2.1/clusters/events", cluster_id=cluster.cluster_id)
    assert [each["type"] for each in events["events"]] == ["TERMINATING", "RUNNING", "CREATING"]
    assert (events["total_count"], events["events"][0]["details"]) == (3, {"number": 2})
    part = house.post("/api/2.1/clusters/events", cluster_id=cluster.cluster_id, order="ASC", offset=1, limit=1)
    assert [each["type"] for each in part["events"]] == ["RUNNING"]


def test_a_cluster_that_is_not_there_is_refused(house: House) -> None:
    expected = (400, "INVALID_PARAMETER_VALUE", "Cluster 1122-x does not exist")
    assert house.refused("GET", "/api/2.1/clusters/get?cluster_id=1122-x") == expected
