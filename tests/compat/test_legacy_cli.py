"""The old command line of the service, `databricks` 0.18, as people still have it in their scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.compat import await_run
from tests.compat.environments import client_environment, pinned
from tests.compat.island import PYTHON, Island, island

pytestmark = pytest.mark.clients

NOTEBOOK = "# Databricks notebook source\ndbutils.notebook.exit(dbutils.widgets.get('name') + ' was here')\n"
FAILING = "# Databricks notebook source\nraise ValueError('no')\n"


class Cli:
    """Runs one command after the other."""

    def __init__(self, island: Island, folder: Path) -> None:
        self.island = island
        self.folder = folder
        self.command = str(client_environment(pinned("legacy-cli")) / "bin" / "databricks")
        # It warns of its own libraries at every call.
        self.env = {**island.client(), "PYTHONWARNINGS": "ignore"}

    def __call__(self, *words: str) -> str:
        """What a command that ends well prints."""
        done = self.island.run([self.command, *words], self.env, cwd=self.folder)
        assert done.returncode == 0, f"databricks {' '.join(words)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def fails(self, *words: str) -> str:
        """What a command says that does not end well."""
        done = self.island.run([self.command, *words], self.env, cwd=self.folder)
        assert done.returncode != 0, done.stdout
        return done.stdout + done.stderr

    def json(self, *words: str) -> Any:
        """The same, where it prints JSON."""
        return json.loads(self(*words))

    def finished(self, run_id: int) -> Any:
        """The run once it is over."""
        done = self.island.run([PYTHON, await_run.__file__, str(run_id)], self.env)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    with island(tmp_path_factory.mktemp("island") / "home", "https", "databricks-cli 0.18.0") as made:
        yield Cli(made, tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module", autouse=True)
def notebooks(cli: Cli) -> Iterator[None]:
    (cli.folder / "greet.py").write_text(NOTEBOOK)
    (cli.folder / "fail.py").write_text(FAILING)
    cli("workspace", "mkdirs", "/Shared/old")
    for name in ("greet", "fail"):
        cli("workspace", "import", f"{name}.py", f"/Shared/old/{name}", "--language", "PYTHON", "--overwrite")
    yield
    cli("workspace", "delete", "/Shared/old", "--recursive")


def task(name: str) -> dict[str, Any]:
    return {"notebook_path": f"/Shared/old/{name}", "base_parameters": {"name": "Nobody"}}


def test_a_job_of_one_task_is_made_read_run_reset_and_deleted(cli: Cli) -> None:
    settings = {"name": "old", "notebook_task": task("greet"), "max_retries": 0}
    job_id = cli.json("jobs", "create", "--json", json.dumps(settings))["job_id"]
    assert f"{job_id}" in cli("jobs", "list")
    kept = cli.json("jobs", "get", "--job-id", f"{job_id}")["settings"]
    assert kept["tasks"][0]["notebook_task"] == {**task("greet"), "source": "WORKSPACE"}
    run_id = cli.json("jobs", "run-now", "--job-id", f"{job_id}", "--notebook-params", '{"name": "Ada"}')["run_id"]
    assert cli.finished(run_id)["state"]["result_state"] == "SUCCESS"
    run = cli.json("runs", "get", "--run-id", f"{run_id}")
    assert (run["state"]["life_cycle_state"], run["state"]["result_state"]) == ("TERMINATED", "SUCCESS")
    assert cli.json("runs", "get-output", "--run-id", f"{run_id}")["notebook_output"]["result"] == "Ada was here"
    table = cli("runs", "list", "--job-id", f"{job_id}", "--completed-only")
    assert [row.split()[0] for row in table.splitlines()] == [f"{run_id}"]
    cli("jobs", "reset", "--job-id", f"{job_id}", "--json", json.dumps({**settings, "name": "renamed"}))
    assert cli.json("jobs", "get", "--job-id", f"{job_id}")["settings"]["name"] == "renamed"
    cli("jobs", "delete", "--job-id", f"{job_id}")
    assert "does not exist" in cli.fails("jobs", "get", "--job-id", f"{job_id}")


def test_a_job_of_several_tasks_is_made_and_paged_in_version_2_1(cli: Cli) -> None:
    newer = ("--version", "2.1")
    tasks = [
        {"task_key": "first", "notebook_task": task("greet")},
        {"task_key": "second", "notebook_task": task("greet"), "depends_on": [{"task_key": "first"}]},
    ]
    made = [
        cli.json("jobs", "create", *newer, "--json", json.dumps({"name": f"newer {number}", "tasks": tasks}))["job_id"]
        for number in range(3)
    ]
    every = cli.json("jobs", "list", *newer, "--all", "--limit", "1", "--output", "JSON")["jobs"]
    assert {job["job_id"] for job in every} >= set(made)
    named = cli.json("jobs", "list", *newer, "--name", "newer 1", "--expand-tasks", "--output", "JSON")["jobs"]
    assert [(job["job_id"], [task["task_key"] for task in job["settings"]["tasks"]]) for job in named] == [
        (made[1], ["first", "second"])
    ]
    run_id = cli.json("jobs", "run-now", *newer, "--job-id", f"{made[0]}")["run_id"]
    cli.finished(run_id)
    run = cli.json("runs", "get", *newer, "--run-id", f"{run_id}")
    assert [task["state"]["result_state"] for task in run["tasks"]] == ["SUCCESS", "SUCCESS"]
    for job_id in made:
        cli("jobs", "delete", *newer, "--job-id", f"{job_id}")


def test_a_submitted_run_is_waited_for_and_its_failure_is_told(cli: Cli) -> None:
    body = {"run_name": "once", "tasks": [{"task_key": "only", "notebook_task": task("greet")}]}
    told = cli("runs", "submit", "--version", "2.1", "--wait", "--json", json.dumps(body))
    assert '"run_id"' in told
    failing = {"run_name": "fails", "notebook_task": task("fail")}
    run_id = cli.json("runs", "submit", "--json", json.dumps(failing))["run_id"]
    cli.finished(run_id)
    assert cli.json("runs", "get-output", "--run-id", f"{run_id}")["error"] == "ValueError: no"
    assert cli("runs", "cancel", "--run-id", f"{run_id}").strip() in {"", "{}"}


def test_a_run_that_goes_on_is_cancelled(cli: Cli) -> None:
    (cli.folder / "wait.py").write_text("# Databricks notebook source\nimport threading\nthreading.Event().wait()\n")
    cli("workspace", "import", "wait.py", "/Shared/old/wait", "--language", "PYTHON")
    run_id = cli.json("runs", "submit", "--json", json.dumps({"run_name": "long", "notebook_task": task("wait")}))[
        "run_id"
    ]
    assert [run["run_id"] for run in cli.json("runs", "list", "--active-only", "--output", "JSON")["runs"]] == [run_id]
    cli("runs", "cancel", "--run-id", f"{run_id}")
    assert cli.finished(run_id)["state"]["result_state"] == "CANCELED"


def test_a_folder_of_notebooks_goes_up_and_comes_down_as_it_was(cli: Cli) -> None:
    up, down = cli.folder / "up", cli.folder / "down"
    (up / "inner").mkdir(parents=True)
    files = {"one.py": NOTEBOOK, "inner/two.sql": "-- Databricks notebook source\nSELECT 1 AS one\n"}
    for name, text in files.items():
        (up / name).write_text(text)
    cli("workspace", "import_dir", "up", "/Shared/old/tree")
    listed = cli("workspace", "ls", "-l", "/Shared/old/tree")
    assert [row.split()[:2] for row in listed.splitlines()] == [["DIRECTORY", "inner"], ["NOTEBOOK", "one"]]
    cli("workspace", "export_dir", "/Shared/old/tree", "down")
    assert {name: (down / name).read_text().strip() for name in files} == {
        name: text.strip() for name, text in files.items()
    }
    cli("workspace", "export", "/Shared/old/tree/one", "one.py")
    assert (cli.folder / "one.py").read_text() == NOTEBOOK
    cli("workspace", "rm", "/Shared/old/tree", "-r")
    assert "tree" not in cli("workspace", "ls", "/Shared/old")


def test_files_go_to_dbfs_and_back(cli: Cli) -> None:
    (cli.folder / "data.csv").write_bytes(b"a,b\n1,2\n")
    cli("fs", "mkdirs", "dbfs:/old/data")
    cli("fs", "cp", "data.csv", "dbfs:/old/data/data.csv")
    cli("fs", "cp", "--overwrite", "data.csv", "dbfs:/old/data/data.csv")
    assert cli("fs", "ls", "dbfs:/old/data").split() == ["data.csv"]
    assert cli("fs", "cat", "dbfs:/old/data/data.csv") == "a,b\n1,2\n"
    cli("fs", "mv", "dbfs:/old/data/data.csv", "dbfs:/old/data/moved.csv")
    cli("fs", "cp", "-r", "dbfs:/old/data", "back")
    assert (cli.folder / "back" / "moved.csv").read_bytes() == b"a,b\n1,2\n"
    cli("fs", "rm", "-r", "dbfs:/old")
    assert "RESOURCE_DOES_NOT_EXIST" in cli.fails("fs", "ls", "dbfs:/old")


def test_secrets_are_put_listed_shared_and_deleted(cli: Cli) -> None:
    cli("secrets", "create-scope", "--scope", "old", "--initial-manage-principal", "users")
    cli("secrets", "put", "--scope", "old", "--key", "door", "--string-value", "sesame")
    assert "old" in cli("secrets", "list-scopes")
    assert "door" in cli("secrets", "list", "--scope", "old")
    cli("secrets", "put-acl", "--scope", "old", "--principal", "admins", "--permission", "READ")
    assert "READ" in cli("secrets", "get-acl", "--scope", "old", "--principal", "admins")
    assert "admins" in cli("secrets", "list-acls", "--scope", "old")
    cli("secrets", "delete-acl", "--scope", "old", "--principal", "admins")
    assert "admins" not in cli("secrets", "list-acls", "--scope", "old")
    cli("secrets", "delete", "--scope", "old", "--key", "door")
    assert "door" not in cli("secrets", "list", "--scope", "old")
    cli("secrets", "delete-scope", "--scope", "old")
    assert "old" not in cli("secrets", "list-scopes")


def test_tokens_are_made_and_revoked(cli: Cli) -> None:
    made = cli.json("tokens", "create", "--comment", "for a script", "--lifetime-seconds", "3600")
    token_id = made["token_info"]["token_id"]
    assert token_id in cli("tokens", "list")
    cli("tokens", "revoke", "--token-id", token_id)
    assert token_id not in cli("tokens", "list")


def test_a_cluster_is_made_found_by_its_name_and_ended(cli: Cli) -> None:
    spec = {"cluster_name": "old one", "spark_version": "16.4.x-scala2.12", "num_workers": 1}
    cluster_id = cli.json("clusters", "create", "--json", json.dumps({**spec, "node_type_id": "i3.xlarge"}))[
        "cluster_id"
    ]
    assert cluster_id in cli("clusters", "list")
    assert cli.json("clusters", "get", "--cluster-name", "old one")["cluster_id"] == cluster_id
    assert "CREATING" in cli("clusters", "events", "--cluster-id", cluster_id, "--output", "TABLE")
    keys = [version["key"] for version in cli.json("clusters", "spark-versions")["versions"]]
    assert spec["spark_version"] in keys
    assert cli.json("clusters", "list-node-types")["node_types"]
    assert cli.json("clusters", "list-zones")["zones"]
    cli("libraries", "install", "--cluster-id", cluster_id, "--pypi-package", "humanize==4.9.0")
    known = cli.json("libraries", "list", "--cluster-id", cluster_id)["library_statuses"]
    assert [entry["library"] for entry in known] == [{"pypi": {"package": "humanize==4.9.0"}}]
    cli("libraries", "uninstall", "--cluster-id", cluster_id, "--pypi-package", "humanize==4.9.0")
    cli("clusters", "delete", "--cluster-id", cluster_id)
    assert cli.json("clusters", "get", "--cluster-id", cluster_id)["state"] in {"TERMINATING", "TERMINATED"}
    cli("clusters", "permanent-delete", "--cluster-id", cluster_id)
    assert cluster_id not in cli("clusters", "list")


def test_it_also_speaks_http_on_the_port_of_http(tmp_path: Path) -> None:
    with island(tmp_path / "home", "http") as made:
        cli = Cli(made, tmp_path)
        job_id = cli.json("jobs", "create", "--json", '{"name": "plain", "notebook_task": {"notebook_path": "/a"}}')[
            "job_id"
        ]
        assert f"{job_id}" in cli("jobs", "list")
