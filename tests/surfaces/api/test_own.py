"""Our own endpoints: watching a run, its history and cost, tables, status, and the description of it all."""

from __future__ import annotations

import re
from typing import Any

import pytest

from brickyard.jobs.tasks import ClusterSpec
from brickyard.surfaces.api.own import models as own_models
from brickyard.workloads.messages import SchemaEntry, TableEntry, TableName
from tests.surfaces.api.house import USER, WORKSPACE_ID, House, task

HOUR = 3600
SMALL = ClusterSpec(spark_version="16.4.x-scala2.12", num_workers=1, node_type_id="i3.xlarge")


def test_watching_gives_the_version_and_the_run_as_get_shows_it(house: House) -> None:
    run_id = house.start_run(task("one"))
    house.end(run_id, "one")
    watched = house.get(f"/api/brickyard/runs/{run_id}/watch", seen=0, timeout=5)
    assert watched["version"] == house.commands.versions[run_id]
    assert watched["run"] == house.get("/api/2.2/jobs/runs/get", run_id=run_id, include_history="true")
    assert "timeout" in house.refused("GET", f"/api/brickyard/runs/{run_id}/watch?timeout=51")[2]


def test_the_history_has_every_change_in_order(house: House) -> None:
    run_id = house.start_run(task("one"), task("two", "one"))
    house.end(run_id, "one", status="failed", error="x")
    changes = house.get(f"/api/brickyard/runs/{run_id}/history")["changes"]
    assert [change["seq"] for change in changes] == sorted(change["seq"] for change in changes)
    assert {"run", "one", "two"} == {change["subject"] for change in changes}
    assert changes[-1]["subject"] == "run"
    assert changes[-1]["after"] == "INTERNAL_ERROR"
    assert all(set(change) == set(own_models.Change.model_fields) for change in changes)


def test_the_cost_of_a_cluster_is_divided_among_its_tasks(house: House) -> None:
    clusters = [
        {
            "job_cluster_key": "main",
            "new_cluster": {"spark_version": "x", "num_workers": 1, "node_type_id": "i3.xlarge"},
        }
    ]
    one, two = (task(key, *needs, job_cluster_key="main") for key, needs in (("one", ()), ("two", ("one",))))
    run_id = house.start_run(one, two, job_clusters=clusters)
    cluster = house.cluster(run_id, "main", spec=SMALL)
    house.end(run_id, "one", seconds=HOUR)
    house.end(run_id, "two", seconds=2 * HOUR)
    house.clock.ms += HOUR * 1000
    house.end_cluster(cluster)
    cost = house.get(f"/api/brickyard/runs/{run_id}/cost")
    # Two nodes of 1 DBU/h for four hours at 0.15 USD.
    assert (cost["dbu"], cost["usd"]) == (8.0, 1.2)
    assert {each["task_key"]: each["dbu"] for each in cost["tasks"]} == {"one": 2.0, "two": 4.0}
    assert cost["idle"] == {"dbu": 2.0, "usd": 0.3}
    [shown] = cost["clusters"]
    assert (shown["cluster_id"], shown["key"], shown["dbu"]) == (cluster.cluster_id, "main", 8.0)


def test_a_cluster_that_still_runs_is_priced_up_to_now_and_serverless_by_its_own_price(house: House) -> None:
    run_id = house.start_run(task("one"))
    house.cluster(run_id, "serverless")
    house.begin(run_id, "one")
    house.clock.ms += HOUR * 1000
    first = house.get(f"/api/brickyard/runs/{run_id}/cost")
    house.clock.ms += HOUR * 1000
    second = house.get(f"/api/brickyard/runs/{run_id}/cost")
    assert 0 < first["usd"] < second["usd"]
    assert second["usd"] == pytest.approx(second["dbu"] * 0.35)
    assert second["tasks"][0]["usd"] == second["usd"]


def test_a_run_without_clusters_costs_nothing(house: House) -> None:
    cost = house.get(f"/api/brickyard/runs/{house.start_run(task('one'))}/cost")
    assert (cost["dbu"], cost["usd"], cost["clusters"]) == (0.0, 0.0, [])
    assert cost["tasks"] == [{"task_key": "one", "dbu": 0.0, "usd": 0.0}]


def test_tables_are_listed_by_schema_by_catalog_and_all(house: House) -> None:
    metastore = house.store.metastore
    metastore.create_catalog("shop", if_absent=True)
    for schema in ("bronze", "gold"):
        metastore.create_schema(SchemaEntry(catalog="shop", name=schema), if_absent=True)
        name = TableName(catalog="shop", schema=schema, name="orders")
        metastore.put(TableEntry(table=name, kind="MANAGED", location="/w/x", owner=USER), mode="create")

    def names(**query: str) -> list[str]:
        found = house.get("/api/brickyard/tables", **query)["tables"]
        return [f"{each['catalog']}.{each['schema']}.{each['name']}" for each in found]

    assert names(catalog="shop", schema="GOLD") == ["shop.gold.orders"]
    assert names(catalog="shop") == ["shop.bronze.orders", "shop.gold.orders"]
    assert names() == names(catalog="shop")
    assert names(catalog="shop", schema="silver") == []
    [shown] = house.get("/api/brickyard/tables", catalog="shop", schema="gold")["tables"]
    assert (shown["kind"], shown["format"], shown["owner"]) == ("MANAGED", "delta", USER)


def test_the_status_names_the_database_by_its_kind_only(house: House) -> None:
    house.start_run(task("one"))
    status = house.get("/api/brickyard/status")
    assert (status["database"], status["active_runs"], status["clusters"]) == ("sqlite", 1, 0)
    assert (status["user"], status["workspace_id"]) == (USER, WORKSPACE_ID)
    assert re.fullmatch(r"\d+\.\d+.*", status["version"])


def described(house: House) -> dict[str, Any]:
    found: dict[str, Any] = house.get("/api/brickyard/openapi.json")
    return found


def test_every_endpoint_of_ours_is_described_with_what_it_answers(house: House) -> None:
    paths = described(house)["paths"]
    mine = {
        f"{method} {path}": spec
        for path, methods in paths.items()
        if path.startswith("/api/brickyard/")
        for method, spec in methods.items()
    }
    assert len(mine) >= 11
    for path, spec in mine.items():
        assert spec["summary"], path
        assert spec["description"], path
        content = spec["responses"]["200"]["content"]
        raw = {"text/plain", "application/gzip", "*/*"} & content.keys()
        assert raw or content["application/json"]["schema"]["$ref"], path


def test_answers_have_the_shape_that_is_described(house: House) -> None:
    """Types of the web UI are made from the description, so it must be true."""
    run_id = house.start_run(task("one"))
    house.cluster(run_id, "serverless")
    attempt_id = house.end(run_id, "one", status="failed", error="x", cell=1, line=2)
    for path, model in (
        (f"runs/{run_id}/watch", own_models.Watched),
        (f"runs/{run_id}/history", own_models.History),
        (f"runs/{run_id}/cost", own_models.RunCost),
        (f"task-runs/{attempt_id}/output", own_models.TaskOutput),
        ("status", own_models.Status),
        ("tables", own_models.Tables),
    ):
        answer = house.get(f"/api/brickyard/{path}")
        assert model.model_validate(answer).model_dump(by_alias=True, exclude_unset=True) == answer, path
