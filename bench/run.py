"""Measure the budgets. `python -m bench.run [--write]`: prints a table; --write keeps it in bench/RESULTS.md."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil

from bench.bare import bare_cells, bare_processes
from bench.jobs import FOLDER, Row, script
from bench.large import GIVE, long_chain, long_loop, wide_job
from bench.lists import postgres_lists, sqlite_lists
from bench.server import Bench, running, seconds

LIGHT = "def fibo(n):\n    return n if n < 2 else fibo(n - 1) + fibo(n - 2)\n\nfibo(10)\n"
STAMP = "import sys, time\nopen(sys.argv[1], 'w').write(repr(time.time()))\n"
CELLS = "# Databricks notebook source\n" + "\n# COMMAND ----------\n\n".join(
    f"x{n} = {n}\nprint(x{n})\n" for n in range(10)
)
FIRST_QUERY = (
    "# Databricks notebook source\nimport time\nspark.sql('select 1').collect()\n"
    "dbutils.notebook.exit(repr(time.time()))\n"
)


def job(bench: Bench, name: str, tasks: list[dict[str, Any]], **settings: Any) -> int:
    """Create a job; its id."""
    body = {"name": name, "tasks": tasks, "max_concurrent_runs": 1000, **settings}
    return int(bench.post("/api/2.2/jobs/create", body)["job_id"])


def median(times: int, measure: Callable[[], float]) -> float:
    """The median of some measurements."""
    return statistics.median(measure() for _ in range(times))


def timed(action: Callable[[], object]) -> float:
    """How long an action takes, in seconds."""
    start = seconds()
    action()
    return seconds() - start


def chain(bench: Bench) -> Row:
    """Forty light tasks, one after the other, each in a process of its own."""
    tasks = [script("t0"), *(script(f"t{n}", f"t{n - 1}") for n in range(1, 40))]
    job_id = job(bench, "chain", tasks)
    took = median(3, lambda: timed(lambda: bench.run(job_id)))
    return "40 light tasks in a chain", f"{took:.3f} s", "≤ 0.35 s", f"{bare_processes(LIGHT, 40):.3f} s"


def fan(bench: Bench) -> Row:
    """One task, two hundred at once, one task."""
    leaves = [f"leaf{n}" for n in range(200)]
    tasks = [script("first"), *(script(leaf, "first") for leaf in leaves), script("last", *leaves)]
    job_id = job(bench, "fan", tasks)
    took = median(3, lambda: timed(lambda: bench.run(job_id)))
    return "1 → 200 → 1 fan-out", f"{took:.3f} s", "≤ 1.5 s", f"{bare_processes(LIGHT, 202):.3f} s"


def burst(bench: Bench) -> Row:
    """A hundred runs of one task, asked for at once."""
    job_id = job(bench, "burst", [script("only")])

    def once() -> None:
        with ThreadPoolExecutor(8) as asking:
            list(asking.map(lambda _: bench.post("/api/2.2/jobs/run-now", {"job_id": job_id}), range(100)))
        active = {"job_id": job_id, "active_only": "true", "limit": 1}
        while bench.get("/api/2.2/jobs/runs/list", **active).get("runs"):
            pass

    took = median(3, lambda: timed(once))
    return "100 one-task runs at once", f"{took:.3f} s", "≤ 1.0 s", f"{bare_processes(LIGHT, 100):.3f} s"


def notebook(bench: Bench) -> Row:
    """A notebook of ten cells as a task, when everything is warm."""
    tasks = [{"task_key": "cells", "notebook_task": {"notebook_path": f"{FOLDER}/cells"}}]
    job_id = job(bench, "cells", tasks)
    took = median(7, lambda: timed(lambda: bench.run(job_id)))
    return "10-cell notebook, warm", f"{took * 1000:.0f} ms", "≤ 150 ms", f"{bare_cells(10) * 1000:.0f} ms"


def first_line(bench: Bench) -> Row:
    """From run-now to the first line of user code."""
    target = bench.home / "stamp"
    job_id = job(bench, "stamp", [script("stamp", file="stamp.py", parameters=(str(target),))])

    def once() -> float:
        asked = time.time()  # the script tells wall time, so this must be the same clock
        bench.run(job_id)
        return float(target.read_text()) - asked

    took = median(9, once)
    return "run-now to first line, warm", f"{took * 1000:.0f} ms", "≤ 50 ms", "-"


def cluster(bench: Bench) -> Row:
    """From asking for a job cluster to the answer of the first query."""
    cluster_spec = {"spark_version": "16.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 0}
    task = {"task_key": "q", "job_cluster_key": "c", "notebook_task": {"notebook_path": f"{FOLDER}/first_query"}}
    clusters = [{"job_cluster_key": "c", "new_cluster": cluster_spec}]
    job_id = job(bench, "cluster", [task], job_clusters=clusters)

    def once() -> float:
        run = bench.run(job_id)
        task_run = run["tasks"][0]
        cluster_id = task_run["cluster_instance"]["cluster_id"]
        asked = float(bench.get("/api/2.1/clusters/get", cluster_id=cluster_id)["start_time"]) / 1000
        output = bench.get("/api/2.2/jobs/runs/get-output", run_id=task_run["run_id"])
        return float(output["notebook_output"]["result"]) - asked

    took = median(3, once)
    return "job cluster, asked to first query", f"{took:.2f} s", "≤ 1 s", "-"


def _cpu_seconds(processes: list[psutil.Process]) -> float:
    """The processor time that those of the processes have used which still live."""
    return sum(sum(process.cpu_times()[:2]) for process in processes if process.is_running())


def resting(bench: Bench, name: str) -> Row:
    """Memory and processor time of an installation that has nothing to do just now."""
    psutil.cpu_percent(interval=2.0)  # what the measurement before this one has left is ending
    processes = bench.processes()
    before = _cpu_seconds(processes)
    start = seconds()
    while seconds() - start < 10:
        psutil.cpu_percent(interval=1.0)
    processes = [process for process in processes if process.is_running()]
    used = _cpu_seconds(processes) - before
    memory = sum(process.memory_full_info().pss for process in processes) / 2**20
    own = psutil.Process(bench.process.pid).memory_full_info().pss / 2**20
    figure = f"{memory:.0f} MB (server {own:.0f} MB), {100 * used / (seconds() - start):.1f} %"
    return name, figure, "≤ 150 MB, ≤ 1 %", "-"


def idle(bench: Bench) -> Row:
    """A server that was just started."""
    return resting(bench, "idle server, as started")


def warm(bench: Bench) -> Row:
    """A server that has just worked: workers and an engine are kept ready for some minutes."""
    return resting(bench, "idle server, still warm")


def report(rows: list[Row], row: Row) -> None:
    """Keep a figure and show it at once."""
    rows.append(row)
    print("|", " | ".join(row), "|", flush=True)


def main() -> None:
    """Measure everything and print it."""
    files = {"light.py": LIGHT, "stamp.py": STAMP, "cells.py": CELLS, "first_query.py": FIRST_QUERY, "give.py": GIVE}
    measures = (chain, fan, burst, notebook, first_line, cluster, long_chain, wide_job, long_loop, warm)
    rows: list[Row] = []
    with running() as bench:
        for name, text in files.items():
            bench.upload(f"{FOLDER}/{name}", text)
        report(rows, idle(bench))
        bench.run(job(bench, "warm", [script("warm")]))
        for measure in measures:
            report(rows, measure(bench))
    rows += [*sqlite_lists(), *postgres_lists()]
    table = ["| what | measured | budget | bare loop |", "| --- | --- | --- | --- |"]
    table += [f"| {' | '.join(row)} |" for row in rows]
    text = "\n".join(table)
    if "--write" in sys.argv:
        head = f"# Results\n\nPython {platform.python_version()}, {os.cpu_count()} cores. Made by `make bench`.\n\n"
        (Path(__file__).parent / "RESULTS.md").write_text(head + text + "\n")


if __name__ == "__main__":
    main()
