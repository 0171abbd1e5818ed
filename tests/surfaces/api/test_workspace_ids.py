"""From an `object_id` back to the path: of what is there now, and quickly."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from brickyard.errors import NotFound
from brickyard.surfaces.api.workspace_ids import WorkspaceIds
from brickyard.surfaces.api.workspace_paths import stable_id

NOTEBOOK = "# Databricks notebook source\n"
MANY = 10_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Users" / "ada").mkdir(parents=True)
    (tmp_path / "Users" / "ada" / "nb.py").write_text(NOTEBOOK)
    (tmp_path / "Users" / "ada" / "tool.py").write_text("print(1)")
    return tmp_path


@pytest.mark.parametrize("path", ["/", "/Users", "/Users/ada", "/Users/ada/nb", "/Users/ada/tool.py"])
def test_folders_notebooks_and_files_are_found_by_their_id(root: Path, path: str) -> None:
    assert WorkspaceIds(root).path_of(stable_id(path)) == path


@pytest.mark.parametrize("path", ["/Users/ada/nb.py", "/Users/ada/tool", "/Users/ada/", "/Users/bob", "x"])
def test_a_path_that_the_api_shows_nothing_under_has_no_id(root: Path, path: str) -> None:
    """A notebook is shown without its extension, and a file with it."""
    with pytest.raises(NotFound, match=str(stable_id(path))):
        WorkspaceIds(root).path_of(stable_id(path))


@pytest.mark.parametrize("object_id", [0, -1, 2**53, 10**30])
def test_a_number_that_is_nothings_id_is_told_so(root: Path, object_id: int) -> None:
    with pytest.raises(NotFound):
        WorkspaceIds(root).path_of(object_id)


def test_what_is_made_or_deleted_after_the_first_question_is_told_as_it_is(root: Path) -> None:
    ids = WorkspaceIds(root)
    assert ids.path_of(stable_id("/Users/ada/nb")) == "/Users/ada/nb"
    (root / "Users/ada/new.sql").write_text("-- Databricks notebook source\n")
    assert ids.path_of(stable_id("/Users/ada/new")) == "/Users/ada/new"
    (root / "Users/ada/nb.py").write_text("print('a file now')")
    with pytest.raises(NotFound):
        ids.path_of(stable_id("/Users/ada/nb"))
    assert ids.path_of(stable_id("/Users/ada/nb.py")) == "/Users/ada/nb.py"
    (root / "Users/ada/nb.py").unlink()
    with pytest.raises(NotFound):
        ids.path_of(stable_id("/Users/ada/nb.py"))


def test_names_and_links_that_the_api_cannot_show_have_no_id(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.txt").write_text("s")
    (root / "out").symlink_to(outside)
    (root / "a\nb").write_text("")
    (root / os.fsdecode(b"\xff")).write_text("")
    (root / "round").symlink_to("round")
    ids = WorkspaceIds(root)
    for path in ("/out/secret.txt", "/a\nb", "/out", "/round"):
        with pytest.raises(NotFound):
            ids.path_of(stable_id(path))


def test_ten_thousand_files_are_looked_through_at_once(tmp_path: Path) -> None:
    for folder in range(100):
        (tmp_path / f"d{folder}").mkdir()
        for number in range(MANY // 100):
            (tmp_path / f"d{folder}" / f"f{number}.py").touch()
    ids = WorkspaceIds(tmp_path)
    begun = time.perf_counter()
    assert ids.path_of(stable_id("/d99/f99.py")) == "/d99/f99.py"
    first = time.perf_counter() - begun
    begun = time.perf_counter()
    for folder in range(100):
        assert ids.path_of(stable_id(f"/d{folder}/f7.py")) == f"/d{folder}/f7.py"
    again = (time.perf_counter() - begun) / 100
    assert first < 2.0, first
    assert again < 0.02, again
