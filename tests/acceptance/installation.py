"""An installation of its own for a test: a fresh home, the installed command, and whatever it started, ended."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import psutil

BRICKYARD = str(Path(sys.executable).parent / "brickyard")
EXAMPLE = Path(__file__).parents[2] / "examples" / "medallion"


class Installation:
    """One home, used as a person uses it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home.parent),
            "BRICKYARD_HOME": str(home),
            "LANG": "C.UTF-8",
            "COLUMNS": "160",
        }
        self.server: subprocess.Popen[str] | None = None

    def command(self, *words: str, cwd: Path | None = None, timeout: float = 90) -> subprocess.CompletedProcess[str]:
        """Run `brickyard …` and return what it printed and its exit code."""
        return subprocess.run(
            [BRICKYARD, *words], env=self.env, cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False
        )

    def json(self, *words: str, cwd: Path | None = None) -> Any:
        """Run a command that prints JSON and ends well."""
        done = self.command(*words, cwd=cwd)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def start(self) -> None:
        """Start the server and wait until it says that it listens."""
        self.server = subprocess.Popen(
            [BRICKYARD, "server", "--port", "0"], env=self.env, stdout=subprocess.PIPE, text=True
        )
        assert self.server.stdout is not None
        line = self.server.stdout.readline()
        assert "listens on" in line, line

    def kill(self) -> None:
        """End the server as a power cut would."""
        assert self.server is not None
        self.server.send_signal(signal.SIGKILL)
        self.server.wait(timeout=10)
        if self.server.stdout is not None:
            self.server.stdout.close()
        self.server = None

    def stop(self) -> None:
        """End the server in an orderly way."""
        if self.server is not None:
            self.server.terminate()
            self.server.wait(timeout=30)
            if self.server.stdout is not None:
                self.server.stdout.close()
            self.server = None

    @property
    def http(self) -> httpx.Client:
        """A client of the running server."""
        url = json.loads((self.home / "server.json").read_text())["url"]
        token = (self.home / "token").read_text().strip()
        return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60)

    def get(self, path: str, **query: Any) -> Any:
        """GET from the running server."""
        with self.http as http:
            answer = http.get(path, params=query)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """POST to the running server."""
        with self.http as http:
            answer = http.post(path, json=body)
        answer.raise_for_status()
        return answer.json()

    def watch(self, run_id: int, until: Any, limit: float = 60) -> dict[str, Any]:
        """The run as soon as `until(run)` holds; the server says when something has changed."""
        deadline = threading.Event()
        timer = threading.Timer(limit, deadline.set)
        timer.start()
        seen = 0
        try:
            while not deadline.is_set():
                answer = self.get(f"/api/brickyard/runs/{run_id}/watch", seen=seen, timeout=5)
                seen, run = answer["version"], answer["run"]
                if until(run):
                    return dict(run)
        finally:
            timer.cancel()
        raise AssertionError(f"not within {limit} s: {json.dumps(run, indent=1)[:4000]}")

    def leave_nothing(self) -> list[psutil.Process]:
        """End what is left of this home; what there was."""
        self.stop()
        mine = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("BRICKYARD_HOME") == str(self.home) or str(self.home) in " ".join(
                    process.cmdline()
                ):
                    mine.append(process)
            except psutil.Error:
                continue
        alive: list[psutil.Process] = psutil.wait_procs(mine, timeout=5)[1]
        for process in alive:
            process.kill()
        return alive


def over(run: dict[str, Any]) -> bool:
    """Has the run ended?"""
    return run["state"]["life_cycle_state"] in {"TERMINATED", "SKIPPED", "INTERNAL_ERROR"}


def latest(run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The newest attempt of each task."""
    newest: dict[str, dict[str, Any]] = {}
    for task in run["tasks"]:
        known = newest.get(task["task_key"])
        if known is None or task["attempt_number"] > known["attempt_number"]:
            newest[task["task_key"]] = task
    return newest


def results(run: dict[str, Any]) -> dict[str, str]:
    """The result of each task."""
    return {key: task["state"].get("result_state", "") for key, task in latest(run).items()}


def example(folder: Path) -> Path:
    """A copy of the medallion example that a test may change."""
    return shutil.copytree(EXAMPLE, folder / "medallion")


def notebook(*cells: str) -> str:
    """The source of a Python notebook with these cells."""
    return "# Databricks notebook source\n" + "\n\n# COMMAND ----------\n\n".join(cells) + "\n"
