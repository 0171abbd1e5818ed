"""What a page of runs costs at the database: a number of questions that depends on nothing that is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance.test_run_batches import counting
from tests.surfaces.api.house import House, task
from tests.surfaces.api.kinds import begin_loop, condition, decide_condition, end_loop, loop

RUNS = "/api/2.2/jobs/runs"
CLUSTERS = [{"job_cluster_key": "main", "new_cluster": {"spark_version": "16.4.x-scala2.12", "num_workers": 1}}]
TABLES = ("runs", "attempts", "repairs", "run_settings", "outcomes", "resolved", "clusters")


def asked(house: House, path: str, **query: Any) -> int:
    """How many questions an answer takes, but for the one about the token."""
    with counting() as statements:
        house.get(path, **query)
    return sum(any(f"FROM {table}" in text for table in TABLES) for text in statements)


def one_task(house: House) -> int:
    run_id = house.start_run(task("one"))
    house.end(run_id, "one")
    return run_id


def mixed(house: House) -> int:
    """A run with a chain, a condition, two loops, a job cluster and a repair."""
    on_main = {"job_cluster_key": "main", "max_retries": 1}
    run_id = house.start_run(
        task("a", **on_main),
        task("b", "a", **on_main),
        condition("c"),
        loop("l", 4),
        {**loop("m", 3), "for_each_task": {**loop("m", 3)["for_each_task"], "task": task("each_m")}},
        job_clusters=CLUSTERS,
    )
    house.cluster(run_id, "main")
    house.end(run_id, "a")
    decide_condition(house, run_id, "c", "true")
    for key, total in (("l", 4), ("m", 3)):
        begin_loop(house, run_id, key, total)
    end_loop(house, run_id, lambda index: index == 1)
    house.end(run_id, "b", status="failed", error="x")
    house.end(run_id, "b", status="failed", error="x")
    return run_id


MAKERS: dict[str, Callable[[House], int]] = {"one task": one_task, "mixed": mixed}


@pytest.mark.parametrize("expand", ["false", "true"])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_list_page_takes_the_same_number_of_questions_however_many_runs_it_has(
    house: House, make: Callable[[House], int], expand: str
) -> None:
    make(house)
    few = asked(house, f"{RUNS}/list", expand_tasks=expand)
    for _ in range(5):
        make(house)
    many = asked(house, f"{RUNS}/list", expand_tasks=expand)
    assert len(house.get(f"{RUNS}/list")["runs"]) == 6
    assert few == many <= 9


def test_a_run_page_does_not_ask_more_for_more_tasks_or_iterations(house: House) -> None:
    small = house.start_run(task("a"), loop("l", 1))
    begin_loop(house, small, "l", 1)
    large = house.start_run(*(task(f"t{number}") for number in range(60)), loop("l", 100))
    begin_loop(house, large, "l", 100)
    costs = [asked(house, f"{RUNS}/get", run_id=run_id, include_resolved_values="true") for run_id in (small, large)]
    assert costs[0] == costs[1] <= 9


def test_a_run_page_reads_no_iterations(house: House) -> None:
    run_id = house.start_run(loop("l", 30))
    begin_loop(house, run_id, "l", 30)
    with counting() as statements:
        house.get(f"{RUNS}/get", run_id=run_id)
    reading = [text for text in statements if "FROM attempts" in text and "attempts.position" in text]
    assert reading
    assert all("attempts.iteration < " in text for text in reading if "GROUP BY" not in text)


def test_a_page_of_iterations_takes_as_many_questions_as_one_iteration(house: House) -> None:
    costs = []
    for total in (1, 90):
        run_id = house.start_run(loop("l", total))
        loop_id = begin_loop(house, run_id, "l", total)
        costs.append(asked(house, f"{RUNS}/get", run_id=loop_id, include_resolved_values="true"))
    assert costs[0] == costs[1]


def test_expanded_runs_of_a_list_are_as_they_are_alone(house: House) -> None:
    made = [one_task(house), mixed(house)]
    listed = {run["run_id"]: run for run in house.get(f"{RUNS}/list", expand_tasks="true")["runs"]}
    assert listed == {run_id: house.get(f"{RUNS}/get", run_id=run_id) for run_id in made}


def test_listed_runs_have_the_same_fields_as_alone_but_for_what_is_left_out(house: House) -> None:
    made = [one_task(house), mixed(house)]
    listed = {run["run_id"]: run for run in house.get(f"{RUNS}/list")["runs"]}
    for run_id in made:
        alone = house.get(f"{RUNS}/get", run_id=run_id)
        assert listed[run_id] == {
            name: value for name, value in alone.items() if name not in {"tasks", "job_clusters", "has_more"}
        }
