"""How runs of conditions, loops and other jobs are shown, and what becomes of a run that is larger than the screen."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from brickyard.surfaces.cli.kinds import child_text, loop_text, milestone_of
from brickyard.surfaces.cli.live import PlainView
from brickyard.surfaces.cli.progress import counts_of, lines_of, urgent
from brickyard.surfaces.cli.returns import returned
from brickyard.surfaces.cli.tree import TreeView
from tests.surfaces.cli.test_progress import run, task


def loop(
    done: int, total: int, *, failed: int = 0, active: int = 0, result: str = "", life: str = "RUNNING"
) -> dict[str, Any]:
    numbers = {
        "total_iterations": total,
        "completed_iterations": done,
        "failed_iterations": failed,
        "active_iterations": active,
    }
    return task("loop", result, life, for_each_task={"stats": {"task_run_stats": numbers}})


def condition(outcome: str) -> dict[str, Any]:
    return task("is_big", "SUCCESS", condition_task={"left": "1", "right": "2", "outcome": outcome})


def call(**more: Any) -> dict[str, Any]:
    return task("call", life="RUNNING", run_job_task={"job_id": 5}, **{"run_id": 11, **more})


CHILD = {"run_id": 77, "run_name": "load", "task_run_id": 11, "state": "RUNNING", "result": None}


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 16 lines."""
    monkeypatch.setenv("LINES", "16")
    monkeypatch.setenv("COLUMNS", "100")


def drawn(of: dict[str, Any], width: int = 100) -> list[str]:
    view = TreeView()
    view.update(of)
    out = io.StringIO()
    Console(file=out, width=width).print(view.draw())
    return [line.rstrip() for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((0, 0, 0, 0), "0/0 done"),
        ((3, 5000, 1, 20), "3/5,000 done, 1 failed, 20 running"),
        ((5000, 5000, 0, 0), "5,000/5,000 done"),
        ((0, 3, 0, 3), "0/3 done, 3 running"),
    ],
)
def test_a_loop_is_one_line_of_counts(numbers: tuple[int, int, int, int], text: str) -> None:
    names = ("completed_iterations", "total_iterations", "failed_iterations", "active_iterations")
    assert loop_text(dict(zip(names, numbers, strict=True))) == text


def test_the_tree_has_one_line_for_a_loop_however_many_iterations_it_has() -> None:
    assert drawn(run(loop(3, 5000, failed=1, active=20))) == [
        "etl (run 7): RUNNING",
        "└── ▶ loop  RUNNING  3/5,000 done, 1 failed, 20 running",
    ]


def test_a_loop_that_has_not_begun_has_no_counts() -> None:
    [line] = lines_of(run(task("loop", life="BLOCKED", for_each_task={"inputs": "[1]"})))
    assert (line.detail, line.is_loop) == ("", True)


def test_a_condition_shows_its_outcome_and_the_other_branch_why_it_did_not_run() -> None:
    skipped = task("big", "EXCLUDED", "SKIPPED", after=("is_big",), message="Not met.")
    assert drawn(run(condition("false"), skipped)) == [
        "etl (run 7): RUNNING",
        "└── ✔ is_big -> false  SUCCESS",
        "    └── ○ big  EXCLUDED  Not met. (is_big: false)",
    ]


def test_a_skipped_branch_is_grey() -> None:
    skipped = task("big", "EXCLUDED", "SKIPPED", message="Not met.")
    view = TreeView()
    view.update(run(skipped))
    out = io.StringIO()
    Console(file=out, width=80, force_terminal=True, color_system="standard").print(view.draw())
    line = out.getvalue().splitlines()[1]
    assert line.count("\x1b[2m") >= 3, "symbol, name and reason are dim"
    assert "\x1b[1m" not in line


def test_a_run_job_task_names_the_run_that_it_started_and_its_state() -> None:
    assert child_text(call(), [CHILD]) == "run 77 of load: RUNNING"
    assert child_text(call(), [{**CHILD, "task_run_id": 12}]) == ""
    again = {**CHILD, "run_id": 78, "result": "FAILED", "state": "INTERNAL_ERROR"}
    assert child_text(call(), [CHILD, again]) == "run 78 of load: FAILED", "the newest counts"
    assert child_text(task("nb", run_id=11), [CHILD]) == "", "a notebook's child is its own affair"
    shown = {**run(call()), "children": [CHILD]}
    assert drawn(shown)[1] == "└── ▶ call  RUNNING  run 77 of load: RUNNING"


def test_plain_lines_of_a_loop_come_at_each_tenth() -> None:
    said: list[str] = []
    view = PlainView(said.append)
    for done in range(0, 1001, 10):
        view.update(run(loop(done, 1000, active=20)))
    assert len(said) == 1 + 11
    assert said[1] == "loop: RUNNING  0/1,000 done, 20 running"
    assert said[-1] == "loop: RUNNING  1,000/1,000 done, 20 running"


