"""Large jobs: what a task costs must not grow with the job that it is part of."""

from __future__ import annotations

from typing import Any

from bench.jobs import FOLDER, Row, script
from bench.server import Bench, seconds

_TENTH = 10
GROWTH = "last tenth ≤ 1.5 of the first"


def long_chain(bench: Bench) -> Row:
    """Three hundred tasks, one after the other."""
    return _measure(bench, "chain of 300", [script("t0"), *(script(f"t{n}", f"t{n - 1}") for n in range(1, 300))])


def wide_job(bench: Bench) -> Row:
    """A thousand tasks: one, then all others, then one that waits for all."""
    leaves = [f"leaf{n}" for n in range(998)]
    tasks = [script("first"), *(script(leaf, "first") for leaf in leaves), script("last", *leaves)]
    return _measure(bench, "job of 1,000 tasks", tasks)


def long_loop(bench: Bench) -> Row:
    """Five thousand iterations, twenty at a time; their list comes from a task value, as long ones do."""
    nested = script("each")
    del nested["depends_on"]
    give: dict[str, Any] = {"task_key": "give", "notebook_task": {"notebook_path": f"{FOLDER}/give"}}
    loop = {"inputs": "{{tasks.give.values.list}}", "concurrency": 20, "task": nested}
    tasks = [give, {"task_key": "loop", "depends_on": [{"task_key": "give"}], "for_each_task": loop}]
    return _measure(bench, "loop of 5,000 iterations", tasks)


GIVE = "# Databricks notebook source\ndbutils.jobs.taskValues.set('list', list(range(5000)))\n"


def _measure(bench: Bench, name: str, tasks: list[dict[str, Any]]) -> Row:
    job_id = bench.post("/api/2.2/jobs/create", {"name": name, "tasks": tasks})["job_id"]
    start = seconds()
    run = bench.run(job_id)
    took = seconds() - start
    ends = sorted(_ends(bench, run))
    tenth = len(ends) // _TENTH
    first, last = (ends[tenth] - ends[0]) / tenth, (ends[-1] - ends[-1 - tenth]) / tenth
    figure = f"{took:.1f} s; {1000 * took / len(ends):.1f} ms a task; first tenth {first:.1f}, last {last:.1f} ms"
    return name, figure, GROWTH, "-"


def _ends(bench: Bench, run: dict[str, Any]) -> list[int]:
    """When each task (or iteration) ended, over all pages."""
    loops = [task["run_id"] for task in run["tasks"] if "for_each_task" in task]
    field, run_id = ("iterations", loops[0]) if loops else ("tasks", run["run_id"])
    ends: list[int] = []
    token: dict[str, str] = {}
    while True:
        page = bench.get("/api/2.2/jobs/runs/get", run_id=run_id, **token)
        ends += [entry["end_time"] for entry in page.get(field, ())]
        if not page.get("next_page_token"):
            return ends
        token = {"page_token": page["next_page_token"]}
