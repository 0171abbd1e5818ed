"""Runs of conditions, loops, SQL and runs of other jobs on the wire, as recorded runs of the service show them."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.runs import endings
from brickyard.runs.events import AttemptEnded
from brickyard.workloads import sql_result
from brickyard.workloads.folder import STDOUT
from brickyard.workloads.sql_result import Column, SqlResult
from tests.surfaces.api.house import House, task
from tests.surfaces.api.kinds import (
    active,
    begin_loop,
    child_of,
    condition,
    decide_condition,
    end_iteration,
    end_loop,
    loop,
)

RUNS = "/api/2.2/jobs/runs"
FAILED = "Workload failed, see run output for details"
SOME_FAILED = "An error occurred during execution of task For each: Some iterations failed"


def get(house: House, run_id: int, **query: Any) -> Any:
    return house.get(f"{RUNS}/get", run_id=run_id, **query)


def output(house: House, run_id: int) -> Any:
    got = house.get(f"{RUNS}/get-output", run_id=run_id)
    assert got.pop("metadata")["run_id"] == run_id
    return got


def looped(house: House, total: int, **more: Any) -> tuple[int, int]:
    """A run whose loop has begun; its id, and the id of the loop's run."""
    run_id = house.start_run(loop("loop", total, **more))
    return run_id, begin_loop(house, run_id, "loop", total)


def stats(house: House, run_id: int) -> Any:
    [entry] = get(house, run_id)["tasks"]
    return entry["for_each_task"]["stats"]


# ---------------------------------------------------------------------------------------------------------- loops


def test_the_statistics_of_a_loop_are_live(house: House) -> None:
    run_id, _ = looped(house, 3)
    assert stats(house, run_id) == {
        "task_run_stats": {
            "active_iterations": 3,
            "completed_iterations": 0,
            "failed_iterations": 0,
            "scheduled_iterations": 3,
            "succeeded_iterations": 0,
            "total_iterations": 3,
        }
    }
    first = active(house.commands.run(run_id))[0]
    end_iteration(house, run_id, first)
    shown = stats(house, run_id)["task_run_stats"]
    assert (shown["active_iterations"], shown["succeeded_iterations"]) == (2, 1)


def test_a_loop_with_failed_iterations_reads_as_the_recorded_one(house: House) -> None:
    """Three inputs, one retry: one iteration succeeds, two fail twice; what follows is skipped."""
    after, probe = task("after", "loop"), task("probe", "loop", run_if="ALL_DONE")
    run_id = house.start_run(after, probe, loop("loop", 3, max_retries=1))
    loop_id = begin_loop(house, run_id, "loop", 3)
    end_loop(house, run_id, lambda index: index > 0)
    house.end(run_id, "probe", exit_value="seen")
    run = get(house, run_id)
    shown = {each["task_key"]: each for each in run["tasks"]}
    assert set(shown) == {"after", "probe", "loop"}, "iterations are part of their loop's run"
    assert shown["loop"]["for_each_task"]["stats"] == {
        "error_message_stats": [
            {"count": 2, "error_message": FAILED, "termination_category": "RunExecutionError"},
        ],
        "task_run_stats": {
            "active_iterations": 0,
            "completed_iterations": 3,
            "failed_iterations": 2,
            "scheduled_iterations": 3,
            "succeeded_iterations": 1,
            "total_iterations": 3,
        },
    }
    assert (shown["loop"]["state"]["life_cycle_state"], shown["loop"]["state"]["state_message"]) == (
        "TERMINATED",
        SOME_FAILED,
    )
    assert shown["loop"]["status"]["termination_details"]["code"] == "RUN_EXECUTION_ERROR"
    assert (shown["after"]["state"]["result_state"], shown["probe"]["state"]["result_state"]) == (
        "UPSTREAM_FAILED",
        "SUCCESS",
    )
    assert run["state"]["life_cycle_state"] == "INTERNAL_ERROR"
    assert output(house, loop_id) == {}, "the recorded run says nothing for the loop itself"
    assert output(house, shown["after"]["run_id"])["error"].startswith("Run result unavailable")


