"""`brickyard runs …` of a run in which tasks failed, were skipped and returned much."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from brickyard.surfaces.client import Client
from tests.surfaces.cli.conftest import Run

HEADER = "# Databricks notebook source\n"
LONG = "x" * 3000


@pytest.fixture
def job(brickyard: Run, tmp_path: Path, client: Client, request: pytest.FixtureRequest) -> str:
    """A job of four tasks: `long` returns much, `bad` fails, `later` and `last` wait for it."""
    name = str(request.node.name).partition("[")[0]
    folder = f"/Workspace/Shared/{name}"
    client.mkdirs(folder)
    sources = {"long": f"dbutils.notebook.exit('{LONG}')", "bad": "print('so far')\n{}[dbutils.widgets.get('fruit')]"}
    for file, source in sources.items():
        client.put_file(f"{folder}/{file}.py", (HEADER + source).encode())
    tasks: list[dict[str, Any]] = [
        {"task_key": key, "notebook_task": {"notebook_path": f"{folder}/{file}"}}
        for key, file in (("long", "long"), ("bad", "bad"), ("later", "long"), ("last", "long"))
    ]
    tasks[2]["depends_on"] = [{"task_key": "bad"}, {"task_key": "long"}]
    tasks[3]["depends_on"] = [{"task_key": "later"}]
    settings = {
        "name": name,
        "tasks": tasks,
        "parameters": [{"name": "fruit", "default": "fig"}, {"name": "n", "default": "0"}],
    }
    (tmp_path / "job.json").write_text(json.dumps(settings))
    return str(brickyard("jobs", "create", "job.json").out.strip())


def test_skipped_tasks_are_explained_everywhere(brickyard: Run, job: str, client: Client) -> None:
    """In the report of the run, in `get` and in `logs`; in `get` they have neither an attempt nor a duration."""
    done = brickyard("jobs", "run-now", job)
    assert done.code == 1
    reason = "An upstream task failed. (bad: FAILED, long: SUCCESS)"
    assert f"○ later: UPSTREAM_FAILED  {reason}" in done.out
    run_id = str(next(client.list_runs(job_id=int(job), limit=1))["run_id"])
    rows = {line.split()[0]: line.split() for line in brickyard("runs", "get", run_id).out.splitlines()[2:6]}
    assert rows["later"][2:5] == ["UPSTREAM_FAILED", "-", "-"]
    assert rows["bad"][2:4] == ["FAILED", "1"]
    logs = brickyard("runs", "logs", run_id).out
    assert f"── later  UPSTREAM_FAILED  {reason}" in logs
    assert "── last  UPSTREAM_FAILED  An upstream task failed. (later: UPSTREAM_FAILED)" in logs
    assert "so far" in logs


def test_a_long_result_is_shortened_and_kept_whole(brickyard: Run, job: str, client: Client) -> None:
    done = brickyard("jobs", "run-now", job, "--only", "long")
    assert done.code == 0, done
    run_id = next(client.list_runs(job_id=int(job), limit=1))["run_id"]
    shown = f"{'x' * 200}… (3,000 characters; all of it: brickyard runs output {run_id})"
    assert done.out.splitlines()[-1].endswith(shown)
    assert brickyard("runs", "output", str(run_id), "--task", "long").out == f"{LONG}\n"


def test_what_a_script_wrote_is_its_output(brickyard: Run, tmp_path: Path, client: Client) -> None:
    (tmp_path / "script.py").write_text("print('from a script')")
    assert brickyard("run", "script.py").code == 0
    run_id = next(run["run_id"] for run in client.list_runs(limit=5) if run["run_name"] == "script.py")
    assert brickyard("runs", "output", str(run_id), "--task", "main").out.strip() == "from a script"


@pytest.mark.parametrize(
    "words",
    [
        ["--param", "fruit=plum", "--param", "n=1"],
        ["--params", "fruit=plum,n=1"],
        ["-p", "fruit=plum", "--params", "n=1"],
        ["-p", "fruit=plum, n=1"],
    ],
)
def test_parameters_in_every_form(brickyard: Run, job: str, client: Client, words: list[str]) -> None:
    """The same to `run-now` and to a repair: what the run got is what was meant."""
    failed: Any = brickyard("jobs", "run-now", job, "--only", "bad", "--json", *words)
    assert failed.code == 1
    given = {item["name"]: item.get("value") for item in failed.json["job_parameters"]}
    assert given == {"fruit": "plum", "n": "1"}
    run_id = str(failed.json["run_id"])
    changed = [word.replace("plum", "kiwi") for word in words]
    assert brickyard("runs", "repair", run_id, *changed).code == 1
    assert "KeyError: 'kiwi'" in brickyard("runs", "get", run_id).out
    assert next(client.list_runs(job_id=int(job), limit=1))["run_id"] == int(run_id)


def test_json_shapes(brickyard: Run, job: str) -> None:
    """What programs read: of list, get, logs and output."""
    ran: Any = brickyard("jobs", "run-now", job, "--json").json
    run_id = str(ran["run_id"])
    shown: Any = brickyard("runs", "get", run_id, "--json").json
    assert set(shown["failures"]) == {"bad"}
    assert "KeyError: 'fig'" in shown["failures"]["bad"]["message"]
    logs: Any = brickyard("runs", "logs", run_id, "--task", "bad", "--json").json
    assert [cell["index"] for cell in logs["bad"]["cells"]] == [0]
    output: Any = brickyard("runs", "output", run_id, "--json").json
    assert output["long"]["notebook_output"]["result"] == LONG
    listed: Any = brickyard("runs", "list", "--job", job, "--limit", "1", "--json").json
    assert [run["run_id"] for run in listed] == [int(run_id)]
    assert brickyard("runs", "list", "--job", job, "--active").out == "There are no runs.\n"
    plan: Any = brickyard("runs", "repair", run_id, "--plan", "--rerun-tasks", "bad", "--dependents", "--json").json
    actions = [(task["task_key"], task["action"]) for task in plan["tasks"]]
    assert actions == [("long", "keep"), ("bad", "run"), ("later", "run"), ("last", "run")]


def test_runs_that_are_over_cannot_be_cancelled_into_anything(brickyard: Run, job: str) -> None:
    """Cancelling an ended run changes nothing and is no error, as at the service."""
    ran: Any = brickyard("jobs", "run-now", job, "--only", "long", "--json").json
    assert brickyard("runs", "cancel", str(ran["run_id"]), "--json").json == {"run_id": ran["run_id"]}
    after: Any = brickyard("runs", "get", str(ran["run_id"]), "--json").json
    assert after["state"]["result_state"] == "SUCCESS"
