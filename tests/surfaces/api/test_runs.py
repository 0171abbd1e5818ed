"""Runs on the wire: every state, every attempt, repairs and parameters, as recorded runs of the service show them."""

from __future__ import annotations

from typing import Any

from brickyard.jobs.tasks import ClusterSpec
from brickyard.runs.events import RunCreated, RunQueued, Skip
from tests.surfaces.api.house import START_MS, USER, WORKSPACE_ID, House, task

RUNS = "/api/2.2/jobs/runs"
FAILED = "Workload failed, see run output for details"


def get(house: House, run_id: int, **query: Any) -> Any:
    return house.get(f"{RUNS}/get", run_id=run_id, **query)


def failing(house: House) -> int:
    """A run in which `load` fails twice and `report` is skipped."""
    run_id = house.start_run(task("load", max_retries=1), task("report", "load"))
    house.end(run_id, "load", status="failed", error="ValueError: no")
    house.end(run_id, "load", status="failed", error="ValueError: no")
    return run_id


def test_a_run_that_just_began_has_every_key_that_clients_read(house: House) -> None:
    run_id = house.start_run(task("one"), task("two", "one"))
    run = get(house, run_id)
    assert run["number_in_job"] == run["job_run_id"] == run["original_attempt_run_id"] == run_id
    assert (run["run_name"], run["run_type"], run["trigger"], run["creator_user_name"]) == (
        "nightly",
        "JOB_RUN",
        "ONE_TIME",
        USER,
    )
    own = str(house.client.base_url).rstrip("/")
    assert run["run_page_url"] == f"{own}/?o={WORKSPACE_ID}#job/{run['job_id']}/run/{run_id}"
    assert run["state"] == {"life_cycle_state": "RUNNING", "state_message": "", "user_cancelled_or_timedout": False}
    assert run["status"] == {"state": "RUNNING"}
    assert (run["start_time"], run["end_time"], run["run_duration"]) == (START_MS, 0, 0)
    states = {each["task_key"]: each["state"]["life_cycle_state"] for each in run["tasks"]}
    assert states == {"one": "PENDING", "two": "BLOCKED"}
    assert run["tasks"][1]["depends_on"] == [{"task_key": "one"}]
    assert run["tasks"][0]["run_page_url"].endswith(f"/run/{run['tasks'][0]['run_id']}")
    assert "repair_history" not in run


def test_a_failed_run_reads_as_the_service_records_it(house: House) -> None:
    run = get(house, failing(house))
    text = f"Task load failed with message: {FAILED}. This caused all downstream tasks to get skipped."
    assert run["state"] == {
        "life_cycle_state": "INTERNAL_ERROR",
        "result_state": "FAILED",
        "state_message": text,
        "user_cancelled_or_timedout": False,
    }
    assert run["status"] == {
        "state": "TERMINATED",
        "termination_details": {"code": "RUN_EXECUTION_ERROR", "type": "CLIENT_ERROR", "message": text},
    }
    shown = {(each["task_key"], each["attempt_number"]): each for each in run["tasks"]}
    assert set(shown) == {("load", 0), ("load", 1), ("report", 0)}
    for number in (0, 1):
        assert shown["load", number]["state"]["life_cycle_state"] == "TERMINATED"
        assert shown["load", number]["state"]["state_message"] == FAILED
    skipped = shown["report", 0]
    assert skipped["state"] == {
        "life_cycle_state": "SKIPPED",
        "result_state": "UPSTREAM_FAILED",
        "state_message": "An upstream task failed.",
        "user_cancelled_or_timedout": False,
    }
    assert skipped["status"]["termination_details"]["type"] == "SUCCESS"
    assert skipped["start_time"] == skipped["end_time"] > 0
    assert skipped["execution_duration"] == 0


def test_a_successful_run_counts_setup_execution_and_cleanup(house: House) -> None:
    run_id = house.start_run(task("one"))
    house.clock.ms += 500
    house.end(run_id, "one", seconds=10)
    run = get(house, run_id)
    [shown] = run["tasks"]
    assert (run["state"]["result_state"], run["status"]["termination_details"]["code"]) == ("SUCCESS", "SUCCESS")
    times = [shown[name] for name in ("setup_duration", "execution_duration", "cleanup_duration")]
    assert times == [1000, 9000, 0]
    assert [run[name] for name in ("setup_duration", "execution_duration", "cleanup_duration")] == times
    assert (shown["start_time"], shown["end_time"]) == (START_MS + 500, START_MS + 10_500)
    assert run["run_duration"] == 10_500


