"""nutter 0.1.35 runs tests that are notebooks, and writes what JUnit reads."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compat.environments import client_environment, pinned
from tests.compat.island import Island, island

pytestmark = pytest.mark.clients

CODE = "# Databricks notebook source\ndef double(number):\n    return 2 * number\n"
TESTS = """# Databricks notebook source
import sys
sys.path.append({site!r})
from runtime.nutterfixture import NutterFixture

# COMMAND ----------

# MAGIC %run ../code

# COMMAND ----------

class Doubling(NutterFixture):
    def run_doubles(self):
        self.result = double(int(dbutils.widgets.get("number")))

    def assertion_doubles(self):
        assert self.result == {expected}

    def assertion_counts(self):
        assert spark.range(3).count() == 3

# COMMAND ----------

result = Doubling().execute_tests()
print(result.to_string())
if dbutils.notebook.entry_point.getDbutils().notebook().getContext().currentRunId().isDefined():
    result.exit(dbutils)
"""


class Nutter:
    """The command, and the workspace that it looks at."""

    def __init__(self, island: Island, folder: Path) -> None:
        self.island, self.folder = island, folder
        self.home = client_environment(pinned("legacy-cli"))
        self.env = {**island.client(), "PYTHONWARNINGS": "ignore"}
        self.cluster = ""

    def databricks(self, *words: str) -> str:
        """The old command line, which nutter brings along."""
        done = self.island.run([str(self.home / "bin" / "databricks"), *words], self.env, cwd=self.folder)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, pattern: str) -> tuple[int, str]:
        """Run the tests of a pattern: the exit code and all that is printed."""
        words = ["run", pattern, "--cluster_id", self.cluster, "--junit_report", "--poll_wait_time", "1.1"]
        words += ["--notebook_params", "{'number': '21'}", "--max_parallel_tests", "2"]
        done = self.island.run([str(self.home / "bin" / "nutter"), *words], self.env, cwd=self.folder)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Island]:
    with island(tmp_path_factory.mktemp("island") / "home", "https") as made:
        yield made


@pytest.fixture(scope="module")
def nutter(started: Island, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nutter]:
    nutter = Nutter(started, tmp_path_factory.mktemp("nutter"))
    tree = nutter.folder / "tree"
    # The side of nutter that runs in a notebook; elsewhere a library of the cluster.
    site = str(next((nutter.home / "lib").glob("python*")) / "site-packages")
    (tree / "tests").mkdir(parents=True)
    for kind, expected in (("good", 42), ("bad", 43)):
        (tree / "tests" / f"test_{kind}.py").write_text(TESTS.format(expected=expected, site=site))
    (tree / "code.py").write_text(CODE)
    nutter.databricks("workspace", "import_dir", "tree", "/Shared/nutter")
    cluster = {"cluster_name": "for tests", "spark_version": "16.4.x-scala2.12", "num_workers": 0}
    nutter.cluster = json.loads(nutter.databricks("clusters", "create", "--json", json.dumps(cluster)))["cluster_id"]
    yield nutter
    nutter.databricks("clusters", "permanent-delete", "--cluster-id", nutter.cluster)


def report(nutter: Nutter) -> dict[str, list[bool]]:
    """Whether each case of the newest JUnit file went well, by the names of the cases."""
    [file] = nutter.folder.glob("test-*.xml")
    found: dict[str, list[bool]] = {}
    for case in ET.parse(file).iter("testcase"):  # noqa: S314 - the file was written by the test a moment ago
        found.setdefault(str(case.get("name")), []).append(case.find("failure") is None)
    file.unlink()
    return {name: sorted(each) for name, each in found.items()}


def test_tests_that_pass_are_reported_as_junit(nutter: Nutter) -> None:
    code, told = nutter.run("/Shared/nutter/tests/good*")
    assert code == 0, told
    assert report(nutter) == {"doubles": [True], "counts": [True]}


def test_a_test_that_fails_fails_the_command_and_is_named(nutter: Nutter) -> None:
    code, told = nutter.run("/Shared/nutter/tests/")
    assert code != 0, told
    assert "AssertionError" in told
    assert report(nutter) == {"doubles": [False, True], "counts": [True, True]}
