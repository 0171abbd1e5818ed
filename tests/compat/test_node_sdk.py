"""The SDK for Node, `@databricks/sdk-experimental` 0.17.0, in a process of its own."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient

from tests.compat.conftest import Served
from tests.compat.environments import node, node_environment, pinned
from tests.compat.recording.session import recorded

pytestmark = pytest.mark.clients

DRIVER = Path(__file__).parent / "drivers" / "node_sdk.js"
FOLDER = "/Shared/node"
HEADER = "# Databricks notebook source\n"


class Node:
    """Sends calls to the SDK and gets its answers."""

    def __init__(self, env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [node(), str(DRIVER)], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, service: str, method: str, request: dict[str, Any] | None = None, *, wait: bool = False) -> Any:
        """The answer of a call that goes well."""
        told = self.told(service, method, request, wait=wait)
        assert "error" not in told, told
        return told.get("answer")

    def told(self, service: str, method: str, request: dict[str, Any] | None = None, *, wait: bool = False) -> Any:
        """What the SDK says of a call, be it an answer or an error."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([service, method, request, wait]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()

    def write(self, name: str, source: str) -> str:
        """Import a notebook; its path."""
        content = base64.b64encode((HEADER + source).encode()).decode()
        path = f"{FOLDER}/{name}"
        self("workspace", "import", {"path": path, "content": content, "format": "SOURCE", "language": "PYTHON", "overwrite": True})  # fmt: skip
        return path


@pytest.fixture(scope="module")
def sdk(served: Served) -> Iterator[Node]:
    modules = node_environment(pinned("npm-sdk")) / "node_modules"
    with recorded(served.url, "node-sdk", "@databricks/sdk-experimental 0.17.0") as url:
        told = {"DATABRICKS_HOST": url, "DATABRICKS_TOKEN": served.brickyard.token, "NODE_PATH": str(modules)}
        sdk = Node({"PATH": os.environ["PATH"], "HOME": str(DRIVER.parent), **told})
        sdk("workspace", "mkdirs", {"path": FOLDER})
        yield sdk
        sdk("workspace", "delete", {"path": FOLDER, "recursive": True})
        sdk.end()


def test_it_knows_who_it_is(sdk: Node, client: WorkspaceClient) -> None:
    me = sdk("currentUser", "me")
    assert (me["userName"], me["active"]) == (client.current_user.me().user_name, True)


def test_a_job_is_made_listed_run_waited_for_and_deleted(sdk: Node) -> None:
    path = sdk.write("ok", "dbutils.notebook.exit(dbutils.widgets.get('day'))\n")
    task = {"task_key": "one", "notebook_task": {"notebook_path": path}}
    settings = {"name": "from node", "tasks": [task], "parameters": [{"name": "day", "default": "monday"}]}
    job_id = sdk("jobs", "create", settings)["job_id"]
    assert sdk("jobs", "get", {"job_id": job_id})["settings"]["tasks"][0]["task_key"] == "one"
    assert [job["job_id"] for job in sdk("jobs", "list", {"name": "from node"})] == [job_id]
    run = sdk("jobs", "runNow", {"job_id": job_id, "job_parameters": {"day": "friday"}}, wait=True)
    assert run["state"]["result_state"] == "SUCCESS"
    output = sdk("jobs", "getRunOutput", {"run_id": run["tasks"][0]["run_id"]})
    assert output["notebook_output"]["result"] == "friday"
    assert [each["run_id"] for each in sdk("jobs", "listRuns", {"job_id": job_id})] == [run["run_id"]]
    exported = sdk("jobs", "exportRun", {"run_id": run["tasks"][0]["run_id"]})
    assert "Notebook exited: <code>friday</code>" in exported["views"][0]["content"]
    sdk("jobs", "delete", {"job_id": job_id})
    gone = sdk.told("jobs", "get", {"job_id": job_id})
    assert f"Job {job_id} does not exist" in gone["error"]


def test_a_run_that_fails_is_repaired(sdk: Node) -> None:
    sdk.write("mended", "raise ValueError('not yet')\n")
    task = {"task_key": "one", "notebook_task": {"notebook_path": f"{FOLDER}/mended"}}
    job_id = sdk("jobs", "create", {"name": "mended", "tasks": [task]})["job_id"]
    assert "INTERNAL_ERROR" in sdk.told("jobs", "runNow", {"job_id": job_id}, wait=True)["error"]
    [run] = sdk("jobs", "listRuns", {"job_id": job_id})
    assert run["state"]["result_state"] == "FAILED"
    sdk.write("mended", "dbutils.notebook.exit('mended')\n")
    mended = sdk("jobs", "repairRun", {"run_id": run["run_id"], "rerun_all_failed_tasks": True}, wait=True)
    assert mended["state"]["result_state"] == "SUCCESS"
    sdk("jobs", "delete", {"job_id": job_id})


def test_a_run_is_cancelled(sdk: Node) -> None:
    path = sdk.write("long", "import threading\nthreading.Event().wait()\n")
    job_id = sdk("jobs", "create", {"name": "long", "tasks": [{"task_key": "one", "notebook_task": {"notebook_path": path}}]})["job_id"]  # fmt: skip
    started = sdk("jobs", "runNow", {"job_id": job_id})
    [active] = sdk("jobs", "listRuns", {"job_id": job_id, "active_only": True})
    assert started.get("run_id", active["run_id"]) == active["run_id"]
    assert sdk("jobs", "cancelRun", {"run_id": active["run_id"]}, wait=True)["state"]["result_state"] == "CANCELED"
    sdk("jobs", "delete", {"job_id": job_id})


def test_a_folder_is_listed_and_a_notebook_exported(sdk: Node) -> None:
    sdk.write("shown", "print(1)\n")
    assert f"{FOLDER}/shown" in [each["path"] for each in sdk("workspace", "list", {"path": FOLDER})]
    assert sdk("workspace", "getStatus", {"path": f"{FOLDER}/shown"})["language"] == "PYTHON"
    exported = sdk("workspace", "export", {"path": f"{FOLDER}/shown", "format": "SOURCE"})
    assert base64.b64decode(exported["content"]).decode() == f"{HEADER}print(1)\n"


def test_a_cluster_is_made_and_ended(sdk: Node) -> None:
    spec = {"cluster_name": "from node", "spark_version": "16.4.x-scala2.12", "num_workers": 0}
    cluster = sdk("clusters", "create", spec, wait=True)
    assert cluster["state"] == "RUNNING"
    assert "from node" in [each["cluster_name"] for each in sdk("clusters", "list", {})]
    versions = sdk("clusters", "sparkVersions")["versions"]
    assert spec["spark_version"] in [each["key"] for each in versions]
    sdk("clusters", "delete", {"cluster_id": cluster["cluster_id"]}, wait=True)
    sdk("clusters", "permanentDelete", {"cluster_id": cluster["cluster_id"]})
    assert "from node" not in [each["cluster_name"] for each in sdk("clusters", "list", {})]