def test_the_run_of_a_loop_has_its_iterations_with_the_attempts_of_each_together(house: House) -> None:
    run_id, loop_id = looped(house, 3, max_retries=1)
    end_loop(house, run_id, lambda index: index == 1)
    got = get(house, loop_id)
    assert [each["task_key"] for each in got["tasks"]] == ["loop"]
    assert (got["run_name"], got["job_run_id"], got["has_more"]) == ("loop", run_id, False)
    iterations = got["iterations"]
    assert [each["attempt_number"] for each in iterations] == [0, 0, 1, 0]
    assert {each["task_key"] for each in iterations} == {"each"}
    assert [each["state"]["result_state"] for each in iterations] == ["SUCCESS", "FAILED", "FAILED", "SUCCESS"]
    assert {each["notebook_task"]["notebook_path"] for each in iterations} == {"/each"}
    assert len({each["run_id"] for each in iterations}) == 4
    assert "iterations" not in get(house, run_id)


def test_iterations_come_in_pages_of_a_hundred(house: House) -> None:
    _, loop_id = looped(house, 100)
    assert "next_page_token" not in get(house, loop_id)
    run_id, loop_id = looped(house, 220)
    for _ in range(2):
        for attempt in active(house.commands.run(run_id))[:60]:
            house.commands.apply(run_id, AttemptEnded(attempt.attempt_id, endings.succeeded()))
    pages = [get(house, loop_id)]
    while "next_page_token" in pages[-1]:
        pages.append(get(house, loop_id, page_token=pages[-1]["next_page_token"]))
    assert [len(page["iterations"]) for page in pages] == [100, 100, 20]
    assert [page["has_more"] for page in pages] == [True, True, False]
    assert len({each["run_id"] for page in pages for each in page["iterations"]}) == 220
    assert all(page["tasks"][0]["run_id"] == loop_id for page in pages)
    other = pages[0]["next_page_token"]
    assert "page_token" in house.refused("GET", f"{RUNS}/get?run_id={run_id}&page_token={other}")[2]


def test_an_iteration_is_read_by_its_own_id(house: House) -> None:
    run_id, loop_id = looped(house, 2, max_retries=1)
    end_loop(house, run_id, lambda index: index == 1)
    first, second = (each["run_id"] for each in get(house, loop_id)["iterations"][1:])
    shown = get(house, second)
    assert (shown["job_run_id"], shown["task_key"], shown["attempt_number"]) == (run_id, "each", 1)
    assert (shown["original_attempt_run_id"], shown["parent_run_id"]) == (first, loop_id)
    assert [each["run_id"] for each in shown["tasks"]] == [second]
    assert "iterations" not in shown
    assert output(house, second) == {"notebook_output": {}, "error": "ValueError: no 1"}


def test_resolved_values_of_iterations_are_shown_where_asked(house: House) -> None:
    run_id, loop_id = looped(house, 2)
    made = active(house.commands.run(run_id))
    for attempt in made:
        values = {"notebook_task": {"base_parameters": {"i": str(attempt.iteration)}}}
        house.store.runs.save_resolved(attempt.attempt_id, values)
    shown = get(house, loop_id, include_resolved_values="true")["iterations"]
    assert [each["resolved_values"]["notebook_task"]["base_parameters"]["i"] for each in shown] == ["0", "1"]
    assert all("resolved_values" not in each for each in get(house, loop_id)["iterations"])
    alone = get(house, made[1].attempt_id, include_resolved_values="true")
    assert alone["tasks"][0]["resolved_values"]["notebook_task"]["base_parameters"] == {"i": "1"}


def test_a_loop_that_has_not_begun_has_no_statistics(house: House) -> None:
    run_id = house.start_run(task("first"), loop("loop", 2, "first"))
    entry = next(each for each in get(house, run_id)["tasks"] if each["task_key"] == "loop")
    assert "stats" not in entry["for_each_task"]
    assert get(house, entry["run_id"])["iterations"] == []


def test_a_repaired_loop_shows_the_iterations_that_it_kept(house: House) -> None:
    run_id, before = looped(house, 3)
    end_loop(house, run_id, lambda index: index == 2)
    house.post(f"{RUNS}/repair", run_id=run_id, rerun_all_failed_tasks=True)
    loop_id = begin_loop(house, run_id, "loop", 3, same=True)
    kept = [each["run_id"] for each in get(house, before)["iterations"]][:2]
    running = get(house, loop_id)
    assert [each["run_id"] for each in running["iterations"]][:2] == kept
    assert running["tasks"][0]["for_each_task"]["stats"]["task_run_stats"]["succeeded_iterations"] == 2
    end_loop(house, run_id)
    run = get(house, run_id, include_history="true")
    assert run["state"]["result_state"] == "SUCCESS"
    numbers = [each["for_each_task"]["stats"]["task_run_stats"]["failed_iterations"] for each in run["tasks"]]
    assert numbers == [1, 0], "each attempt of the loop has its own"
    assert [entry["task_run_ids"] for entry in run["repair_history"]] == [[before], [loop_id]]


