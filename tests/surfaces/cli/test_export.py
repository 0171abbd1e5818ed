"""`brickyard runs export`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from brickyard.surfaces.client import Client
from tests.surfaces.cli.conftest import Run
from tests.surfaces.export.reading import assert_harmless, model_of

HEADER = "# Databricks notebook source\n"
FOLDER = "/Workspace/Shared/exported"


@pytest.fixture
def run_id(client: Client) -> str:
    """An ended run of two notebooks and a script."""
    client.mkdirs(FOLDER)
    client.put_file(f"{FOLDER}/hello.py", f"{HEADER}print('hello from', dbutils.widgets.get('who'))\n".encode())
    client.put_file(f"{FOLDER}/script.py", b"print('script')\n")
    tasks: list[dict[str, Any]] = [
        {
            "task_key": key,
            "notebook_task": {"notebook_path": f"{FOLDER}/hello", "base_parameters": {"who": key}},
        }
        for key in ("one", "two")
    ]
    tasks.append({"task_key": "script", "spark_python_task": {"python_file": f"{FOLDER}/script.py"}})
    started = client.submit({"run_name": "exported", "tasks": tasks})
    seen = 0
    for _ in range(100):
        watched = client.watch_run(started, seen=seen, timeout=30)
        seen = watched["version"]
        if watched["run"]["end_time"]:
            return str(started)
    raise AssertionError("the run does not end")


def test_a_task_is_written_as_a_page_and_as_a_notebook(brickyard: Run, run_id: str, tmp_path: Path) -> None:
    done = brickyard("runs", "export", run_id, "--task", "two", "-o", "two.html")
    assert (done.code, done.out) == (0, "Task two is in two.html.\n"), done
    content = (tmp_path / "two.html").read_text()
    assert "hello from two" in assert_harmless(content).text
    assert model_of(content)["name"] == "hello"
    done = brickyard("runs", "export", run_id, "--task", "one", "-o", "one.ipynb", "--json")
    assert isinstance(done.json, dict)
    assert (done.json["task_key"], done.json["file"]) == ("one", "one.ipynb")
    read = nbformat.reads((tmp_path / "one.ipynb").read_text(), as_version=4)
    nbformat.validate(read)
    assert read.cells[0].outputs[0].text == "hello from one\n"


def test_a_task_run_needs_no_name(brickyard: Run, run_id: str, client: Client, tmp_path: Path) -> None:
    [one] = [task for task in client.get_run(int(run_id))["tasks"] if task["task_key"] == "one"]
    assert brickyard("runs", "export", str(one["run_id"]), "-o", "one.html").code == 0
    assert "hello from one" in (tmp_path / "one.html").read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("-o", "x.html"), "The run has several tasks; name one with --task: one, two, script."),
        (("--task", "three", "-o", "x.html"), "The run has no task 'three'. Its tasks: one, two, script."),
        (("--task", "script", "-o", "x.html"), "only runs of a notebook_task can be exported"),
        (("--task", "script", "-o", "x.ipynb"), "only runs of a notebook_task can be exported"),
        (("--task", "one", "-o", "x.pdf"), "--output is 'x.pdf'; it must end with .html or .ipynb."),
        (("--task", "one", "-o", "missing/x.html"), "cannot be written: No such file or directory."),
    ],
    ids=["several", "unknown", "script", "script as notebook", "suffix", "folder"],
)
def test_what_cannot_be_exported_is_explained(
    brickyard: Run, run_id: str, words: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    done = brickyard("runs", "export", run_id, *words)
    assert done.code != 0
    assert told in " ".join(done.err.split())
    assert not list(tmp_path.glob("x.*"))
