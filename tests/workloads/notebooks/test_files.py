"""From a path of the workspace to a notebook's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from brickyard.errors import InvalidParameterValue
from brickyard.workloads.notebooks.files import (
    NotebookNotFound,
    absolute_path,
    find_notebook,
    language_of,
    locate,
)

PYTHON = "# Databricks notebook source\nx = 1\n"
SQL = "-- Databricks notebook source\nselect 1\n"
IPYNB = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    for name, text in {
        "Users/ann/etl.py": PYTHON,
        "Users/ann/counts.sql": SQL,
        "Users/ann/report.ipynb": IPYNB,
        "Users/ann/helpers.py": "import os\n",
        "Shared/with.dot.py": PYTHON,
    }.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/Users/ann/etl", "etl.py"),
        ("/Users/ann/etl.py", "etl.py"),
        ("/Workspace/Users/ann/etl", "etl.py"),
        ("/Workspace/Users/ann/counts", "counts.sql"),
        ("/Users/ann/report", "report.ipynb"),
        ("/Users//ann/./etl", "etl.py"),
        ("/Users/bob/../ann/etl", "etl.py"),
        ("/Shared/with.dot", "with.dot.py"),
    ],
)
def test_a_notebook_is_found_under_each_of_its_names(root: Path, path: str, name: str) -> None:
    assert find_notebook(root, path).name == name


def test_the_path_of_a_notebook_has_no_extension(root: Path) -> None:
    assert locate(root, "/Workspace/Users/ann/etl.py").path == "/Users/ann/etl"
    assert locate(root, "/Shared/with.dot").path == "/Shared/with.dot"


@pytest.mark.parametrize("path", ["./etl", "etl", "../ann/etl", "../../Users/ann/etl.py"])
def test_relative_paths_begin_at_the_calling_notebook(root: Path, path: str) -> None:
    assert locate(root, path, base="/Users/ann").path == "/Users/ann/etl"


def test_a_missing_notebook_is_named_with_its_neighbours(root: Path) -> None:
    with pytest.raises(NotebookNotFound, match=r"no notebook at '/Users/ann/elt'.*etl"):
        find_notebook(root, "/Users/ann/elt")


def test_a_missing_folder_is_named(root: Path) -> None:
    with pytest.raises(NotebookNotFound, match="folder '/Users/bob' does not exist"):
        find_notebook(root, "/Users/bob/etl")


def test_a_plain_file_is_no_notebook(root: Path) -> None:
    with pytest.raises(InvalidParameterValue, match="is a file, not a notebook"):
        find_notebook(root, "/Users/ann/helpers.py")
    with pytest.raises(NotebookNotFound):
        find_notebook(root, "/Users/ann/helpers")


@pytest.mark.parametrize("path", ["../../../etc/passwd", "/../etc/passwd", "/Users/../../x"])
def test_no_path_leads_out_of_the_workspace(root: Path, path: str) -> None:
    with pytest.raises(InvalidParameterValue, match="leads out of the workspace"):
        locate(root, path, base="/Users/ann")


def test_no_link_leads_out_of_the_workspace(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text(PYTHON)
    (root / "link.py").symlink_to(tmp_path / "secret.py")
    with pytest.raises(InvalidParameterValue, match="leads out of the workspace"):
        find_notebook(root, "/link")


@pytest.mark.parametrize("path", ["", " ", "a\0b"])
def test_a_path_must_name_something(root: Path, path: str) -> None:
    with pytest.raises(InvalidParameterValue, match="it must name one"):
        find_notebook(root, path)


def test_the_root_is_no_notebook(root: Path) -> None:
    with pytest.raises(NotebookNotFound):
        find_notebook(root, "/")


def test_languages_of_files(root: Path) -> None:
    ann = root / "Users/ann"
    assert [language_of(ann / name) for name in ("etl.py", "counts.sql", "report.ipynb")] == ["python", "sql", "python"]


def test_an_absolute_path_needs_no_file() -> None:
    assert absolute_path("../x", base="/a/b") == "/a/x"
    assert absolute_path("/Workspace/x", base="/a/b") == "/x"
