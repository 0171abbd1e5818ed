"""pytest-databricks-lakeflow 0.15.0: the tests that its authors wrote against the real service, from its own package.

It deploys a bundle with a command called `databricks` (here a few lines that call `brickyard bundle`) and does all else by REST:
throw-away copies of jobs, stubs for tasks before, probes after, task values, retries, loops, branches, exported notebooks.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.compat.conftest import Served
from tests.compat.environments import client_environment, pinned, source_of
from tests.compat.island import BRICKYARD

pytestmark = pytest.mark.clients

SOURCE = "pytest-databricks-lakeflow==0.15.0"
HERE = Path(__file__).parent
NOT_HERE = {
    "alerts": "resources.alerts is refused",
    "pipelines": "resources.pipelines is refused",
    "triggers": "resources.volumes is refused",
}
"""Bundles of theirs that have what cannot be deployed here yet, and what is said of each."""
SLOW = "timeout or stop_after or a_task_stopped"
"""What waits for half a minute and more because that is its matter."""


class Lakeflow:
    """Runs their tests."""

    def __init__(self, folder: Path, url: str, token: str) -> None:
        self.folder = folder
        home = client_environment(pinned("lakeflow"))
        self.command = [str(home / "bin" / "python"), "-m", "pytest", "-p", "no:cacheprovider", "-q", "-n4"]
        path = f"{HERE / 'drivers'}:{home / 'bin'}:{os.environ['PATH']}"
        told = {"DATABRICKS_HOST": url, "DATABRICKS_TOKEN": token, "LAKEFLOW_CATALOG": "main", "LAKEFLOW_CLASSIC": "1"}
        self.env = {
            "PATH": path,
            "HOME": str(folder),
            "BRICKYARD_COMMAND": BRICKYARD,
            "LAKEFLOW_INTEGRATION": "1",
            **told,
        }

    def __call__(self, *words: str) -> tuple[dict[str, int], str]:
        """How many tests had which outcome, and all that was printed."""
        done = subprocess.run(
            # A module of theirs makes a query and deletes it when it ends: its tests stay together.
            [*self.command, "--dist", "loadfile", *words],
            env={**self.env, "LAKEFLOW_WAREHOUSE_ID": "any"},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        last = done.stdout.rstrip().rpartition("\n")[2]
        return {word: int(count) for count, word in re.findall(r"(\d+) (\w+)", last)}, done.stdout + done.stderr


@pytest.fixture(scope="module")
def lakeflow(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Lakeflow:
    folder = source_of(SOURCE, tmp_path_factory.mktemp("lakeflow"))
    return Lakeflow(folder, served.url, served.brickyard.token)


@pytest.mark.timeout(330)
def test_their_tests_of_jobs_pass(lakeflow: Lakeflow) -> None:
    parts = ("branches", "classic", "for_each", "run_job", "retries", "sql")
    counts, told = lakeflow(*(f"tests/integration/test_{part}.py" for part in parts), "-k", f"not ({SLOW})")
    assert set(counts) <= {"passed", "warnings", "warning", "in"}, told
    assert counts["passed"] >= 30, told


@pytest.mark.parametrize("bundle", sorted(NOT_HERE))
def test_what_cannot_be_deployed_is_refused_by_name(lakeflow: Lakeflow, bundle: str) -> None:
    variables = {"pipelines": ["--var", "catalog=main"], "triggers": ["--var", "catalog=main"], "alerts": ["--var", "warehouse_id=any"]}  # fmt: skip
    words = [BRICKYARD, "bundle", "validate", "-t", "test", *variables[bundle]]
    folder = lakeflow.folder / "tests" / "integration" / "bundles" / bundle
    done = subprocess.run(words, env=lakeflow.env, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert NOT_HERE[bundle] in done.stderr
