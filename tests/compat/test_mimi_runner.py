"""mimi-dbx-runner 0.2.1: `dbx-run notebook.py -p name=value` sends a notebook of this machine and prints what it returns."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from databricks.sdk import WorkspaceClient

from tests.compat.conftest import Served
from tests.compat.environments import client_environment, pinned

SOURCE = """# Databricks notebook source
day = dbutils.widgets.get("day")
rows = spark.range(4).count()
dbutils.notebook.exit(f"{day}: {rows} rows")
"""


def dbx_run(served: Served, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = client_environment(pinned("mimi")) / "bin" / "dbx-run"
    told = {"DATABRICKS_HOST": served.url, "DATABRICKS_TOKEN": served.brickyard.token}
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), **told}
    return subprocess.run(
        [str(command), *words], env=env, cwd=folder, capture_output=True, text=True, timeout=90, check=False
    )


def test_a_notebook_is_sent_run_and_taken_away_again(served: Served, client: WorkspaceClient, tmp_path: Path) -> None:
    client.workspace.mkdirs("/tmp/dbx_runner")  # where it sends what it is given, unless told otherwise
    (tmp_path / "rows.py").write_text(SOURCE)
    done = dbx_run(served, tmp_path, "rows.py", "-p", "day=monday")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "monday: 4 rows" in done.stdout
    assert "Run succeeded." in done.stdout
    assert "Cleaned up" in done.stdout
    assert [entry.path for entry in client.workspace.list("/tmp/dbx_runner")] == []


def test_a_failure_is_told_and_fails_the_command(served: Served, client: WorkspaceClient, tmp_path: Path) -> None:
    (tmp_path / "fails.py").write_text("# Databricks notebook source\nraise ValueError('no')\n")
    client.workspace.mkdirs("/Shared/runner")
    done = dbx_run(served, tmp_path, "fails.py", "--no-cleanup", "--upload-path", "/Shared/runner")
    assert done.returncode == 1
    assert "Run failed (FAILED)" in done.stderr
    assert [entry.path for entry in client.workspace.list("/Shared/runner")] == ["/Shared/runner/fails"]
    client.workspace.delete("/Shared/runner", recursive=True)
