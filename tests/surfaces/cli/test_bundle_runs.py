"""A bundle from its files to a repaired run, by commands against a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from brickyard.surfaces.client import Client
from tests.surfaces.cli.conftest import Run

HEADER = "# Databricks notebook source\n"
CELL = "\n\n# COMMAND ----------\n\n"
BUNDLE = """
bundle: {name: %s}
resources:
  jobs:
    shop:
      name: %s
      parameters: [{name: fruit, default: apple}]
      tasks:
        - task_key: load
          notebook_task: {notebook_path: ./load.py}
        - task_key: clean
          depends_on: [{task_key: load}]
          notebook_task: {notebook_path: ./clean.py}
        - task_key: report
          depends_on: [{task_key: clean}]
          notebook_task: {notebook_path: ./report.py}
"""


@pytest.fixture
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A bundle of its own for each test: its middle task knows the price of apples and pears."""
    name = str(request.node.name).replace("[", "_").replace("]", "_")
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "databricks.yml").write_text(BUNDLE % (name, name))
    (folder / "load.py").write_text(HEADER + "print('loaded')")
    clean = (
        "print('three cells follow')",
        "# DBTITLE 1,Prices\nprices = {'apple': 3, 'pear': 4}",
        "fruit = dbutils.widgets.get('fruit')\ntotal = prices[fruit]",
    )
    (folder / "clean.py").write_text(HEADER + CELL.join(clean))
    (folder / "report.py").write_text(HEADER + "dbutils.notebook.exit('sold ' + dbutils.widgets.get('fruit'))")
    return folder


def test_from_nothing_to_a_result(brickyard: Run, shop: Path) -> None:
    """validate, plan, deploy, run, summary: each says what it did."""
    assert "1 job: shop. All is well." in brickyard("bundle", "validate", cwd=shop).out
    assert "+ job shop: create" in brickyard("bundle", "plan").out
    early = brickyard("bundle", "run", "shop")
    assert early.code == 2
    assert "not deployed" in early.err
    deployed = brickyard("bundle", "deploy")
    assert deployed.code == 0
    assert "Files: 4 uploaded, 0 unchanged, 0 deleted" in deployed.out
    done = brickyard("bundle", "run", "shop", "--params", "fruit=pear")
    assert done.code == 0, done
    lines = done.out.splitlines()
    assert lines[0].startswith("Run ")
    assert any(line.startswith("clean: SUCCESS") for line in lines)
    assert lines[-1] == "report: sold pear"
    listed = brickyard("bundle", "summary").out
    assert "http" not in listed.splitlines()[-1], "there is no page of a job"
    again = brickyard("bundle", "deploy").out
    assert "Files: 0 uploaded, 4 unchanged, 0 deleted" in again
    assert "= job shop: unchanged" in again


def test_json_of_every_verb(brickyard: Run, shop: Path) -> None:
    """What other tools parse."""
    validated: Any = brickyard("bundle", "validate", "-o", "json", cwd=shop).json
    assert "id" not in validated["resources"]["jobs"]["shop"]
    plan: Any = brickyard("bundle", "plan", "--json").json
    assert [(step["action"], step["key"]) for step in plan] == [("create", "shop")]
    deployed: Any = brickyard("bundle", "deploy", "-o", "json", "--auto-approve").json
    job_id = deployed["resources"]["jobs"]["shop"]["id"]
    summary: Any = brickyard("bundle", "summary", "-o", "json").json
    assert summary["resources"]["jobs"]["shop"]["id"] == job_id
    synced: Any = brickyard("bundle", "sync", "-o", "json").json
    assert synced == {"uploaded": [], "deleted": [], "unchanged": 4}
    ran: Any = brickyard("bundle", "run", "shop", "-o", "json").json
    assert ran["job_id"] == int(job_id)
    assert ran["state"]["result_state"] == "SUCCESS"
    assert brickyard("jobs", "get", job_id, "--json").code == 0
    gone: Any = brickyard("bundle", "destroy", "--auto-approve", "-o", "json").json
    assert gone == {"deleted": ["shop"]}
    assert brickyard("jobs", "get", job_id).code == 2


