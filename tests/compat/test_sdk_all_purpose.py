"""All-purpose clusters as the SDK uses them: their life, jobs on them, packages, and code that is run on them."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError
from databricks.sdk.service import compute, jobs
from databricks.sdk.service.compute import Language, State
from databricks.sdk.service.workspace import ImportFormat

from tests.compat.conftest import Served, Wait
from tests.compute.wheels import make_wheel

PATIENCE = dt.timedelta(seconds=60)
COUNT = b"# Databricks notebook source\nimport os\ndbutils.notebook.exit(f\"{spark.range(10).count()} {os.environ['A']}\")\n"
USE_TINY = b"# Databricks notebook source\nimport tiny\ndbutils.notebook.exit(tiny.WORD)\n"


@pytest.fixture(scope="module")
def cluster_id(client: WorkspaceClient) -> Iterator[str]:
    """A cluster that runs, made as the SDK's own examples make one."""
    version = client.clusters.select_spark_version(latest=True, long_term_support=True)
    node = client.clusters.select_node_type(local_disk=True, min_cores=2)
    made = client.clusters.create(
        cluster_name="drafts",
        spark_version=version,
        node_type_id=node,
        num_workers=1,
        autotermination_minutes=15,
        spark_env_vars={"A": "of the cluster"},
    ).result(timeout=PATIENCE)
    assert made.state is State.RUNNING
    assert made.cluster_id
    yield made.cluster_id
    client.clusters.permanent_delete(made.cluster_id)


@pytest.fixture
def run(client: WorkspaceClient, cluster_id: str) -> Iterator[Callable[..., compute.Results]]:
    """Runs a command in one context, and gives its results."""
    client.clusters.ensure_cluster_is_running(cluster_id)
    context = client.command_execution.create(cluster_id=cluster_id, language=Language.PYTHON).result(PATIENCE)

    def perform(command: str, language: Language = Language.PYTHON) -> compute.Results:
        told = client.command_execution.execute(
            cluster_id=cluster_id, context_id=context.id, language=language, command=command
        ).result(PATIENCE)
        assert told.results
        return told.results

    yield perform
    client.command_execution.destroy(cluster_id, context.id or "")


def submit(client: WorkspaceClient, wait_for: Wait, path: str, source: bytes, cluster_id: str) -> tuple[str, jobs.Run]:
    """Run a notebook on the cluster; what it gave, and the run."""
    client.workspace.mkdirs("/Shared")
    client.workspace.upload(path, io.BytesIO(source), format=ImportFormat.AUTO, overwrite=True)
    task = jobs.SubmitTask(
        task_key="a", existing_cluster_id=cluster_id, notebook_task=jobs.NotebookTask(path.removesuffix(".py"))
    )
    run_id = client.jobs.submit(run_name="on a cluster", tasks=[task]).run_id
    wait_for(run_id)
    found = client.jobs.get_run(run_id)
    [entry] = found.tasks or []
    output = client.jobs.get_run_output(entry.run_id or 0)
    result = output.notebook_output.result if output.notebook_output else None
    return output.error or result or "", found


def test_a_cluster_is_found_and_described(client: WorkspaceClient, cluster_id: str) -> None:
    client.clusters.ensure_cluster_is_running(cluster_id)
    found = client.clusters.get(cluster_id)
    assert (found.cluster_name, found.num_workers, found.autotermination_minutes) == ("drafts", 1, 15)
    assert found.cluster_source is compute.ClusterSource.API
    assert cluster_id in [each.cluster_id for each in client.clusters.list()]
    only = compute.ListClustersFilterBy(cluster_states=[State.RUNNING, State.PENDING])
    assert cluster_id in [each.cluster_id for each in client.clusters.list(filter_by=only, page_size=1)]
    assert [
        each.zone_id if hasattr(each, "zone_id") else each for each in client.clusters.list_zones().zones or []
    ] == ["local"]


def test_a_cluster_is_ended_started_restarted_and_changed(client: WorkspaceClient, cluster_id: str) -> None:
    ended = client.clusters.delete(cluster_id).result(timeout=PATIENCE)
    assert ended.state is State.TERMINATED
    assert ended.termination_reason
    assert ended.termination_reason.code is compute.TerminationReasonCode.USER_REQUEST
    client.clusters.ensure_cluster_is_running(cluster_id)
    assert client.clusters.restart(cluster_id).result(timeout=PATIENCE).state is State.RUNNING
    resized = client.clusters.resize(cluster_id, num_workers=2).result(timeout=PATIENCE)
    assert resized.num_workers == 2
    changes = compute.UpdateClusterResource(num_workers=1)
    assert client.clusters.update(cluster_id, "num_workers", cluster=changes).result(timeout=PATIENCE).num_workers == 1
    client.clusters.pin(cluster_id)
    client.clusters.unpin(cluster_id)
    kinds = [event.type for event in client.clusters.events(cluster_id, limit=2)]
    assert kinds[0] is compute.EventType.UNPINNED
    assert kinds[-2:] == [compute.EventType.RUNNING, compute.EventType.CREATING]


def test_an_engine_that_is_killed_is_told_and_the_next_start_works(
    client: WorkspaceClient, served: Served, cluster_id: str
) -> None:
    client.clusters.ensure_cluster_is_running(cluster_id)
    [interval] = [each for each in served.brickyard.store.clusters.alive() if each.key == cluster_id]
    psutil.Process(interval.pid).kill()
    found = client.clusters.wait_get_cluster_terminated(cluster_id, timeout=PATIENCE)
    assert "SIGKILL" in (found.state_message or "")
    assert client.clusters.start(cluster_id).result(timeout=PATIENCE).state is State.RUNNING


