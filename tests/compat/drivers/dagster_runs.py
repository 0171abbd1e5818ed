"""`python dagster_runs.py JOB_ID FILE`: assets and operations of Dagster whose work is done by tasks here.

Writes to FILE, as JSON, what Dagster knows afterwards. The files under /Shared/dagster are made by the tests.
"""

# Dagster reads annotations as they are, so they must not be texts.

import json
import sys
from pathlib import Path
from typing import Any

import dagster
from dagster_databricks import (
    DatabricksClientResource,
    PipesDatabricksClient,
    PipesDbfsMessageReader,
    create_databricks_run_now_op,
    create_databricks_submit_run_op,
)
from dagster_databricks.pipes import (
    BasePipesDatabricksClient,
    PipesDatabricksServerlessClient,
    PipesUnityCatalogVolumesMessageReader,
)
from databricks.sdk import WorkspaceClient
from databricks.sdk.service import compute, jobs

FOLDER = "/Workspace/Shared/dagster"
PIPES = compute.Library(pypi=compute.PythonPyPiLibrary(package="dagster-pipes==1.13.27"))
CLUSTER = compute.ClusterSpec(
    spark_version="15.4.x-scala2.12",
    node_type_id="i3.xlarge",
    num_workers=1,
    spark_env_vars={"TEAM": "data"},
)
OFTEN = 0.2
"""Seconds between two looks at a run or its messages."""


def on_a_cluster(client: WorkspaceClient) -> jobs.SubmitTask:
    """The context is handed over in environment variables of the cluster."""
    return jobs.SubmitTask(
        task_key="work",
        new_cluster=CLUSTER,
        libraries=[PIPES],
        spark_python_task=jobs.SparkPythonTask(python_file=f"{FOLDER}/by_environment.py"),
    )


def by_arguments(client: WorkspaceClient) -> jobs.SubmitTask:
    """The context is handed over in arguments of a script on a cluster that is there already."""
    return jobs.SubmitTask(
        task_key="work",
        existing_cluster_id=cluster(client),
        libraries=[PIPES],
        spark_python_task=jobs.SparkPythonTask(python_file=f"{FOLDER}/by_arguments.py", parameters=["--first", "1"]),
    )


def by_widgets(client: WorkspaceClient) -> jobs.SubmitTask:
    """The context is handed over in parameters of a notebook."""
    return jobs.SubmitTask(
        task_key="work",
        existing_cluster_id=cluster(client),
        libraries=[PIPES],
        notebook_task=jobs.NotebookTask(notebook_path=f"{FOLDER}/by_widgets", base_parameters={"day": "monday"}),
    )


def failing(client: WorkspaceClient) -> jobs.SubmitTask:
    """A notebook that raises before it has said anything."""
    return jobs.SubmitTask(
        task_key="work", new_cluster=CLUSTER, notebook_task=jobs.NotebookTask(notebook_path=f"{FOLDER}/bad")
    )


def cluster(client: WorkspaceClient) -> str:
    """A cluster for all purposes."""
    made = client.clusters.create(
        spark_version="15.4.x-scala2.12", node_type_id="i3.xlarge", num_workers=1, cluster_name="dagster"
    )
    return str(made.bind()["cluster_id"])


TASKS = {each.__name__: each for each in (on_a_cluster, by_arguments, by_widgets, failing)}
VOLUME = "/Volumes/main/dagster/pipes"


def piped(client: WorkspaceClient, task: jobs.SubmitTask) -> dict[str, Any]:
    """Materialize an asset by a task; context and messages go through DBFS."""
    pipes = PipesDatabricksClient(
        client=client,
        env={"DAY": "monday"},
        message_reader=PipesDbfsMessageReader(client=client, interval=OFTEN, include_stdio_in_messages=True),
        poll_interval_seconds=OFTEN,
    )
    return materialized(pipes, task)


def serverless(client: WorkspaceClient) -> dict[str, Any]:
    """Materialize an asset by a notebook without a cluster; context and messages go through a volume."""
    pipes = PipesDatabricksServerlessClient(
        client=client,
        volume_path=VOLUME,
        message_reader=PipesUnityCatalogVolumesMessageReader(client=client, volume_path=VOLUME, interval=OFTEN),
        poll_interval_seconds=OFTEN,
    )
    notebook = jobs.NotebookTask(notebook_path=f"{FOLDER}/through_a_volume")
    return materialized(pipes, jobs.SubmitTask(task_key="work", notebook_task=notebook, libraries=[PIPES]))


def materialized(pipes: BasePipesDatabricksClient, task: jobs.SubmitTask) -> dict[str, Any]:
    """What Dagster knows of an asset that a task has made, or failed to make."""

    def work(context: dagster.AssetExecutionContext) -> Any:
        return pipes.run(context=context, task=task, extras={"rows": 3}).get_materialize_result()

    asset = dagster.asset(name="numbers")(work)
    with dagster.DagsterInstance.ephemeral() as instance:
        result = dagster.materialize([asset], instance=instance, raise_on_error=False)
        found = result.asset_materializations_for_node("numbers") if result.success else []
        metadata = {key: value.value for each in found for key, value in each.metadata.items()}
        return {"metadata": metadata, **known(instance, result)}


def run_now(job_id: int) -> dict[str, Any]:
    """Run a job that exists by Dagster's own operation."""
    parameters = {"notebook_params": {"day": "from dagster"}}
    return operated(create_databricks_run_now_op(job_id, parameters, poll_interval_seconds=OFTEN))


def submit(notebook: str) -> dict[str, Any]:
    """Submit a notebook by Dagster's own operation; the task has no key."""
    task = {"new_cluster": CLUSTER.as_dict(), "notebook_task": {"notebook_path": f"{FOLDER}/{notebook}"}}
    return operated(create_databricks_submit_run_op(task, poll_interval_seconds=OFTEN))


def operated(operation: dagster.OpDefinition) -> dict[str, Any]:
    """What Dagster knows of an operation."""

    def work() -> None:
        operation()

    resource = DatabricksClientResource(
        host=dagster.EnvVar("DATABRICKS_HOST"), token=dagster.EnvVar("DATABRICKS_TOKEN")
    )
    job = dagster.graph(work).to_job(resource_defs={"databricks": resource})
    with dagster.DagsterInstance.ephemeral() as instance:
        return known(instance, job.execute_in_process(instance=instance, raise_on_error=False))


def known(instance: dagster.DagsterInstance, result: dagster.ExecuteInProcessResult) -> dict[str, Any]:
    """How it ended, what was logged, and the errors of its steps with their causes."""
    errors = [str(each.event_specific_data.error) for each in result.all_node_events if each.is_step_failure]
    log = [each.user_message for each in instance.all_logs(result.run_id)]
    return {"success": result.success, "log": log, "errors": errors}


def everything(job_id: int) -> dict[str, Any]:
    """All of it, one after the other."""
    client = WorkspaceClient()
    found = {name: piped(client, task(client)) for name, task in TASKS.items()}
    found |= {"serverless": serverless(client), "run_now": run_now(job_id)}
    return found | {"submit": submit("echo"), "submit_bad": submit("bad")}


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(everything(int(sys.argv[1])), default=str))
