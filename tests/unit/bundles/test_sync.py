"""Which files belong to a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.bundles import ignore, sync
from brickyard.surfaces.bundles.sync import Limits, Selection, collect
from tests.unit.bundles.conftest import NOTEBOOK, Write

MANY = dict.fromkeys(
    (
        "databricks.yml",
        "src/a.py",
        "src/deep/b.py",
        "src/build/out.txt",
        "data/x.csv",
        "data/keep.csv",
        "notes.log",
        "src/notes.log",
    ),
    "x",
)


@pytest.mark.parametrize(
    ("pattern", "path", "folder", "verdict"),
    [
        ("*.log", "a.log", False, True),
        ("*.log", "x/y/a.log", False, True),
        ("/a.log", "a.log", False, True),
        ("/a.log", "x/a.log", False, None),
        ("x/*.log", "x/a.log", False, True),
        ("x/*.log", "x/y/a.log", False, None),
        ("x/**/a", "x/a", False, True),
        ("x/**/a", "x/y/z/a", False, True),
        ("**/a", "x/y/a", False, True),
        ("x/**", "x/y/z", False, True),
        ("build/", "build", True, True),
        ("build/", "src/build", True, True),
        ("build/", "build", False, None),
        ("src/build/", "src/build", True, True),
        ("a?c", "abc", False, True),
        ("a?c", "a/c", False, None),
        ("[ab].py", "b.py", False, True),
        ("[!ab].py", "b.py", False, None),
        ("!a", "a", False, False),
        ("# comment", "# comment", False, None),
        ("\\#real", "#real", False, True),
        ("", "a", False, None),
        ("a.b+c", "a.b+c", False, True),
        ("a.b+c", "aXb+c", False, None),
    ],
)
def test_one_pattern(pattern: str, path: str, *, folder: bool, verdict: bool | None) -> None:
    """The language of .gitignore."""
    assert ignore.parse([pattern]).verdict(path, is_folder=folder) is verdict


@pytest.mark.parametrize(
    ("ignored", "selection", "files"),
    [
        ({}, Selection(), set(MANY)),
        (
            {".gitignore": "*.log\nbuild/\n"},
            Selection(),
            {"databricks.yml", "src/a.py", "src/deep/b.py", "data/x.csv", "data/keep.csv", ".gitignore"},
        ),
        ({".gitignore": "data/*\n!data/keep.csv\n"}, Selection(), {*MANY, ".gitignore"} - {"data/x.csv"}),
        (
            {"src/.gitignore": "*.log\n/deep\n"},
            Selection(),
            {*MANY, "src/.gitignore"} - {"src/notes.log", "src/deep/b.py"},
        ),
        (
            {},
            Selection(exclude=["data/", "**/*.log"]),
            {"databricks.yml", "src/a.py", "src/deep/b.py", "src/build/out.txt"},
        ),
        ({".gitignore": "data\n"}, Selection(include=["data/*.csv"]), {*MANY, ".gitignore"}),
        (
            {".gitignore": "data\n"},
            Selection(include=["data/"], exclude=["x.csv"]),
            {*MANY, ".gitignore"} - {"data/x.csv"},
        ),
        ({}, Selection(paths=["src"]), {"src/a.py", "src/deep/b.py", "src/build/out.txt", "src/notes.log"}),
        ({".git/config": "x", ".venv/lib/a.py": "x", "src/__pycache__/a.pyc": "x"}, Selection(), set(MANY)),
    ],
)
def test_a_selection(write: Write, ignored: dict[str, str], selection: Selection, files: set[str]) -> None:
    """.gitignore files, include, exclude, paths, and what is never part of a project."""
    assert set(collect(write({**MANY, **ignored}), selection)) == files


def test_hashes_change_with_the_content_alone(write: Write) -> None:
    root = write({"a.txt": "one", "b.txt": "two"})
    before = collect(root, Selection())
    (root / "a.txt").write_text("three")
    (root / "b.txt").touch()
    after = collect(root, Selection())
    assert before["a.txt"] != after["a.txt"]
    assert before["b.txt"] == after["b.txt"]


def test_links_out_of_the_folder_are_refused(write: Write, tmp_path: Path) -> None:
    """A link to a file inside is followed; one that leaves, to a file or a folder, is not."""
    root = write({"a.txt": "x", "sub/b.txt": "x"})
    (root / "inside.txt").symlink_to(root / "a.txt")
    assert "inside.txt" in collect(root, Selection())
    (tmp_path / "secret").write_text("s")
    (root / "out").symlink_to(tmp_path / "secret")
    with pytest.raises(InvalidParameterValue, match="out is a link that leaves"):
        collect(root, Selection())
    (root / "out").unlink()
    (root / "folder").symlink_to(root / "sub")
    with pytest.raises(InvalidParameterValue, match="folder is a link to a folder"):
        collect(root, Selection())


def test_a_broken_link_is_nothing(write: Write) -> None:
    root = write({"a.txt": "x"})
    (root / "gone").symlink_to(root / "nowhere")
    assert set(collect(root, Selection())) == {"a.txt"}


def test_limits_are_explained(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write({"a.txt": "xxxx", "b.txt": "xx"})
    monkeypatch.setattr(sync, "MAX_FILE_BYTES", 3)
    with pytest.raises(InvalidParameterValue, match=r"a\.txt has 4 bytes; .* at most 3.*sync\.exclude"):
        collect(root, Selection())
    monkeypatch.setattr(sync, "MAX_FILE_BYTES", 10)
    with pytest.raises(InvalidParameterValue, match=r"more than 1 files or 500 MB\. Ask somebody"):
        collect(root, Selection(), Limits(files=1, advice="Ask somebody."))
    with pytest.raises(InvalidParameterValue, match="more than 20,000 files or 0 MB"):
        collect(root, Selection(), Limits(megabytes=0))
    assert len(collect(root, Selection(), Limits(files=2))) == 2


def test_the_home_of_brickyard_is_never_part_of_a_project(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under any name, and also where the patterns of `include` would bring it."""
    root = write({"a.py": "x", "var/home/token": "dapi", "var/home/brickyard.db": "x", "var/b.txt": "x"})
    monkeypatch.setenv("BRICKYARD_HOME", str(root / "var" / "home"))
    assert set(collect(root, Selection())) == {"a.py", "var/b.txt"}
    assert set(collect(root, Selection(include=["var/**"]))) == {"a.py", "var/b.txt"}


def test_hidden_files_and_folders_and_environments_stay_out_where_asked(write: Write) -> None:
    root = write(
        {"a.py": "x", ".env": "x", ".cache/x": "x", "sub/.idea/x": "x", "env/pyvenv.cfg": "", "env/lib/a.py": "x"}
    )
    assert set(collect(root, Selection(hidden=False))) == {"a.py"}
    assert len(collect(root, Selection())) == 6


def test_two_files_for_one_notebook_are_refused(write: Write) -> None:
    root = write({"nb.py": NOTEBOOK, "nb.sql": "-- Databricks notebook source\n"})
    with pytest.raises(InvalidParameterValue, match=r"nb\.py and nb\.sql would be the same object nb"):
        collect(root, Selection())
    (root / "nb.py").write_text("print(1)")
    assert set(collect(root, Selection())) == {"nb.py", "nb.sql"}


def test_a_path_that_is_not_there_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    """Nothing would be uploaded for it, and its tasks would find no files."""
    (tmp_path / "source").mkdir()
    with pytest.raises(InvalidParameterValue, match=r"sync\.paths names 'sourc'; .* Did you mean 'source'\?"):
        collect(tmp_path, Selection(paths=["sourc"]))