def test_a_failure_is_shown_and_repaired(brickyard: Run, shop: Path, client: Client) -> None:
    """Code 1, with cell, line and message; after another parameter only what is needed runs again."""
    assert brickyard("bundle", "deploy", cwd=shop).code == 0
    failed = brickyard("bundle", "run", "shop", "--params", "fruit=plum")
    assert failed.code == 1
    for words in (
        "✘ clean: KeyError: 'plum'",
        "in cell 3, line 2",
        "→   2 | total = prices[fruit]",
        "three cells follow",
    ):
        assert words in failed.out
    assert "report: UPSTREAM_FAILED" in failed.out
    run_id = str(next(client.list_runs(limit=1))["run_id"])
    assert f"brickyard runs repair {run_id}" in failed.out

    shown: Any = brickyard("runs", "get", run_id, "--json").json
    assert shown["failures"]["clean"]["cell"] == 2
    assert shown["failures"]["clean"]["line"] == 2
    assert "KeyError: 'plum'" in brickyard("runs", "get", run_id).out
    logs = brickyard("runs", "logs", run_id, "--task", "clean").out
    assert "three cells follow" in logs
    assert "line 2" in logs
    assert brickyard("runs", "logs", run_id, "--task", "nope").code == 2

    plan: Any = brickyard("runs", "repair", run_id, "--plan", "--json").json
    actions = {task["task_key"]: task["action"] for task in plan["tasks"]}
    assert actions == {"load": "keep", "clean": "run", "report": "run"}
    repaired = brickyard("runs", "repair", run_id, "-p", "fruit=pear")
    assert repaired.code == 0, repaired
    assert "runs again: clean, report" in repaired.out
    assert "kept:       load" in repaired.out
    assert repaired.out.splitlines()[-1] == "report: sold pear"
    assert brickyard("runs", "output", run_id, "--task", "report").out == "sold pear\n"
    nothing = brickyard("runs", "repair", run_id)
    assert nothing.code == 2
    assert "has no failed or skipped task: there is nothing to repair." in nothing.err


def test_only_some_tasks(brickyard: Run, shop: Path) -> None:
    assert brickyard("bundle", "deploy", cwd=shop).code == 0
    done = brickyard("bundle", "run", "shop", "--only", "load")
    assert done.code == 0, done
    assert "load: SUCCESS" in done.out
    assert "clean: SUCCESS" not in done.out


def test_a_run_that_nobody_waits_for(brickyard: Run, shop: Path, client: Client) -> None:
    """Its id is all that is printed; it can be cancelled."""
    (shop / "load.py").write_text(HEADER + "import threading\nthreading.Event().wait(60)")
    assert brickyard("bundle", "deploy", cwd=shop).code == 0
    run_id = brickyard("bundle", "run", "shop", "--no-wait").out.strip()
    assert run_id.isdigit()
    assert run_id in brickyard("runs", "list", "--active").out
    assert brickyard("runs", "repair", run_id).code == 2
    assert brickyard("runs", "cancel", run_id).code == 0
    seen, life = 0, ""
    while life != "TERMINATED":
        answer = client.watch_run(int(run_id), seen=seen, timeout=20)
        seen, life = answer["version"], answer["run"]["state"]["life_cycle_state"]
    assert answer["run"]["state"]["result_state"] == "CANCELED"


def test_a_changed_job_is_planned_with_its_difference(brickyard: Run, shop: Path, client: Client) -> None:
    """Of the files, and of what somebody did to the job on the server."""
    deployed: Any = brickyard("bundle", "deploy", "-o", "json", cwd=shop).json
    job_id = int(deployed["resources"]["jobs"]["shop"]["id"])
    path = shop / "databricks.yml"
    path.write_text(path.read_text().replace("default: apple", "default: pear"))
    plan = brickyard("bundle", "plan").out
    assert "~ job shop: update" in plan
    assert "parameters.fruit.default: 'apple' -> 'pear'" in plan
    assert brickyard("bundle", "deploy").code == 0
    settings = client.get_job(job_id)["settings"]
    client.reset_job(job_id, {**settings, "timeout_seconds": 99})
    assert "timeout_seconds: 99 -> 0" in brickyard("bundle", "plan").out
    assert brickyard("bundle", "deploy").code == 0
    assert client.get_job(job_id)["settings"]["timeout_seconds"] == 0


