"""Dagster's own integration, unchanged: Pipes, whose context and messages go through files, and its operations for jobs."""

from __future__ import annotations

import io
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service import catalog, jobs
from databricks.sdk.service.workspace import ImportFormat
from deltalake import DeltaTable

from tests.compat.conftest import Served
from tests.compat.environments import client_environment, pinned

pytestmark = [pytest.mark.clients, pytest.mark.timeout(600)]
DRIVER = Path(__file__).parent / "drivers" / "dagster_runs.py"
FOLDER = "/Shared/dagster"
IMPORTS = """
from dagster_pipes import *
"""
PIPED = """
with open_dagster_pipes(
    context_loader=PipesDbfsContextLoader(), message_writer=PipesDbfsMessageWriter(interval=0.1), params_loader={loader}
) as pipes:
    rows = pipes.extras["rows"]
    print("printed by the task")
    pipes.log.info(f"{{rows}} rows {name}")
    spark.sql("CREATE SCHEMA IF NOT EXISTS main.dagster")
    spark.range(rows).write.mode("overwrite").saveAsTable("main.dagster.{name}")
    about = {{"rows": spark.table("main.dagster.{name}").count(), **{about}}}
    pipes.report_asset_materialization(metadata=about, data_version="one")
"""
THROUGH_A_VOLUME = """
with open_dagster_pipes(
    context_loader=PipesUnityCatalogVolumesContextLoader(),
    message_writer=PipesUnityCatalogVolumesMessageWriter(interval=0.1),
    params_loader=PipesDatabricksNotebookWidgetsParamsLoader(dbutils.widgets),
) as pipes:
    print("printed by the notebook")
    pipes.report_asset_materialization(metadata={"rows": pipes.extras["rows"]})
"""
SCRIPT = f"import os, sys\nfrom pyspark.sql import SparkSession{IMPORTS}\nspark = SparkSession.builder.getOrCreate()\n"
NOTEBOOK = "# Databricks notebook source\n"
FILES = {
    "by_environment.py": SCRIPT
    + PIPED.format(
        loader="PipesEnvVarParamsLoader()",
        name="on_a_cluster",
        about='{"day": os.environ["DAY"], "team": os.environ["TEAM"]}',
    ),
    "by_arguments.py": SCRIPT
    + PIPED.format(loader="PipesCliArgsParamsLoader()", name="by_arguments", about='{"first": sys.argv[1:3]}'),
    "by_widgets.py": NOTEBOOK
    + IMPORTS
    + PIPED.format(
        loader="PipesDatabricksNotebookWidgetsParamsLoader(dbutils.widgets)",
        name="by_widgets",
        about='{"day": dbutils.widgets.get("day")}',
    ),
    "through_a_volume.py": NOTEBOOK + IMPORTS + THROUGH_A_VOLUME,
    "echo.py": NOTEBOOK + "dbutils.widgets.text('day', 'none')\ndbutils.notebook.exit(dbutils.widgets.get('day'))\n",
    "bad.py": NOTEBOOK + "raise ValueError('no numbers today')\n",
}
Known = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def job_id(client: WorkspaceClient) -> int:
    """A job that is there before Dagster comes."""
    task = jobs.Task(task_key="echo", notebook_task=jobs.NotebookTask(notebook_path=f"{FOLDER}/echo"))
    return int(client.jobs.create(name="dagster runs this", tasks=[task]).job_id or 0)


@pytest.fixture(scope="module")
def known(served: Served, client: WorkspaceClient, job_id: int, tmp_path_factory: pytest.TempPathFactory) -> Known:
    """What Dagster knows once all is over, by name."""
    client.workspace.mkdirs(FOLDER)
    for name, source in FILES.items():
        client.workspace.upload(f"{FOLDER}/{name}", io.BytesIO(source.encode()), format=ImportFormat.AUTO)
    client.schemas.create("dagster", "main")
    client.volumes.create("main", "dagster", "pipes", catalog.VolumeType.MANAGED)
    folder = tmp_path_factory.mktemp("dagster")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        "DATABRICKS_HOST": served.url,
        "DATABRICKS_TOKEN": served.brickyard.token,
    }
    python = client_environment(pinned("dagster")) / "bin" / "python"
    words = [str(python), str(DRIVER), str(job_id), str(folder / "known.json")]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: Known = json.loads((folder / "known.json").read_text())
    return found


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("on_a_cluster", {"day": "monday", "team": "data"}),
        ("by_arguments", {"first": ["--first", "1"]}),
        ("by_widgets", {"day": "monday"}),
    ],
    ids=["environment of a new cluster", "arguments of a script", "parameters of a notebook"],
)
def test_an_asset_is_made_by_a_task(known: Known, client: WorkspaceClient, name: str, about: dict[str, Any]) -> None:
    """Its context has reached the task, and what the task says of it has reached Dagster, both through /dbfs."""
    asset = known[name]
    assert asset["success"], asset["errors"]
    told = asset["metadata"]
    run = client.jobs.get_run(int(told.pop("Databricks Job Run ID")))
    assert told.pop("Databricks Job Run URL") == run.run_page_url
    assert told == {"rows": 3, **about}
    assert f"3 rows {name}" in asset["log"]
    location = client.tables.get(f"main.dagster.{name}").storage_location or ""
    assert DeltaTable(location.removeprefix("file:")).to_pyarrow_table().num_rows == 3


def test_an_asset_is_made_without_a_cluster_through_a_volume(known: Known) -> None:
    asset = known["serverless"]
    assert asset["success"], asset["errors"]
    assert asset["metadata"]["rows"] == 3


@pytest.mark.parametrize("path", ["/tmp", "/Volumes/main/dagster/pipes/tmp"], ids=["dbfs", "volume"])
def test_nothing_is_left_of_the_messages(known: Known, client: WorkspaceClient, path: str) -> None:
    assert known["serverless"]["success"]
    if path.startswith("/Volumes"):
        assert list(client.files.list_directory_contents(path)) == []
    else:
        assert list(client.dbfs.list(path)) == []


def test_a_task_that_fails_fails_the_asset(known: Known) -> None:
    asset = known["failing"]
    assert not asset["success"]
    assert "Error running Databricks job: Task work failed with message" in asset["errors"][0]


def test_a_job_is_run_with_parameters(known: Known, client: WorkspaceClient, job_id: int) -> None:
    assert known["run_now"]["success"], known["run_now"]["errors"]
    [run] = client.jobs.list_runs(job_id=job_id, expand_tasks=True)
    [task] = run.tasks or []
    output = client.jobs.get_run_output(task.run_id or 0).notebook_output
    assert output
    assert output.result == "from dagster"


def test_a_task_without_a_key_is_submitted(known: Known) -> None:
    assert known["submit"]["success"], known["submit"]["errors"]
    assert any("completed successfully" in line for line in known["submit"]["log"])


def test_a_submitted_task_that_fails_is_an_error_with_its_message(known: Known) -> None:
    assert not known["submit_bad"]["success"]
    assert "failed with result state: `DatabricksRunResultState.FAILED`" in known["submit_bad"]["errors"][0]
    assert "Workload failed, see run output for details" in known["submit_bad"]["errors"][0]
