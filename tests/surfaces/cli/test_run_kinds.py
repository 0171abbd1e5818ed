"""A job of all kinds of tasks on a real server, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from brickyard.surfaces.cli import failures
from brickyard.surfaces.client import Client
from brickyard.surfaces.local import LocalServer
from tests.surfaces.cli.conftest import Run
from tests.surfaces.cli.test_terminal import Terminal

EACH = b"import sys\nif sys.argv[1].endswith('7'):\n    raise ValueError('no ' + sys.argv[1])\nprint(sys.argv[1])\n"
FINE = b"print('fine')\n"


def script(key: str, path: str, *needs: str, **more: Any) -> dict[str, Any]:
    edges = {"depends_on": [{"task_key": need} for need in needs]} if needs else {}
    return {"task_key": key, "spark_python_task": {"python_file": path, **more}, **edges}


@pytest.fixture
def job(client: Client, request: pytest.FixtureRequest) -> int:
    """A condition, a loop of which two iterations fail, and a run of another job."""
    folder = f"/Shared/{request.node.name}"
    client.mkdirs(folder)
    client.put_file(f"{folder}/each.py", EACH)
    client.put_file(f"{folder}/fine.py", FINE)
    inner = client.create_job({"name": "inner job", "tasks": [script("inner", f"{folder}/fine.py")]})
    nested = script("each", f"{folder}/each.py", parameters=["{{input}}"])
    branch = {**script("big", f"{folder}/fine.py"), "depends_on": [{"task_key": "is_big", "outcome": "true"}]}
    tasks = [
        {"task_key": "is_big", "condition_task": {"op": "GREATER_THAN", "left": "3", "right": "5"}},
        branch,
        {"task_key": "call", "run_job_task": {"job_id": inner}},
        {
            "task_key": "loop",
            "for_each_task": {"inputs": json.dumps(list(range(20))), "concurrency": 5, "task": nested},
        },
    ]
    return client.create_job({"name": request.node.name, "tasks": tasks})


def test_every_kind_is_told_of_in_its_own_words(brickyard: Run, client: Client, job: int) -> None:
    ran = brickyard("jobs", "run-now", str(job))
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert "is_big -> false: SUCCESS" in lines
    at = next(number for number, line in enumerate(lines) if line.startswith("✘ loop: "))
    assert lines[at].endswith("Some iterations failed  (20/20 done, 2 failed)")
    assert lines[at + 1].startswith("  [7] input 7: ValueError: no 7  (brickyard runs get ")
    assert lines[at + 2].startswith("  [17] input 17: ValueError: no 17")
    run_id = str(next(client.list_runs(job_id=job, limit=1))["run_id"])
    shown = brickyard("runs", "get", run_id).out
    assert "20/20 done, 2 failed" in shown
    assert "of inner job: SUCCESS" in shown
    assert "(is_big: false)" in shown


def test_a_loop_that_never_began_has_no_empty_counts(brickyard: Run, client: Client) -> None:
    """Its inputs cannot be known, so there are no iterations to count."""
    nested = script("each", "/Shared/none.py", parameters=["{{input}}"])
    loop = {"task_key": "loop", "for_each_task": {"inputs": "[{{backfill.day}}]", "task": nested}}
    job_id = client.create_job({"name": "a loop without inputs", "tasks": [loop]})
    ran = brickyard("jobs", "run-now", str(job_id))
    assert ran.code == 1
    [line] = [line for line in ran.out.splitlines() if line.startswith("✘ loop: ")]
    assert line.endswith("only the runs of a backfill have it, and this is none.")


def test_an_iteration_is_looked_at_by_its_own_id(brickyard: Run, client: Client, job: int) -> None:
    run: Any = brickyard("jobs", "run-now", str(job), "--json").json
    loop_id = next(task["run_id"] for task in run["tasks"] if task["task_key"] == "loop")
    [first, second] = client.iterations(loop_id, failed=True)["iterations"]
    shown = brickyard("runs", "get", str(first["task_run_id"])).out
    assert "each" in shown
    assert "ValueError: no 7" in shown
    good = client.iterations(loop_id)["iterations"][3]["task_run_id"]
    assert brickyard("runs", "output", str(good)).out == "each: 3\n"
    assert "no 17" in brickyard("runs", "logs", str(second["task_run_id"])).out
    assert "  [7] input 7: ValueError: no 7" in brickyard("runs", "logs", str(run["run_id"]), "--task", "loop").out
    child = client.children(int(run["run_id"]))
    assert [(each["subject"], each["result"]) for each in child] == [("call", "SUCCESS")]


def test_more_failed_iterations_than_are_told_of(brickyard: Run, job: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "MOST_ITERATIONS", 1)
    lines = brickyard("jobs", "run-now", str(job)).out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("  [7]"))
    assert lines[at + 1] == "  … and more"


def test_a_run_of_sixty_tasks_fits_a_terminal(server: LocalServer, client: Client, tmp_path: Path) -> None:
    """No frame is longer than the screen: nothing scrolls, and what failed is on the last one."""
    client.mkdirs("/Shared/sixty")
    client.put_file("/Shared/sixty/fine.py", FINE)
    client.put_file("/Shared/sixty/bad.py", b"raise ValueError('bad')\n")
    tasks = [script(f"t{number}", f"/Shared/sixty/{'bad' if number == 57 else 'fine'}.py") for number in range(60)]
    job_id = client.create_job({"name": "sixty", "tasks": tasks})
    terminal = Terminal(server, tmp_path, "jobs", "run-now", str(job_id))
    terminal.until("brickyard runs repair")
    assert terminal.wait() == 1
    frames = terminal.seen.split("60 tasks: ")
    assert len(frames) > 2
    assert all(frame.count("\n") < 40 for frame in frames[1:-1])
    assert "1 FAILED, 59 SUCCESS" in frames[-1]
    assert "✘ t57: ValueError: bad" in terminal.seen