def test_a_job_that_left_the_bundle_is_deleted(brickyard: Run, shop: Path, client: Client) -> None:
    """And one that somebody deleted on the server is made again."""
    path = shop / "databricks.yml"
    text = path.read_text()
    second = "    extra: {name: extra, tasks: [{task_key: a, notebook_task: {notebook_path: ./load.py}}]}\n"
    path.write_text(text + second)
    first: Any = brickyard("bundle", "deploy", "-o", "json", cwd=shop).json
    ids = {key: int(job["id"]) for key, job in first["resources"]["jobs"].items()}
    client.delete_job(ids["shop"])
    path.write_text(text)
    assert "- job extra: delete" in brickyard("bundle", "plan").out
    then: Any = brickyard("bundle", "deploy", "-o", "json").json
    assert list(then["resources"]["jobs"]) == ["shop"]
    assert int(then["resources"]["jobs"]["shop"]["id"]) != ids["shop"]
    assert brickyard("jobs", "get", str(ids["extra"])).code == 2


def test_a_renamed_notebook_leaves_nothing_behind(brickyard: Run, shop: Path, client: Client) -> None:
    found: Any = brickyard("bundle", "deploy", "-o", "json", cwd=shop).json
    files = found["workspace"]["file_path"]
    (shop / "load.py").rename(shop / "loader.py")
    path = shop / "databricks.yml"
    path.write_text(path.read_text().replace("./load.py", "./loader.py"))
    assert "Files: 2 uploaded, 2 unchanged, 1 deleted" in brickyard("bundle", "deploy").out
    assert client.status(f"{files}/load") is None
    assert client.status(f"{files}/loader") is not None


def test_files_that_vanished_from_the_server_come_back(brickyard: Run, shop: Path, client: Client) -> None:
    found: Any = brickyard("bundle", "deploy", "-o", "json", cwd=shop).json
    client.delete_path(found["workspace"]["file_path"], recursive=True)
    assert "Files: 4 uploaded" in brickyard("bundle", "deploy").out


def test_a_second_deployment_is_kept_out(brickyard: Run, shop: Path, client: Client) -> None:
    """By the lock, which can be taken; after a deployment it is gone."""
    found: Any = brickyard("bundle", "deploy", "-o", "json", cwd=shop).json
    lock = found["workspace"]["state_path"] + "/deploy.lock"
    assert client.status(lock) is None
    client.put_file(lock, b'{"owner": "somebody@example.com"}')
    kept_out = brickyard("bundle", "deploy")
    assert kept_out.code == 2
    assert "somebody@example.com is deploying" in kept_out.err
    assert "--force-lock" in kept_out.err
    assert brickyard("bundle", "deploy", "--force-lock").code == 0
    assert client.status(lock) is None


def test_a_damaged_state_is_said(brickyard: Run, shop: Path, client: Client) -> None:
    found: Any = brickyard("bundle", "deploy", "-o", "json", cwd=shop).json
    client.put_file(found["workspace"]["state_path"] + "/resources.json", b"{oops")
    done = brickyard("bundle", "deploy")
    assert done.code == 2
    assert "resources.json is damaged" in done.err


def test_destroy_asks_and_forgives(brickyard: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an answer nothing is deleted; twice is no error."""
    assert brickyard("bundle", "deploy", cwd=shop).code == 0
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: PTH123, SIM115 - an empty standard input
    assert brickyard("bundle", "destroy").code != 0
    assert "shop" in brickyard("bundle", "summary").out
    assert "Deleted: shop" in brickyard("bundle", "destroy", "--auto-approve").out
    assert "nothing was deployed" in brickyard("bundle", "destroy", "--auto-approve").out


def test_jobs_with_active_runs_can_be_protected(brickyard: Run, shop: Path, client: Client) -> None:
    path = shop / "databricks.yml"
    path.write_text(path.read_text().replace("bundle: {", "bundle: {deployment: {fail_on_active_runs: true}, "))
    (shop / "load.py").write_text(HEADER + "import threading\nthreading.Event().wait(60)")
    assert brickyard("bundle", "deploy", cwd=shop).code == 0
    run_id = int(brickyard("bundle", "run", "shop", "--no-wait").out)
    refused = brickyard("bundle", "deploy")
    client.cancel_run(run_id)
    assert refused.code == 2
    assert f"active run ({run_id})" in refused.err
