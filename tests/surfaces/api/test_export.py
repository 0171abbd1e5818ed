"""`runs/export`: which runs it exports, and what it says of those that it does not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from brickyard.workloads.folder import CELLS, CellRecord
from tests.surfaces.api.house import House, task
from tests.surfaces.export.reading import assert_harmless, cell, failure, model_of, stream

EXPORT = "/api/2.2/jobs/runs/export"
LOOP = {"task_key": "each", "for_each_task": {"inputs": '["a", "b"]', "task": task("one")}}


def write_cells(house: House, attempt_id: int, *records: CellRecord) -> None:
    lines = b"".join(msgspec.json.encode(record) + b"\n" for record in records)
    (house.folder_of(attempt_id) / CELLS).write_bytes(lines)


def ended(house: House, run_id: int, key: str = "one", **outcome: Any) -> int:
    """The task run of an ended notebook with one cell."""
    attempt_id = house.end(run_id, key, **outcome)
    write_cells(house, attempt_id, cell(0, f"print('{key}')", outputs=[stream(f"from {key}\n")]))
    return attempt_id


@pytest.mark.parametrize("version", ["2.2", "2.1", "2.0"])
def test_a_task_run_is_exported_as_one_page(house: House, version: str) -> None:
    attempt_id = ended(house, house.start_run(task("one"), task("two")), exit_value="3")
    got = house.get(f"/api/{version}/jobs/runs/export", run_id=attempt_id)
    [view] = got["views"]
    assert (set(got), view["name"], view["type"]) == ({"views"}, "one", "NOTEBOOK")
    page = assert_harmless(view["content"])
    for text in ("/Shared/one", "SUCCESS", "print('one')", "from one", "Notebook exited: 3", str(attempt_id)):
        assert text in page.text
    assert model_of(view["content"])["commands"][0]["command"] == "print('one')"


def test_the_answer_is_json_and_never_a_page_of_ours(house: House) -> None:
    attempt_id = ended(house, house.start_run(task("one")))
    answer = house.client.get(EXPORT, params={"run_id": attempt_id})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("views", "types"),
    [("CODE", ["NOTEBOOK"]), ("ALL", ["NOTEBOOK"]), ("DASHBOARDS", [])],
    ids=["code", "all", "dashboards"],
)
def test_notebooks_have_code_and_no_dashboards(house: House, views: str, types: list[str]) -> None:
    attempt_id = ended(house, house.start_run(task("one")))
    got = house.get(EXPORT, run_id=attempt_id, views_to_export=views)
    assert [view["type"] for view in got["views"]] == types


def test_a_job_run_with_a_single_notebook_is_exported_by_its_own_id(house: House) -> None:
    run_id = house.start_run(task("one"))
    ended(house, run_id)
    assert "from one" in house.get(EXPORT, run_id=run_id)["views"][0]["content"]


def test_a_failure_is_told_with_its_cell(house: House) -> None:
    run_id = house.start_run(task("one"))
    attempt_id = house.end(run_id, "one", status="failed", error="ValueError: no", trace="Trace", cell=0)
    write_cells(house, attempt_id, cell(0, state="failed", outputs=[failure("ValueError", "no", "Trace")]))
    content = house.get(EXPORT, run_id=attempt_id)["views"][0]["content"]
    assert "FAILED" in assert_harmless(content).text
    assert model_of(content)["commands"][0]["errorSummary"] == "ValueError: no"


def test_a_run_that_goes_on_is_exported_as_far_as_it_is(house: House) -> None:
    attempt_id = house.begin(house.start_run(task("one")), "one")
    write_cells(house, attempt_id, cell(0, outputs=[stream("half way")]), cell(1, state="running", started_ms=5))
    text = assert_harmless(house.get(EXPORT, run_id=attempt_id)["views"][0]["content"]).text
    assert "RUNNING" in text
    assert "half way" in text


def refused(house: House, run_id: int, more: str = "") -> str:
    status, code, message = house.refused("GET", f"{EXPORT}?run_id={run_id}{more}")
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    return message


def test_a_run_of_several_tasks_is_refused(house: House) -> None:
    message = refused(house, house.start_run(task("one"), task("two")))
    assert message.startswith("Exporting runs with multiple tasks is not supported. Please export each individual task")


@pytest.mark.parametrize(
    ("work", "key", "kind"),
    [
        ({"task_key": "s", "spark_python_task": {"python_file": "/Shared/s.py"}}, "s", "spark_python_task"),
        ({"task_key": "c", "condition_task": {"op": "EQUAL_TO", "left": "1", "right": "1"}}, "c", "condition_task"),
        (LOOP, "each", "for_each_task"),
    ],
    ids=["script", "condition", "loop"],
)
def test_other_kinds_of_tasks_are_refused_by_name(house: House, work: dict[str, Any], key: str, kind: str) -> None:
    run_id = house.start_run(work)
    attempt_id = house.attempt_of(run_id, key)
    wanted = f"Run {attempt_id} is of task '{key}', which is a {kind}; only runs of a notebook_task can be exported."
    assert refused(house, attempt_id) == wanted
    assert refused(house, run_id) == wanted


def test_a_notebook_that_has_not_begun_is_refused(house: House) -> None:
    run_id = house.start_run(task("one"), task("two", "one"))
    attempt_id = house.attempt_of(run_id, "two")
    assert refused(house, attempt_id) == f"Run {attempt_id} is BLOCKED: its notebook has not begun yet."


def test_a_notebook_that_never_began_says_why(house: House) -> None:
    run_id = house.start_run(task("one"), task("two", "one"))
    skipped = house.attempt_of(run_id, "two")
    house.end(run_id, "one", status="failed", error="ValueError: no")
    message = refused(house, skipped)
    assert message.startswith(f"Run {skipped} has no notebook to export, as it ended before its notebook began: ")


def test_what_is_asked_has_to_be_right(house: House) -> None:
    attempt_id = ended(house, house.start_run(task("one")))
    assert "must be one of CODE, DASHBOARDS, ALL" in refused(house, attempt_id, "&views_to_export=HTML")
    assert "views_to_export" in refused(house, attempt_id, "&views_to_exports=CODE")
    assert refused(house, 99) == "Run 99 does not exist."