@pytest.mark.parametrize(("done", "total", "tenth"), [(0, 0, 0), (0, 7, 0), (1, 7, 1), (7, 7, 10), (499, 5000, 0)])
def test_tenths(done: int, total: int, tenth: int) -> None:
    assert milestone_of(loop(done, total)) == tenth


# ------------------------------------------------------------------------------------------------------ large runs


def large(*first: dict[str, Any], **counts: int) -> dict[str, Any]:
    """What a watcher gets of a run of a thousand tasks: the telling ones first, and the counts of all."""
    others = [task(f"t{number}", life="BLOCKED") for number in range(100 - len(first))]
    return {**run(*first, *others), "task_counts": counts}


@pytest.mark.usefixtures("screen")
def test_a_run_larger_than_the_screen_is_counts_failures_and_what_runs() -> None:
    failed = [task(f"f{number}", "FAILED", message="boom") for number in range(2)]
    running = [task(f"r{number}", life="RUNNING") for number in range(3)]
    shown = drawn(large(*running, *failed, BLOCKED=900, SUCCESS=95, RUNNING=3, FAILED=2))
    assert shown == [
        "etl (run 7): RUNNING",
        "1,000 tasks: 2 FAILED, 3 RUNNING, 900 BLOCKED, 95 SUCCESS",
        "✘ f0  FAILED  boom",
        "✘ f1  FAILED  boom",
        "▶ r0  RUNNING",
        "▶ r1  RUNNING",
        "▶ r2  RUNNING",
    ]


def test_plain_lines_of_a_large_run_count_what_is_not_seen() -> None:
    said: list[str] = []
    view = PlainView(said.append)
    for done in range(0, 1001, 50):
        view.update(large(SUCCESS=done, BLOCKED=1000 - done))
    assert said[:3] == [
        "Run 7 of etl",
        "1,000 tasks: 0 SUCCESS, 1,000 BLOCKED",
        "1,000 tasks: 100 SUCCESS, 900 BLOCKED",
    ]
    assert len(said) == 1 + 11


@pytest.mark.usefixtures("screen")
def test_it_never_grows_over_the_screen_nor_wraps() -> None:
    failed = [task(f"f{number}", "FAILED", message="boom " * 60) for number in range(60)]
    shown = drawn(large(*failed, FAILED=60, BLOCKED=940))
    assert len(shown) <= 16 - 2
    assert all(len(line) <= 100 for line in shown)
    assert shown[-1] == "… and 50 more of these"


@pytest.mark.usefixtures("screen")
def test_a_small_run_stays_a_tree() -> None:
    assert drawn(run(task("a", "SUCCESS"), task("b", life="RUNNING", after=("a",))))[1].startswith("└── ✔ a")


def test_counts_are_of_all_tasks_and_those_of_interest_stand_first() -> None:
    shown = run(task("a", "SUCCESS"), task("b", "FAILED"), task("c", life="RUNNING"))
    assert list(counts_of(shown, lines_of(shown)).items()) == [("FAILED", 1), ("RUNNING", 1), ("SUCCESS", 1)]
    assert [line.key for line in urgent(lines_of(shown))] == ["b", "c"]


# --------------------------------------------------------------------------------------------------- what came back

SQL = {
    "columns": [{"name": "id", "type": "int"}, {"name": "name", "type": "string"}],
    "rows": [{"values": [{"string_value": "1"}, {"string_value": "long name"}]}, {"values": [{}, {}]}],
    "truncated": False,
}


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ({}, ""),
        ({"notebook_output": {}}, ""),
        ({"notebook_output": {"result": "done", "truncated": False}}, "done"),
        ({"logs": "a\nb\n"}, "a\nb"),
        ({"run_job_output": {"run_id": 5}}, "run 5"),
        ({"sql_output": {"file_output": {"query_result": SQL}}}, "id    name\n1     long name\nNULL  NULL"),
        ({"sql_output": {"query_output": {"query_text": "DROP TABLE x"}}}, ""),
    ],
    ids=["nothing", "failed", "notebook", "script", "job", "sql", "sql without rows"],
)
def test_what_a_task_returned_as_text(output: dict[str, Any], text: str) -> None:
    assert returned(output) == text


def test_a_long_sql_result_is_cut() -> None:
    row = {"values": [{"string_value": "x"}]}
    result = {"columns": [{"name": "a"}], "rows": [row] * 500, "truncated": True}
    lines = returned({"sql_output": {"file_output": {"query_result": result}}}).splitlines()
    assert len(lines) == 1 + 20 + 2
    assert lines[-2:] == ["… and 480 more rows", "(cut off)"]
