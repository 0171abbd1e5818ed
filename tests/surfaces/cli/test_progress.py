"""How a run is shown: pure functions of what the API answers."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from brickyard.errors import BrickyardError
from brickyard.surfaces.cli.failures import failure_lines, output_lines
from brickyard.surfaces.cli.inputs import listed, pairs, parameters
from brickyard.surfaces.cli.live import PlainView
from brickyard.surfaces.cli.output import duration
from brickyard.surfaces.cli.progress import headline, lines_of, parents, succeeded
from brickyard.surfaces.cli.repair import request, wish
from brickyard.surfaces.cli.tree import TreeView


def task(
    key: str, result: str = "", life: str = "TERMINATED", after: tuple[str, ...] = (), **more: Any
) -> dict[str, Any]:
    state = {"life_cycle_state": life, "state_message": more.pop("message", "")}
    if result:
        state["result_state"] = result
    return {"task_key": key, "state": state, "depends_on": [{"task_key": name} for name in after], "run_id": 1, **more}


def run(*tasks: dict[str, Any], result: str = "", life: str = "RUNNING", message: str = "") -> dict[str, Any]:
    state = {"life_cycle_state": life, "state_message": message, **({"result_state": result} if result else {})}
    return {"run_id": 7, "run_name": "etl", "state": state, "tasks": list(tasks), "run_page_url": "http://x/run/7"}


DIAMOND = run(
    task("a", "SUCCESS", start_time=1_000, end_time=3_500),
    task("b", life="RUNNING", after=("a",), start_time=4_000),
    task("c", "FAILED", after=("a",), message="boom", attempt_number=0),
    task("c", life="WAITING_FOR_RETRY", after=("a",), attempt_number=1),
    task("d", life="BLOCKED", after=("b", "c")),
)


def test_only_the_newest_attempt_is_shown() -> None:
    lines = {line.key: line for line in lines_of(DIAMOND)}
    assert list(lines) == ["a", "b", "c", "d"]
    assert lines["a"].text(9_000) == "SUCCESS  2.5 s"
    assert lines["b"].text(5_500) == "RUNNING  1.5 s"
    assert lines["c"].text(9_000) == "WAITING_FOR_RETRY  attempt 2"


def test_a_skipped_task_says_what_it_waited_for_and_never_ran() -> None:
    """The API gives it one moment as its start and its end, and calls it the first attempt."""
    moment: dict[str, Any] = {"start_time": 5_000, "end_time": 5_000, "attempt_number": 0}
    lines = lines_of(
        run(
            task("a", "FAILED", start_time=1_000, end_time=5_000, message="boom"),
            task("b", "UPSTREAM_FAILED", "SKIPPED", after=("a",), message="An upstream task failed.", **moment),
            task("c", "CANCELED", after=("a",), **moment),
            task("d", life="BLOCKED", after=("b",)),
        )
    )
    assert [line.has_run for line in lines] == [True, False, False, False]
    assert [line.why for line in lines] == ["boom", "An upstream task failed. (a: FAILED)", "", ""]


def test_a_task_hangs_below_the_deepest_it_waits_for() -> None:
    chain = run(task("a"), task("b", after=("a",)), task("c", after=("a", "b")), task("z", after=("gone",)))
    assert parents(lines_of(chain)) == {"a": None, "b": "a", "c": "b", "z": None}


def test_the_tree_shows_state_duration_and_reason() -> None:
    view = TreeView()
    view.update(DIAMOND)
    out = io.StringIO()
    Console(file=out, width=120).print(view.draw())
    shown = out.getvalue().splitlines()
    assert shown[0] == "etl (run 7): RUNNING"
    assert [line.replace("│", " ").strip(" ├└─") for line in shown[1:2]] == ["✔ a  SUCCESS  2.5 s"]
    assert any("▶ b  RUNNING" in line for line in shown)
    assert any("○ d  BLOCKED  (also after c)" in line for line in shown)


def drawn(of: dict[str, Any], width: int = 100) -> list[str]:
    view = TreeView()
    view.update(of)
    out = io.StringIO()
    Console(file=out, width=width).print(view.draw())
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_the_tree_of_a_failure_gives_each_reason_once() -> None:
    """Symbol, state, attempt, duration and reason of each task; the run itself only says how it ended."""
    ended = run(
        task("a", "FAILED", message="boom", attempt_number=1, start_time=1_000, end_time=3_500),
        task("b", "UPSTREAM_FAILED", "SKIPPED", after=("a",), message="An upstream task failed."),
        task("c", "CANCELED", message="by ada"),
        task("d", "SUCCESS", start_time=1_000, end_time=1_420),
        result="FAILED",
        life="INTERNAL_ERROR",
        message="Task a failed with message: boom.",
    )
    assert drawn(ended) == [
        "etl (run 7): FAILED",
        "├── ✘ a  FAILED  attempt 2  2.5 s  boom",
        "│   └── ○ b  UPSTREAM_FAILED  An upstream task failed. (a: FAILED)",
        "├── ■ c  CANCELED  by ada",
        "└── ✔ d  SUCCESS  0.42 s",
    ]


def test_the_tree_of_a_run_that_failed_alone_gives_its_reason() -> None:
    alone = run(task("a", life="BLOCKED"), result="FAILED", life="INTERNAL_ERROR", message="no cluster")
    assert drawn(alone)[0] == "etl (run 7): FAILED  no cluster"


def test_a_tree_of_nothing_yet() -> None:
    out = io.StringIO()
    Console(file=out, width=80).print(TreeView().draw())
    assert out.getvalue() == "starting …\n"


def test_plain_lines_come_once_for_each_change() -> None:
    said: list[str] = []
    view = PlainView(said.append)
    view.update(run(task("a", life="RUNNING"), task("b", life="BLOCKED", after=("a",))))
    view.update(run(task("a", life="RUNNING"), task("b", life="BLOCKED", after=("a",))))
    ended = run(
        task("a", "FAILED", message="boom"),
        task("b", "UPSTREAM_FAILED", "SKIPPED", after=("a",)),
        result="FAILED",
        life="INTERNAL_ERROR",
        message="Task a failed",
    )
    view.update(ended)
    view.update(ended)
    assert said == [
        "Run 7 of etl",
        "a: RUNNING",
        "a: FAILED  boom",
        "b: UPSTREAM_FAILED  (a: FAILED)",
        "etl (run 7): FAILED  Task a failed",
    ]


@pytest.mark.parametrize(
    ("result", "life", "good"),
    [
        ("SUCCESS", "TERMINATED", True),
        ("SUCCESS_WITH_FAILURES", "TERMINATED", True),
        ("FAILED", "INTERNAL_ERROR", False),
        ("TIMEDOUT", "TERMINATED", False),
        ("CANCELED", "TERMINATED", False),
        ("MAXIMUM_CONCURRENT_RUNS_REACHED", "SKIPPED", False),
        ("", "SKIPPED", False),
        ("", "RUNNING", False),
    ],
)
def test_only_success_is_success(result: str, life: str, *, good: bool) -> None:
    assert succeeded(run(result=result, life=life)) is good


def test_the_headline_of_a_success_has_no_message() -> None:
    assert headline(run(result="SUCCESS", life="TERMINATED", message="fine")) == "etl (run 7): SUCCESS"


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0.00 s"),
        (-5, "0.00 s"),
        (420, "0.42 s"),
        (12_340, "12.3 s"),
        (185_000, "3 min 05 s"),
        (7_620_000, "2 h 07 min"),
    ],
)
def test_durations(milliseconds: int, text: str) -> None:
    assert duration(milliseconds) == text


def test_the_request_of_a_second_repair_names_the_first() -> None:
    plan = {"run_id": 7, "latest_repair_id": 9, "tasks": []}
    assert request(plan, wish([], {"p": "1"}, dependents=False)) == {
        "run_id": 7,
        "rerun_all_failed_tasks": True,
        "latest_repair_id": 9,
        "job_parameters": {"p": "1"},
    }
    assert request({**plan, "latest_repair_id": 0}, wish(["b"], {}, dependents=True)) == {
        "run_id": 7,
        "rerun_tasks": ["b"],
        "rerun_dependent_tasks": True,
    }


def stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


FAILED_OUTPUT: dict[str, Any] = {
    "cells": [
        {"index": 0, "title": "Read", "source": "x = 1", "outputs": [stream("one\ntwo\n")]},
        {"index": 1, "source": "a\nb\nc\nd\ne\nf", "outputs": [{"output_type": "error", "ename": "KeyError"}]},
    ],
    "error": {"message": "KeyError: 'pear'", "cell": 1, "cell_title": "Count", "line": 4, "trace": ""},
}


def test_a_failure_is_told_with_cell_line_and_last_words() -> None:
    assert failure_lines("t", FAILED_OUTPUT) == [
        "✘ t: KeyError: 'pear'",
        "  in cell 2 “Count”, line 4",
        "      2 | b",
        "      3 | c",
        "  →   4 | d",
        "      5 | e",
        "      6 | f",
        "  last lines of output:",
        "    one",
        "    two",
    ]


def test_a_failure_without_a_cell() -> None:
    """A script, or a worker that was killed: the reason and what the process wrote."""
    output: dict[str, Any] = {
        "cells": [],
        "error": None,
        "stdout_tail": "a\n",
        "stderr_tail": "\n".join(map(str, range(40))),
    }
    lines = failure_lines("t", output, "killed by signal 9")
    assert lines[:2] == ["✘ t: killed by signal 9", "  last lines of output:"]
    assert lines[-1] == "    39"
    assert len(lines) == 2 + 12


def test_what_a_task_wrote() -> None:
    result = {"output_type": "display_data", "data": {"text/plain": ["| a |\n", "| 1 |"], "text/html": "<b>"}}
    output: dict[str, Any] = {
        "cells": [{"index": 0, "title": "Read", "outputs": [stream("x\n"), result]}, {"index": 1, "outputs": []}]
    }
    assert output_lines(output) == ["[1] Read", "x", "| a |", "| 1 |"]
    assert output_lines({"cells": [], "stdout_tail": "a\nb\n", "stderr_tail": "c"}) == ["a", "b", "c"]


def test_lists_and_pairs() -> None:
    assert listed(" a, b ,,c") == ["a", "b", "c"]
    assert listed(None) == []
    assert pairs(["a=1", "b=x=y", "c="], "-p") == {"a": "1", "b": "x=y", "c": ""}
    assert parameters(["a=1,b=2", "c=x,y,d=3"]) == {"a": "1", "b": "2", "c": "x,y", "d": "3"}
    assert parameters(None) == {}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (["where=a>1,b"], {"where": "a>1,b"}),
        (["days=2024-01-01,2024-01-02"], {"days": "2024-01-01,2024-01-02"}),
        (["q=1,=2"], {"q": "1,=2"}),
        (["a=1, b=2"], {"a": "1", "b": "2"}),
        (['j={"x": 1, "y": "k=v"}'], {"j": '{"x": 1, "y": "k=v"}'}),
        (["run.date=1,max-rows=2"], {"run.date": "1", "max-rows": "2"}),
    ],
)
def test_a_comma_begins_a_pair_only_before_a_name(given: list[str], found: dict[str, str]) -> None:
    assert parameters(given) == found


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["a"], "'a' is not of the form name=value. Several: --params a=1 --params b=2"),
        (["=1"], "'=1' is not of the form name=value"),
        (["a=1,a=2"], "names 'a' twice: '1' and '2'"),
    ],
)
def test_a_bad_parameter_says_what_is_allowed(given: list[str], words: str) -> None:
    with pytest.raises(BrickyardError, match=words):
        parameters(given)


def test_a_task_that_was_not_selected_blames_nobody() -> None:
    """It was never going to run, whatever became of the task before it."""
    why = "This task was not selected in the partial run."
    lines = lines_of(run(task("a", "FAILED"), task("b", "DISABLED", after=("a",), message=why)))
    assert lines[1].why == why
