"""The server dies at every commit point, one after the other: nothing is lost and nothing happens twice."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.installation import Installation, latest, over, results

CRASHING = str(Path(__file__).with_name("crashing_server.py"))
QUIET = 4.0
"""Seconds without a write after which a run must be over."""
FOLDER = "/Workspace/Shared/crash"
NOTE = """
import os, sys
with open(os.path.join({folder!r}, 'ran'), 'a') as file:
    file.write(os.environ['BRICKYARD_TASK_KEY'] + ' ' + os.environ['BRICKYARD_TASK_RUN_ID'] + '\\n')
"""
FLAKY = """
marker = os.path.join({folder!r}, sys.argv[1])
if not os.path.exists(marker):
    open(marker, 'w').close()
    sys.exit('not yet')
"""


@pytest.fixture
def place(installation: Installation) -> Path:
    """The workspace folder of the scripts, which note that they ran."""
    folder = installation.home / "workspace" / "Shared" / "crash"
    folder.mkdir(parents=True)
    (folder / "note.py").write_text(NOTE.format(folder=str(folder)))
    (folder / "flaky.py").write_text(NOTE.format(folder=str(folder)) + FLAKY.format(folder=str(folder)))
    return folder


def script(key: str, *needs: str, file: str = "note", **fields: Any) -> dict[str, Any]:
    work = {"python_file": f"{FOLDER}/{file}.py", "parameters": [key]}
    return {"task_key": key, "depends_on": [{"task_key": need} for need in needs], "spark_python_task": work, **fields}


def whole_job(child: int) -> list[dict[str, Any]]:
    """One task of each way to run: with a retry, a decision, a loop, a run of another job, and one that fails."""
    nested = script("each")
    del nested["depends_on"]
    return [
        script("first", file="flaky", max_retries=1),
        {
            "task_key": "choose",
            "depends_on": [{"task_key": "first"}],
            "condition_task": {"op": "EQUAL_TO", "left": "{{tasks.first.result_state}}", "right": "success"},
        },
        script("not_taken") | {"depends_on": [{"task_key": "choose", "outcome": "false"}]},
        {
            "task_key": "loop",
            "depends_on": [{"task_key": "choose", "outcome": "true"}],
            "for_each_task": {"inputs": "[1, 2, 3]", "concurrency": 2, "task": nested},
        },
        {"task_key": "other", "depends_on": [{"task_key": "choose"}], "run_job_task": {"job_id": child}},
        script("last", "loop", "other", file="flaky"),
    ]


EXPECTED = {
    "first": "SUCCESS",
    "choose": "SUCCESS",
    "not_taken": "EXCLUDED",
    "loop": "SUCCESS",
    "other": "SUCCESS",
    "last": "FAILED",
}


def crash_until_over(installation: Installation, run_id: int, mode: str, number: int) -> int:
    """Start servers that die at their Nth write until the run is over; how many there were."""
    for count in range(1, 300):
        server = subprocess.Popen(
            [sys.executable, CRASHING, mode, str(number), "--port", "0"],
            env=installation.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        installation.server = server
        assert server.stdout is not None
        listens = "listens on" in server.stdout.readline()
        try:
            server.wait(timeout=QUIET if listens else 30)
        except subprocess.TimeoutExpired:
            run = installation.get("/api/2.2/jobs/runs/get", run_id=run_id)
            installation.kill()
            assert over(run), f"server {count} has nothing to do, and the run is not over: {run['state']}"
            return count
        server.stdout.close()
        installation.server = None
    raise AssertionError("the run does not end")


def executions(place: Path) -> Counter[str]:
    """How often each task run's code ran, by `key id`."""
    return Counter((place / "ran").read_text().splitlines())


