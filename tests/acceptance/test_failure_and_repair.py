"""A notebook fails; the person sees where, mends it, and repairs only what is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.installation import Installation, latest, notebook, results

BUNDLE = """
bundle:
  name: shop
resources:
  jobs:
    shop:
      name: shop
      tasks:
        - task_key: load
          notebook_task: {notebook_path: ./load.py}
        - task_key: clean
          depends_on: [{task_key: load}]
          notebook_task: {notebook_path: ./clean.py}
        - task_key: report
          depends_on: [{task_key: clean}]
          notebook_task: {notebook_path: ./report.py}
        - task_key: side
          depends_on: [{task_key: load}]
          notebook_task: {notebook_path: ./side.py}
targets:
  dev: {default: true}
"""
BROKEN = ("price = {'apple': 3}", "print('three cells follow')", "total = 0\ntotal += price['pear']\nprint(total)")
MENDED = (*BROKEN[:2], "total = 0\ntotal += price['apple']\nprint(total)")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A bundle whose second task raises in its third cell."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "databricks.yml").write_text(BUNDLE)
    (folder / "load.py").write_text(notebook("dbutils.jobs.taskValues.set('rows', 12)"))
    (folder / "clean.py").write_text(notebook(*BROKEN))
    (folder / "report.py").write_text(
        notebook("rows = dbutils.jobs.taskValues.get('load', 'rows')\ndbutils.notebook.exit(f'{rows} rows')")
    )
    (folder / "side.py").write_text(notebook("print('beside')"))
    return folder


def test_a_failure_is_explained_and_repaired(serving: Installation, shop: Path) -> None:
    """FAILED with cell, line and message; downstream skipped; the parallel branch done; repair runs two tasks."""
    assert serving.command("bundle", "deploy", cwd=shop).returncode == 0
    failed = serving.command("bundle", "run", "shop", cwd=shop)
    assert failed.returncode == 1, failed.stdout
    for word in ("KeyError: 'pear'", "clean", "three cells follow"):
        assert word in failed.stdout, failed.stdout
    run_id = serving.get("/api/2.2/jobs/runs/list")["runs"][0]["run_id"]
    run = serving.json("runs", "get", str(run_id), "--json")
    assert results(run) == {
        "load": "SUCCESS",
        "clean": "FAILED",
        "report": "UPSTREAM_FAILED",
        "side": "SUCCESS",
    }
    assert run["state"]["state_message"] == (
        "Task clean failed with message: Workload failed, see run output for details. "
        "This caused all downstream tasks to get skipped."
    )
    logs = serving.command("runs", "logs", str(run_id))
    assert "KeyError: 'pear'" in logs.stdout
    assert "line 2" in logs.stdout

    (shop / "clean.py").write_text(notebook(*MENDED))
    assert serving.command("bundle", "deploy", cwd=shop).returncode == 0
    repaired = serving.command("runs", "repair", str(run_id))
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
    run = serving.get("/api/2.2/jobs/runs/get", run_id=run_id, include_history=True)
    assert set(results(run).values()) == {"SUCCESS"}
    attempts = [task["task_key"] for task in run["tasks"]]
    assert sorted(attempts) == ["clean", "clean", "load", "report", "report", "side"]
    assert [entry["type"] for entry in run["repair_history"]] == ["ORIGINAL", "REPAIR"]
    output = serving.get("/api/2.2/jobs/runs/get-output", run_id=latest(run)["report"]["run_id"])
    assert output["notebook_output"]["result"] == "12 rows"


def test_ten_parallel_tasks_see_their_own_parameters(serving: Installation, tmp_path: Path) -> None:
    """Ten tasks of one notebook, each with its own value, each returns its own."""
    folder = tmp_path / "ten"
    folder.mkdir()
    tasks = "\n".join(
        f"        - task_key: t{n}\n"
        f"          notebook_task: {{notebook_path: ./echo.py, base_parameters: {{value: 'v{n}'}}}}"
        for n in range(10)
    )
    (folder / "databricks.yml").write_text(
        f"bundle: {{name: ten}}\nresources:\n  jobs:\n    ten:\n      name: ten\n      tasks:\n{tasks}\n"
    )
    (folder / "echo.py").write_text(
        notebook("import sys, os", "dbutils.notebook.exit(dbutils.widgets.get('value') + ' ' + os.getcwd())")
    )
    assert serving.command("bundle", "deploy", cwd=folder).returncode == 0
    done = serving.command("bundle", "run", "ten", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    run_id = serving.get("/api/2.2/jobs/runs/list")["runs"][0]["run_id"]
    run = serving.get("/api/2.2/jobs/runs/get", run_id=run_id)
    values = {}
    for key, task in latest(run).items():
        output = serving.get("/api/2.2/jobs/runs/get-output", run_id=task["run_id"])
        values[key], _, folder_of_task = output["notebook_output"]["result"].partition(" ")
        assert str(task["run_id"]) in folder_of_task
    assert values == {f"t{n}": f"v{n}" for n in range(10)}
