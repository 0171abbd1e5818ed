"""What a task requires comes before what the server has: in the process, in its children, in notebooks."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from brickyard.workloads import packages as module
from brickyard.workloads.messages import NotebookWork, ScriptWork
from tests.compute.house import House, text
from tests.compute.wheels import make_wheel
from tests.workloads.processes.test_wheels import Packages

SCRIPT = ScriptWork(path="/Users/me/script.py")


@pytest.fixture
def packages(house: House, tmp_path: Path) -> Iterator[Packages]:
    yield Packages(house, tmp_path)
    house.hearing.answers = lambda *_: None


@pytest.mark.parametrize("name", ["pandas", "psutil", "IPython"])
def test_a_version_of_the_tasks_own_wins_over_one_that_workers_have_imported(packages: Packages, name: str) -> None:
    wheel = packages.wheel({f"{name}/__init__.py": "VERSION = 'mine'"}, name=name, version="0.0.1")
    source = f"import {name}\nfrom importlib.metadata import version\nprint({name}.VERSION, version({name!r}))"
    outcome, place = packages.run(SCRIPT, wheel, source=source)
    assert outcome.status == "success", outcome.error
    assert text(place) == "mine 0.0.1\n"


def test_the_next_task_has_the_servers_version_again(packages: Packages) -> None:
    wheel = packages.wheel({"structlog.py": ""}, name="structlog", version="0.0.1")
    source = "from importlib.metadata import version\nprint(version('structlog'))"
    assert text(packages.run(SCRIPT, wheel, source=source)[1]) == "0.0.1\n"
    assert text(packages.run(SCRIPT, source=source)[1]) == f"{version('structlog')}\n"


def test_child_processes_see_the_packages_and_their_commands(packages: Packages) -> None:
    packages.by_pip = True
    wheel = packages.wheel({"etl.py": "def main(): print('from etl')"}, "[console_scripts]\netl-run = etl:main\n")
    source = (
        "import subprocess, sys\n"
        "for command in ['etl-run'], [sys.executable, '-c', 'import etl; etl.main()'], ['python', '-m', 'pip', 'list']:\n"
        "    print(subprocess.run(command, capture_output=True, text=True, check=True).stdout)\n"
    )
    outcome, place = packages.run(SCRIPT, wheel, source=source)
    assert outcome.status == "success", outcome.error
    assert text(place).count("from etl") == 2
    listed = dict(line.split()[:2] for line in text(place).splitlines() if line and not line.startswith("from"))
    assert (listed["etl"], listed["pandas"]) == ("1.2", version("pandas"))


def test_modules_beside_a_script_come_before_packages(packages: Packages) -> None:
    packages.house.assign("print('beside')", path="/Users/me/beside.py")
    wheel = packages.wheel({"beside.py": "print(1)"})
    assert text(packages.run(SCRIPT, wheel, source="import beside")[1]) == "beside\n"


def test_a_notebook_has_the_packages_too(packages: Packages) -> None:
    packages.by_pip = True
    packages.house.assign(
        "# Databricks notebook source\nimport etl, pandas\nprint(etl.VALUE, pandas.__version__, type(spark).__name__)\n",
        path="/Users/me/n.py",
    )
    wheel = packages.wheel({"etl.py": "VALUE = 7"})
    outcome, place = packages.run(NotebookWork(path="/Users/me/n"), wheel)
    assert outcome.status == "success", outcome.error
    assert f"7 {version('pandas')} RuntimeSession" in json.dumps(json.loads((place / "output.ipynb").read_text()))


def test_path_files_of_packages_are_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "lib/python/site-packages"
    (site / "inner").mkdir(parents=True)
    (tmp_path / "never").mkdir()
    (site / "a.pth").write_text("inner\n")
    (site / module.SERVERS).write_text(f"{tmp_path / 'never'}\n")
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("PATH", "PYTHONPATH"):
        monkeypatch.setenv(name, "/before")
    before = list(sys.path)
    module.activate(site)
    assert sys.path == [str(site), str(site / "inner"), *before]
    assert os.environ["PYTHONPATH"] == f"{site}:/before"
    assert os.environ["PATH"] == f"{tmp_path / 'bin'}:/before"


def test_only_what_a_package_brings_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not modules of Python itself, and of a namespace that several packages share only the package's own part."""
    files = {
        "json/__init__.py": "",
        "one.py": "",
        "whole/__init__.py": "",
        "shared/mine/__init__.py": "",
        "x-y.txt": "",
    }
    site = tmp_path / "lib/python/site-packages"
    with zipfile.ZipFile(make_wheel(tmp_path, "clash", files=files)) as wheel:
        wheel.extractall(site)
    loaded = ("one", "whole", "whole.part", "shared", "shared.mine", "shared.mine.part", "shared.other", "oneself")
    for name in loaded:
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("PATH", "PYTHONPATH"):
        monkeypatch.setenv(name, "")
    module.activate(site)
    assert [name for name in loaded if name in sys.modules] == ["shared", "shared.other", "oneself"]
    assert sys.modules["json"] is json
