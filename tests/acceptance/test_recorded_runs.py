"""Runs that were recorded at the service, rebuilt as jobs: the same states, codes and messages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.installation import Installation, latest, notebook, over

FOLDER = "/Workspace/Shared/recorded"
WORKLOAD = "Workload failed, see run output for details"
LOOP = "An error occurred during execution of task For each: Some iterations failed"
SKIPPED = "Run result unavailable: The task was skipped because not all its dependencies were executed and succeeded."
SOURCES = {
    "extract": notebook("dbutils.jobs.taskValues.set('row_count', 3)", "dbutils.notebook.exit('extracted')"),
    "transform": notebook(
        "if dbutils.widgets.get('param1') == 'explode':\n    raise ValueError('validation failed for explode')"
    ),
    "load": notebook("print('loaded')"),
    "probe": notebook("dbutils.notebook.exit('probed')"),
    "each": notebook(
        "item = dbutils.widgets.get('item')",
        "if item == 'set_value':\n    dbutils.jobs.taskValues.set(key='seen', value=item)\n"
        "if item == 'fail':\n    raise ValueError(f'no {item}')",
    ),
}
SCRIPT = "import sys\nprint(sys.argv[1:], flush=True)\n"
WAITING = "import signal\nprint('waiting', flush=True)\nsignal.pause()\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A server with the notebooks of the recorded jobs in its workspace."""
    made = Installation(tmp_path_factory.mktemp("recorded") / "home")
    made.start()
    files = made.home / "workspace" / "Shared" / "recorded"
    files.mkdir(parents=True)
    for name, text in {**SOURCES, "script": SCRIPT, "waiting": WAITING}.items():
        (files / f"{name}.py").write_text(text)
    yield made
    made.leave_nothing()


def task(key: str, *needs: str, source: str = "", **fields: Any) -> dict[str, Any]:
    """A notebook task of the recorded jobs."""
    return {
        "task_key": key,
        "depends_on": [{"task_key": need} for need in needs],
        "notebook_task": {"notebook_path": f"{FOLDER}/{source or key}"},
        **fields,
    }


def script(key: str, *needs: str) -> dict[str, Any]:
    """A task that prints its arguments."""
    work = {"python_file": f"{FOLDER}/script.py", "parameters": ["--marker", key]}
    return {"task_key": key, "depends_on": [{"task_key": need} for need in needs], "spark_python_task": work}


def run(service: Installation, tasks: list[dict[str, Any]], **request: Any) -> dict[str, Any]:
    """Create a job of these tasks, run it, and wait for its end."""
    parameters = [{"name": "param1", "default": "hello"}, {"name": "mode", "default": "full"}]
    body = {"name": "recorded", "parameters": parameters, "tasks": tasks}
    job_id = service.post("/api/2.2/jobs/create", body)["job_id"]
    run_id = service.post("/api/2.2/jobs/run-now", {"job_id": job_id, **request})["run_id"]
    service.watch(run_id, over)
    return dict(service.get("/api/2.2/jobs/runs/get", run_id=run_id))


def told(thing: dict[str, Any]) -> tuple[Any, ...]:
    """Life cycle, result, message, code and type; and that both forms of the state say the same."""
    state, status = thing["state"], thing["status"]
    details = status["termination_details"]
    assert status["state"] == "TERMINATED"
    assert details.get("message", "") == state["state_message"]
    return (
        state["life_cycle_state"],
        state["result_state"],
        state["state_message"],
        details["code"],
        details["type"],
    )


GOOD = ("TERMINATED", "SUCCESS", "", "SUCCESS", "SUCCESS")
BAD = ("TERMINATED", "FAILED", WORKLOAD, "RUN_EXECUTION_ERROR", "CLIENT_ERROR")
BLOCKED = ("SKIPPED", "UPSTREAM_FAILED", "An upstream task failed.", "SKIPPED", "SUCCESS")


def run_failed(message: str) -> tuple[str, ...]:
    return ("INTERNAL_ERROR", "FAILED", message, "RUN_EXECUTION_ERROR", "CLIENT_ERROR")


def with_failures(message: str) -> tuple[str, ...]:
    return ("TERMINATED", "SUCCESS_WITH_FAILURES", message, "SUCCESS_WITH_FAILURES", "SUCCESS")


