"""Functions of a task's packages run inside of the engine, which has those packages only by the session's doing."""

from __future__ import annotations

import importlib
import sys
import zipfile
from pathlib import Path

import pytest
from pyspark.sql.functions import udf

from brickyard.workloads import packages
from tests.compute.wheels import make_wheel
from tests.workloads.runtime.house import House


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The packages of a task, made this process's own; its parts are known by their names only."""
    files = {
        "calculus/__init__.py": "",
        "calculus/fruit.py": "PRICE = 3\ndef price(count):\n    return PRICE * count\n",
    }
    folder = tmp_path / "lib/python/site-packages"
    with zipfile.ZipFile(make_wheel(tmp_path, "calculus", files=files)) as wheel:
        wheel.extractall(folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(packages, "_active", [])
    for name in ("PATH", "PYTHONPATH"):
        monkeypatch.setenv(name, "")
    packages.activate(folder)
    return folder


def test_a_function_of_a_package_runs_in_the_engine(house: House, site: Path) -> None:
    fruit = importlib.import_module("calculus.fruit")
    assert str(fruit.__file__).startswith(str(site))
    frame = house.session().range(3)
    assert [row[0] for row in frame.select(udf(fruit.price, "bigint")("id")).collect()] == [0, 3, 6]


def test_a_task_without_packages_asks_nothing_of_the_engine(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "offer", None)
    monkeypatch.setattr(packages, "_active", [])
    assert packages.active() is None
    assert house.session().range(3).count() == 3


def test_what_the_engine_has_itself_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", ["/own"])
    assert (packages.offer("/more"), packages.offer("/more")) == (True, True)
    assert sys.path == ["/own", "/more"]
