"""Repairs through the engine: current settings, kept values, one at a time."""

from __future__ import annotations

import pytest

from brickyard.errors import InvalidParameterValue, InvalidState, NotFound
from brickyard.workloads.messages import GetTaskValue, NotebookWork, SetTaskValue
from tests.engine.house import FAILED, SUCCESS, House, notebook, result, states


def failed_run(house: House) -> int:
    house.script(b=FAILED, c=SUCCESS)
    run_id = house.run(notebook("a"), notebook("b", "a"), notebook("c", "b"))
    house.ask("a", SetTaskValue(key="day", json='"2026-10-01"'))
    house.workers.finish(house.workers.wait_for("a").attempt_id)
    assert states(house.ended(run_id)) == {"a": "SUCCESS", "b": "FAILED", "c": "UPSTREAM_FAILED"}
    return run_id


def test_a_repair_keeps_what_succeeded_and_its_task_values(house: House) -> None:
    run_id = failed_run(house)
    house.land.scripts["b"] = []
    repair_id = house.repair(run_id, rerun_all_failed_tasks=True)
    assert result(house.load(run_id)) == "RUNNING"
    again = house.workers.wait_for("b", 2)
    assert house.sink.ask(again.attempt_id, 1, GetTaskValue(task_key="a", key="day")) == '"2026-10-01"'
    house.workers.finish(again.attempt_id)
    run = house.ended(run_id)
    assert result(run) == "TERMINATED/SUCCESS"
    assert [key for key, _ in house.land.ran] == ["a", "b", "b", "c"]
    assert [repair.repair_id for repair in run.repairs] == [repair_id]
    assert again.context.attempt_number == 1


def test_a_repair_runs_with_the_settings_of_today(house: House) -> None:
    run_id = failed_run(house)
    job_id = house.load(run_id).job_id
    tasks = [notebook("a"), notebook("b", "a", path="/Workspace/mended"), notebook("c", "b")]
    house.engine.commands.reset_job(job_id, {"name": "nightly", "tasks": tasks}, user="ada")
    house.script(b=SUCCESS)
    house.repair(run_id, rerun_all_failed_tasks=True)
    house.ended(run_id)
    works = [item.work for item in house.workers.started if item.context.task_key == "b"]
    paths = [work.path for work in works if isinstance(work, NotebookWork)]
    assert paths == ["/Workspace/b", "/Workspace/mended"]
    record = house.store.runs.record(run_id)
    assert record is not None
    assert sorted(record.settings_by_repair) == [0, 1]


def test_parameters_of_a_repair_hold_for_that_repair_only(house: House) -> None:
    house.script(a=FAILED)
    parameters = [{"name": "day", "default": "monday"}, {"name": "mode", "default": "full"}]
    job = house.job(notebook("a"), parameters=parameters)
    run_id = house.run_now(job, parameters={"day": "tuesday"})
    house.ended(run_id)
    repair_id = house.repair(run_id, rerun_tasks=["a"], parameters={"mode": "fast"})
    house.ended(run_id)
    house.repair(run_id, rerun_tasks=["a"], latest_repair_id=repair_id)
    house.ended(run_id)
    works = [item.work for item in house.workers.started]
    seen = [work.parameters for work in works if isinstance(work, NotebookWork)]
    assert seen == [
        {"day": "tuesday", "mode": "full"},
        {"day": "tuesday", "mode": "fast"},
        {"day": "tuesday", "mode": "full"},
    ]


def test_the_second_repair_needs_the_id_of_the_first(house: House) -> None:
    run_id = failed_run(house)
    first = house.repair(run_id, rerun_all_failed_tasks=True)
    house.ended(run_id)
    with pytest.raises(InvalidParameterValue, match=r"^The latest repair ID needs to be provided"):
        house.repair(run_id, rerun_all_failed_tasks=True)
    second = house.repair(run_id, rerun_all_failed_tasks=True, latest_repair_id=first)
    assert [repair.repair_id for repair in house.ended(run_id).repairs] == [first, second]


def test_what_cannot_be_repaired_is_refused(house: House) -> None:
    run_id = house.run(notebook("a"))
    with pytest.raises(InvalidState, match="still active"):
        house.repair(run_id, rerun_tasks=["a"])
    with pytest.raises(NotFound, match="Run 5 does not exist"):
        house.repair(5, rerun_tasks=["a"])
    house.workers.finish(house.workers.wait_for("a").attempt_id, FAILED)
    run = house.ended(run_id)
    house.engine.commands.delete_job(run.job_id, user="ada")
    with pytest.raises(NotFound, match=f"Job {run.job_id} does not exist"):
        house.repair(run_id, rerun_tasks=["a"])


def test_a_submitted_run_is_repaired_with_its_own_settings(house: House) -> None:
    house.script(a=[FAILED, SUCCESS])
    run_id = house.engine.commands.submit({"tasks": [notebook("a")]}, user="ada")
    house.ended(run_id)
    house.repair(run_id, rerun_tasks=["a"])
    assert result(house.ended(run_id)) == "TERMINATED/SUCCESS"


def test_a_repair_counts_against_the_limit_of_its_job(house: House) -> None:
    run_id = failed_run(house)
    house.land.scripts["b"] = []
    house.repair(run_id, rerun_all_failed_tasks=True)
    waiting = house.run_now(house.load(run_id).job_id)
    assert result(house.load(waiting)) == "QUEUED"
    house.workers.finish(house.workers.wait_for("b", 2).attempt_id)
    house.ended(run_id)
    house.until(waiting, lambda run: result(run) == "RUNNING")
