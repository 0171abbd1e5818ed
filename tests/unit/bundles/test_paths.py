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
        (
            "dbt_task: {project_directory: ../src, commands: [dbt run], warehouse_id: w}",
            "project_directory",
            f"{FILES}/src",
        ),
        ("dbt_task: {project_directory: .., commands: [dbt run], warehouse_id: w}", "project_directory", FILES),
    ],
)
def test_paths_are_relative_to_the_file_that_names_them(resolved: Resolve, work: str, field: str, value: str) -> None:
    bundle = resolved(HEAD, files={**SOURCES, "resources/etl.yml": job(work)})
    task = to_plain(bundle.jobs["etl"])["tasks"][0]
    assert next(part for part in task.values() if isinstance(part, dict))[field] == value


def test_the_file_of_a_sql_task_and_of_a_loop(resolved: Resolve) -> None:
    sql = "sql_task: {warehouse_id: w, file: {path: ../src/plain.sql}}"
    loop = f"for_each_task: {{inputs: '[1]', task: {{task_key: inner, {sql}}}}}"
    bundle = resolved(HEAD, files={**SOURCES, "resources/etl.yml": job(loop)})
    nested = to_plain(bundle.jobs["etl"])["tasks"][0]["for_each_task"]["task"]
    assert nested["sql_task"]["file"]["path"] == f"{FILES}/src/plain.sql"


def test_paths_in_git_stay_relative(resolved: Resolve) -> None:
    git = "git_source: {git_url: https://example.com/x.git, git_provider: gitHub, git_branch: main}"
    tasks = (
        "[{task_key: a, notebook_task: {notebook_path: jobs/a}},"
        " {task_key: b, notebook_task: {notebook_path: ../src/clean.py, source: WORKSPACE}}]"
    )
    text = f"resources: {{jobs: {{etl: {{name: etl, {git}, tasks: {tasks}}}}}}}\n"
    bundle = resolved(HEAD, files={**SOURCES, "resources/etl.yml": text})
    found = [task["notebook_task"]["notebook_path"] for task in to_plain(bundle.jobs["etl"])["tasks"]]
    assert found == ["jobs/a", f"{FILES}/src/clean"]


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
        ("sql_task: {file: {path: ../src/plan.sql}}", ["path '../src/plan.sql'", "Did you mean 'plain.sql'?"]),
        ("dbt_task: {project_directory: ../shop}", ["project_directory '../shop'", "no such folder"]),
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
