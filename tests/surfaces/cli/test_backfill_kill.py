"""A backfill on a server that is killed again and again: every interval runs, and none twice."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest

from brickyard.surfaces.client import Client
from brickyard.surfaces.local import LocalServer, ensure_server

SCRIPT = """
import os, sys
day, ledger = sys.argv[1:]
handle = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
os.write(handle, (day + "\\n").encode())
"""
INTERVALS = 12


def kill(server: LocalServer) -> None:
    """As the kernel does it when memory runs out."""
    process = psutil.Process(server.pid)
    os.kill(server.pid, signal.SIGKILL)
    if server.child is not None:
        server.child.wait(20)
    psutil.wait_procs([process], timeout=20)


def begin(client: Client, folder: Path) -> int:
    """A job that writes its day down, and a backfill of it."""
    client.mkdirs("/Workspace/Shared/kill")
    client.put_file("/Workspace/Shared/kill/load.py", SCRIPT.encode())
    work = {
        "python_file": "/Workspace/Shared/kill/load.py",
        "parameters": ["{{job.parameters.day}}", str(folder / "ledger")],
    }
    job_id = client.create_job(
        {
            "name": "kill",
            "max_concurrent_runs": 3,
            "parameters": [{"name": "day", "default": ""}],
            "tasks": [{"task_key": "load", "spark_python_task": work}],
        }
    )
    wanted = {"from": "2026-01-01", "to": "2026-01-13", "every": "1d", "parallel": 3}
    made = client.create_backfill(job_id, {**wanted, "parameters": {"day": "{{backfill.iso_date}}"}})
    return int(made["backfill_id"])


def watch(client: Client, backfill_id: int, succeeded: int) -> dict[str, Any]:
    """The backfill once so many intervals have succeeded."""
    seen = 0
    while True:
        found = client.watch_backfill(backfill_id, seen=seen, timeout=20)
        if found["intervals"]["succeeded"] >= succeeded:
            return found
        assert found["revision"] > seen, f"nothing happens any more: {found}"
        seen = found["revision"]


@pytest.mark.timeout(180)
def test_every_interval_has_one_run_however_often_the_server_is_killed(tmp_path: Path) -> None:
    backfill_id = 0
    for succeeded in (0, 3, 6):
        with ensure_server(tmp_path / "home") as server:
            with Client(server.url, server.token) as client:
                backfill_id = backfill_id or begin(client, tmp_path)
                watch(client, backfill_id, succeeded)
            kill(server)
    with ensure_server(tmp_path / "home") as server, Client(server.url, server.token) as client:
        watch(client, backfill_id, INTERVALS)
        while client.get_backfill(backfill_id)["state"] != "DONE":
            client.watch_backfill(backfill_id, seen=client.get_backfill(backfill_id)["revision"], timeout=1)
        found = list(client.backfill_intervals(backfill_id))
        runs = [run["run_id"] for run in client.list_runs(limit=100)]
    assert Counter((tmp_path / "ledger").read_text().split()) == {each["at"]: 1 for each in found}
    assert len(found) == INTERVALS
    assert sorted(each["run_id"] for each in found) == sorted(runs)
