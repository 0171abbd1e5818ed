"""Every field that recorded runs of the service have is there; the names below are all that those recordings show.

Left out on purpose: `effective_performance_target`, which tells of compute that is not here.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.surfaces.api.house import House, task
from tests.surfaces.api.kinds import active, begin_loop, end_iteration, loop

RUNS = "/api/2.2/jobs/runs"
TIMES = {"start_time", "end_time", "setup_duration", "execution_duration", "cleanup_duration"}
ANY_RUN = TIMES | {
    "creator_user_name",
    "format",
    "job_id",
    "job_parameters",
    "job_run_id",
    "number_in_job",
    "original_attempt_run_id",
    "run_id",
    "run_name",
    "run_page_url",
    "run_type",
    "state",
    "status",
    "tasks",
    "trigger",
}
OF_A_JOB_RUN = ANY_RUN | {"run_duration", "environments"}
OF_A_TASK_RUN = ANY_RUN | {"parent_run_id", "task_key"}
OF_AN_ENTRY = TIMES | {"attempt_number", "run_id", "run_if", "run_page_url", "state", "status", "task_key"}
STATE = {"life_cycle_state", "result_state", "state_message", "user_cancelled_or_timedout"}


@pytest.fixture
def run_id(house: House) -> int:
    """An ended run with an environment, a loop, a failure that was tried again, and a task that was skipped."""
    environments = {"environments": [{"environment_key": "e", "spec": {"environment_version": "4"}}]}
    wheel = {"task_key": "w", "environment_key": "e", "python_wheel_task": {"package_name": "p", "entry_point": "m"}}
    tasks = [task("bad", max_retries=1), task("skipped", "bad"), loop("loop", 1), wheel]
    job = house.client.post("/api/2.2/jobs/create", json={"name": "x", "tasks": tasks, **environments}).json()
    made = int(house.post("/api/2.2/jobs/run-now", job_id=job["job_id"])["run_id"])
    begin_loop(house, made, "loop", 1)
    end_iteration(house, made, active(house.commands.run(made))[0])
    house.end(made, "w")
    for _ in range(2):
        house.end(made, "bad", status="failed", error="ValueError: no")
    return made


def missing(expected: set[str], found: dict[str, Any]) -> set[str]:
    return expected - set(found)


def test_a_job_run_and_its_entries_have_the_recorded_fields(house: House, run_id: int) -> None:
    run = house.get(f"{RUNS}/get", run_id=run_id)
    assert missing(OF_A_JOB_RUN, run) == set()
    assert set(run["state"]) == STATE
    for entry in run["tasks"]:
        assert missing(OF_AN_ENTRY, entry) == set(), entry["task_key"]
        assert set(entry["state"]) == STATE
        assert set(entry["status"]["termination_details"]) == {"code", "message", "type"}


def test_a_task_run_and_an_iteration_have_the_recorded_fields(house: House, run_id: int) -> None:
    entries = house.get(f"{RUNS}/get", run_id=run_id)["tasks"]
    loop_id = next(entry["run_id"] for entry in entries if entry["task_key"] == "loop")
    iterations = house.get(f"{RUNS}/get", run_id=loop_id)["iterations"]
    for entry in [*entries, *iterations]:
        metadata = house.get(f"{RUNS}/get-output", run_id=entry["run_id"])["metadata"]
        assert missing(OF_A_TASK_RUN, metadata) == set(), entry["task_key"]
        assert missing(OF_AN_ENTRY, metadata["tasks"][0]) == set()
        assert metadata["state"] == entry["state"]
    assert missing(OF_AN_ENTRY, iterations[0]) == set()


@pytest.mark.parametrize(
    ("key", "fields"),
    [
        ("bad", {"error", "notebook_output"}),
        ("skipped", {"error"}),
        ("loop", set()),
        ("w", {"logs", "logs_truncated"}),
    ],
)
def test_an_output_has_the_recorded_fields_and_no_other(house: House, run_id: int, key: str, fields: set[str]) -> None:
    got = house.get(f"{RUNS}/get-output", run_id=house.attempt_of(run_id, key))
    assert set(got) - {"metadata"} == fields


def test_states_and_numbers_of_a_job_run_are_as_recorded(house: House, run_id: int) -> None:
    run = house.get(f"{RUNS}/get", run_id=run_id)
    assert run["number_in_job"] == run["job_run_id"] == run["original_attempt_run_id"] == run_id
    assert (run["trigger"], run["format"], run["run_type"]) == ("ONE_TIME", "MULTI_TASK", "JOB_RUN")
    assert run["run_duration"] == run["end_time"] - run["start_time"]
    assert run["state"]["life_cycle_state"] == "INTERNAL_ERROR"
    assert run["status"]["state"] == "TERMINATED"
    skipped = next(entry for entry in run["tasks"] if entry["task_key"] == "skipped")
    assert skipped["start_time"] == skipped["end_time"]
    assert (skipped["setup_duration"], skipped["execution_duration"], skipped["cleanup_duration"]) == (0, 0, 0)