def test_a_cancelled_run_says_who_ended_it(house: House) -> None:
    run_id = house.start_run(task("one"), task("two", "one"))
    attempt_id = house.begin(run_id, "one")
    assert house.post(f"{RUNS}/cancel", run_id=run_id) == {}
    assert get(house, attempt_id)["state"]["life_cycle_state"] == "TERMINATING"
    house.end(run_id, "one", status="cancelled")
    run = get(house, run_id)
    assert (run["state"]["life_cycle_state"], run["state"]["result_state"]) == ("TERMINATED", "CANCELED")
    assert (run["state"]["state_message"], run["state"]["user_cancelled_or_timedout"]) == (
        "Run cancelled by user",
        True,
    )
    assert run["status"]["termination_details"] == {
        "code": "USER_CANCELED",
        "type": "SUCCESS",
        "message": "Run cancelled by user",
    }
    assert house.post(f"{RUNS}/cancel", run_id=run_id) == {}


def test_cancel_all_ends_every_run_of_the_job_and_no_other(house: House) -> None:
    run_id, other = house.start_run(task("one")), house.start_run(task("one"))
    job_id = get(house, run_id)["job_id"]
    house.post(f"{RUNS}/cancel-all", job_id=job_id)
    assert house.commands.run(run_id).cancel_requested
    assert not house.commands.run(other).cancel_requested
    assert (
        "all_queued_runs"
        in house.refused("POST", f"{RUNS}/cancel-all", json={"job_id": job_id, "all_queued_runs": True})[2]
    )


def test_a_task_run_is_read_by_its_own_id(house: House) -> None:
    run_id = failing(house)
    shown = get(house, house.attempt_of(run_id, "load"))
    assert (shown["job_run_id"], shown["run_name"], shown["attempt_number"]) == (run_id, "load", 1)
    assert shown["original_attempt_run_id"] != shown["run_id"]
    assert shown["trigger"] == "RETRY", "as recorded runs have it"
    first = get(house, shown["original_attempt_run_id"])
    assert (first["trigger"], first["original_attempt_run_id"], first["parent_run_id"]) == (
        "ONE_TIME",
        first["run_id"],
        run_id,
    )
    assert [each["task_key"] for each in shown["tasks"]] == ["load"]
    assert shown["state"] == shown["tasks"][0]["state"]
    assert shown["task"]["notebook_task"]["notebook_path"] == "/Shared/load"


def test_tasks_that_were_not_selected_are_shown_as_switched_off(house: House) -> None:
    job = house.post("/api/2.2/jobs/create", name="x", tasks=[task("one"), task("two", "one")])
    run_id = house.post("/api/2.2/jobs/run-now", job_id=job["job_id"], only=["one"])["run_id"]
    house.end(run_id, "one")
    shown = {each["task_key"]: each["state"] for each in get(house, run_id)["tasks"]}
    assert (shown["two"]["life_cycle_state"], shown["two"]["result_state"]) == ("SKIPPED", "DISABLED")
    assert shown["two"]["state_message"] == "This task was not selected in the partial run."


def test_job_parameters_show_default_and_effective_value(house: House) -> None:
    parameters = [
        {"name": "day", "default": "{{job.start_time.iso_date}}"},
        {"name": "mode", "default": "full"},
        {"name": "own", "default": "{{job.run_id}}"},
    ]
    job = house.post("/api/2.2/jobs/create", name="x", tasks=[task("one")], parameters=parameters)
    body = {"job_id": job["job_id"], "job_parameters": {"mode": "delta", "extra": 5}}
    run_id = house.client.post("/api/2.2/jobs/run-now", json=body).json()["run_id"]
    assert get(house, run_id)["job_parameters"] == [
        {"name": "day", "default": "{{job.start_time.iso_date}}", "value": "2027-01-15"},
        {"name": "mode", "default": "full", "value": "delta"},
        {"name": "own", "default": "{{job.run_id}}", "value": str(run_id)},
        {"name": "extra", "value": "5"},
    ]


def test_legacy_overrides_are_kept_and_empty_ones_forgotten(house: House) -> None:
    job = house.post("/api/2.2/jobs/create", name="x", tasks=[task("one")])
    body = {
        "job_id": job["job_id"],
        "notebook_params": {"n": 1},
        "jar_params": [],
        "python_params": [],
        "sql_params": {},
    }
    run_id = house.client.post("/api/2.2/jobs/run-now", json=body).json()["run_id"]
    assert get(house, run_id)["overriding_parameters"] == {"notebook_params": {"n": "1"}}
    status, code, message = house.refused("POST", "/api/2.2/jobs/run-now", json={**body, "jar_params": ["x"]})
    assert (status, code) == (400, "FEATURE_DISABLED")
    assert "jar_params" in message


