"""Errors of notebooks that are about this installation say so."""

from __future__ import annotations

import pytest

from brickyard.workloads import hints, real_paths
from tests.workloads.notebooks.house import Home


@pytest.fixture
def without_real_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a worker of a launcher that could not enter a view of its own."""
    monkeypatch.setattr(real_paths, "_why_not", "unshare: Operation not permitted")


@pytest.mark.usefixtures("without_real_paths")
@pytest.mark.parametrize("place", real_paths.PLACES)
def test_a_path_that_is_not_real_here_is_explained_in_the_cell(home: Home, place: str) -> None:
    outcome = home.run(f"open('{place}/main/default/raw/a.csv')")
    assert outcome.error == f"FileNotFoundError: [Errno 2] No such file or directory: '{place}/main/default/raw/a.csv'"
    assert "no real paths on this machine (unshare: Operation not permitted)" in outcome.trace
    assert "spark and dbutils.fs know them all the same" in outcome.trace


@pytest.mark.usefixtures("without_real_paths")
def test_other_paths_are_not(home: Home) -> None:
    assert "real paths" not in home.run("open('/nowhere')").trace


def test_where_they_are_real_nothing_is_added(home: Home) -> None:
    assert "real paths" not in home.run("open('/Volumes/a')").trace


def test_a_missing_sdk_is_told_how_to_have_it(home: Home) -> None:
    outcome = home.run("raise ModuleNotFoundError('No module named x', name='databricks.sdk')")
    assert "%pip install databricks-sdk" in outcome.trace


@pytest.mark.parametrize("name", ["databricks.labs", "pandas", None])
def test_other_missing_modules_are_not(name: str | None) -> None:
    error = ModuleNotFoundError("no", name=name)
    hints.add(error)
    assert not hasattr(error, "__notes__")
