"""What a repair may change for its tasks: parameters, legacy overrides, settings; and what a later one gets back."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import InvalidParameterValue, NotFound
from brickyard.workloads.messages import NotebookWork, ScriptWork
from tests.engine.house import FAILED, USER, House, loop, notebook


def script(key: str, *words: str) -> dict[str, Any]:
    return {"task_key": key, "spark_python_task": {"python_file": f"/Workspace/{key}.py", "parameters": list(words)}}


def parameters(house: House, key: str) -> list[dict[str, str]]:
    """Those of each start of a notebook task."""
    works = [item.work for item in house.workers.started if item.context.task_key == key]
    return [work.parameters for work in works if isinstance(work, NotebookWork)]


def test_legacy_overrides_hold_for_their_repair_only(house: House) -> None:
    house.script(a=FAILED)
    job_id = house.job(notebook("a", parameters={"day": "monday", "mode": "full"}))
    run_id = house.run_now(job_id, overriding={"notebook_params": {"day": "tuesday"}})
    house.ended(run_id)
    first = house.repair(run_id, rerun_tasks=["a"], overriding={"notebook_params": {"mode": "fast"}})
    house.ended(run_id)
    house.repair(run_id, rerun_tasks=["a"], latest_repair_id=first)
    house.ended(run_id)
    assert parameters(house, "a") == [
        {"day": "tuesday", "mode": "full"},
        {"day": "tuesday", "mode": "fast"},
        {"day": "tuesday", "mode": "full"},
    ]
    record = house.store.runs.record(run_id)
    assert record is not None
    assert record.overriding == {"notebook_params": {"day": "tuesday"}}
    assert record.overriding_by_repair[1] == {"notebook_params": {"mode": "fast"}}


def test_legacy_overrides_of_a_repair_reach_scripts_and_the_tasks_of_loops(house: House) -> None:
    house.script(s=FAILED, one=FAILED)
    run_id = house.run(script("s", "--old"), loop("each", "[1]", notebook("one")))
    house.ended(run_id)
    given = {"python_params": ["--new"], "notebook_params": {"x": "1"}}
    house.repair(run_id, rerun_all_failed_tasks=True, overriding=given)
    house.ended(run_id)
    works = [item.work for item in house.workers.started if item.context.task_key == "s"]
    assert [work.parameters for work in works if isinstance(work, ScriptWork)] == [["--old"], ["--new"]]
    assert parameters(house, "one") == [{}, {"x": "1"}]


@pytest.mark.parametrize(
    ("declared", "request_of_repair", "words"),
    [
        (
            [{"name": "day", "default": "monday"}],
            {"overriding": {"notebook_params": {"x": "1"}}},
            r"Cannot use legacy parameters \(notebook_params\) because the job has job parameters configured\.",
        ),
        ([], {"overriding": {"python_params": ["1"]}}, "python_params is given, but no task of the job"),
        (
            [],
            {"overriding": {"notebook_params": {"x": "1"}}, "parameters": {"y": "1"}},
            "job_parameters and notebook_params are given; use only one of them",
        ),
        ([], {"parameters": {"no/slash": "1"}}, "job_parameters has the name 'no/slash'"),
        ([], {"parameters": {"x": "y" * 10_001}}, "at most 10000|cannot exceed 10000"),
    ],
    ids=["legacy-and-job-parameters", "not-taken", "both", "bad-name", "too-long"],
)
def test_parameters_that_are_not_allowed_leave_the_run_as_it_is(
    house: House, declared: list[dict[str, str]], request_of_repair: dict[str, Any], words: str
) -> None:
    house.script(a=FAILED)
    run_id = house.run(notebook("a"), parameters=declared)
    before = house.ended(run_id)
    with pytest.raises(InvalidParameterValue, match=words):
        house.repair(run_id, rerun_tasks=["a"], **request_of_repair)
    assert house.load(run_id) == before


def test_a_nested_task_cannot_be_named(house: House) -> None:
    house.script(one=FAILED)
    run_id = house.run(loop("each", "[1]", notebook("one")))
    house.ended(run_id)
    words = r"rerun_tasks\[1\] is 'one', which is the nested task of the loop 'each'; name 'each'"
    with pytest.raises(InvalidParameterValue, match=words):
        house.repair(run_id, rerun_tasks=["each", "one"])


def test_a_run_whose_job_was_deleted_says_why_it_cannot_be_repaired(house: House) -> None:
    house.script(a=FAILED)
    run_id = house.run(notebook("a"))
    job_id = house.ended(run_id).job_id
    house.engine.commands.delete_job(job_id, user=USER)
    words = f"Job {job_id} does not exist. A repair runs with the current settings of its job, so run {run_id} cannot"
    with pytest.raises(NotFound, match=words):
        house.repair(run_id, rerun_tasks=["a"])


def test_a_repair_takes_the_tasks_of_today(house: House) -> None:
    """A task that was added runs, one that was removed does not, and one that was disabled is left alone."""
    house.script(a=FAILED, b=FAILED, c=FAILED, d=FAILED)
    job_id = house.job(notebook("a"), notebook("b"), notebook("c"))
    run_id = house.run_now(job_id)
    house.ended(run_id)
    tasks = [notebook("a"), notebook("c", disabled=True), notebook("d")]
    house.engine.commands.reset_job(job_id, {"name": "nightly", "tasks": tasks}, user=USER)
    house.repair(run_id, rerun_all_failed_tasks=True)
    house.ended(run_id)
    assert sorted(key for key, _ in house.land.ran) == ["a", "a", "b", "c", "d"]
