"""Paths of notebooks and files become absolute, and must be there."""

from __future__ import annotations

from pathlib import Path

import pytest

from brickyard.surfaces.bundles.marks import BundleError, to_plain
from brickyard.surfaces.bundles.paths import is_notebook
from tests.unit.bundles.conftest import NOTEBOOK, Resolve

FILES = "/Workspace/Users/mina.moon@example.com/.bundle/b/default/files"
HEAD = "bundle: {name: b}\ninclude: ['resources/*.yml']\n"
SOURCES = {
    "src/clean.py": NOTEBOOK,
    "src/gold.sql": "-- Databricks notebook source\nSELECT 1\n",
    "src/book.ipynb": '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "src/script.py": "print(1)\n",
    "src/old.scala": "// Databricks notebook source\n",
    "src/plain.sql": "SELECT 1\n",
}


def job(work: str) -> str:
    return f"resources: {{jobs: {{etl: {{name: etl, tasks: [{{task_key: a, {work}}}]}}}}}}\n"


@pytest.mark.parametrize(
    ("work", "field", "value"),
    [
        ("notebook_task: {notebook_path: ../src/clean.py}", "notebook_path", f"{FILES}/src/clean"),
        ("notebook_task: {notebook_path: ../src/gold.sql}", "notebook_path", f"{FILES}/src/gold"),
        ("notebook_task: {notebook_path: ../src/book.ipynb}", "notebook_path", f"{FILES}/src/book"),
        ("notebook_task: {notebook_path: ../resources/../src/clean.py}", "notebook_path", f"{FILES}/src/clean"),
        ("notebook_task: {notebook_path: /Workspace/Shared/x}", "notebook_path", "/Workspace/Shared/x"),
        ("spark_python_task: {python_file: ../src/script.py}", "python_file", f"{FILES}/src/script.py"),
    ],
)
def test_paths_are_relative_to_the_file_that_names_them(resolved: Resolve, work: str, field: str, value: str) -> None:
    bundle = resolved(HEAD, files={**SOURCES, "resources/etl.yml": job(work)})
    task = to_plain(bundle.jobs["etl"])["tasks"][0]
    assert next(part for part in task.values() if isinstance(part, dict))[field] == value


@pytest.mark.parametrize(
    ("work", "words"),
    [
        ("notebook_task: {notebook_path: ../src/clen.py}", ["no such file", "Did you mean 'clean.py'?"]),
        ("notebook_task: {notebook_path: ../src/clean}", ["no such file", "Did you mean 'clean.py'?"]),
        ("notebook_task: {notebook_path: ../scr/clean.py}", ["The folder 'scr' does not exist"]),
        ("notebook_task: {notebook_path: ../src/script.py}", ["no notebook", "'# Databricks notebook source'"]),
        ("notebook_task: {notebook_path: ../src/plain.sql}", ["no notebook", "'-- Databricks notebook source'"]),
        ("notebook_task: {notebook_path: ../src/old.scala}", ["Scala and R are not supported"]),
        ("notebook_task: {notebook_path: ../databricks.yml}", ["must end with .py, .sql, .ipynb"]),
        ("notebook_task: {notebook_path: ../../outside.py}", ["leaves the bundle's folder"]),
        ("notebook_task: {notebook_path: ../src/link.py}", ["leaves the bundle's folder"]),
        ("notebook_task: {notebook_path: 5}", ["notebook_path is 5; it must be text"]),
        ("notebook_task: [a]", ["notebook_task is a list; it must be a mapping"]),
        ("spark_python_task: {python_file: ../src/scrpt.py}", ["no such file", "'script.py'"]),
    ],
)
def test_a_wrong_path_is_explained_at_its_place(resolved: Resolve, tmp_path: Path, work: str, words: list[str]) -> None:
    (tmp_path / "outside.py").write_text(NOTEBOOK)
    (tmp_path / "project" / "src").mkdir(parents=True)
    (tmp_path / "project" / "src" / "link.py").symlink_to(tmp_path / "outside.py")
    with pytest.raises(BundleError) as caught:
        resolved(HEAD, files={**SOURCES, "resources/etl.yml": job(work)})
    assert "resources/etl.yml:1:" in caught.value.message
    for word in words:
        assert word in caught.value.message


@pytest.mark.parametrize(
    ("name", "text", "verdict"),
    [
        ("a.py", NOTEBOOK, True),
        ("a.py", "\ufeff" + NOTEBOOK, True),
        ("a.py", "# Databricks notebook source", True),
        ("a.py", "# Databricks notebook sources\n", False),
        ("a.py", "\n" + NOTEBOOK, False),
        ("a.sql", "-- Databricks notebook source\n", True),
        ("a.sql", NOTEBOOK, False),
        ("a.ipynb", "{}", True),
        ("a.txt", NOTEBOOK, False),
    ],
)
def test_what_a_notebook_is(tmp_path: Path, name: str, text: str, *, verdict: bool) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert is_notebook(tmp_path / name) is verdict


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ("notebook_task: {notebook_path: ../src/clean.py}", False),
        ("notebook_task: {notebook_path: ../src/clean.py}, libraries: [{whl: ../dist/*.whl}]", True),
        ("python_wheel_task: {package_name: p, entry_point: e}", True),
    ],
)
def test_artifacts_are_refused_where_a_task_needs_one(resolved: Resolve, more: str, *, refused: bool) -> None:
    """Without such a task they are only named in a notice."""
    text = HEAD + "artifacts: {p: {type: whl, path: .}}\n"
    files = {**SOURCES, "resources/etl.yml": job(more)}
    if not refused:
        assert resolved(text, files=files).notices == ["artifacts are not built: no task uses one."]
        return
    with pytest.raises(BundleError, match=r"etl\.yml:1:.*artifacts are refused: .* task 'a' needs one"):
        resolved(text, files=files)
