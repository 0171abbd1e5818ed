"""`brickyard runs repair --plan`, `runs get` and `runs why` against a real server: what is said before a repair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from brickyard.surfaces.client import Client
from tests.surfaces.cli.conftest import Run

HEADER = "# Databricks notebook source\n"
GOOD = "value = 1\nprint(value)"
BAD = "value = 1\nraise ValueError('bad row')"


class Bench:
    """A job of three tasks on notebooks of its own: `load`, then `clean`, then `report`."""

    def __init__(self, client: Client, name: str) -> None:
        self.client = client
        self.folder = f"/Workspace/Shared/{name}"
        client.mkdirs(self.folder)
        for key in ("load", "clean", "report"):
            self.write(key, GOOD)
        self.settings: dict[str, Any] = {
            "name": name,
            "tasks": [self.task("load"), self.task("clean", "load"), self.task("report", "clean")],
            "parameters": [{"name": "day", "default": "monday"}],
        }
        self.job = client.create_job(self.settings)

    def task(self, key: str, *needs: str, **more: Any) -> dict[str, Any]:
        edges = [{"task_key": need} for need in needs]
        return {
            "task_key": key,
            "notebook_task": {"notebook_path": f"{self.folder}/{key}"},
            "depends_on": edges,
            **more,
        }

    def write(self, key: str, text: str) -> None:
        self.client.put_file(f"{self.folder}/{key}.py", (HEADER + text).encode())

    def run(self, brickyard: Run, *words: str) -> str:
        done: Any = brickyard("jobs", "run-now", str(self.job), "--json", *words).json
        return str(done["run_id"])


@pytest.fixture
def bench(client: Client, request: pytest.FixtureRequest) -> Bench:
    return Bench(client, str(request.node.name).partition("[")[0])


def test_a_plan_says_what_runs_what_is_kept_why_and_what_changed(brickyard: Run, bench: Bench) -> None:
    good = bench.run(brickyard)
    bench.write("clean", BAD)
    bad = bench.run(brickyard)
    bench.write("clean", "value = 2\nprint(value)")
    bench.settings["tasks"][2]["max_retries"] = 1
    bench.client.reset_job(bench.job, bench.settings)

    lines = brickyard("runs", "repair", bad, "--plan", "-p", "day=tuesday").out.splitlines()
    rows = {line.split()[0]: line for line in lines[1:4]}
    assert rows["load"].split(maxsplit=3)[1:] == [
        "is",
        "kept",
        "It succeeded: its output and its task values are kept.",
    ]
    assert rows["clean"].split(maxsplit=3)[3] == "It failed: ValueError: bad row."
    assert rows["report"].split(maxsplit=3)[3] == "It was skipped because clean failed."
    since, _, since_good = "\n".join(lines[5:]).partition("\nChanged since the last good run, ")
    assert since.splitlines()[0] == "Changed since this run (version 1 -> 2):"
    assert "settings   + tasks/report/max_retries: 1" in since
    assert 'parameters ~ job_parameters/day: "monday" -> "tuesday"' in since
    assert f"code       ~ /Shared/{bench.settings['name']}/clean.py (task clean)" in since
    assert "      -raise ValueError('bad row')" in since
    assert since_good.startswith(f"{good} of ")
    assert "      -value = 1" in since_good
    assert "ValueError" not in since_good


def test_a_repair_says_its_plan_in_two_lines_and_is_pinned(brickyard: Run, bench: Bench) -> None:
    bench.write("clean", BAD)
    run_id = bench.run(brickyard)
    bench.write("clean", GOOD)
    bench.settings["description"] = "mended"
    bench.client.reset_job(bench.job, bench.settings)
    done = brickyard("runs", "repair", run_id)
    assert done.code == 0, done
    assert done.out.splitlines()[:2] == ["runs again: clean, report", "kept:       load"]
    shown = brickyard("runs", "get", run_id).out.splitlines()
    assert shown[-1] == f"job {bench.job}, version 1; repair 1: version 2"
    found: Any = brickyard("runs", "get", run_id, "--json").json
    pinned = found["pinned"]
    assert [start["job_version"] for start in pinned["starts"]] == [1, 2]
    hashes = [task["code_hash"] for task in pinned["tasks"] if task["task_key"] == "clean"]
    assert len(set(hashes)) == 2
    newest = next(task for task in reversed(pinned["tasks"]) if task["task_key"] == "clean")
    row = next(line for line in shown if line.startswith("clean "))
    assert newest["code_hash"][:12] in row.split()
    assert [file["path"] for file in newest["files"]] == [f"/Shared/{bench.settings['name']}/clean.py"]


def test_a_plan_of_what_did_not_change_says_so(brickyard: Run, bench: Bench) -> None:
    bench.write("load", BAD)
    run_id = bench.run(brickyard)
    lines = brickyard("runs", "repair", run_id, "--plan").out.splitlines()
    assert lines[-2:] == [
        "Nothing has changed since this run (version 1).",
        "No run of this job has ended well yet, so there is none to compare with.",
    ]


def test_a_loop_is_planned_and_repaired_by_iterations(brickyard: Run, bench: Bench) -> None:
    bench.write("clean", "day = dbutils.widgets.get('x')\nassert day != 'tue', 'no rows'")
    nested = bench.task(
        "one", notebook_task={"notebook_path": f"{bench.folder}/clean", "base_parameters": {"x": "{{input}}"}}
    )
    del nested["depends_on"]
    loop = {"task_key": "each", "for_each_task": {"inputs": '["mon", "tue", "wed"]', "task": nested}}
    bench.client.reset_job(bench.job, {**bench.settings, "tasks": [loop]})
    run_id = bench.run(brickyard)
    why = "With the same inputs, 1 of its 3 iterations runs again (index 1) and 2 are kept; with others, all run."
    planned = " ".join(brickyard("runs", "repair", run_id, "--plan").out.split())
    assert why in planned
    bench.write("clean", GOOD)
    done = brickyard("runs", "repair", run_id)
    assert done.code == 0
    assert done.out.splitlines()[:2] == ["runs again: each (1 of 3 iterations)", "kept:       nothing"]


def test_a_second_repair_needs_no_id(brickyard: Run, bench: Bench) -> None:
    bench.write("clean", BAD)
    run_id = bench.run(brickyard)
    assert brickyard("runs", "repair", run_id).code == 1
    plan: Any = brickyard("runs", "repair", run_id, "--plan", "--json").json
    assert plan["latest_repair_id"] > 0
    assert brickyard("runs", "repair", run_id).code == 1


def test_what_cannot_be_planned_is_refused_in_one_sentence(brickyard: Run, bench: Bench) -> None:
    run_id = bench.run(brickyard)
    done = brickyard("runs", "repair", run_id, "--plan")
    assert done.code == 2
    assert done.err == f"Error: Run {run_id} has no failed or skipped task: there is nothing to repair.\n"
    done = brickyard("runs", "repair", run_id, "--plan", "--rerun-tasks", "lod")
    assert done.code == 2
    assert "'lod', which is no task of the job" in done.err
    assert brickyard("runs", "repair", "5", "--plan").err == "Error: Run 5 does not exist.\n"


def test_why_a_run_waits(brickyard: Run, bench: Bench, tmp_path: Path) -> None:
    """One run at a time: the second waits for the place of the first, until that is cancelled."""
    gate = tmp_path / "gate"
    bench.write(
        "load",
        f"import pathlib, threading\nwhile not pathlib.Path({str(gate)!r}).exists():\n    threading.Event().wait(0.05)",
    )
    first = bench.client.run_now(bench.job)
    second = bench.client.run_now(bench.job)
    try:
        said = brickyard("runs", "why", str(second)).out.splitlines()
        assert said[0].split() == ["what", "why", "it", "waits"]
        assert f"Run {first} holds the place" in said[1]
        assert f"Run {first} holds the place" in brickyard("runs", "get", str(second)).out.splitlines()[1]
        waits: Any = brickyard("runs", "why", str(first), "--json").json
        assert {"subject": "clean", "sentence": "Waits for load."} in waits
    finally:
        gate.touch()
    for run_id in (first, second):
        assert brickyard("runs", "why", str(run_id)).code == 0
    assert brickyard("runs", "why", "5").err == "Error: Run 5 does not exist.\n"
