"""Two members of one real server: each runs what is their own, and not what is the other's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from brickyard.surfaces.client import Client
from brickyard.surfaces.local import LocalServer
from tests.compute.git_server import GitServer, git_server
from tests.surfaces.cli.conftest import Run

MAIN = "# Databricks notebook source\nimport tool\n\ndbutils.notebook.exit(str(tool.x))\n"
BOB = "bob-of-the-members@example.com"


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with git_server(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture
def bob(brickyard: Run, server: LocalServer) -> Iterator[Client]:
    assert brickyard("users", "create", BOB).code == 0
    token = brickyard("auth", "token", "create", "--user", BOB).out.strip()
    with Client(server.url, token, trust=server.trust) as made:
        yield made


def ran(client: Client, path: str) -> dict[str, Any]:
    """The one task of a run of a notebook, once it is over."""
    task = {"task_key": "t", "notebook_task": {"notebook_path": path}}
    run_id = int(client.call("POST", "/api/2.2/jobs/runs/submit", json={"run_name": "r", "tasks": [task]})["run_id"])
    seen = 0
    for _ in range(50):
        seen = int(client.watch_run(run_id, seen=seen, timeout=10)["version"])
        run = client.call("GET", "/api/2.2/jobs/runs/get", params={"run_id": run_id})
        if run["status"]["state"] == "TERMINATED":
            done: dict[str, Any] = run["tasks"][0]
            return done
    raise AssertionError(run)


def test_a_member_runs_a_notebook_of_a_git_folder_and_none_of_another_member(
    client: Client, bob: Client, git: GitServer
) -> None:
    origin = git.repository("team/members", jobs__load_py=MAIN, tool_py="x = 42\n")
    folder = bob.call("POST", "/api/2.0/repos", json={"url": origin.url, "provider": "gitHub"})["path"]
    assert folder == f"/Repos/{BOB}/members"
    good = ran(bob, f"{folder}/jobs/load")
    output = bob.call("GET", "/api/2.2/jobs/runs/get-output", params={"run_id": good["run_id"]})
    assert output["notebook_output"]["result"] == "42", "modules of the repository's root are found"
    hers = f"/Users/{client.me()['userName']}/private"
    client.mkdirs(f"/Users/{client.me()['userName']}")
    client.put_file(f"{hers}.py", MAIN.encode())
    details = ran(bob, hers)["status"]["termination_details"]
    assert (details["code"], BOB in details["message"], hers in details["message"]) == (
        "UNAUTHORIZED_ERROR",
        True,
        True,
    )
