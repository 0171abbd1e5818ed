"""Our own endpoints on runs of all kinds: iterations with inputs, child runs, histories, and large runs watched."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.surfaces.api.own import models as own_models
from tests.surfaces.api.house import House, task
from tests.surfaces.api.kinds import active, begin_loop, child_of, end_iteration, end_loop, loop

OWN = "/api/brickyard"


def looped(house: House, total: int, **more: Any) -> tuple[int, int]:
    run_id = house.start_run(loop("loop", total, **more))
    return run_id, begin_loop(house, run_id, "loop", total)


def iterations(house: House, loop_id: int, **query: Any) -> Any:
    answer = house.get(f"{OWN}/task-runs/{loop_id}/iterations", **query)
    assert own_models.Iterations.model_validate(answer).model_dump(exclude_unset=True) == answer
    return answer


def test_iterations_come_with_their_inputs(house: House) -> None:
    run_id, loop_id = looped(house, 3)
    first = active(house.commands.run(run_id))[0]
    end_iteration(house, run_id, first, status="failed", error="ValueError: no")
    shown = iterations(house, loop_id)["iterations"]
    assert [(each["iteration"], each["input"], each["state"]) for each in shown] == [
        (0, "0", "TERMINATED"),
        (1, "1", "PENDING"),
        (2, "2", "PENDING"),
    ]
    assert (shown[0]["task_run_id"], shown[0]["result"], shown[0]["task_key"]) == (first.attempt_id, "FAILED", "each")
    assert shown[0]["message"] == "Workload failed, see run output for details"
    assert shown[1]["result"] is None


def test_failed_iterations_alone_in_pages_by_their_last_attempts(house: House) -> None:
    run_id, loop_id = looped(house, 8, max_retries=1)
    end_loop(house, run_id, lambda index: index % 2 == 1)
    first = iterations(house, loop_id, failed="true", limit=3)
    second = iterations(house, loop_id, failed="true", limit=3, page_token=first["next_page_token"])
    found = [*first["iterations"], *second["iterations"]]
    assert [each["iteration"] for each in found] == [1, 3, 5, 7]
    assert {each["attempt_number"] for each in found} == {1}
    assert (first["has_more"], second["has_more"]) == (True, False)
    other = f"{OWN}/task-runs/{loop_id}/iterations?page_token={first['next_page_token']}"
    assert "page_token" in house.refused("GET", other)[2]


def test_only_a_loop_has_iterations(house: House) -> None:
    run_id = house.start_run(task("one"))
    attempt_id = house.attempt_of(run_id, "one")
    status, code, message = house.refused("GET", f"{OWN}/task-runs/{attempt_id}/iterations")
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert message == f"Task run {attempt_id} is of task 'one', which is no for_each_task."
    assert house.refused("GET", f"{OWN}/task-runs/99/iterations")[2] == "Run 99 does not exist."
    assert "limit" in house.refused("GET", f"{OWN}/task-runs/{attempt_id}/iterations?limit=0")[2]


def test_the_output_of_an_iteration_names_its_place_and_input(house: House) -> None:
    run_id, loop_id = looped(house, 2)
    attempt = active(house.commands.run(run_id))[1]
    end_iteration(house, run_id, attempt, code_hash="c0de")
    shown = house.get(f"{OWN}/task-runs/{attempt.attempt_id}/output")
    assert (shown["task_key"], shown["iteration"], shown["input"], shown["attempt_number"]) == ("each", 1, "1", 0)
    assert shown["code_hash"] == "c0de"
    assert own_models.TaskOutput.model_validate(shown).model_dump() == shown
    whole = house.get(f"{OWN}/task-runs/{loop_id}/output")
    assert (whole["iteration"], whole["input"], whole["code_hash"]) == (None, None, "")


def test_the_children_of_a_run_are_named_with_the_task_that_started_them(house: House) -> None:
    other = house.post("/api/2.2/jobs/create", name="other", tasks=[task("inner")])["job_id"]
    run_id = house.start_run({"task_key": "call", "run_job_task": {"job_id": other}}, task("alone"))
    attempt_id = house.begin(run_id, "call")
    assert house.get(f"{OWN}/runs/{run_id}/children")["children"] == []
    child = child_of(house, attempt_id)
    answer = house.get(f"{OWN}/runs/{run_id}/children")
    [shown] = answer["children"]
    assert (shown["run_id"], shown["kind"], shown["subject"], shown["task_run_id"]) == (
        child,
        "job",
        "call",
        attempt_id,
    )
    assert (shown["run_name"], shown["state"], shown["result"]) == ("other job", "RUNNING", None)
    assert own_models.Children.model_validate(answer).model_dump(exclude_unset=True) == answer
    house.end(child, "inner")
    watched = house.get(f"{OWN}/runs/{run_id}/watch")
    assert [(each["run_id"], each["result"]) for each in watched["children"]] == [(child, "SUCCESS")]
    assert house.get(f"{OWN}/runs/{child}/children")["children"] == []


def test_the_history_leaves_iterations_out_unless_they_are_asked_for(house: House) -> None:
    run_id, _ = looped(house, 3)
    end_loop(house, run_id)
    short = house.get(f"{OWN}/runs/{run_id}/history")
    assert {change["subject"] for change in short["changes"]} == {"run", "loop"}
    whole = house.get(f"{OWN}/runs/{run_id}/history", iterations="true")
    assert {change["subject"] for change in whole["changes"]} == {"run", "loop", "each[0]", "each[1]", "each[2]"}
    assert "next_page_token" not in whole


def test_a_long_history_comes_in_pages(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brickyard.surfaces.api.own.run_routes._CHANGES", 4)
    run_id = house.start_run(task("one"), task("two", "one"), task("three", "two"))
    pages = [house.get(f"{OWN}/runs/{run_id}/history")]
    while "next_page_token" in pages[-1]:
        pages.append(house.get(f"{OWN}/runs/{run_id}/history", page_token=pages[-1]["next_page_token"]))
    seqs = [change["seq"] for page in pages for change in page["changes"]]
    assert seqs == [entry.seq for entry in house.store.runs.history(run_id)]
    assert max(len(page["changes"]) for page in pages) == 4


def test_a_watched_loop_is_counted_from_what_the_engine_has_in_memory(house: House) -> None:
    run_id, _ = looped(house, 5)
    end_iteration(house, run_id, active(house.commands.run(run_id))[0])
    watched = house.get(f"{OWN}/runs/{run_id}/watch")
    assert watched["run"] == house.get("/api/2.2/jobs/runs/get", run_id=run_id, include_history="true")
    assert watched["run"]["tasks"][0]["for_each_task"]["stats"]["task_run_stats"]["completed_iterations"] == 1
    assert watched["task_counts"] == {"RUNNING": 1}


def test_of_a_large_run_a_watcher_sees_what_failed_and_what_runs(house: House) -> None:
    run_id = house.start_run(*(task(f"t{number}") for number in range(130)))
    house.end(run_id, "t129", status="failed", error="x")
    house.end(run_id, "t5")
    house.begin(run_id, "t120")
    watched = house.get(f"{OWN}/runs/{run_id}/watch")
    assert [each["task_key"] for each in watched["run"]["tasks"]][:3] == ["t129", "t120", "t0"]
    assert (len(watched["run"]["tasks"]), watched["run"]["has_more"]) == (100, True)
    assert watched["task_counts"] == {"FAILED": 1, "RUNNING": 1, "SUCCESS": 1, "PENDING": 127}
    assert own_models.Watched.model_validate(watched).model_dump(exclude_unset=True) == watched


def test_the_cost_of_iterations_is_paid_by_their_loop(house: House) -> None:
    run_id, _ = looped(house, 2)
    house.cluster(run_id, "serverless")
    for attempt in active(house.commands.run(run_id)):
        house.clock.ms += 3_600_000
        end_iteration(house, run_id, attempt)
    cost = house.get(f"{OWN}/runs/{run_id}/cost")
    assert [each["task_key"] for each in cost["tasks"]] == ["loop"]
