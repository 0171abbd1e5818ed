"""Notebooks in real workers that ask the server, also across its restart."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from brickyard.errors import NotFound
from brickyard.workloads.messages import Body, GetTaskValue, NotebookWork, Outcome, SetTaskValue
from tests.compute.house import House, living, text

_NOTEBOOK = "# Databricks notebook source\n"


def _run_notebook(house: House, source: str, **parameters: str) -> tuple[Outcome, Path]:
    assignment = house.assign(_NOTEBOOK + source, path="/Users/me/nb.py")
    work = NotebookWork(path="/Users/me/nb", parameters=parameters)
    house.workers.start(msgspec.structs.replace(assignment, work=work))
    return house.hearing.wait(assignment.attempt_id), Path(assignment.folder)


def test_a_notebook_runs_in_a_worker(house: House) -> None:
    outcome, _ = _run_notebook(house, 'dbutils.notebook.exit(dbutils.widgets.get("day"))', day="2024-01-01")
    assert (outcome.status, outcome.exit_value) == ("success", "2024-01-01"), outcome.trace


def test_a_failing_cell_is_told_with_its_index(house: House) -> None:
    outcome, _ = _run_notebook(house, "x = 1\n# COMMAND ----------\n\n1 / 0")
    assert (outcome.status, outcome.cell, outcome.line) == ("failed", 1, 1)


def test_a_value_that_is_set_reaches_the_sink(house: House) -> None:
    heard: list[Body] = []
    house.hearing.answers = lambda _attempt, _ask, body: heard.append(body)
    outcome, _ = _run_notebook(house, 'dbutils.jobs.taskValues.set(key="n", value=5)')
    assert outcome.status == "success", outcome.trace
    assert heard == [SetTaskValue(key="n", json="5")]


@pytest.mark.parametrize("error", [NotFound("no such thing"), ZeroDivisionError("a fault of the server")])
def test_an_error_of_the_server_reaches_the_notebook(house: House, error: Exception) -> None:
    def refuse(*_: Any) -> Any:
        raise error

    house.hearing.answers = refuse
    outcome, _ = _run_notebook(house, 'dbutils.jobs.taskValues.set(key="n", value=5)')
    assert outcome.status == "failed"
    assert str(error) in outcome.error


def test_a_slow_answer_holds_up_no_other_worker(house: House) -> None:
    hold = threading.Event()
    asked = threading.Event()

    def answer(_attempt: int, _ask: int, body: Body) -> Any:
        if isinstance(body, SetTaskValue) and body.key == "slow":
            asked.set()
            hold.wait(30)

    house.hearing.answers = answer
    assignment = house.assign(_NOTEBOOK + 'dbutils.jobs.taskValues.set(key="slow", value=1)', path="/Users/me/slow.py")
    house.workers.start(msgspec.structs.replace(assignment, work=NotebookWork(path="/Users/me/slow")))
    assert asked.wait(30)
    assert _run_notebook(house, 'dbutils.jobs.taskValues.set(key="quick", value=1)')[0].status == "success"
    hold.set()
    assert house.hearing.wait(assignment.attempt_id).status == "success"


def test_an_ask_that_its_server_took_to_the_grave_is_answered_by_the_next(tmp_path: Path) -> None:
    first = House(tmp_path / "home").open()
    asked, gate = threading.Event(), threading.Event()

    def never(*_: Any) -> Any:
        asked.set()
        gate.wait(30)

    first.hearing.answers = never
    assignment = first.assign(
        _NOTEBOOK + 'print(dbutils.jobs.taskValues.get(taskKey="up", key="n", default=0))', path="/Users/me/nb.py"
    )
    first.workers.start(msgspec.structs.replace(assignment, work=NotebookWork(path="/Users/me/nb")))
    assert asked.wait(30)
    second = first.restart()
    bodies: list[Body] = []

    def answer(_attempt: int, _ask: int, body: Body) -> Any:
        bodies.append(body)
        return "41"

    second.hearing.answers = answer
    with living(second):
        gate.set()
        second.workers.adopt({assignment.attempt_id: Path(assignment.folder)})
        outcome = second.hearing.wait(assignment.attempt_id)
    assert outcome.status == "success", outcome.trace
    assert bodies == [GetTaskValue(task_key="up", key="n")]


def test_print_of_a_script_is_in_the_log(house: House) -> None:
    assert text(house.run("print('here')")[1]) == "here\n"
