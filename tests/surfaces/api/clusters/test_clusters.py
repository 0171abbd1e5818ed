"""All-purpose clusters over the API: what is answered, who may do what, lists and events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.records import AclEntry
from tests.surfaces.api.clusters.conftest import LEAST, Make, until
from tests.surfaces.api.house import START_MS, USER, House, task

End = Callable[[str], None]


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_a_cluster_is_made_shown_and_ended(house: House, version: str) -> None:
    prefix = f"/api/{version}/clusters"
    sent = {**LEAST, "autotermination_minutes": "30", "custom_tags": {"team": "ore"}, "policy_id": None}
    cluster_id = house.post(f"{prefix}/create", **sent)["cluster_id"]
    shown = until(house, cluster_id, "RUNNING")
    expected = {
        **LEAST,
        "cluster_id": cluster_id,
        "state": "RUNNING",
        "state_message": "",
        "autotermination_minutes": 30,
        "creator_user_name": USER,
        "cluster_source": "API",
        "start_time": START_MS,
        "terminated_time": 0,
        "driver_node_type_id": "m5.large",
        "cluster_cores": 4.0,
        "cluster_memory_mb": 16384,
        "custom_tags": {"team": "ore"},
    }
    assert {name: shown[name] for name in expected} == expected
    assert shown["default_tags"]["ClusterId"] == cluster_id
    assert shown["spec"] == {**LEAST, "autotermination_minutes": 30, "custom_tags": {"team": "ore"}}
    assert isinstance(shown["spark_context_id"], int)
    assert "termination_reason" not in shown
    assert house.post(f"{prefix}/delete", cluster_id=cluster_id) == {}
    ended = until(house, cluster_id, "TERMINATED")
    assert ended["termination_reason"] == {"code": "USER_REQUEST", "type": "SUCCESS", "parameters": {"username": USER}}
    assert ended["terminated_time"] == START_MS


def test_fields_without_meaning_come_back_as_they_were_sent(house: House, make: Make) -> None:
    kept = {
        "aws_attributes": {"zone_id": "auto", "first_on_demand": 1},
        "data_security_mode": "SINGLE_USER",
        "runtime_engine": "PHOTON",
        "policy_id": "p",
        "ssh_public_keys": ["ssh-rsa a"],
    }
    shown = house.get("/api/2.1/clusters/get", cluster_id=make(**kept))
    assert {name: shown[name] for name in kept} == kept


def test_a_reference_to_a_secret_is_shown_as_it_was_written(house: House, make: Make) -> None:
    house.post("/api/2.0/secrets/scopes/create", scope="s")
    house.post("/api/2.0/secrets/put", scope="s", key="k", string_value="very-secret")
    cluster_id = make(spark_env_vars={"TOKEN": "{{secrets/s/k}}"})
    shown = house.client.get("/api/2.1/clusters/get", params={"cluster_id": cluster_id}).text
    events = house.client.post("/api/2.1/clusters/events", json={"cluster_id": cluster_id}).text
    assert "{{secrets/s/k}}" in shown
    assert "very-secret" not in shown + events


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        ({"num_wrokers": 1}, "INVALID_PARAMETER_VALUE", "Did you mean 'num_workers'"),
        ({"autotermination_minutes": 5}, "INVALID_PARAMETER_VALUE", "autotermination_minutes is 5"),
        ({"init_scripts": [{"workspace": {"destination": "/x"}}]}, "FEATURE_DISABLED", "init_scripts is not supported"),
        ({"spark_version": None}, "INVALID_PARAMETER_VALUE", "spark_version is missing"),
        ({"spark_env_vars": {"A": "{{secrets/no/k}}"}}, "INVALID_PARAMETER_VALUE", "{{secrets/no/k}}"),
    ],
    ids=["unknown", "minutes", "refused", "missing", "secret"],
)
def test_a_cluster_that_cannot_be_is_refused_and_not_made(
    house: House, more: dict[str, Any], code: str, words: str
) -> None:
    status, told, message = house.refused("POST", "/api/2.1/clusters/create", json={**LEAST, **more})
    assert (status, told) == (400, code)
    assert words in message
    assert house.get("/api/2.1/clusters/list") == {"clusters": []}


def test_one_more_than_may_run_is_refused(house: House, make: Make) -> None:
    for _ in range(house.settings.max_engines):
        make()
    status, code, message = house.refused("POST", "/api/2.1/clusters/create", json=LEAST)
    assert (status, code) == (400, "QUOTA_EXCEEDED")
    assert "BRICKYARD_MAX_ENGINES" in message


def test_edit_update_resize_and_restart(house: House, make: Make) -> None:
    cluster_id = make()
    house.post("/api/2.1/clusters/edit", cluster_id=cluster_id, **{**LEAST, "num_workers": 2})
    until(house, cluster_id, "RUNNING")
    body = {"cluster": {"cluster_name": "ours"}, "update_mask": "cluster_name"}
    house.post("/api/2.1/clusters/update", cluster_id=cluster_id, **body)
    until(house, cluster_id, "RUNNING")
    house.post("/api/2.1/clusters/resize", cluster_id=cluster_id, num_workers=3)
    until(house, cluster_id, "RUNNING")
    house.post("/api/2.1/clusters/restart", cluster_id=cluster_id)
    shown = until(house, cluster_id, "RUNNING")
    assert (shown["cluster_name"], shown["num_workers"]) == ("ours", 3)
    kinds = [each["type"] for each in house.post("/api/2.1/clusters/events", cluster_id=cluster_id)["events"]]
    assert [kind for kind in kinds if kind != "RUNNING"][:-1] == [
        "RESTARTING", "RESIZING", "RESTARTING", "EDITED", "RESTARTING", "EDITED",
    ]  # fmt: skip


def test_a_deleted_cluster_leaves_no_access_list(house: House, make: Make, end: End) -> None:
    cluster_id = make()
    [entry] = house.store.acls.entries(ObjectType.CLUSTERS, cluster_id)
    assert entry == AclEntry(PrincipalKind.USER, USER, "CAN_MANAGE")
    end(cluster_id)
    house.post("/api/2.1/clusters/permanent-delete", cluster_id=cluster_id)
    expected = (400, "INVALID_PARAMETER_VALUE", f"Cluster {cluster_id} does not exist")
    assert house.refused("GET", f"/api/2.1/clusters/get?cluster_id={cluster_id}") == expected
    assert list(house.store.acls.entries(ObjectType.CLUSTERS, cluster_id)) == []


_VERBS = ("edit", "update", "resize", "start", "restart", "delete", "permanent-delete", "pin", "unpin", "change-owner")
_MORE: dict[str, Any] = {
    "edit": LEAST,
    "update": {"cluster": {}, "update_mask": "num_workers"},
    "resize": {"num_workers": 1},
    "change-owner": {"owner_username": USER},
}


@pytest.mark.parametrize("verb", _VERBS)
def test_the_cluster_of_a_run_belongs_to_its_run(house: House, verb: str) -> None:
    run_id = house.start_run(task("one"))
    cluster = house.cluster(run_id, "main")
    body = {"cluster_id": cluster.cluster_id, **_MORE.get(verb, {})}
    status, code, message = house.refused("POST", f"/api/2.1/clusters/{verb}", json=body)
    assert (status, code) == (400, "INVALID_STATE")
    assert message.startswith(f"Cluster {cluster.cluster_id} is a job cluster")


@pytest.mark.parametrize("verb", _VERBS)
def test_a_cluster_that_is_not_there(house: House, verb: str) -> None:
    body = {"cluster_id": "nowhere", **_MORE.get(verb, {})}
    expected = (400, "INVALID_PARAMETER_VALUE", "Cluster nowhere does not exist")
    assert house.refused("POST", f"/api/2.1/clusters/{verb}", json=body) == expected


# ------------------------------------------------------------------------------------------------------------ rights


@pytest.mark.parametrize(
    ("level", "allowed"),
    [
        ("", set[str]()),
        ("CAN_ATTACH_TO", {"get", "events"}),
        ("CAN_RESTART", {"get", "events", "start", "restart", "delete"}),
        ("CAN_MANAGE", {"get", "events", "start", "restart", "delete", "edit", "update", "resize", "permanent-delete"}),
    ],
)
def test_what_a_level_allows(house: House, make: Make, end: End, level: str, allowed: set[str]) -> None:
    cluster_id = make()
    end(cluster_id)
    zoe = house.person("zoe@example.info")
    entries = [AclEntry(PrincipalKind.USER, "zoe@example.info", level)] if level else []
    house.store.acls.replace(ObjectType.CLUSTERS, cluster_id, entries)
    assert house.client.get("/api/2.1/clusters/list", headers=zoe).json()["clusters"] == (
        [house.get("/api/2.1/clusters/get", cluster_id=cluster_id)] if level else []
    )
    for verb in ("get", "events", *_VERBS):
        parts: dict[str, Any] = {"json": {"cluster_id": cluster_id, **_MORE.get(verb, {})}}
        method = "POST"
        if verb == "get":
            method, parts = "GET", {"params": {"cluster_id": cluster_id}}
        answer = house.client.request(method, f"/api/2.1/clusters/{verb}", headers=zoe, **parts)
        if verb in allowed:
            # It may be in the wrong state for it; it is not for want of a right.
            assert answer.status_code == 200 or answer.json()["error_code"] == "INVALID_STATE", (verb, answer.text)
        elif level or verb in ("pin", "unpin", "change-owner"):
            assert answer.json()["error_code"] == "PERMISSION_DENIED", (verb, answer.text)
        else:
            assert answer.json()["message"] == f"Cluster {cluster_id} does not exist", (verb, answer.text)


def test_a_new_owner_may_manage_the_cluster(house: House, make: Make, end: End) -> None:
    cluster_id = make()
    zoe = house.person("zoe@example.info")
    end(cluster_id)
    house.post("/api/2.1/clusters/change-owner", cluster_id=cluster_id, owner_username="zoe@example.info")
    shown = house.client.get("/api/2.1/clusters/get", params={"cluster_id": cluster_id}, headers=zoe).json()
    assert shown["creator_user_name"] == "zoe@example.info"
    assert house.client.post("/api/2.1/clusters/start", json={"cluster_id": cluster_id}, headers=zoe).json() == {}
    body = {"cluster_id": cluster_id, "owner_username": "nobody"}
    assert "there is no such user" in house.refused("POST", "/api/2.1/clusters/change-owner", json=body)[2]


# ------------------------------------------------------------------------------------------------------------- lists


def names(house: House, **query: Any) -> list[str]:
    return [each["cluster_name"] for each in house.get("/api/2.1/clusters/list", **query)["clusters"]]


def test_a_list_is_filtered_sorted_and_paged(house: House, make: Make, end: End) -> None:
    ids = {}
    for name in ("b", "a", "c"):
        ids[name] = make(cluster_name=name)
        house.clock.ms += 1000
    end(ids["a"])
    house.post("/api/2.1/clusters/pin", cluster_id=ids["b"])
    assert names(house) == ["b", "c", "a"]
    assert names(house, **{"filter_by.cluster_states": "TERMINATED"}) == ["a"]
    assert names(house, **{"filter_by.cluster_states": ["TERMINATED", "RUNNING"]}) == ["b", "c", "a"]
    assert names(house, **{"filter_by.is_pinned": "true"}) == ["b"]
    assert names(house, **{"filter_by.is_pinned": "False"}) == ["c", "a"]
    assert names(house, **{"filter_by.cluster_sources": "JOB"}) == []
    assert names(house, **{"filter_by.policy_id": "p"}) == []
    assert names(house, **{"sort_by.column": "CLUSTER_NAME", "sort_by.direction": "DESC"}) == ["c", "b", "a"]
    seen, page = [], house.get("/api/2.1/clusters/list", page_size=2, page_token="")
    while True:
        seen += [each["cluster_name"] for each in page["clusters"]]
        if "next_page_token" not in page:
            break
        page = house.get("/api/2.1/clusters/list", page_size=2, page_token=page["next_page_token"])
    assert seen == ["b", "c", "a"]
    assert "prev_page_token" in page


def test_one_that_ended_long_ago_is_listed_only_while_it_is_pinned(house: House, make: Make, end: End) -> None:
    cluster_id = make()
    end(cluster_id)
    house.clock.ms += 30 * 86_400_000 + 1
    assert names(house) == []
    house.post("/api/2.1/clusters/pin", cluster_id=cluster_id)
    assert names(house) == ["mine"]


def test_clusters_of_runs_are_listed_beside(house: House, make: Make) -> None:
    run_id = house.start_run(task("one"))
    house.cluster(run_id, "main")
    make()
    assert len(names(house)) == 2
    assert names(house, **{"filter_by.cluster_sources": "API"}) == ["mine"]


@pytest.mark.parametrize(
    "query",
    [
        {"filter_by.cluster_states": "ASLEEP"},
        {"filter_by.cluster_sources": "MOON"},
        {"filter_by.is_pinned": "perhaps"},
        {"sort_by.column": "SIZE"},
        {"page_size": 101},
        {"page_token": "x"},
        {"filter_by.name": "x"},
        {"page_size": [1, 2]},
    ],
    ids=["state", "source", "flag", "column", "size", "token", "unknown", "twice"],
)
def test_a_question_that_makes_no_sense(house: House, make: Make, query: dict[str, Any]) -> None:
    make()
    assert house.refused("GET", "/api/2.1/clusters/list", params=query)[0] == 400


def test_events_are_filtered_and_paged(house: House, make: Make, end: End) -> None:
    cluster_id = make()
    house.clock.ms += 1000
    end(cluster_id)
    path = "/api/2.1/clusters/events"
    assert [each["type"] for each in house.post(path, cluster_id=cluster_id)["events"]] == [
        "TERMINATING", "RUNNING", "CREATING",
    ]  # fmt: skip
    only = house.post(path, cluster_id=cluster_id, event_types=["RUNNING", "CREATING"], order="ASC")
    assert [each["type"] for each in only["events"]] == ["CREATING", "RUNNING"]
    late = house.post(path, cluster_id=cluster_id, start_time=START_MS + 1, end_time=START_MS + 5000)
    assert [each["type"] for each in late["events"]] == ["TERMINATING"]
    assert late["events"][0]["details"]["reason"]["code"] == "USER_REQUEST"
    first = house.post(path, cluster_id=cluster_id, limit=2)
    assert (first["total_count"], first["next_page"]["offset"]) == (3, 2)
    last = house.post(path, **first["next_page"])
    assert [each["type"] for each in last["events"]] == ["CREATING"]
    same = house.post(path, cluster_id=cluster_id, page_size=2, page_token=first["next_page_token"])
    assert same["events"] == last["events"]
    assert "next_page" not in last


# --------------------------------------------------------------------------------------------------------- catalogue


def test_what_clusters_may_name(house: House) -> None:
    versions = house.get("/api/2.1/clusters/spark-versions")["versions"]
    assert [each["key"] for each in versions] == ["16.4.x-scala2.12", "16.4.x-scala2.13"]
    assert all("LTS" in each["name"] and "Sail" in each["name"] for each in versions)
    nodes = house.get("/api/2.0/clusters/list-node-types")["node_types"]
    [large] = [each for each in nodes if each["node_type_id"] == "m5.large"]
    assert (large["num_cores"], large["memory_mb"], large["category"]) == (2.0, 8192, "General Purpose")
    assert {each["category"] for each in nodes} == {"General Purpose", "Memory Optimized", "Compute Optimized"}
    assert house.get("/api/2.1/clusters/list-zones") == {"default_zone": "local", "zones": ["local"]}


def test_the_description_of_the_api_knows_the_settings_and_the_questions(house: House) -> None:
    paths = house.get("/api/brickyard/openapi.json")["paths"]

    def body(verb: str) -> Any:
        return paths[f"/api/2.1/clusters/{verb}"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    assert body("create") == {"$ref": "#/components/schemas/jobs.cluster"}
    assert body("edit")["allOf"][1] == body("create")
    assert body("update")["properties"]["cluster"] == {"$ref": "#/components/schemas/jobs.cluster_changes"}
    assert body("resize")["allOf"][1] == {"$ref": "#/components/schemas/jobs.cluster_size"}
    asked = {each["name"]: each["schema"] for each in paths["/api/2.1/clusters/list"]["get"]["parameters"]}
    assert asked["page_size"]["maximum"] == 100
    assert "RUNNING" in asked["filter_by.cluster_states"]["items"]["enum"]