def test_resolved_values_are_shown_where_asked(house: House) -> None:
    run_id = house.start_run(task("one"))
    attempt_id = house.attempt_of(run_id, "one")
    values = {"notebook_task": {"base_parameters": {"day": "2027-01-15"}}}
    house.store.runs.save_resolved(attempt_id, values)
    assert "resolved_values" not in get(house, run_id)["tasks"][0]
    assert get(house, run_id, include_resolved_values="true")["tasks"][0]["resolved_values"] == values
    assert get(house, attempt_id, include_resolved_values="true")["tasks"][0]["resolved_values"] == values


def test_the_first_entry_of_the_repair_history_is_the_original_run(house: House) -> None:
    run_id = failing(house)
    run = get(house, run_id, include_history="true")
    [original] = run["repair_history"]
    assert (original["type"], original["end_time"]) == ("ORIGINAL", run["end_time"])
    assert (original["state"], original["status"]) == (run["state"], run["status"])
    assert sorted(original["task_run_ids"]) == sorted(each["run_id"] for each in run["tasks"])


def test_a_repair_adds_attempts_under_the_same_run_and_keeps_the_original_in_the_history(house: House) -> None:
    run_id = failing(house)
    before = get(house, run_id)
    house.clock.ms += 60_000
    repair_id = house.post(f"{RUNS}/repair", run_id=run_id, rerun_all_failed_tasks=True)["repair_id"]
    running = get(house, run_id, include_history="true")
    assert running["state"]["life_cycle_state"] == "RUNNING"
    assert running["repair_history"][1]["state"]["life_cycle_state"] == "RUNNING"
    house.end(run_id, "load")
    house.end(run_id, "report")
    run = get(house, run_id, include_history="true")
    assert run["state"]["result_state"] == "SUCCESS"
    assert run["run_duration"] > 60_000
    original, repair = run["repair_history"]
    assert (original["state"], original["end_time"]) == (before["state"], before["end_time"])
    assert (repair["type"], repair["id"], repair["state"]["result_state"]) == ("REPAIR", repair_id, "SUCCESS")
    assert len(repair["task_run_ids"]) == 2
    newest = max((each for each in run["tasks"] if each["task_key"] == "load"), key=lambda each: each["attempt_number"])
    assert (newest["attempt_number"], newest["run_id"] in repair["task_run_ids"]) == (2, True)
    status, _, message = house.refused("POST", f"{RUNS}/repair", json={"run_id": run_id, "rerun_tasks": ["load"]})
    assert (status, message) == (400, "The latest repair ID needs to be provided in order to create a new repair")


def test_a_repair_runs_with_current_settings_and_old_attempts_keep_theirs(house: House) -> None:
    run_id = failing(house)
    job_id = get(house, run_id)["job_id"]
    mended = {**task("load"), "notebook_task": {"notebook_path": "/Shared/mended"}}
    house.post("/api/2.2/jobs/update", job_id=job_id, new_settings={"tasks": [mended]})
    house.post(f"{RUNS}/repair", run_id=run_id, rerun_tasks=["load"])
    paths = {
        each["attempt_number"]: each["notebook_task"]["notebook_path"]
        for each in get(house, run_id)["tasks"]
        if each["task_key"] == "load"
    }
    assert paths == {0: "/Shared/load", 1: "/Shared/load", 2: "/Shared/mended"}


def test_a_task_names_the_cluster_that_it_ran_on(house: House) -> None:
    clusters = [{"job_cluster_key": "main", "new_cluster": {"spark_version": "16.4.x-scala2.12", "num_workers": 1}}]
    run_id = house.start_run(task("one", job_cluster_key="main"), task("two"), job_clusters=clusters)
    cluster = house.cluster(run_id, "main", spec=ClusterSpec(spark_version="16.4.x-scala2.12", num_workers=1))
    house.cluster(run_id, "serverless")
    house.end(run_id, "one")
    house.end(run_id, "two")
    shown = {each["task_key"]: each for each in get(house, run_id)["tasks"]}
    assert shown["one"]["cluster_instance"]["cluster_id"] == cluster.cluster_id
    assert shown["one"]["cluster_instance"]["spark_context_id"].isdigit(), "clients read it as a number"
    assert "cluster_instance" not in shown["two"]
    assert get(house, shown["one"]["run_id"])["cluster_instance"]["cluster_id"] == cluster.cluster_id
    assert get(house, run_id)["job_clusters"][0]["job_cluster_key"] == "main"


def test_a_large_run_comes_in_pages_of_a_hundred_attempts(house: House) -> None:
    run_id = house.start_run(*(task(f"t{number}") for number in range(150)))
    first = get(house, run_id)
    second = get(house, run_id, page_token=first["next_page_token"])
    assert (len(first["tasks"]), len(second["tasks"])) == (100, 50)
    assert (first["has_more"], second["has_more"], "next_page_token" in second) == (True, False, False)
    assert {each["task_key"] for page in (first, second) for each in page["tasks"]} == set(
        house.commands.run(run_id).plan
    )


