"""Instance pools and cluster policies: kept, answered, and refused where they could not be kept to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.surfaces.api.house import USER, House, task

POOLS, POLICIES = "/api/2.0/instance-pools", "/api/2.0/policies/clusters"
DEFINITION = json.dumps({"num_workers": {"type": "range", "maxValue": 3}})


def pool(house: House, **more: Any) -> str:
    body = {"instance_pool_name": "small", "node_type_id": "m5.large", **more}
    found: str = house.post(f"{POOLS}/create", **body)["instance_pool_id"]
    return found


def policy(house: House, **more: Any) -> str:
    found: str = house.post(f"{POLICIES}/create", **{"name": "few", "definition": DEFINITION, **more})["policy_id"]
    return found


def test_a_pool_is_answered_as_it_was_sent(house: House) -> None:
    sent = {"max_capacity": 4, "min_idle_instances": 1, "custom_tags": {"team": "ore"}, "enable_elastic_disk": True}
    pool_id = pool(house, **sent, preloaded_spark_versions=["15.4.x-scala2.12"], aws_attributes={"zone_id": "a"})
    found = house.get(f"{POOLS}/get", instance_pool_id=pool_id)
    assert {name: found[name] for name in sent} == sent
    assert found["state"] == "ACTIVE"
    assert found["stats"]["used_count"] == 0
    assert [each["instance_pool_id"] for each in house.get(f"{POOLS}/list")["instance_pools"]] == [pool_id]


def test_a_pool_is_changed_and_deleted(house: House) -> None:
    pool_id = pool(house, max_capacity=4)
    house.post(f"{POOLS}/edit", instance_pool_id=pool_id, instance_pool_name="tiny", node_type_id="m5.large")
    found = house.get(f"{POOLS}/get", instance_pool_id=pool_id)
    assert (found["instance_pool_name"], "max_capacity" in found) == ("tiny", False)
    house.post(f"{POOLS}/delete", instance_pool_id=pool_id)
    assert house.refused("GET", f"{POOLS}/get", params={"instance_pool_id": pool_id})[0] == 404
    assert house.refused("POST", f"{POOLS}/delete", json={"instance_pool_id": pool_id})[0] == 404


BAD_POOLS: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"instance_pool_name": ""}, "instance_pool_name is missing"),
    "no node type": ({"node_type_id": None}, "node_type_id is missing"),
    "unknown": ({"colour": 1}, "Unknown field 'colour'"),
    "more idle than there may be": ({"min_idle_instances": 3, "max_capacity": 2}, "at most max_capacity, 2"),
    "no capacity": ({"max_capacity": 0}, "max_capacity is 0"),
    "images": ({"preloaded_docker_images": [{"url": "x"}]}, "images cannot be used here"),
    "many tags": ({"custom_tags": {str(each): "x" for each in range(44)}}, "custom_tags has 44 tags"),
    "taken": ({}, "with the name 'small' exists already"),
}


@pytest.mark.parametrize("case", BAD_POOLS)
def test_a_pool_that_cannot_be_kept_is_refused(house: House, case: str) -> None:
    pool(house)
    more, said = BAD_POOLS[case]
    body = {"instance_pool_name": "small" if case == "taken" else "other", "node_type_id": "m5.large", **more}
    status, _, message = house.refused("POST", f"{POOLS}/create", json=body)
    assert status == 400
    assert said in message


def test_the_node_type_of_a_pool_stays(house: House) -> None:
    body = {"instance_pool_id": pool(house), "instance_pool_name": "small", "node_type_id": "m5.xlarge"}
    assert "node_type_id is 'm5.xlarge'" in house.refused("POST", f"{POOLS}/edit", json=body)[2]


def test_a_policy_is_kept_changed_and_deleted(house: House) -> None:
    policy_id = policy(house, description="at most three")
    found = house.get(f"{POLICIES}/get", policy_id=policy_id)
    assert found == {
        "policy_id": policy_id,
        "name": "few",
        "definition": DEFINITION,
        "description": "at most three",
        "creator_user_name": USER,
        "created_at_timestamp": house.clock.ms,
        "is_default": False,
    }
    house.post(f"{POLICIES}/edit", policy_id=policy_id, name="fewer", definition="{}")
    assert house.get(f"{POLICIES}/get", policy_id=policy_id)["definition"] == "{}"
    house.post(f"{POLICIES}/delete", policy_id=policy_id)
    assert house.refused("GET", f"{POLICIES}/get", params={"policy_id": policy_id})[0] == 404


def test_policies_are_listed_by_name_or_time(house: House) -> None:
    first = policy(house, name="b")
    house.clock.ms += 1
    second = policy(house, name="a")

    def listed(**query: str) -> list[str]:
        return [each["policy_id"] for each in house.get(f"{POLICIES}/list", **query)["policies"]]

    assert listed() == [second, first]
    assert listed(sort_order="ASC") == [first, second]
    assert listed(sort_column="POLICY_NAME", sort_order="ASC") == [second, first]
    assert house.refused("GET", f"{POLICIES}/list", params={"sort_column": "SIZE"})[0] == 400


BAD_POLICIES: dict[str, tuple[dict[str, Any], str]] = {
    "no definition": ({"definition": None}, "definition is missing"),
    "bad definition": ({"definition": '{"a": {"type": "x"}}'}, "the type of 'a' must be one of"),
    "family": ({"policy_family_id": "job-cluster"}, "policy_family_id is not supported"),
    "libraries": ({"libraries": []}, "libraries is not supported"),
    "count": ({"max_clusters_per_user": 3}, "max_clusters_per_user is not supported"),
    "unknown": ({"colour": 1}, "Unknown field 'colour'"),
}


@pytest.mark.parametrize("case", BAD_POLICIES)
def test_a_policy_that_cannot_be_kept_to_is_refused(house: House, case: str) -> None:
    more, said = BAD_POLICIES[case]
    status, _, message = house.refused("POST", f"{POLICIES}/create", json={"name": "x", "definition": "{}", **more})
    assert status == 400
    assert said in message
    assert house.get(f"{POLICIES}/list") == {"policies": [], "total_count": 0}


@pytest.mark.parametrize("path", [f"{POOLS}/create", f"{POLICIES}/create", f"{POLICIES}/edit", f"{POLICIES}/delete"])
def test_members_make_and_change_neither(house: House, path: str) -> None:
    headers = house.person("bob@example.com")
    assert house.refused("POST", path, json={}, headers=headers)[:2] == (403, "PERMISSION_DENIED")


def test_members_see_none_that_they_were_given_no_right_on(house: House) -> None:
    headers = house.person("bob@example.com")
    pool_id, policy_id = pool(house), policy(house)
    asked = {"instance_pool_id": pool_id}
    missing = house.refused("GET", f"{POOLS}/get", params={"instance_pool_id": "none"}, headers=headers)
    assert house.refused("GET", f"{POOLS}/get", params=asked, headers=headers)[:2] == missing[:2]
    assert house.refused("POST", f"{POOLS}/delete", json=asked, headers=headers)[0] == 404
    assert house.refused("GET", f"{POLICIES}/get", params={"policy_id": policy_id}, headers=headers)[0] == 404
    for path, name in ((POOLS, "instance_pools"), (POLICIES, "policies")):
        assert house.client.get(f"{path}/list", headers=headers).json()[name] == []


def test_a_job_is_held_to_the_policy_that_its_cluster_names(house: House) -> None:
    policy_id = policy(house)
    cluster = {"spark_version": "15.4.x-scala2.12", "num_workers": 3, "policy_id": policy_id}
    job = {"name": "nightly", "tasks": [task("load", new_cluster=cluster)]}
    job_id = house.post("/api/2.2/jobs/create", **job)["job_id"]
    many = {"name": "nightly", "tasks": [task("load", new_cluster={**cluster, "num_workers": 4})]}
    for path, body in (
        ("/api/2.2/jobs/create", many),
        ("/api/2.2/jobs/reset", {"job_id": job_id, "new_settings": many}),
        ("/api/2.2/jobs/update", {"job_id": job_id, "new_settings": {"tasks": many["tasks"]}}),
    ):
        status, _, message = house.refused("POST", path, json=body)
        assert status == 400
        assert "num_workers: it is 4" in message
    assert house.get("/api/2.2/jobs/get", job_id=job_id)["settings"]["tasks"][0]["new_cluster"]["num_workers"] == 3
