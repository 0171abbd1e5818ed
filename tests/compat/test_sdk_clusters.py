"""A run on a job cluster: the SDK sees the cluster, its end and its events, and our own API what it would have cost."""

from __future__ import annotations

import io

from databricks.sdk import WorkspaceClient
from databricks.sdk.service import compute, jobs
from databricks.sdk.service.workspace import ImportFormat

from tests.compat.conftest import Wait

SOURCE = b"# Databricks notebook source\ndbutils.notebook.exit(str(spark.range(10).count()))\n"


def test_the_cluster_of_a_run_is_seen_priced_and_ended(client: WorkspaceClient, wait_for: Wait) -> None:
    client.workspace.mkdirs("/Shared")
    client.workspace.upload("/Shared/count.py", io.BytesIO(SOURCE), format=ImportFormat.AUTO, overwrite=True)
    spec = compute.ClusterSpec(spark_version="16.4.x-scala2.12", num_workers=1, node_type_id="i3.xlarge")
    work = jobs.NotebookTask(notebook_path="/Shared/count")
    made = client.jobs.create(
        name="on a cluster",
        tasks=[jobs.Task(task_key="count", job_cluster_key="main", notebook_task=work)],
        job_clusters=[jobs.JobCluster(job_cluster_key="main", new_cluster=spec)],
    )
    run_id = client.jobs.run_now(made.job_id or 0).run_id
    run = wait_for(run_id)
    assert run["state"]["result_state"] == "SUCCESS", run["state"]
    [task] = client.jobs.get_run(run_id).tasks or []
    output = client.jobs.get_run_output(task.run_id or 0).notebook_output
    assert output
    assert output.result == "10"
    assert task.cluster_instance
    cluster_id = task.cluster_instance.cluster_id or ""
    cluster = client.clusters.get(cluster_id)
    assert (cluster.spark_version, cluster.num_workers) == ("16.4.x-scala2.12", 1)
    assert cluster.start_time
    assert str(cluster.spark_context_id) == task.cluster_instance.spark_context_id
    kinds = [event.type for event in client.clusters.events(cluster_id)]
    assert compute.EventType.RUNNING in kinds
    cost = client.api_client.do("GET", f"/api/brickyard/runs/{run_id}/cost")
    assert isinstance(cost, dict)
    assert [each["cluster_id"] for each in cost["clusters"]] == [cluster_id]
    assert 0 < cost["tasks"][0]["usd"] <= cost["usd"] < 0.01
