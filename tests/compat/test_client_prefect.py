"""Prefect's own integration, unchanged: its tasks and flows, which speak https alone."""

from __future__ import annotations

import io
import json
import os
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.workspace import ImportFormat
from deltalake import DeltaTable

from brickyard.clock import SystemClock
from brickyard.serve.server import configuration
from brickyard.serve.tls import Identity
from tests.compat.conftest import Served, robot_of
from tests.compat.environments import client_environment, pinned
from tests.serve.conftest import Pair
from tests.surfaces.api.serving import serving

pytestmark = [pytest.mark.clients, pytest.mark.timeout(600)]
DRIVER = Path(__file__).parent / "drivers" / "prefect_calls.py"
FOLDER = "/Shared/prefect"
OWN_SERVER = {
    # Flows are kept by a server of Prefect's own, which they start. On a busy machine its limits are short, and what it
    # does beside them locks its database.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
    "PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT": "60",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}
NOTEBOOK = "# Databricks notebook source\n"
FILES = {
    "echo.py": NOTEBOOK + 'dbutils.widgets.text("day", "none")\ndbutils.notebook.exit(dbutils.widgets.get("day"))\n',
    "write.py": NOTEBOOK
    + """
import os
row = (dbutils.widgets.get("who"), os.environ["TEAM"])
spark.sql("CREATE SCHEMA IF NOT EXISTS main.prefect")
spark.createDataFrame([row], "who string, team string").write.mode("append").saveAsTable("main.prefect.calls")
""",
    "once.py": NOTEBOOK
    + """
marker = dbutils.widgets.get("marker")
if not [each for each in dbutils.fs.ls("dbfs:/") if each.name == marker]:
    dbutils.fs.put(f"dbfs:/{marker}", "seen")
    raise ValueError("not at the first time")
""",
    "held.py": NOTEBOOK + "import threading\nthreading.Event().wait()\n",
    "bad.py": NOTEBOOK + 'raise ValueError("the day is wrong")\n',
}


@pytest.fixture(scope="module")
def returned(served: Served, client: WorkspaceClient, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the integration returns, by name; the server is the one of `client`, at an address of its own with https."""
    client.workspace.mkdirs(FOLDER)
    for name, source in FILES.items():
        client.workspace.upload(f"{FOLDER}/{name}", io.BytesIO(source.encode()), format=ImportFormat.AUTO)
    folder = tmp_path_factory.mktemp("prefect")
    pair = Pair(folder).write()
    identity = Identity(pair.cert, pair.key, folder / "trust.pem", SystemClock())
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PREFECT_HOME": str(folder / "home"),
        **OWN_SERVER,
        "SSL_CERT_FILE": str(pair.ca),
    }
    robot = robot_of(client, "Prefect")
    python = client_environment(pinned("prefect")) / "bin" / "python"
    configure = partial(configuration, identity=identity)
    with serving(lambda _: served.brickyard.app, configure=configure, scheme="https") as url:
        instance = url.removeprefix("https://")
        words = [str(python), str(DRIVER), instance, served.brickyard.token, *robot, str(folder / "returned.json")]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads((folder / "returned.json").read_text())
    return found


def test_a_job_is_made_with_everything_that_was_given(returned: dict[str, Any]) -> None:
    """The nulls of what is unset, which its models write, are no settings."""
    settings = returned["lives"]["job"]["settings"]
    assert (settings["name"], settings["tags"], settings["max_concurrent_runs"]) == (
        "made by prefect",
        {"team": "prefect"},
        3,
    )
    assert settings["schedule"] == {
        "quartz_cron_expression": "0 0 5 * * ?",
        "timezone_id": "UTC",
        "pause_status": "PAUSED",
    }
    assert settings["parameters"] == [{"name": "day", "default": "monday"}]
    write, echo = settings["tasks"]
    assert echo["depends_on"] == [{"task_key": "write"}]
    cluster = write["new_cluster"]
    assert cluster["autoscale"] == {"min_workers": 1, "max_workers": 2}
    assert cluster["spark_conf"] == {"spark.speculation": "true"}
    assert cluster["aws_attributes"]["ebs_volume_count"] == 3


def test_a_job_is_found_by_its_name_updated_and_set_anew(returned: dict[str, Any]) -> None:
    """Its model of the settings has a name and tags of its own where none are given."""
    assert returned["lives"]["listed"] == [True]
    settings = returned["lives"]["updated"]["settings"]
    assert (settings["name"], settings["max_concurrent_runs"]) == ("Untitled", 2)
    assert not settings.get("tags")
    reset = returned["lives"]["reset"]["settings"]
    assert (reset["name"], reset["tags"], len(reset["tasks"])) == ("made by prefect", {"team": "new"}, 2)
    assert "schedule" not in reset


def test_a_run_is_started_once_and_read(returned: dict[str, Any]) -> None:
    lives = returned["lives"]
    assert lives["once"]
    run = lives["run"]
    assert (run["state"]["life_cycle_state"], run["state"]["result_state"]) == ("TERMINATED", "SUCCESS")
    assert [task["task_key"] for task in run["tasks"]] == ["write", "echo"]
    assert lives["output"]["notebook_output"]["result"] == "sunday"
    [view] = lives["export"]["views"]
    assert view["content"].startswith("<!")


def test_runs_are_listed_until_they_are_deleted(returned: dict[str, Any]) -> None:
    [listed] = returned["lives"]["runs"]["runs"]
    assert listed["run_id"] == returned["lives"]["run"]["run_id"]
    assert len(listed["tasks"]) == 2
    assert not returned["lives"]["left"].get("runs")


def test_a_failed_run_is_repaired_and_running_ones_are_cancelled(returned: dict[str, Any]) -> None:
    fails = returned["fails"]
    results = {name: run["state"]["result_state"] for name, run in fails.items()}
    assert results == {
        "failed": "FAILED",
        "repaired": "SUCCESS",
        "cancelled": "CANCELED",
        "cancelled with all": "CANCELED",
    }
    assert [each["type"] for each in fails["repaired"]["repair_history"]] == ["ORIGINAL", "REPAIR"]


def test_a_service_principal_signs_in_with_its_secret(returned: dict[str, Any]) -> None:
    assert returned["robot"]["output"]["notebook_output"]["result"] == "robot"
    assert returned["robot"]["run"]["creator_user_name"] != returned["lives"]["run"]["creator_user_name"]


def test_a_flow_submits_tasks_and_returns_what_they_said(returned: dict[str, Any]) -> None:
    outputs, run = returned["flow"]
    assert outputs["echo"]["result"] == "flow"
    assert {task["task_key"] for task in run["tasks"]} == {"echo", "write"}


def test_the_flow_of_a_run_that_fails_raises_its_message(returned: dict[str, Any]) -> None:
    assert returned["bad"].startswith("DatabricksJobInternalError: ")
    assert "Task bad failed with message: Workload failed, see run output for details." in returned["bad"]


def test_a_flow_runs_a_job_that_exists(returned: dict[str, Any]) -> None:
    assert returned["by_id"]["echo"]["result"] == "by id"


def test_the_notebooks_have_written_their_rows(returned: dict[str, Any], client: WorkspaceClient) -> None:
    """With the variable of their cluster."""
    assert returned["flow"]
    location = client.tables.get("main.prefect.calls").storage_location or ""
    rows = DeltaTable(location.removeprefix("file:")).to_pyarrow_table().to_pylist()
    assert sorted((row["who"], row["team"]) for row in rows) == [("flow", "data"), ("job", "data")]