def test_an_iteration_can_be_cancelled_alone(house: House) -> None:
    run_id, loop_id = looped(house, 2)
    first = active(house.commands.run(run_id))[0].attempt_id
    assert house.post(f"{RUNS}/cancel", run_id=first) == {}
    assert house.commands.run(run_id).attempt(first).stop_reason == "cancel"  # type: ignore[union-attr]  # it is there
    assert not house.commands.run(run_id).cancel_requested
    assert len(get(house, loop_id)["iterations"]) == 2


# ----------------------------------------------------------------------------------- conditions, other jobs, SQL


@pytest.mark.parametrize("outcome", ["true", "false"])
def test_a_condition_tells_its_outcome_and_gives_no_output(house: House, outcome: str) -> None:
    run_id = house.start_run(condition("is_big"))
    attempt_id = decide_condition(house, run_id, "is_big", outcome)
    [entry] = get(house, run_id)["tasks"]
    assert entry["condition_task"] == {"op": "GREATER_THAN", "left": "3", "right": "5", "outcome": outcome}
    assert entry["state"]["result_state"] == "SUCCESS"
    assert get(house, attempt_id)["tasks"][0]["condition_task"]["outcome"] == outcome
    assert output(house, attempt_id) == {}
    assert "cluster_instance" not in entry


def test_a_condition_that_was_not_decided_has_no_outcome(house: House) -> None:
    run_id = house.start_run(task("first"), condition("is_big") | {"depends_on": [{"task_key": "first"}]})
    entry = next(each for each in get(house, run_id)["tasks"] if each["task_key"] == "is_big")
    assert "outcome" not in entry["condition_task"]


def test_a_run_job_task_and_its_child_name_each_other(house: House) -> None:
    other = house.post("/api/2.2/jobs/create", name="other", tasks=[task("inner")])["job_id"]
    run_id = house.start_run({"task_key": "other", "run_job_task": {"job_id": other}})
    attempt_id = house.begin(run_id, "other")
    assert output(house, attempt_id) == {}, "no child has been started yet"
    child = child_of(house, attempt_id)
    assert output(house, attempt_id) == {"run_job_output": {"run_id": child}}
    shown = get(house, child)
    assert (shown["trigger"], shown["trigger_info"]) == ("RUN_JOB_TASK", {"run_id": attempt_id})
    assert "trigger_info" not in get(house, run_id)
    house.end(run_id, "other", status="failed", error="Run 5 of job other failed.")
    failed = output(house, attempt_id)
    assert (failed["error"], failed["run_job_output"]) == ("Run 5 of job other failed.", {"run_id": child})


def sql_run(house: House, payload: dict[str, Any], result: SqlResult) -> Any:
    run_id = house.start_run({"task_key": "s", "sql_task": {"warehouse_id": "w1", **payload}})
    attempt_id = house.end(run_id, "s", table=sql_result.dump(result))
    return attempt_id, output(house, attempt_id)


def test_the_rows_of_a_sql_file_are_texts_and_null_is_an_empty_object(house: House) -> None:
    result = SqlResult(
        columns=[Column("id", "int"), Column("name", "string")],
        rows=[["1", "a"], ["2", None]],
        truncated=True,
        query_text="SELECT * FROM t",
    )
    attempt_id, got = sql_run(house, {"file": {"path": "/q.sql", "source": "WORKSPACE"}}, result)
    assert got == {
        "sql_output": {
            "file_output": {
                "query_result": {
                    "columns": [{"name": "id", "type": "int"}, {"name": "name", "type": "string"}],
                    "rows": [
                        {"values": [{"string_value": "1"}, {"string_value": "a"}]},
                        {"values": [{"string_value": "2"}, {}]},
                    ],
                    "truncated": True,
                },
                "query_text": "SELECT * FROM t",
                "sql_statements": [{"lookup_key": str(attempt_id)}],
                "warehouse_id": "w1",
            }
        }
    }


