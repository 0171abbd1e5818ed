"""What the configuration of a session tells of its cluster and run."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.workloads.messages import ComputeAnswer, JobContext
from brickyard.workloads.runtime.about import about
from tests.workloads.runtime.house import House

TAGS = "spark.databricks.clusterUsageTags"
COMPUTE = ComputeAnswer(url="sc://127.0.0.1:1", cluster_id="1122-334455-abc", cluster_name="job-7-run-8")


def test_the_cluster_the_workspace_and_the_run_are_told() -> None:
    told = about(COMPUTE, JobContext(job_id=7, run_id=8, workspace_id=42, api_url="https://brick.example:8765/"))
    assert told == {
        f"{TAGS}.clusterId": "1122-334455-abc",
        f"{TAGS}.clusterName": "job-7-run-8",
        f"{TAGS}.orgId": "42",
        f"{TAGS}.clusterOwnerOrgId": "42",
        "spark.databricks.workspaceUrl": "brick.example:8765",
        "spark.databricks.job.id": "7",
        "spark.databricks.job.runId": "8",
        f"{TAGS}.clusterLogDeliveryEnabled": "false",
        f"{TAGS}.clusterLogDestination": "",
    }


def test_what_has_no_value_is_not_told() -> None:
    """So `spark.conf.get(key, default)` gives the default."""
    told = about(ComputeAnswer(url="sc://127.0.0.1:1", cluster_id="c"), JobContext())
    assert set(told) == {
        f"{TAGS}.clusterId",
        f"{TAGS}.clusterLogDeliveryEnabled",
        f"{TAGS}.clusterLogDestination",
    }


def test_a_notebook_reads_it(spark: Any) -> None:
    assert spark.conf.get(f"{TAGS}.clusterId") == "c1"
    assert spark.conf.get(f"{TAGS}.clusterLogDestination") == ""
    assert spark.conf.get("spark.databricks.job.id", "none") == "none"
    assert spark.sql(f"SET {TAGS}.clusterId").first().value == "c1"


@pytest.mark.parametrize("key", [f"{TAGS}.clusterName", f"{TAGS}.clusterLogDestination"], ids=["name", "logs"])
def test_the_configuration_of_the_cluster_has_the_last_word(house: House, key: str) -> None:
    assert house.session(conf={key: "mine"}).conf.get(key) == "mine"
