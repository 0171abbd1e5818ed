"""A server of its own for the measurements: a fresh home, a free port, gone afterwards."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil


class Bench:
    """Speaks to the server as any client does."""

    def __init__(self, home: Path, url: str, token: str, process: subprocess.Popen[bytes]) -> None:
        self.home = home
        self.process = process
        self.http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=120)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST JSON; the answer's body."""
        answer = self.http.post(path, json=body)
        answer.raise_for_status()
        return dict(answer.json())

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """GET; the answer's body."""
        answer = self.http.get(path, params=query)
        answer.raise_for_status()
        return dict(answer.json())

    def upload(self, path: str, text: str) -> None:
        """Put a notebook or file into the workspace."""
        parent = path.rsplit("/", 1)[0]
        self.post("/api/2.0/workspace/mkdirs", {"path": parent})
        content = base64.b64encode(text.encode()).decode()
        self.post("/api/2.0/workspace/import", {"path": path, "content": content, "format": "AUTO", "overwrite": True})

    def wait(self, run_id: int) -> dict[str, Any]:
        """Wait for the end of a run; the run as `runs/get` has it.

        Raises:
            RuntimeError: it did not end in success.
        """
        seen = 0
        while True:
            answer = self.get(f"/api/brickyard/runs/{run_id}/watch", seen=seen, timeout=30)
            seen, run = answer["version"], answer["run"]
            if run["state"]["life_cycle_state"] in {"TERMINATED", "SKIPPED", "INTERNAL_ERROR"}:
                if run["state"]["result_state"] != "SUCCESS":
                    raise RuntimeError(run["state"])
                return dict(run)

    def run(self, job_id: int) -> dict[str, Any]:
        """Run a job to its end."""
        return self.wait(self.post("/api/2.2/jobs/run-now", {"job_id": job_id})["run_id"])

    def processes(self) -> list[psutil.Process]:
        """The server and everything that it keeps alive for this home."""
        own = psutil.Process(self.process.pid)
        found = {own.pid: own, **{child.pid: child for child in own.children(recursive=True)}}
        for process in psutil.process_iter(["pid", "cmdline"]):
            if any(str(self.home) in part for part in process.info["cmdline"] or ()):
                found[process.pid] = process
                found.update({child.pid: child for child in process.children(recursive=True)})
        return list(found.values())


@contextlib.contextmanager
def running(database_url: str | None = None) -> Iterator[Bench]:
    """A server on a fresh home."""
    with tempfile.TemporaryDirectory(prefix="brickyard-bench-") as folder:
        home = Path(folder)
        env = {**os.environ, "BRICKYARD_HOME": folder}
        if database_url:
            env["BRICKYARD_DATABASE_URL"] = database_url
        command = [sys.executable, "-m", "brickyard", "server", "--port", "0"]
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE)
        try:
            assert process.stdout is not None
            process.stdout.readline()
            where = json.loads((home / "server.json").read_text())
            bench = Bench(home, where["url"], (home / "token").read_text().strip(), process)
            yield bench
            leftovers = bench.processes()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
        _, alive = psutil.wait_procs(leftovers, timeout=10)
        for stray in alive:
            stray.kill()


def seconds() -> float:
    """A clock for measurements."""
    return time.perf_counter()