@pytest.mark.parametrize(("mode", "number"), [("after", 1), ("before", 2)])
def test_each_commit_point_of_a_run_and_of_its_repair(
    installation: Installation, place: Path, mode: str, number: int
) -> None:
    installation.start()
    child = installation.post("/api/2.2/jobs/create", {"name": "child", "tasks": [script("inner")]})["job_id"]
    body = {"name": "crashes", "tasks": whole_job(child)}
    job_id = installation.post("/api/2.2/jobs/create", body)["job_id"]
    run_id = installation.post("/api/2.2/jobs/run-now", {"job_id": job_id})["run_id"]
    installation.kill()
    servers = crash_until_over(installation, run_id, mode, number)
    assert servers > 10

    installation.start()
    run = installation.get("/api/2.2/jobs/runs/get", run_id=run_id)
    assert results(run) == EXPECTED
    ran = executions(place)
    assert set(ran.values()) == {1}, "no task run ran twice"
    by_key = Counter(line.split()[0] for line in ran)
    assert by_key == {"first": 2, "each": 3, "inner": 1, "last": 1}
    assert len(installation.get("/api/2.2/jobs/runs/list", job_id=child)["runs"]) == 1

    repair = {"run_id": run_id, "rerun_all_failed_tasks": True}
    installation.post("/api/2.2/jobs/runs/repair", repair)
    installation.kill()
    crash_until_over(installation, run_id, mode, number)
    installation.start()
    run = installation.get("/api/2.2/jobs/runs/get", run_id=run_id, include_history=True)
    assert run["state"]["result_state"] == "SUCCESS"
    assert [entry["type"] for entry in run["repair_history"]] == ["ORIGINAL", "REPAIR"]
    assert latest(run)["last"]["attempt_number"] == 1
    assert set(executions(place).values()) == {1}


@pytest.mark.parametrize("mode", ["before", "after"])
def test_a_repair_is_whole_or_not_at_all(installation: Installation, place: Path, mode: str) -> None:
    installation.start()
    tasks = [script("a", file="flaky"), script("b", "a"), script("c", "a")]
    job_id = installation.post("/api/2.2/jobs/create", {"name": "repaired", "tasks": tasks})["job_id"]
    run_id = installation.post("/api/2.2/jobs/run-now", {"job_id": job_id})["run_id"]
    installation.watch(run_id, over)
    installation.stop()
    _start_crashing(installation, mode)
    with pytest.raises(httpx.HTTPError):
        installation.post("/api/2.2/jobs/runs/repair", {"run_id": run_id, "rerun_all_failed_tasks": True})
    assert installation.server is not None
    installation.server.wait(timeout=30)
    installation.start()
    run = installation.watch(run_id, over)
    history = installation.get("/api/2.2/jobs/runs/get", run_id=run_id, include_history=True)["repair_history"]
    if mode == "before":
        assert (len(history), results(run)) == (1, {"a": "FAILED", "b": "UPSTREAM_FAILED", "c": "UPSTREAM_FAILED"})
    else:
        assert (len(history), results(run)) == (2, dict.fromkeys("abc", "SUCCESS"))
    assert set(executions(place).values()) == {1}


@pytest.mark.parametrize("mode", ["before", "after"])
def test_a_backfill_is_whole_or_not_at_all(installation: Installation, place: Path, mode: str) -> None:
    installation.start()
    body = {"name": "daily", "parameters": [{"name": "day", "default": ""}], "tasks": [script("a")]}
    job_id = installation.post("/api/2.2/jobs/create", body)["job_id"]
    installation.stop()
    _start_crashing(installation, mode)
    asked = {"from": "2026-01-01", "to": "2026-01-04", "every": "1d", "parameters": {"day": "{{backfill.iso_date}}"}}
    with pytest.raises(httpx.HTTPError):
        installation.post(f"/api/brickyard/jobs/{job_id}/backfills", asked)
    assert installation.server is not None
    installation.server.wait(timeout=30)
    installation.start()
    if mode == "before":
        assert installation.get("/api/brickyard/backfills")["backfills"] == []
        assert not (place / "ran").exists()
        return
    _wait_for_runs(installation, job_id, 3)
    runs = installation.get("/api/2.2/jobs/runs/list", job_id=job_id)["runs"]
    days = [
        {given["name"]: given["value"] for given in run["job_parameters"]}["day"]
        for run in (installation.get("/api/2.2/jobs/runs/get", run_id=entry["run_id"]) for entry in runs)
    ]
    assert sorted(days) == ["2026-01-01", "2026-01-02", "2026-01-03"]
    assert sum(executions(place).values()) == 3


def _start_crashing(installation: Installation, mode: str) -> None:
    """Start a server that dies at the first write that a request causes."""
    installation.server = subprocess.Popen(
        [sys.executable, CRASHING, mode, "1", "--port", "0"], env=installation.env, stdout=subprocess.PIPE, text=True
    )
    assert installation.server.stdout is not None
    assert "listens on" in installation.server.stdout.readline()


def _wait_for_runs(installation: Installation, job_id: int, count: int) -> None:
    """Wait until the job has had so many runs, each of which is over."""
    seen: set[int] = set()
    while len(seen) < count:
        for entry in installation.get("/api/2.2/jobs/runs/list", job_id=job_id).get("runs", ()):
            if entry["run_id"] not in seen:
                installation.watch(entry["run_id"], over)
                seen.add(entry["run_id"])
