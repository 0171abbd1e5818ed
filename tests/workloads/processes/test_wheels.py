"""Wheel tasks: real wheels in real environments, called in real worker processes."""

from __future__ import annotations

import os
import tempfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from brickyard.compute.environments import PipEnvironments
from brickyard.compute.tiers import tier_of
from brickyard.errors import BrickyardError, NotFound
from brickyard.workloads.claims import write_assignment
from brickyard.workloads.messages import Assignment, NotebookWork, Outcome, PrepareEnvironment, WheelWork, Work
from tests.compute.house import House, text
from tests.compute.wheels import make_wheel


class Packages:
    """A server's house that answers what tasks require, and runs work that requires wheels."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.folder = folder
        environ = {"PATH": os.defpath, "PIP_NO_INDEX": "1"}
        self.environments = PipEnvironments(house.settings.home / "environments", environ, house.clock)
        self.requirements: dict[int, list[str]] = {}
        self.by_pip = False
        """False: wheels are unpacked to where pip would, which takes no second."""
        house.hearing.answers = self._answer

    def _answer(self, attempt_id: int, _ask: int, body: Any) -> Any:
        if not isinstance(body, PrepareEnvironment):
            raise NotFound(f"No {type(body).__name__} in this test.")
        lines = self.requirements[attempt_id]
        return str(self.environments.prepare(lines) if self.by_pip else self._unpacked(lines))

    def _unpacked(self, wheels: list[str]) -> Path:
        site = Path(tempfile.mkdtemp(dir=self.folder), "lib/python/site-packages")
        for path in wheels:
            with zipfile.ZipFile(path) as wheel:
                wheel.extractall(site)
        return site

    def assign(self, work: Work, *requirements: str, source: str = "") -> Assignment:
        made = self.house.assign(source, requirements=list(requirements))
        assignment = msgspec.structs.replace(made, work=work)
        write_assignment(assignment)
        self.requirements[assignment.attempt_id] = list(requirements)
        return assignment

    def run(self, work: Work, *requirements: str, source: str = "") -> tuple[Outcome, Path]:
        assignment = self.assign(work, *requirements, source=source)
        self.house.workers.start(assignment)
        return self.house.hearing.wait(assignment.attempt_id), Path(assignment.folder)

    def wheel(self, files: Mapping[str, str], entry_points: str = "", name: str = "etl", version: str = "1.2") -> str:
        return str(make_wheel(self.folder, name, version, files, entry_points=entry_points))


@pytest.fixture
def packages(house: House, tmp_path: Path) -> Iterator[Packages]:
    yield Packages(house, tmp_path)
    house.hearing.answers = lambda *_: None


def called(entry_point: str = "main", *parameters: str) -> WheelWork:
    return WheelWork(package="etl", entry_point=entry_point, parameters=list(parameters))


def test_an_entry_point_is_called_as_a_command_is(packages: Packages) -> None:
    packages.by_pip = True
    source = "import os, sys\ndef go():\n    print(sys.argv, os.listdir(), sys.modules['__main__'].__name__)\n"
    wheel = packages.wheel({"etl/__init__.py": "", "etl/jobs.py": source}, "[console_scripts]\nmain = etl.jobs:go\n")
    outcome, place = packages.run(called("main", "--day=2024-01-01", "x"), wheel)
    assert outcome.status == "success", outcome.error
    assert text(place) == "['etl', '--day=2024-01-01', 'x'] [] __main__\n"
    assert len(outcome.code_hash) == 64


def test_commands_come_before_other_groups_and_those_before_functions(packages: Packages) -> None:
    functions = "\n".join(f"def {name}(): print({name!r})" for name in ("a", "b", "c", "main", "third"))
    points = "[a_group]\nmain = etl:a\nother = etl:b\n[console_scripts]\nmain = etl:c\n"
    wheel = packages.wheel({"etl.py": functions}, points)
    assert [text(packages.run(called(name), wheel)[1]) for name in ("main", "other", "third")] == [
        "c\n",
        "b\n",
        "third\n",
    ]


def test_the_function_of_a_package_with_a_dash_is_found(packages: Packages) -> None:
    wheel = packages.wheel({"my_etl/__init__.py": "def main(): print('here')"}, name="my_etl")
    work = WheelWork(package="my-etl", entry_point="main")
    assert text(packages.run(work, wheel)[1]) == "here\n"


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("return 3", "success", ""),
        ("raise SystemExit", "success", ""),
        ("raise SystemExit(0)", "success", ""),
        ("raise SystemExit(3)", "failed", "SystemExit: 3"),
        ("raise SystemExit('why')", "failed", "SystemExit: why"),
        ("raise ValueError('bad day')", "failed", "ValueError: bad day"),
        ("import not_there", "failed", "ModuleNotFoundError: No module named 'not_there'"),
    ],
    ids=["returns", "exits", "exits 0", "exits 3", "exits with a text", "raises", "imports nothing"],
)
def test_how_it_ends_is_told_as_for_scripts(packages: Packages, body: str, status: str, error: str) -> None:
    wheel = packages.wheel({"etl.py": f"def main():\n    {body}\n"})
    outcome, _ = packages.run(called(), wheel)
    assert (outcome.status, outcome.error) == (status, error)


def test_a_traceback_begins_in_the_package(packages: Packages) -> None:
    wheel = packages.wheel({"etl.py": "def main():\n    return inner()\n\n\ndef inner():\n    return 1 / 0\n"})
    outcome, place = packages.run(called(), wheel)
    assert outcome.trace.count("File ") == 2
    assert "brickyard/workloads" not in outcome.trace
    assert text(place, "stderr.log") == outcome.trace


def test_an_error_at_import_is_the_packages_own(packages: Packages) -> None:
    wheel = packages.wheel({"etl.py": "import nothing_of_this_name\n"})
    outcome, _ = packages.run(called(), wheel)
    assert outcome.error == "ModuleNotFoundError: No module named 'nothing_of_this_name'"
    assert "importlib" not in outcome.trace


def test_a_missing_entry_point_is_told_with_those_that_there_are(packages: Packages) -> None:
    wheel = packages.wheel({"etl.py": "main = 3\n"}, "[console_scripts]\nload = etl:a\nsave = etl:b\n")
    outcome, _ = packages.run(called("lod"), wheel)
    assert outcome.error == (
        "The package 'etl' 1.2 has neither an entry point 'lod' nor a function etl.lod. Its entry points: load, save."
    )
    assert packages.run(called(), wheel)[0].error_code == "RESOURCE_NOT_FOUND"


def test_a_package_without_a_module_of_its_name_has_only_entry_points(packages: Packages) -> None:
    outcome, _ = packages.run(called(), packages.wheel({"other.py": ""}))
    assert outcome.error.endswith("nor a module 'etl'. It has no entry points.")


def test_a_package_that_is_not_installed_is_named(packages: Packages) -> None:
    outcome, _ = packages.run(called())
    assert (outcome.status, outcome.error_code) == ("failed", "RESOURCE_NOT_FOUND")
    assert outcome.error.startswith("The package 'etl' is not installed for this task. Name its wheel")


def test_spark_is_there_and_threads_are_waited_for(packages: Packages) -> None:
    source = (
        "import threading\n"
        "from pyspark.sql import SparkSession\n"
        "def main():\n"
        "    go = threading.Event()\n"
        "    threading.Thread(target=lambda: (go.wait(), print('thread'))).start()\n"
        "    print(type(SparkSession.builder.getOrCreate()).__name__)\n"
        "    go.set()\n"
    )
    outcome, place = packages.run(called(), packages.wheel({"etl.py": source}))
    assert outcome.status == "success", outcome.error
    assert text(place) == "RuntimeSession\nthread\n"


def test_a_package_may_start_processes(packages: Packages) -> None:
    source = (
        "import multiprocessing\n"
        "def work():\n    print('from a child', flush=True)\n"
        "def main():\n"
        "    child = multiprocessing.get_context('spawn').Process(target=work)\n"
        "    child.start()\n    child.join()\n    raise SystemExit(child.exitcode)\n"
    )
    outcome, place = packages.run(called(), packages.wheel({"etl.py": source}))
    assert (outcome.status, text(place)) == ("success", "from a child\n")


def test_a_failed_installation_fails_the_task_with_pips_reason(packages: Packages) -> None:
    packages.by_pip = True
    outcome, _ = packages.run(called(), "does-not-exist-here==1")
    assert (outcome.status, outcome.error_code) == ("failed", "LIBRARY_INSTALLATION_ERROR")
    assert "No matching distribution found for does-not-exist-here==1" in outcome.error


def test_a_stop_reaches_a_task_whose_packages_are_being_installed(house: House, packages: Packages) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow(*_: Any) -> Any:
        asked.set()
        go_on.wait(30)
        raise BrickyardError("Nobody waits for this.")

    house.hearing.answers = slow
    assignment = packages.assign(called(), "etl")
    house.workers.start(assignment)
    assert asked.wait(30)
    house.workers.stop(assignment.attempt_id, "Enough.")
    outcome = house.hearing.wait(assignment.attempt_id)
    go_on.set()
    assert (outcome.status, outcome.error) == ("cancelled", "Enough.")


@pytest.mark.parametrize("work", [called(), NotebookWork(path="/Users/me/n")], ids=["wheel", "notebook"])
def test_the_worker_is_full_where_the_packages_allow_it(packages: Packages, work: Work) -> None:
    """What is not built yet, or brings another pandas, must not meet a worker that has imported pandas."""
    beside, instead = packages.wheel({"etl.py": ""}), packages.wheel({"pandas.py": ""}, name="pandas", version="0.1")
    shadows = packages.environments.shadows
    assert tier_of(packages.assign(work, beside), shadows) == "light"
    packages.environments.prepare([beside])
    packages.environments.prepare([instead])
    assert tier_of(packages.assign(work, beside), shadows) == "full"
    assert tier_of(packages.assign(work, instead), shadows) == "light"
    assert tier_of(packages.assign(work, "-e ."), shadows) == "light"
    assert tier_of(packages.assign(work), shadows) == "full"


def test_a_full_worker_calls_a_package_as_well(packages: Packages) -> None:
    packages.by_pip = True
    packages.house.workers._shadows = packages.environments.shadows
    wheel = packages.wheel({"etl.py": "import sys\ndef main(): print('pandas' in sys.modules)"})
    assert [text(packages.run(called(), wheel)[1]) for _ in range(2)] == ["False\n", "True\n"]
    packages.house.workers._shadows = lambda _: True
