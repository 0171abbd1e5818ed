"""The calls of the SDK's own examples for jobs and clusters, in the order in which the examples make them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound
from databricks.sdk.service import compute, jobs
from databricks.sdk.service.workspace import ImportFormat, Language

SOON = timedelta(minutes=1)
MANY = 2_000
"""Requests in which something that was asked for must have happened."""
SOURCE = (
    b"# Databricks notebook source\ndbutils.notebook.exit('ran on ' + spark.conf.get('spark.app.name', 'something'))\n"
)


@pytest.fixture(scope="module")
def cluster_id(client: WorkspaceClient) -> Iterator[str]:
    """A cluster as the examples make it: the newest long-term version, and what ends by itself."""
    version = client.clusters.select_spark_version(latest=True, long_term_support=True)
    made = client.clusters.create(
        cluster_name="of the examples", spark_version=version, autotermination_minutes=15, num_workers=1,
        instance_pool_id=None, node_type_id=client.clusters.select_node_type(local_disk=True),
    ).result(SOON)  # fmt: skip
    assert made.cluster_id is not None
    yield made.cluster_id
    client.clusters.permanent_delete(cluster_id=made.cluster_id)


@pytest.fixture(scope="module")
def path(client: WorkspaceClient) -> str:
    path = f"/Users/{client.current_user.me().user_name}/example"
    client.workspace.mkdirs(path.rpartition("/")[0])
    client.workspace.upload(path, SOURCE, format=ImportFormat.SOURCE, language=Language.PYTHON, overwrite=True)
    return path


@pytest.fixture
def job_id(client: WorkspaceClient, cluster_id: str, path: str) -> Iterator[int]:
    task = jobs.Task(
        task_key="example", description="a task", existing_cluster_id=cluster_id, timeout_seconds=0,
        notebook_task=jobs.NotebookTask(notebook_path=path),
    )  # fmt: skip
    job_id = client.jobs.create(name="of the examples", tasks=[task]).job_id
    assert job_id is not None
    yield job_id
    client.jobs.delete(job_id=job_id)
    with pytest.raises(NotFound):
        client.jobs.get(job_id)


def test_clusters_are_edited_resized_restarted_pinned_ended_and_started(
    client: WorkspaceClient, cluster_id: str
) -> None:
    version = client.clusters.select_spark_version(latest=True, long_term_support=True)
    client.clusters.edit(
        cluster_id=cluster_id, spark_version=version, cluster_name="edited", autotermination_minutes=10, num_workers=2
    ).result(SOON)
    assert client.clusters.get(cluster_id).cluster_name == "edited"
    assert client.clusters.resize(cluster_id=cluster_id, num_workers=1).result(SOON).num_workers == 1
    assert client.clusters.restart(cluster_id=cluster_id).result(SOON).state == compute.State.RUNNING
    client.clusters.pin(cluster_id=cluster_id)
    client.clusters.unpin(cluster_id=cluster_id)
    assert client.clusters.delete(cluster_id=cluster_id).result(SOON).state == compute.State.TERMINATED
    assert client.clusters.start(cluster_id=cluster_id).result(SOON).state == compute.State.RUNNING
    client.clusters.ensure_cluster_is_running(cluster_id)
    kinds = [event.type for event in client.clusters.events(cluster_id=cluster_id)]
    assert {compute.EventType.CREATING, compute.EventType.EDITED, compute.EventType.RESTARTING} <= set(kinds)
    assert cluster_id in [each.cluster_id for each in client.clusters.list()]
    assert client.clusters.list_node_types().node_types


def look_again_and_again(client: WorkspaceClient, cluster_id: str) -> None:
    for _ in range(MANY):
        client.clusters.get(cluster_id)


def test_a_cluster_is_gone_once_it_is_deleted_for_good(client: WorkspaceClient) -> None:
    version = client.clusters.select_spark_version(long_term_support=True)
    made = client.clusters.create(cluster_name="short", spark_version=version, num_workers=0).result(SOON)
    assert made.cluster_id is not None
    client.clusters.permanent_delete(cluster_id=made.cluster_id)
    # It is told at once, and done soon after: the engine has to end first.
    with pytest.raises(NotFound):
        look_again_and_again(client, made.cluster_id)


def test_a_job_is_run_listed_and_exported(client: WorkspaceClient, job_id: int) -> None:
    run = client.jobs.run_now(job_id=job_id).result(SOON)
    assert run.state is not None
    assert run.state.result_state == jobs.RunResultState.SUCCESS
    assert run.tasks is not None
    assert run.tasks[0].run_id is not None
    exported = client.jobs.export_run(run_id=run.tasks[0].run_id, views_to_export=jobs.ViewsToExport.CODE)
    assert exported.views
    last = {
        each.job_id: [run.run_id for run in client.jobs.list_runs(job_id=each.job_id)] for each in client.jobs.list()
    }
    assert last[job_id] == [run.run_id]


def test_a_run_is_cancelled_and_repaired(client: WorkspaceClient, job_id: int, path: str) -> None:
    waiting = b"# Databricks notebook source\nimport threading\nthreading.Event().wait()\n"
    client.workspace.upload(path, waiting, format=ImportFormat.SOURCE, language=Language.PYTHON, overwrite=True)
    started = client.jobs.run_now(job_id=job_id)
    cancelled = client.jobs.cancel_run(run_id=started.run_id).result(SOON)
    assert cancelled.state is not None
    assert cancelled.state.result_state == jobs.RunResultState.CANCELED
    client.workspace.upload(path, SOURCE, format=ImportFormat.SOURCE, language=Language.PYTHON, overwrite=True)
    repaired = client.jobs.repair_run(rerun_tasks=["example"], run_id=started.run_id).result(SOON)
    assert repaired.state is not None
    assert repaired.state.result_state == jobs.RunResultState.SUCCESS
    client.jobs.cancel_all_runs(job_id=job_id)


def test_a_job_is_read_updated_and_reset(client: WorkspaceClient, job_id: int) -> None:
    settings = client.jobs.get(job_id=job_id).settings
    assert settings is not None
    client.jobs.update(job_id=job_id, new_settings=jobs.JobSettings(name="updated", max_concurrent_runs=5))
    updated = client.jobs.get(job_id=job_id).settings
    assert updated is not None
    assert (updated.name, updated.max_concurrent_runs, updated.tasks) == ("updated", 5, settings.tasks)
    client.jobs.reset(job_id=job_id, new_settings=jobs.JobSettings(name="reset", tasks=settings.tasks))
    reset = client.jobs.get(job_id=job_id).settings
    assert reset is not None
    assert (reset.name, reset.max_concurrent_runs) == ("reset", 1)
    assert job_id in [each.job_id for each in client.jobs.list(name="reset", expand_tasks=False)]


def test_a_file_of_dbfs_is_submitted_on_a_cluster_of_its_own_and_watched(client: WorkspaceClient) -> None:
    path = f"/home/{client.current_user.me().user_name}/sample.py"
    with client.dbfs.open(path, write=True, overwrite=True) as file:
        file.write(b'import sys\nprint("counted", sum(range(int(sys.argv[1]))))\n')
    task = jobs.SubmitTask(
        task_key="counts",
        new_cluster=compute.ClusterSpec(
            spark_version=client.clusters.select_spark_version(long_term_support=True),
            node_type_id=client.clusters.select_node_type(local_disk=True), num_workers=1,
        ),
        spark_python_task=jobs.SparkPythonTask(python_file=f"dbfs:{path}", parameters=["10"]),
    )  # fmt: skip
    seen: list[str] = []
    waiter = client.jobs.submit(run_name="counts", tasks=[task])
    run = waiter.result(timeout=SOON, callback=lambda run: seen.append(str(run.run_page_url)))
    assert run.tasks is not None
    output = client.jobs.get_run_output(run_id=run.tasks[0].run_id or 0)
    assert output.logs == "counted 45\n"
    assert all(f"{run.run_id}" in url for url in seen)
    client.jobs.delete_run(run_id=run.run_id or 0)
    with pytest.raises(NotFound):
        client.jobs.get_run(run.run_id or 0)
