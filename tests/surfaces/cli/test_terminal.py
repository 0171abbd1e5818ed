"""What a person sees in a terminal: the live tree, and Ctrl-C."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

from brickyard.surfaces.client import Client
from brickyard.surfaces.local import LocalServer

HEADER = "# Databricks notebook source\n"


class Terminal:
    """One command in a pseudo terminal."""

    def __init__(self, server: LocalServer, folder: Path, *words: str) -> None:
        self._end, other = pty.openpty()
        env = {**os.environ, "DATABRICKS_HOST": server.url, "DATABRICKS_TOKEN": server.token, "TERM": "xterm"}
        self.process = subprocess.Popen(
            # A test run in the background ignores Ctrl-C, and its children inherit that; a terminal's programs do not.
            ["env", "--default-signal=INT", sys.executable, "-m", "brickyard", *words],
            cwd=folder,
            env={**env, "COLUMNS": "100", "LINES": "40"},
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
        )
        os.close(other)
        self.seen = ""

    def until(self, words: str, limit: float = 60) -> None:
        """Read until the words were shown."""
        deadline = time.monotonic() + limit
        while words not in self.seen:
            assert time.monotonic() < deadline, self.seen
            if not self._read(0.2) and self.process.poll() is not None:
                assert words in self.seen, self.seen

    def type(self, text: str) -> None:
        """What the person types."""
        os.write(self._end, text.encode())

    def wait(self) -> int:
        """Read to the end; the exit code."""
        code = self.process.wait(60)
        while self._read(0.2):
            pass
        os.close(self._end)
        return code

    def _read(self, limit: float) -> bool:
        ready, _, _ = select.select([self._end], [], [], limit)
        if not ready:
            return False
        try:
            data = os.read(self._end, 65536)
        except OSError:  # the other end is closed
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)


def test_a_tree_grows_and_the_result_follows(server: LocalServer, tmp_path: Path) -> None:
    (tmp_path / "nb.py").write_text(HEADER + "dbutils.notebook.exit('all done')")
    terminal = Terminal(server, tmp_path, "run", "nb.py")
    terminal.until("all done")
    assert terminal.wait() == 0
    assert "└──" in terminal.seen
    assert "✔ " in terminal.seen
    assert "main" in terminal.seen


def test_the_end_of_a_failure_stays_on_the_screen(server: LocalServer, tmp_path: Path) -> None:
    """The tree as it ended, then the cell, the line, the message and the last lines."""
    cells = ["print('reading')", "# DBTITLE 1,Look up\nfruits = {}\nfruits['pear']", "print('never')"]
    (tmp_path / "bad.py").write_text(HEADER + "\n# COMMAND ----------\n".join(cells))
    terminal = Terminal(server, tmp_path, "run", "bad.py")
    terminal.until("brickyard runs repair")
    assert terminal.wait() == 1
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.seen)
    end = [line.rstrip() for line in plain.splitlines()][-14:]
    assert any(re.fullmatch(r"└── ✘ main  FAILED  [\d.]+ s  .*", line) for line in end), end
    at = end.index("✘ main: KeyError: 'pear'")
    assert end[at + 1] == "  in cell 2 “Look up”, line 2"
    assert "  →   2 | fruits['pear']" in end
    assert end[end.index("  last lines of output:") + 1] == "    reading"


def test_ctrl_c_asks_and_leaves_the_run_alone(server: LocalServer, tmp_path: Path, client: Client) -> None:
    """The answer "no" detaches: code 130, the run goes on, and the way to stop it is named."""
    (tmp_path / "slow.py").write_text(HEADER + "import threading\nthreading.Event().wait(60)")
    terminal = Terminal(server, tmp_path, "run", "slow.py")
    terminal.until("RUNNING")
    os.kill(terminal.process.pid, signal.SIGINT)
    terminal.until("Cancel run")
    terminal.type("n\n")
    terminal.until("brickyard runs cancel ")
    assert terminal.wait() == 130
    run = next(client.list_runs(active_only=True, limit=1))
    assert run["run_name"] == "slow.py"
    client.cancel_run(run["run_id"])


def test_ctrl_c_can_cancel(server: LocalServer, tmp_path: Path, client: Client) -> None:
    (tmp_path / "slow2.py").write_text(HEADER + "import threading\nthreading.Event().wait(60)")
    terminal = Terminal(server, tmp_path, "run", "slow2.py")
    terminal.until("RUNNING")
    os.kill(terminal.process.pid, signal.SIGINT)
    terminal.until("Cancel run")
    terminal.type("y\n")
    assert terminal.wait() == 130
    assert "is being cancelled" in terminal.seen
    run = next(run for run in client.list_runs(limit=5) if run["run_name"] == "slow2.py")
    life, seen = "", 0
    while life != "TERMINATED":
        answer = client.watch_run(run["run_id"], seen=seen, timeout=20)
        seen, life = answer["version"], answer["run"]["state"]["life_cycle_state"]
    assert answer["run"]["state"]["result_state"] == "CANCELED"
