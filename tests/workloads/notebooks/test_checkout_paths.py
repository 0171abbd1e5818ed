"""Paths of checkouts, which are seen in the workspace below `/Repos/.internal`."""

from __future__ import annotations

from pathlib import Path

import pytest

from brickyard.errors import InvalidParameterValue
from brickyard.workloads import places
from brickyard.workloads.messages import Paths
from brickyard.workloads.notebooks.dbutils.paths import resolve
from brickyard.workloads.notebooks.files import NotebookNotFound, absolute_path, locate
from brickyard.workloads.notebooks.magics import pip
from brickyard.workloads.runtime.paths import PathMap

PYTHON = "# Databricks notebook source\nx = 1\n"
ROOT = "/Repos/.internal/0a/ff"


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    for name in (
        "git/0a/ff/jobs/nb.py",
        "git/0a/ff/lib/setup.py",
        "git/0a/ee/jobs/nb.py",
        "git/0a/repository.git/nb.py",
        "workspace/Users/me/nb.py",
        "workspace/Repos/me/nb.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(PYTHON)
    return Paths(
        workspace=str(tmp_path / "workspace"),
        volumes=str(tmp_path / "volumes"),
        dbfs=str(tmp_path / "dbfs"),
        warehouse=str(tmp_path / "warehouse"),
        checkouts=str(tmp_path / "git"),
    )


def find(paths: Paths, path: str, base: str = "/") -> str:
    """The file, as seen from the home, and its path."""
    located = locate(Path(paths.workspace), path, base=base, checkouts=paths.checkouts)
    return f"{located.file.relative_to(Path(paths.checkouts).parent)} {located.path}"


@pytest.mark.parametrize("prefix", ["", "/Workspace"])
def test_a_notebook_of_a_checkout_is_found_by_its_path(paths: Paths, prefix: str) -> None:
    assert find(paths, f"{prefix}{ROOT}/jobs/nb") == f"git/0a/ff/jobs/nb.py {ROOT}/jobs/nb"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("nb", f"git/0a/ff/jobs/nb.py {ROOT}/jobs/nb"),
        ("./../lib/setup", f"git/0a/ff/lib/setup.py {ROOT}/lib/setup"),
        ("/Users/me/nb", "workspace/Users/me/nb.py /Users/me/nb"),
        ("/Repos/me/nb", "workspace/Repos/me/nb.py /Repos/me/nb"),
    ],
)
def test_paths_as_a_notebook_of_a_checkout_gives_them(paths: Paths, path: str, found: str) -> None:
    assert find(paths, path, base=f"{ROOT}/jobs") == found


@pytest.mark.parametrize("path", ["../../nb", "../../ee/jobs/nb", "../../../../me/nb", "../../../../../Users/me/nb"])
def test_a_relative_path_does_not_leave_the_checkout(paths: Paths, path: str) -> None:
    with pytest.raises(InvalidParameterValue, match="leads out of the checkout of the Git source"):
        find(paths, path, base=f"{ROOT}/jobs")
    with pytest.raises(InvalidParameterValue, match="leads out of the checkout of the Git source"):
        absolute_path(path, base=f"{ROOT}/jobs")


def test_there_are_no_checkouts_where_none_are_known(paths: Paths) -> None:
    with pytest.raises(NotebookNotFound):
        locate(Path(paths.workspace), f"{ROOT}/jobs/nb")


@pytest.mark.parametrize("path", ["/Repos/.internal", "/Repos/.internal/0a", ROOT])
def test_what_is_above_a_checkout_is_no_notebook(paths: Paths, path: str) -> None:
    with pytest.raises(NotebookNotFound):
        find(paths, path)


def test_a_link_out_of_a_checkout_is_not_followed(paths: Paths) -> None:
    link = Path(paths.checkouts, "0a/ff/jobs/out.py")
    link.symlink_to(Path(paths.workspace, "Users/me/nb.py"))
    with pytest.raises(InvalidParameterValue, match="leads out"):
        find(paths, f"{ROOT}/jobs/out")


@pytest.mark.parametrize(
    ("path", "file"),
    [
        (f"{ROOT}/jobs/nb.py", "git/0a/ff/jobs/nb.py"),
        ("/Users/me/nb.py", "workspace/Users/me/nb.py"),
        ("/Volumes/main/raw/x.py", "volumes/main/raw/x.py"),
        ("/dbfs/x.py", "dbfs/x.py"),
    ],
)
def test_the_way_there_and_back(paths: Paths, path: str, file: str) -> None:
    home = Path(paths.checkouts).parent
    assert places.real(path, paths) == home / file
    assert places.real(f"/Workspace{path}", paths) == home / file or path.startswith(("/Volumes", "/dbfs"))
    assert places.seen(home / file, paths) == path


def test_a_file_from_elsewhere_is_seen_as_it_is(paths: Paths) -> None:
    assert places.seen(Path("/opt/x.py"), paths) == "/opt/x.py"


def test_the_project_of_a_checkout_is_its_root(paths: Paths) -> None:
    file = Path(paths.checkouts, "0a/ff/jobs/nb.py")
    assert places.project_root(file, paths) == Path(paths.checkouts, "0a/ff")


def test_spark_knows_the_paths_of_checkouts(paths: Paths) -> None:
    known = PathMap(paths)
    local = known.local(f"/Workspace{ROOT}/data.csv")
    assert local == f"{paths.checkouts}/0a/ff/data.csv"
    assert known.users(f"no file {local}") == f"no file /Workspace{ROOT}/data.csv"


@pytest.mark.parametrize("scheme", ["", "file:"])
def test_dbutils_knows_the_paths_of_checkouts(paths: Paths, scheme: str) -> None:
    target = resolve(f"{scheme}/Workspace{ROOT}/jobs", paths)
    assert target.path == f"{paths.checkouts}/0a/ff/jobs"
    assert target.shown == f"/Workspace{ROOT}/jobs"
    assert resolve("/Workspace/Users/me", paths).path == f"{paths.workspace}/Users/me"


def test_pip_knows_the_paths_of_checkouts(paths: Paths) -> None:
    assert pip._real(f"/Workspace{ROOT}/requirements.txt", paths) == f"{paths.checkouts}/0a/ff/requirements.txt"
    assert pip._real("/Workspace/x.txt", paths) == f"{paths.workspace}/x.txt"