def test_the_list_of_runs_filters_and_pages(house: House) -> None:
    ids = []
    for _ in range(5):
        house.clock.ms += 1000
        ids.append(house.start_run(task("one")))
    house.end(ids[0], "one")
    listed = house.get(f"{RUNS}/list", limit=2)
    assert [run["run_id"] for run in listed["runs"]] == ids[:2:-1]
    assert "tasks" not in listed["runs"][0]
    following = house.get(f"{RUNS}/list", limit=2, page_token=listed["next_page_token"])
    assert [run["run_id"] for run in following["runs"]] == ids[2:0:-1]
    assert [run["run_id"] for run in house.get(f"{RUNS}/list", completed_only="true")["runs"]] == ids[:1]
    assert len(house.get(f"{RUNS}/list", active_only="True", limit=0)["runs"]) == 4
    job_id = get(house, ids[3])["job_id"]
    [run] = house.get(f"{RUNS}/list", job_id=job_id, expand_tasks="true")["runs"]
    assert (run["run_id"], run["tasks"][0]["task_key"]) == (ids[3], "one")
    window = house.get(f"{RUNS}/list", start_time_from=START_MS + 2000, start_time_to=START_MS + 3000)
    assert [run["run_id"] for run in window["runs"]] == ids[2:0:-1]
    assert "runs" not in house.get(f"{RUNS}/list", run_type="SUBMIT_RUN")
    assert "both" in house.refused("GET", f"{RUNS}/list?active_only=true&completed_only=true")[2]
    assert "run_type" in house.refused("GET", f"{RUNS}/list?run_type=x")[2]


def test_a_run_that_waits_says_for_what_and_then_how_long(house: House) -> None:
    house.commands.first = RunQueued("no place")
    run_id = house.start_run(task("one"), max_concurrent_runs=2)
    run = get(house, run_id)
    text = "Queued due to reaching maximum concurrent runs of 2."
    assert (run["state"]["life_cycle_state"], run["state"]["queue_reason"]) == ("QUEUED", text)
    assert run["status"] == {
        "state": "QUEUED",
        "queue_details": {"code": "MAX_CONCURRENT_RUNS_REACHED", "message": text},
    }
    house.clock.ms += 5000
    house.commands.apply(run_id, RunCreated())
    run = get(house, run_id)
    assert (run["state"]["life_cycle_state"], run["queue_duration"]) == ("RUNNING", 5000)
    assert "queue_reason" not in run["state"]


def test_a_run_that_may_not_wait_is_skipped_with_its_reason(house: House) -> None:
    house.commands.first = Skip("Skipped due to reaching maximum concurrent runs of 1.")
    run = get(house, house.start_run(task("one")))
    assert (run["state"]["life_cycle_state"], run["state"]["result_state"]) == (
        "SKIPPED",
        "MAXIMUM_CONCURRENT_RUNS_REACHED",
    )
    assert run["state"]["state_message"] == "Skipped due to reaching maximum concurrent runs of 1."
    assert run["status"]["termination_details"]["code"] == "MAX_CONCURRENT_RUNS_EXCEEDED"
    assert run["tasks"] == []


def test_a_run_of_one_task_has_the_same_times_in_the_list_as_alone(house: House) -> None:
    run_id = house.start_run(task("one"))
    house.end(run_id, "one")
    [listed] = house.get(f"{RUNS}/list")["runs"]
    alone = get(house, run_id)
    assert listed == {name: value for name, value in alone.items() if name not in {"tasks", "has_more"}}


def test_a_submitted_run_is_listed_but_is_no_job(house: House) -> None:
    run_id = house.post(f"{RUNS}/submit", run_name="once", notebook_task={"notebook_path": "/a"})["run_id"]
    run = get(house, run_id)
    assert (run["run_type"], run["run_name"], run["tasks"][0]["task_key"]) == ("SUBMIT_RUN", "once", "once")
    assert [each["run_id"] for each in house.get(f"{RUNS}/list")["runs"]] == [run_id]
    assert "jobs" not in house.get("/api/2.2/jobs/list")


def test_a_deleted_run_is_gone_and_an_active_one_is_not_deleted(house: House) -> None:
    run_id = house.start_run(task("one"))
    assert house.refused("POST", f"{RUNS}/delete", json={"run_id": run_id})[0] == 400
    house.end(run_id, "one")
    assert house.post(f"{RUNS}/delete", run_id=run_id) == {}
    expected = (400, "INVALID_PARAMETER_VALUE", f"Run {run_id} does not exist.")
    assert house.refused("GET", f"{RUNS}/get?run_id={run_id}") == expected
    assert house.refused("GET", f"{RUNS}/get-output?run_id={run_id}") == expected
