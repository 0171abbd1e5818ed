"""mimi-dbx-runner 0.2.1: `dbx-run notebook.py -p name=value` sends a notebook of this machine and prints what it returns."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient

from tests.compat.conftest import Served
from tests.compat.environments import client_environment, pinned
from tests.compat.recording.session import recorded

pytestmark = pytest.mark.clients

SOURCE = """# Databricks notebook source
day = dbutils.widgets.get("day")
rows = spark.range(4).count()
dbutils.notebook.exit(f"{day}: {rows} rows")
"""


class Runner:
    """The command, and a client that looks at the same workspace."""

    def __init__(self, url: str, token: str) -> None:
        self.env = {"PATH": os.environ["PATH"], "DATABRICKS_HOST": url, "DATABRICKS_TOKEN": token}
        self.workspace = WorkspaceClient(host=url, token=token).workspace

    def __call__(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """Run it in a folder."""
        command = client_environment(pinned("mimi")) / "bin" / "dbx-run"
        env = {**self.env, "HOME": str(folder)}
        return subprocess.run(
            [str(command), *words], env=env, cwd=folder, capture_output=True, text=True, timeout=90, check=False
        )


@pytest.fixture(scope="module")
def dbx_run(served: Served) -> Iterator[Runner]:
    with recorded(served.url, "mimi-dbx-runner", "mimi-dbx-runner 0.2.1") as url:
        yield Runner(url, served.brickyard.token)


def test_a_notebook_is_sent_run_and_taken_away_again(dbx_run: Runner, tmp_path: Path) -> None:
    dbx_run.workspace.mkdirs("/tmp/dbx_runner")  # where it sends what it is given, unless told otherwise
    (tmp_path / "rows.py").write_text(SOURCE)
    done = dbx_run(tmp_path, "rows.py", "-p", "day=monday")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "monday: 4 rows" in done.stdout
    assert "Run succeeded." in done.stdout
    assert "Cleaned up" in done.stdout
    assert [entry.path for entry in dbx_run.workspace.list("/tmp/dbx_runner")] == []


def test_a_failure_is_told_and_fails_the_command(dbx_run: Runner, tmp_path: Path) -> None:
    (tmp_path / "fails.py").write_text("# Databricks notebook source\nraise ValueError('no')\n")
    dbx_run.workspace.mkdirs("/Shared/runner")
    done = dbx_run(tmp_path, "fails.py", "--no-cleanup", "--upload-path", "/Shared/runner")
    assert done.returncode == 1
    assert "Run failed (FAILED)" in done.stderr
    assert [entry.path for entry in dbx_run.workspace.list("/Shared/runner")] == ["/Shared/runner/fails"]
    dbx_run.workspace.delete("/Shared/runner", recursive=True)
