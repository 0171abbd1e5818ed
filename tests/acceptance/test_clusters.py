"""All-purpose clusters when the server is killed, and when it is stopped: with the installed command and real processes."""

from __future__ import annotations

from typing import Any

import psutil
import pytest

from tests.acceptance.installation import Installation, over

GATE = "/Workspace/Shared/gate"
WAITS = """# Databricks notebook source
import os, time
first = spark.range(5).count()
open({begun!r}, 'w').close()
while not os.path.exists({go!r}):
    time.sleep(0.05)
dbutils.notebook.exit(str(first + spark.range(7).count()))
"""


@pytest.fixture
def cluster(serving: Installation) -> dict[str, Any]:
    made: dict[str, Any] = serving.json("clusters", "create", "drafts", "--autotermination", "30", "--json")
    assert made["state"] == "RUNNING"
    return made


def state(home: Installation, cluster: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = home.get("/api/2.1/clusters/get", cluster_id=cluster["cluster_id"])
    return found


def engines(home: Installation) -> list[psutil.Process]:
    """The Spark engines of this home."""
    found = []
    for process in psutil.process_iter():
        try:
            mine = str(home.home) in process.environ().get("PYTHONPATH", "")
            if mine and "pysail" in process.cmdline():
                found.append(process)
        except psutil.Error:
            continue
    return found


def submit(home: Installation, cluster: dict[str, Any]) -> int:
    folder = home.home / "workspace" / "Shared"
    folder.mkdir(parents=True, exist_ok=True)
    begun, go = str(home.home / "begun"), str(home.home / "go")
    (folder / "gate.py").write_text(WAITS.format(begun=begun, go=go))
    task = {
        "task_key": "wait",
        "existing_cluster_id": cluster["cluster_id"],
        "notebook_task": {"notebook_path": "/Shared/gate"},
    }
    run_id: int = home.post("/api/2.2/jobs/runs/submit", {"run_name": "r", "tasks": [task]})["run_id"]
    home.watch(run_id, lambda run: (home.home / "begun").exists() or over(run))
    return run_id


def test_a_cluster_and_the_task_on_it_live_through_the_death_of_the_server(
    serving: Installation, cluster: dict[str, Any]
) -> None:
    run_id = submit(serving, cluster)
    serving.kill()
    serving.start()
    assert state(serving, cluster)["state"] == "RUNNING"
    (serving.home / "go").touch()
    run = serving.watch(run_id, over)
    assert run["state"]["result_state"] == "SUCCESS", run
    output = serving.get("/api/2.2/jobs/runs/get-output", run_id=run["tasks"][0]["run_id"])
    assert output["notebook_output"]["result"] == "12"
    assert state(serving, cluster)["last_restarted_time"] == cluster["last_restarted_time"]


def test_a_server_that_stops_in_peace_leaves_no_engine(serving: Installation, cluster: dict[str, Any]) -> None:
    place = {"clusterId": cluster["cluster_id"], "language": "python"}
    context = serving.post("/api/1.2/contexts/create", place)["id"]
    serving.stop()
    assert engines(serving) == []
    serving.start()
    found = state(serving, cluster)
    assert (found["state"], found["state_message"]) == ("TERMINATED", "The server was stopped.")
    with serving.http as http:
        gone = http.get("/api/1.2/contexts/status", params={"clusterId": cluster["cluster_id"], "contextId": context})
    assert gone.status_code == 404
    started = serving.json("clusters", "start", "drafts", "--json")
    assert started["state"] == "RUNNING"


def test_a_server_that_stops_leaves_the_cluster_to_a_task_that_goes_on(
    serving: Installation, cluster: dict[str, Any]
) -> None:
    run_id = submit(serving, cluster)
    serving.stop()
    serving.start()
    assert state(serving, cluster)["state"] == "RUNNING"
    (serving.home / "go").touch()
    assert serving.watch(run_id, over)["state"]["result_state"] == "SUCCESS"