@pytest.mark.parametrize(
    ("spark", "shown"),
    [
        ("void", "null"),
        ("decimal(2,1)", "decimal"),
        ("bigint", "bigint"),
        ("array<decimal(2,1)>", "array"),
        ("struct<a:int,b:void>", "struct"),
        ("varchar(10)", "varchar"),
        ("interval day to second", "interval day to second"),
    ],
)
def test_columns_have_the_service_s_names_of_types_without_parameters(house: House, spark: str, shown: str) -> None:
    result = SqlResult(columns=[Column("c", spark)], query_text="SELECT c FROM t")
    _, got = sql_run(house, {"file": {"path": "/q.sql", "source": "WORKSPACE"}}, result)
    assert got["sql_output"]["file_output"]["query_result"]["columns"] == [{"name": "c", "type": shown}]


def test_the_result_of_a_saved_query_stands_under_its_own_name(house: House) -> None:
    _, got = sql_run(house, {"query": {"query_id": "q1"}}, SqlResult(query_text="SELECT 1"))
    assert set(got["sql_output"]) == {"query_output"}
    assert got["sql_output"]["query_output"]["query_result"]["rows"] == []


def test_a_sql_task_that_failed_has_an_error_and_no_rows(house: House) -> None:
    run_id = house.start_run({"task_key": "s", "sql_task": {"warehouse_id": "w", "file": {"path": "/q.sql"}}})
    assert output(house, house.end(run_id, "s", status="failed", error="no such table")) == {"error": "no such table"}


@pytest.mark.parametrize(
    "payload",
    [
        {"python_wheel_task": {"package_name": "p", "entry_point": "main"}},
        {"spark_python_task": {"python_file": "/Shared/s.py"}},
    ],
    ids=lambda payload: next(iter(payload)),
)
def test_scripts_and_wheels_give_their_log_also_when_they_were_cancelled(house: House, payload: dict[str, Any]) -> None:
    environment: dict[str, Any] = {"environments": [{"environment_key": "e", "spec": {"environment_version": "4"}}]}
    run_id = house.start_run({"task_key": "w", "environment_key": "e", **payload}, **environment)
    attempt_id = house.begin(run_id, "w")
    (house.folder_of(attempt_id) / STDOUT).write_text("one\n")
    house.post(f"{RUNS}/cancel", run_id=run_id)
    house.end(run_id, "w", status="cancelled")
    assert output(house, attempt_id) == {"logs": "one\n", "logs_truncated": False}


def test_a_task_that_was_not_selected_says_so_as_an_information(house: House) -> None:
    job = house.post("/api/2.2/jobs/create", name="x", tasks=[task("one"), task("two", "one")])
    run_id = house.post("/api/2.2/jobs/run-now", job_id=job["job_id"], only=["one"])["run_id"]
    house.end(run_id, "one")
    assert output(house, house.attempt_of(run_id, "two")) == {"info": "This task was not selected in the partial run."}


# ------------------------------------------------------------------------------------------ what a run was read from


def git_run(house: House) -> int:
    source = {"git_url": "https://example.com/a/b.git", "git_provider": "gitHub", "git_branch": "main"}
    from_git = {"task_key": "g", "notebook_task": {"notebook_path": "notebooks/a"}}
    plain = {"task_key": "plain", "notebook_task": {"notebook_path": "/Shared/plain", "source": "WORKSPACE"}}
    return house.start_run(from_git, plain, git_source=source)


def test_a_git_source_tells_the_commit_once_it_is_known(house: House) -> None:
    run_id = git_run(house)
    assert "git_snapshot" not in get(house, run_id)["git_source"]
    house.store.runs.save_commit(run_id, 0, "a" * 40)
    run = get(house, run_id)
    assert run["git_source"]["git_snapshot"] == {"used_commit": "a" * 40}
    entries = {each["task_key"]: each for each in run["tasks"]}
    assert entries["g"]["git_source"] == run["git_source"]
    assert "git_source" not in entries["plain"], "its notebook is one of the workspace"
    [listed] = house.get(f"{RUNS}/list")["runs"]
    assert listed["git_source"] == run["git_source"]


def test_tasks_stand_with_their_attempts_together(house: House) -> None:
    run_id = house.start_run(task("one", max_retries=2), task("two"))
    house.end(run_id, "one", status="failed", error="x")
    house.end(run_id, "two")
    house.end(run_id, "one")
    assert [(each["task_key"], each["attempt_number"]) for each in get(house, run_id)["tasks"]] == [
        ("one", 0),
        ("one", 1),
        ("two", 0),
    ]
