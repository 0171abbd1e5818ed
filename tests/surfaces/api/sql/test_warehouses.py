"""The warehouses API: what is kept, what is refused, who may do what."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.records import AclEntry
from tests.surfaces.api.house import USER, House

PATH = "/api/2.0/sql/warehouses"


def make(house: House, **more: Any) -> str:
    found: str = house.post(PATH, **{"name": "small", **more})["id"]
    house.sql.warehouses.acquire(found)
    return found


def test_a_new_warehouse_runs_and_is_what_it_was_asked_to_be(house: House) -> None:
    sent = {
        "cluster_size": "Small",
        "auto_stop_mins": 5,
        "max_num_clusters": 3,
        "enable_photon": True,
        "warehouse_type": "CLASSIC",
        "tags": {"custom_tags": [{"key": "team", "value": "ore"}]},
        "channel": {"name": "CHANNEL_NAME_PREVIEW"},
    }
    warehouse = make(house, **sent)
    found = house.get(f"{PATH}/{warehouse}")
    assert {name: found[name] for name in sent} == sent
    assert (found["state"], found["creator_name"], found["num_clusters"]) == ("RUNNING", USER, 1)
    assert [each["id"] for each in house.get(PATH)["warehouses"]] == [warehouse]


def test_a_warehouse_is_stopped_started_and_deleted(house: House) -> None:
    warehouse = make(house)
    assert house.post(f"{PATH}/{warehouse}/stop") == {}
    assert house.get(f"{PATH}/{warehouse}")["state"] == "STOPPED"
    assert house.post(f"{PATH}/{warehouse}/start") == {}
    house.sql.warehouses.acquire(warehouse)
    assert house.get(f"{PATH}/{warehouse}")["state"] == "RUNNING"
    assert house.client.delete(f"{PATH}/{warehouse}").json() == {}
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/start"), ("POST", "/stop"), ("POST", "/edit")):
        status, code, _ = house.refused(method, f"{PATH}/{warehouse}{path}", json={} if method == "POST" else None)
        assert (status, code) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert not house.store.clusters.alive()


def test_editing_changes_what_was_sent_and_leaves_the_rest(house: House) -> None:
    warehouse = make(house, cluster_size="Small")
    house.post(f"{PATH}/{warehouse}/edit", auto_stop_mins=0)
    found = house.get(f"{PATH}/{warehouse}")
    assert (found["name"], found["cluster_size"], found["auto_stop_mins"]) == ("small", "Small", 0)
    house.post(f"{PATH}/{warehouse}/edit", name="large", cluster_size="Large")
    assert house.get(f"{PATH}/{warehouse}")["name"] == "large"


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"name": ""}, "name is missing"),
    "taken": ({"name": "taken"}, "with the name 'taken' exists already"),
    "size": ({"cluster_size": "Huge"}, "cluster_size is 'Huge'; it must be one of 2X-Small"),
    "time": ({"auto_stop_mins": -1}, "auto_stop_mins is -1"),
    "numbers": ({"min_num_clusters": 3, "max_num_clusters": 2}, "min_num_clusters is 3"),
    "type": ({"warehouse_type": "FREE"}, "warehouse_type is 'FREE'"),
    "version": ({"channel": {"dbsql_version": "1"}}, "channel.dbsql_version is not supported"),
    "limit of time": ({"statement_timeout": 5}, "statement_timeout is not supported"),
    "limit of cost": ({"max_dbu": 5}, "max_dbu is not supported"),
    "tags": ({"tags": {"custom_tags": {"a": "b"}}}, "tags.custom_tags must be a list"),
    "tag": ({"tags": {"custom_tags": [{"value": "b"}]}}, "key is missing"),
    "unknown": ({"colour": 1}, "Unknown field 'colour'"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_kept_to_is_refused(house: House, case: str) -> None:
    house.post(PATH, name="taken")
    more, said = BAD[case]
    status, _, message = house.refused("POST", PATH, json={"name": "x", **more})
    assert status == 400
    assert said in message
    assert len(house.get(PATH)["warehouses"]) == 1


def test_warehouses_come_in_pages(house: House) -> None:
    made = []
    for number in range(3):
        made.append(make(house, name=f"w{number}"))
        house.clock.ms += 1
    first = house.get(PATH, page_size="2")
    second = house.get(PATH, page_size="2", page_token=first["next_page_token"])
    assert [each["id"] for each in (*first["warehouses"], *second["warehouses"])] == made
    assert "next_page_token" not in second


def test_a_warehouse_is_used_by_whom_its_list_names_and_changed_by_who_manages_it(house: House) -> None:
    warehouse, headers = make(house), house.person("bob@example.com")
    assert house.refused("GET", f"{PATH}/{warehouse}", headers=headers)[0] == 404
    assert house.client.get(PATH, headers=headers).json() == {"warehouses": []}
    house.store.acls.replace(
        ObjectType.WAREHOUSES, warehouse, [AclEntry(PrincipalKind.USER, "bob@example.com", "CAN_USE")]
    )
    assert house.client.get(f"{PATH}/{warehouse}", headers=headers).status_code == 200
    for path in ("edit", "stop"):
        status, code, _ = house.refused("POST", f"{PATH}/{warehouse}/{path}", json={}, headers=headers)
        assert (status, code) == (403, "PERMISSION_DENIED")
    own = house.client.post(PATH, json={"name": "bob's"}, headers=headers).json()["id"]
    assert house.client.delete(f"{PATH}/{own}", headers=headers).status_code == 200
