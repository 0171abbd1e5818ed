"""What the command line makes of plans, pins and waits: lines for people, without a server."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.surfaces.cli.pinned import code_hashes, versions_line
from brickyard.surfaces.cli.repair import print_since, say_summary
from brickyard.surfaces.cli.why import moves, waiting_line


def planned(key: str, action: str, again: list[int] | None = None, total: int = 0) -> dict[str, Any]:
    kept = [index for index in range(total) if again is None or index not in again]
    found = None if again is None else {"total": total, "again": again, "kept": kept}
    return {"task_key": key, "action": action, "reason": "It did.", "iterations": found}


@pytest.mark.parametrize(
    ("tasks", "lines"),
    [
        ([planned("a", "keep"), planned("b", "run")], ["runs again: b", "kept:       a"]),
        ([planned("a", "run"), planned("old", "gone")], ["runs again: a", "kept:       nothing"]),
        ([planned("each", "run", [1, 3], 5)], ["runs again: each (2 of 5 iterations)", "kept:       nothing"]),
        (
            [planned(f"t{number}", "run") for number in range(22)],
            [f"runs again: {', '.join(f't{number}' for number in range(20))} and 2 more", "kept:       nothing"],
        ),
    ],
    ids=["both", "gone", "loop", "many"],
)
def test_the_summary_of_a_plan(
    tasks: list[dict[str, Any]], lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    say_summary({"tasks": tasks})
    assert capsys.readouterr().out.splitlines() == lines


@pytest.mark.parametrize(
    ("versions", "said"),
    [((1, 3), " (version 1 -> 3)"), ((2, 2), " (version 2)"), ((0, 0), ""), ((0, 2), " (version 2)")],
    ids=["changed", "same", "no-job", "not-pinned"],
)
def test_versions_are_named_where_there_are_any(
    versions: tuple[int, int], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    since = {"from_version": versions[0], "to_version": versions[1], "settings": [], "parameters": [], "code": []}
    print_since(since, "this run")
    assert capsys.readouterr().out == f"Nothing has changed since this run{said}.\n"
    gone = {"task_key": "a", "path": "/x.py", "note": "The file is not there any more.", "diff": []}
    print_since({**since, "code": [gone]}, "this run")
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"Changed since this run{said}:",
        "  code       ~ /x.py (task a)  The file is not there any more.",
    ]


def test_the_versions_that_a_run_is_pinned_to() -> None:
    starts = [{"job_version": 1}, {"job_version": 2}, {"job_version": 2}]
    pinned = {"job_id": 7, "starts": starts, "tasks": [{"task_run_id": "12", "code_hash": "0123456789abcdef"}]}
    assert versions_line(pinned) == "job 7, version 1; repair 1: version 2; repair 2: version 2"
    assert versions_line({**pinned, "starts": [{"job_version": 0}]}) == "a run of its own, without a job"
    assert code_hashes(pinned) == {12: "0123456789ab"}


def run_of(life: str, *tasks: dict[str, Any]) -> dict[str, Any]:
    return {"state": {"life_cycle_state": life}, "tasks": list(tasks)}


def task_in(life: str, **more: Any) -> dict[str, Any]:
    return {"state": {"life_cycle_state": life}, **more}


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (run_of("QUEUED"), False),
        (run_of("RUNNING", task_in("PENDING"), task_in("BLOCKED")), False),
        (run_of("RUNNING", task_in("RUNNING", notebook_task={"notebook_path": "/a"})), True),
        (run_of("RUNNING", task_in("RUNNING", run_job_task={"job_id": 1})), False),
        (run_of("RUNNING", task_in("RUNNING", for_each_task={"inputs": "[]"})), False),
        (run_of("TERMINATED"), True),
    ],
    ids=["queued", "pending", "works", "waits-for-a-run", "loop", "over"],
)
def test_a_run_moves_while_one_of_its_tasks_works(run: dict[str, Any], *, expected: bool) -> None:
    assert moves(run) is expected


def test_the_first_reason_and_how_many_more() -> None:
    queued = {"subject": "run", "sentence": "Queued."}
    blocked = {"subject": "b", "sentence": "Waits for a."}
    assert waiting_line(7, [queued]) == "Queued."
    assert waiting_line(7, [blocked]) == "b: Waits for a."
    assert waiting_line(7, [blocked, queued]) == "b: Waits for a. (1 more reason: brickyard runs why 7)"