def tasks_of(found: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {key: told(entry) for key, entry in latest(found).items()}


def probe(*needs: str) -> dict[str, Any]:
    return task(f"probe_{needs[0]}", *needs, source="probe", run_if="ALL_DONE")


def test_a_run_that_goes_well(service: Installation) -> None:
    found = run(
        service,
        [task("extract"), task("transform", "extract"), probe("transform")],
        job_parameters={"param1": "hello"},
    )
    assert told(found) == GOOD
    assert set(tasks_of(found).values()) == {GOOD}
    assert (found["trigger"], found["run_type"], found["number_in_job"]) == ("ONE_TIME", "JOB_RUN", found["run_id"])
    assert (found["setup_duration"], found["execution_duration"]) == (0, 0)


def test_a_task_fails_and_its_probe_succeeds(service: Installation) -> None:
    found = run(
        service,
        [task("extract"), task("transform", "extract", max_retries=1), probe("transform")],
        job_parameters={"param1": "explode"},
    )
    assert told(found) == with_failures("The job run succeeded with 1 failed task")
    assert tasks_of(found) == {"extract": GOOD, "transform": BAD, "probe_transform": GOOD}
    attempts = [entry for entry in found["tasks"] if entry["task_key"] == "transform"]
    assert [entry["attempt_number"] for entry in attempts] == [0, 1]
    assert {told(entry) for entry in attempts} == {BAD}
    retried = service.get("/api/2.2/jobs/runs/get-output", run_id=attempts[1]["run_id"])
    assert retried["error"] == "ValueError: validation failed for explode"
    assert retried["metadata"]["original_attempt_run_id"] == attempts[0]["run_id"]
    assert retried["metadata"]["run_name"] == "transform"


def test_a_skipped_task_counts_as_failed_in_the_message(service: Installation) -> None:
    found = run(
        service,
        [
            task("extract"),
            task("transform", "extract", max_retries=1),
            task("load", "transform"),
            probe("transform"),
            probe("load"),
        ],
        job_parameters={"param1": "explode"},
    )
    assert told(found) == with_failures("The job run succeeded with 2 failed tasks")
    assert tasks_of(found)["load"] == BLOCKED


def test_a_leaf_that_was_skipped_fails_the_run(service: Installation) -> None:
    found = run(
        service,
        [task("extract"), task("transform", "extract"), task("load", "transform"), probe("transform")],
        job_parameters={"param1": "explode"},
    )
    # Not all that comes after it was skipped, so the message says nothing of that.
    assert told(found) == run_failed(f"Task transform failed with message: {WORKLOAD}.")
    assert tasks_of(found) == {"extract": GOOD, "transform": BAD, "load": BLOCKED, "probe_transform": GOOD}
    output = service.get("/api/2.2/jobs/runs/get-output", run_id=latest(found)["load"]["run_id"])
    assert output["error"] == SKIPPED
    assert (output["metadata"]["setup_duration"], output["metadata"]["execution_duration"]) == (0, 0)


def test_all_that_comes_after_a_failure_is_skipped(service: Installation) -> None:
    found = run(
        service,
        [task("transform"), task("load", "transform")],
        job_parameters={"param1": "explode"},
    )
    assert told(found) == run_failed(
        f"Task transform failed with message: {WORKLOAD}. This caused all downstream tasks to get skipped."
    )


def test_only_some_tasks_run(service: Installation) -> None:
    found = run(
        service, [task("extract"), task("transform", "extract"), task("load", "transform")], only=["+transform"]
    )
    assert told(found) == GOOD
    assert tasks_of(found) == {
        "extract": GOOD,
        "transform": GOOD,
        "load": ("SKIPPED", "DISABLED", "This task was not selected in the partial run.", "DISABLED", "SUCCESS"),
    }


def test_a_run_is_cancelled(service: Installation) -> None:
    waits = {"task_key": "main", "spark_python_task": {"python_file": f"{FOLDER}/waiting.py"}}
    job_id = service.post("/api/2.2/jobs/create", {"name": "waits", "tasks": [waits]})["job_id"]
    run_id = service.post("/api/2.2/jobs/run-now", {"job_id": job_id})["run_id"]
    service.watch(run_id, lambda run: run["tasks"] and run["tasks"][0]["state"]["life_cycle_state"] == "RUNNING")
    service.post("/api/2.2/jobs/runs/cancel", {"run_id": run_id})
    service.watch(run_id, over)
    found = service.get("/api/2.2/jobs/runs/get", run_id=run_id)
    cancelled = ("TERMINATED", "CANCELED", "Run cancelled by user", "USER_CANCELED", "SUCCESS")
    assert told(found) == told(found["tasks"][0]) == cancelled
    assert found["state"]["user_cancelled_or_timedout"] is True
    # A run of one task shows the times of its task.
    assert found["execution_duration"] == found["tasks"][0]["execution_duration"] > 0


def test_a_loop_with_failing_iterations(service: Installation) -> None:
    each = task("each", notebook_task={"notebook_path": f"{FOLDER}/each", "base_parameters": {"item": "{{input}}"}})
    del each["depends_on"]
    each["max_retries"] = 1
    loop = {
        "task_key": "loop",
        "for_each_task": {"inputs": '["a", "fail", "set_value"]', "concurrency": 3, "task": each},
    }
    found = run(service, [task("load", "loop"), probe("loop"), loop])
    assert told(found) == run_failed(f"Task loop failed with message: {LOOP}.")
    assert tasks_of(found) == {
        "load": BLOCKED,
        "probe_loop": GOOD,
        "loop": ("TERMINATED", "FAILED", LOOP, "RUN_EXECUTION_ERROR", "CLIENT_ERROR"),
    }
    assert latest(found)["loop"]["for_each_task"]["stats"] == {
        "error_message_stats": [{"count": 2, "error_message": WORKLOAD, "termination_category": "RunExecutionError"}],
        "task_run_stats": {
            "active_iterations": 0,
            "completed_iterations": 3,
            "failed_iterations": 2,
            "scheduled_iterations": 3,
            "succeeded_iterations": 1,
            "total_iterations": 3,
        },
    }
    _check_iterations(service, latest(found)["loop"]["run_id"])


def _check_iterations(service: Installation, loop_run_id: int) -> None:
    shown = service.get("/api/2.2/jobs/runs/get", run_id=loop_run_id, include_resolved_values=True)
    assert [entry["task_key"] for entry in shown["tasks"]] == ["loop"]
    iterations = shown["iterations"]
    assert [(entry["task_key"], entry["attempt_number"]) for entry in iterations] == [
        ("each", 0),
        ("each", 0),
        ("each", 1),
        ("each", 0),
        ("each", 1),
    ]
    assert [told(entry) for entry in iterations] == [GOOD, BAD, BAD, BAD, BAD]
    refused = iterations[-1]["run_id"]
    output = service.get("/api/2.2/jobs/runs/get-output", run_id=refused)
    assert (
        f"Run {refused} is an iteration of a For each run; setting task values is not supported for iterations."
        in output["error"]
    )
    one = service.get("/api/2.2/jobs/runs/get", run_id=iterations[1]["run_id"], include_resolved_values=True)
    assert one["tasks"][0]["resolved_values"]["notebook_task"]["base_parameters"]["item"] == "fail"


def test_many_tasks_side_by_side_keep_their_logs_apart(service: Installation) -> None:
    keys = ["same_a", "same_b", "diff_a", "diff_b", "seq_1"]
    found = run(service, [*(script(key) for key in keys), script("seq_2", "seq_1"), task("extract")])
    assert told(found) == GOOD
    for key in (*keys, "seq_2"):
        output = service.get("/api/2.2/jobs/runs/get-output", run_id=latest(found)[key]["run_id"])
        assert output["logs"] == f"['--marker', '{key}']\n"
        assert output["logs_truncated"] is False


def test_a_query_that_finds_something_and_one_that_does_not(service: Installation) -> None:
    files: Path = service.home / "workspace" / "Shared" / "recorded"
    (files / "fires.sql").write_text("SELECT 1 AS n")
    (files / "quiet.sql").write_text("SELECT 1 AS n WHERE false")
    tasks = [
        {"task_key": key, "sql_task": {"warehouse_id": "0123456789abcdef", "file": {"path": f"{FOLDER}/{key}.sql"}}}
        for key in ("fires", "quiet")
    ]
    found = run(service, tasks)
    assert told(found) == GOOD
    assert set(tasks_of(found).values()) == {GOOD}
    output = service.get("/api/2.2/jobs/runs/get-output", run_id=latest(found)["fires"]["run_id"])
    assert output["sql_output"]["file_output"]["query_result"] == {
        "columns": [{"name": "n", "type": "int"}],
        "rows": [{"values": [{"string_value": "1"}]}],
        "truncated": False,
    }
