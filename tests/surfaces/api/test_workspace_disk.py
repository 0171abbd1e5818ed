"""The workspace on disk by itself: what becomes of an import, what is found, and that a write is whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from brickyard.errors import AlreadyExists, BrickyardError, DirectoryNotEmpty, InvalidParameterValue, NotFound
from brickyard.surfaces.api.workspace_formats import Stored, to_send, to_store
from brickyard.surfaces.api.workspace_paths import parts_of, shown
from brickyard.surfaces.api.workspace_tree import Tree
from brickyard.workloads.notebooks.files import find_notebook

PY = b"# Databricks notebook source\nprint(1)\n"
SQL = b"-- Databricks notebook source\nSELECT 1\n"
IPYNB = json.dumps(
    {
        "cells": [{"cell_type": "code", "source": "1", "metadata": {}, "outputs": [], "execution_count": None}],
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
).encode()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.mark.parametrize(
    ("name", "data", "form", "language", "stored"),
    [
        ("a.py", PY, "AUTO", "", Stored("a", ".py", PY)),
        ("a.py", b"print(1)", "AUTO", "", Stored("a.py", "", b"print(1)")),
        ("a.sql", SQL, "AUTO", "", Stored("a", ".sql", SQL)),
        ("a.R", b"# Databricks notebook source\n1", "AUTO", "", Stored("a", ".R", b"# Databricks notebook source\n1")),
        ("a.ipynb", IPYNB, "AUTO", "", Stored("a", ".ipynb", IPYNB)),
        ("a", PY, "AUTO", "", Stored("a", "", PY)),
        ("a.csv", b"x", "AUTO", "", Stored("a.csv", "", b"x")),
        ("a", IPYNB, "JUPYTER", "", Stored("a", ".ipynb", IPYNB)),
        ("a.ipynb", IPYNB, "JUPYTER", "", Stored("a", ".ipynb", IPYNB)),
        ("a", b"1", "SOURCE", "PYTHON", Stored("a", ".py", b"# Databricks notebook source\n1")),
        ("a.py", PY, "SOURCE", "PYTHON", Stored("a", ".py", PY)),
        ("v1.2", PY, "SOURCE", "PYTHON", Stored("v1.2", ".py", PY)),
        ("a", b"1", "SOURCE", "SCALA", Stored("a", ".scala", b"// Databricks notebook source\n1")),
        ("a.py", PY, "RAW", "", Stored("a.py", "", PY)),
    ],
)
def test_what_becomes_of_an_import(name: str, data: bytes, form: str, language: str, stored: Stored) -> None:
    assert to_store(name, data, form, language) == stored


@pytest.mark.parametrize(
    ("form", "language", "data", "said"),
    [
        ("SOURCE", "", b"", "language is missing"),
        ("SOURCE", "JAVA", b"", "language is 'JAVA'"),
        ("JUPYTER", "", b"no json", "JSON"),
        ("AUTO", "", b"no json", "JSON"),
    ],
)
def test_an_import_that_cannot_be_is_refused(form: str, language: str, data: bytes, said: str) -> None:
    with pytest.raises(BrickyardError, match=said):
        to_store("a.ipynb", data, form, language)


def test_a_notebook_is_found_by_its_name_with_and_without_extension(tree: Tree, tmp_path: Path) -> None:
    tree.write(("load",), ".py", PY, overwrite=False)
    for name in ("load", "load.py"):
        item = tree.get((name,))
        assert (item.path, item.kind, item.place) == ("/load", "NOTEBOOK", tmp_path / "load.py")
    assert tree.find(("loa",)) is None
    assert find_notebook(tmp_path, "/load") == tmp_path / "load.py", "tasks find the same file"


def test_a_plain_file_is_not_found_without_its_extension(tree: Tree) -> None:
    tree.write(("tool.py",), "", b"print(1)", overwrite=False)
    assert tree.find(("tool",)) is None
    assert tree.get(("tool.py",)).kind == "FILE"


def test_a_file_in_another_format_takes_the_place_of_the_notebook_of_its_name(tree: Tree, tmp_path: Path) -> None:
    tree.write(("a",), ".py", PY, overwrite=False)
    with pytest.raises(AlreadyExists, match="/a"):
        tree.write(("a",), ".ipynb", IPYNB, overwrite=False)
    tree.write(("a",), ".ipynb", IPYNB, overwrite=True)
    assert [place.name for place in tmp_path.iterdir()] == ["a.ipynb"]


def test_a_folder_is_never_replaced_by_a_file_nor_a_file_by_a_folder(tree: Tree) -> None:
    tree.make_folder(("a",))
    tree.write(("b",), "", b"", overwrite=False)
    with pytest.raises(AlreadyExists):
        tree.write(("a",), "", b"", overwrite=True)
    with pytest.raises(AlreadyExists):
        tree.make_folder(("b", "c"))


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.write(("a",), "", b"old", overwrite=False)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        tree.write(("a",), "", b"new", overwrite=True)
    assert [(place.name, place.read_bytes()) for place in tmp_path.iterdir()] == [("a", b"old")]


def test_what_is_half_written_is_not_listed(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / ".brickyard-unfinished-x").write_bytes(b"")
    assert list(tree.children(())) == []


def test_files_are_private_whatever_the_process_allows(tree: Tree, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        tree.make_folder(("dir",))
        tree.write(("dir", "a"), "", b"", overwrite=False)
    finally:
        os.umask(before)
    assert (tmp_path / "dir").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "dir" / "a").stat().st_mode & 0o777 == 0o600


def test_a_link_is_deleted_and_not_what_it_points_to(tree: Tree, tmp_path: Path) -> None:
    tree.make_folder(("real",))
    tree.write(("real", "a"), "", b"", overwrite=False)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    tree.delete(("link",), recursive=True)
    assert (tmp_path / "real" / "a").is_file()


def test_deleting_asks_for_more_where_more_would_be_lost(tree: Tree) -> None:
    tree.make_folder(("a", "b"))
    with pytest.raises(DirectoryNotEmpty):
        tree.delete(("a",), recursive=False)
    with pytest.raises(NotFound):
        tree.delete(("c",), recursive=True)
    with pytest.raises(InvalidParameterValue):
        tree.delete((), recursive=True)
    tree.delete(("a",), recursive=True)
    assert tree.find(("a",)) is None


def test_an_export_is_in_the_format_asked_for(tree: Tree) -> None:
    tree.write(("n",), ".py", PY, overwrite=False)
    tree.write(("j",), ".ipynb", IPYNB, overwrite=False)
    tree.write(("f.txt",), "", b"x", overwrite=False)

    def sent(name: str, form: str) -> tuple[bytes, str]:
        item = tree.get((name,))
        return to_send(item, tree.read(item), form)

    assert sent("n", "SOURCE") == (PY, "py")
    assert sent("j", "AUTO") == (IPYNB, "ipynb")
    source, kind = sent("j", "SOURCE")
    assert (source.startswith(b"# Databricks notebook source\n1"), kind) == (True, "py")
    assert json.loads(sent("n", "JUPYTER")[0])["cells"]
    assert sent("f.txt", "SOURCE") == (b"x", "txt")
    with pytest.raises(InvalidParameterValue, match="not a notebook"):
        sent("f.txt", "JUPYTER")


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/", ()),
        ("/Workspace", ()),
        ("/Workspace/", ()),
        ("/a/b", ("a", "b")),
        ("//a///b/", ("a", "b")),
        ("/Workspace/a", ("a",)),
        ("/a/Workspace", ("a", "Workspace")),
        ("/…/a b", ("…", "a b")),
        ("/..a/b..", ("..a", "b..")),
    ],
)
def test_a_path_is_taken_apart_as_clients_write_it(path: str, parts: tuple[str, ...]) -> None:
    assert parts_of(path) == parts
    assert parts_of(shown(parts)) == parts
