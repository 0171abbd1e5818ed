"""What references see of the run's beginning, of other tasks, and of a repair."""

from __future__ import annotations

import json
from typing import Any

import pytest

from brickyard.runs.states import TriggerType
from brickyard.workloads.messages import NotebookWork, Outcome, SetTaskValue
from tests.engine.house import FAILED, SUCCESS, House, condition, loop, notebook, states


def given(house: House, key: str, count: int = 1) -> dict[str, str]:
    work = house.workers.wait_for(key, count).work
    assert isinstance(work, NotebookWork)
    return work.parameters


def test_a_run_knows_the_interval_of_its_backfill(house: House) -> None:
    job = house.job(notebook("a", parameters={"day": "{{backfill.iso_date}}"}))
    run_id = house.run_now(job, trigger_info={"backfill_id": 7, "backfill_ms": 1_700_000_000_000, "zone": "Asia/Tokyo"})
    assert given(house, "a") == {"day": "2023-11-15"}
    record = house.store.runs.record(run_id)
    assert record is not None
    assert record.trigger_info["backfill_id"] == 7


def test_a_run_knows_the_files_that_started_it(house: House) -> None:
    trigger = {"file_arrival": {"url": "/Volumes/main/default/in/"}, "pause_status": "PAUSED"}
    job = house.job(notebook("a", parameters={"at": "{{job.trigger.file_arrival.location}}"}), trigger=trigger)
    house.run_now(
        job,
        trigger=TriggerType.FILE_ARRIVAL,
        trigger_info={"file_arrival": {"location": "/Volumes/main/default/in/2", "files": []}},
    )
    assert given(house, "a") == {"at": "/Volumes/main/default/in/2"}


def test_a_request_names_its_run_and_the_version_is_kept(house: House) -> None:
    job = house.job(notebook("a"))
    house.engine.commands.update_job(job, {"description": "new"}, [], user="ada")
    record = house.store.runs.record(house.run_now(job, run_name="by hand"))
    assert record is not None
    assert (record.name, record.versions_by_repair) == ("by hand", {0: 2})


def test_the_rows_of_a_sql_task_reach_later_tasks(house: House) -> None:
    table = {"columns": [{"name": "n", "type": "INT"}], "rows": [["17"], ["18"]]}
    sql = {"task_key": "q", "sql_task": {"file": {"path": "/Workspace/q.sql"}, "warehouse_id": "w"}}
    house.script(q=Outcome(status="success", started_ms=1, table=json.dumps(table)), one=SUCCESS)
    nested = notebook("one", parameters={"x": "{{input.n}}"})
    run = house.ended(house.run(sql, loop("each", "{{tasks.q.output.rows}}", nested, "q")))
    assert states(run) == {"q": "SUCCESS", "each": "SUCCESS"}
    assert [given(house, "one", count) for count in (1, 2)] == [{"x": "17"}, {"x": "18"}]


def test_a_task_that_was_not_selected_is_disabled_to_others(house: House) -> None:
    parameters = {"state": "{{tasks.a.result_state}}", "code": "{{tasks.a.error_code}}", "id": "{{tasks.a.run_id}}"}
    job = house.job(notebook("a"), notebook("b", "a", parameters=parameters))
    run_id = house.run_now(job, only=["b"])
    seen = given(house, "b")
    run = house.load(run_id)
    assert seen == {"state": "disabled", "code": "Disabled", "id": str(run.latest["a"].attempt_id)}


def test_values_of_a_task_that_was_not_selected_fail_the_task(house: House) -> None:
    job = house.job(notebook("a"), notebook("b", "a", parameters={"n": "{{tasks.a.values.n}}"}))
    run = house.ended(house.run_now(job, only=["b"]))
    assert states(run) == {"a": "DISABLED", "b": "FAILED"}


def test_chosen_tasks_of_all_kinds_run_alone(house: House) -> None:
    house.script(one=SUCCESS)
    job = house.job(notebook("a"), condition("c", "1", "EQUAL_TO", "1", "a"), loop("l", "[1]", notebook("one"), "c"))
    run = house.ended(house.run_now(job, only=["c", "l"]))
    assert states(run) == {"a": "DISABLED", "c": "SUCCESS", "l": "SUCCESS"}


@pytest.mark.parametrize(
    ("overriding", "expected"), [({}, "start"), ({"notebook_params": {"n": "repair"}}, "repair")], ids=["none", "own"]
)
def test_a_repair_has_its_legacy_overrides_or_those_of_the_start(
    house: House, overriding: dict[str, Any], expected: str
) -> None:
    house.script(a=[FAILED, SUCCESS])
    run_id = house.run_now(house.job(notebook("a")), overriding={"notebook_params": {"n": "start"}})
    house.ended(run_id)
    house.repair(run_id, rerun_all_failed_tasks=True, overriding=overriding)
    house.ended(run_id)
    assert (given(house, "a"), given(house, "a", 2)) == ({"n": "start"}, {"n": expected})


def test_a_value_is_a_value_and_never_a_template(house: House) -> None:
    run_id = house.run(notebook("a"), notebook("b", "a", parameters={"x": "{{tasks.a.values.v}}"}))
    house.ask("a", SetTaskValue(key="v", json='"{{job.id}}"'))
    house.workers.finish(house.workers.wait_for("a").attempt_id)
    assert given(house, "b") == {"x": "{{job.id}}"}
    assert house.load(run_id).latest["b"].life_cycle == "PENDING"


def test_a_known_token_gives_the_run_that_it_belongs_to(house: House) -> None:
    job = house.job(loop("each", "[1]", notebook("one")))
    first = house.run_now(job, idempotency_token="t", trigger_info={"backfill_ms": 1})
    assert house.run_now(job, idempotency_token="t") == first
    assert list(house.store.runs.active()) == [first]