def test_a_run_on_a_cluster_that_has_ended_starts_it_and_leaves_it_running(
    client: WorkspaceClient, wait_for: Wait, cluster_id: str
) -> None:
    client.clusters.delete(cluster_id).result(timeout=PATIENCE)
    result, run = submit(client, wait_for, "/Shared/count.py", COUNT, cluster_id)
    assert result == "10 of the cluster"
    [task] = run.tasks or []
    assert task.cluster_instance
    assert task.cluster_instance.cluster_id == cluster_id
    assert client.clusters.get(cluster_id).state is State.RUNNING


def test_a_run_on_a_cluster_that_is_not_there_fails_and_says_so(client: WorkspaceClient, wait_for: Wait) -> None:
    _, run = submit(client, wait_for, "/Shared/count.py", COUNT, "1123-000000-nowhere0")
    assert run.state
    assert run.state.life_cycle_state is jobs.RunLifeCycleState.INTERNAL_ERROR
    assert "Cluster 1123-000000-nowhere0 does not exist" in (run.state.state_message or "")


def test_a_package_is_installed_used_and_removed(
    client: WorkspaceClient, wait_for: Wait, cluster_id: str, tmp_path: Path
) -> None:
    client.clusters.ensure_cluster_is_running(cluster_id)
    client.workspace.mkdirs("/Shared")
    path = "/Workspace/Shared/tiny-1.0-py3-none-any.whl"
    body = make_wheel(tmp_path, "tiny", files={"tiny.py": "WORD = 'from the wheel'\n"}).read_bytes()
    client.workspace.upload(path.removeprefix("/Workspace"), io.BytesIO(body), format=ImportFormat.RAW, overwrite=True)
    library = compute.Library(whl=path)
    client.libraries.install(cluster_id, [library])
    # A task that needs it waits for it, however far the installation is.
    assert submit(client, wait_for, "/Shared/tiny_user.py", USE_TINY, cluster_id)[0] == "from the wheel"
    [status] = client.libraries.cluster_status(cluster_id)
    assert status.library
    assert status.library.whl == path
    client.libraries.uninstall(cluster_id, [library])
    [status] = client.libraries.cluster_status(cluster_id)
    assert status.status is compute.LibraryInstallStatus.UNINSTALL_ON_RESTART
    client.clusters.restart(cluster_id).result(timeout=PATIENCE)
    assert list(client.libraries.cluster_status(cluster_id)) == []
    assert "No module named 'tiny'" in submit(client, wait_for, "/Shared/tiny_user.py", USE_TINY, cluster_id)[0]


def test_commands_keep_their_state_and_give_their_results(run: Callable[..., compute.Results]) -> None:
    run("import os\nrows = spark.range(4)")
    assert run("rows.count()").data == "4"
    assert run("print(os.environ['A'])").data == "of the cluster"
    shown = run("display(rows)")
    assert (shown.result_type, shown.data) == (compute.ResultType.TABLE, [[0], [1], [2], [3]])
    assert shown.schema == [{"name": "id", "type": '"bigint"', "metadata": "{}"}]
    failed = run("1 / 0")
    assert failed.result_type is compute.ResultType.ERROR
    assert failed.summary == "ZeroDivisionError: division by zero"
    assert "Cell In[5], line 1" in (failed.cause or "")


def test_sql_runs_in_the_same_session(run: Callable[..., compute.Results]) -> None:
    run("spark.range(3).createOrReplaceTempView('three')")
    told = run("SELECT count(*) AS n, 'x' AS s FROM three", Language.SQL)
    assert (told.result_type, told.data) == (compute.ResultType.TABLE, [[3, "x"]])


def test_a_command_is_cancelled_and_the_context_goes_on(client: WorkspaceClient, cluster_id: str) -> None:
    client.clusters.ensure_cluster_is_running(cluster_id)
    execution = client.command_execution
    context = execution.create(cluster_id=cluster_id, language=Language.PYTHON).result(PATIENCE)
    place = {"cluster_id": cluster_id, "context_id": context.id}
    endless = execution.execute(**place, language=Language.PYTHON, command="while True: pass")
    told = execution.cancel(**place, command_id=endless.command_id).result(PATIENCE)
    assert told.status is compute.CommandStatus.CANCELLED
    after = execution.execute(**place, language=Language.PYTHON, command="'alive'").result(PATIENCE)
    assert after.results
    assert after.results.data == "'alive'"
    execution.destroy(cluster_id, context.id or "")
    with pytest.raises(DatabricksError, match="does not exist"):
        execution.context_status(cluster_id, context.id or "")


def test_the_remote_dbutils_of_the_sdk(client: WorkspaceClient, served: Served, cluster_id: str) -> None:
    client.clusters.ensure_cluster_is_running(cluster_id)
    remote = WorkspaceClient(host=served.url, token=served.brickyard.token, cluster_id=cluster_id).dbutils
    remote.fs.put("dbfs:/remote.txt", "hello", True)
    assert remote.fs.head("dbfs:/remote.txt") == "hello"
    remote.widgets.text("day", "monday")
    assert remote.widgets.get("day") == "monday"
    with pytest.raises(DatabricksError, match="belongs to the tasks of a job"):
        remote.notebook.run("/Shared/count", 60)
