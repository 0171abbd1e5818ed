"""What the service refuses, it refuses in the same words here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.installation import Installation, over

NOTE = {"notebook_task": {"notebook_path": "/Workspace/Shared/x"}}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One server for all requests; none of them changes anything."""
    made = Installation(tmp_path_factory.mktemp("refusals") / "home")
    made.start()
    yield made
    made.leave_nothing()


def refused(service: Installation, path: str, body: dict[str, Any]) -> str:
    """The message of a refusal; its status and code are those of a wrong value."""
    with service.http as http:
        answer = http.post(path, json=body)
    told = answer.json()
    assert (answer.status_code, told["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), told
    return str(told["message"])


def note(key: str, value: str, *needs: str) -> dict[str, Any]:
    """A notebook task with one parameter."""
    work = {**NOTE["notebook_task"], "base_parameters": {"p": value}}
    return {"task_key": key, "depends_on": [{"task_key": need} for need in needs], "notebook_task": work}


def loop(inputs: str, value: str = "{{input}}", **fields: Any) -> dict[str, Any]:
    """A loop over a notebook."""
    nested = {"task_key": "inner", "notebook_task": note("", value)["notebook_task"]}
    return {"task_key": "loop", "for_each_task": {"inputs": inputs, "task": nested}, **fields}


LIST = "The JSON string in the inputs field should be an array of primitives or objects."
TASKS: list[tuple[str, list[dict[str, Any]], str]] = [
    (
        "undefined-parameter",
        [note("t", "{{job.parameters.nope}}")],
        "Reference 'job.parameters.nope' in task 't' refers to an undefined job parameter 'nope'.",
    ),
    (
        "ghost-task",
        [note("t", "{{tasks.ghost.result_state}}")],
        "Invalid reference: 'tasks.ghost.result_state'. Task 'ghost' does not exist.",
    ),
    (
        "own-loop",
        [loop("[1]", "{{tasks.loop.result_state}}")],
        "Task 'loop' must be a dependency of task 'inner'.",
    ),
    (
        "not-upstream",
        [note("a", "x"), note("b", "{{tasks.a.values.x}}")],
        "Task 'a' must be a dependency of task 'b'.",
    ),
    ("loop-with-retries", [loop("[1]", max_retries=1)], "For each task cannot be retried but has retries configured"),
    ("long-inputs", [loop(json.dumps(["x" * 5000]))], "Invalid inputs: cannot exceed 5000 characters"),
    ("null-input", [loop("[null]")], LIST),
    ("nested-list", [loop("[[1, 2]]")], LIST),
    ("mixed-input", [loop('[1, {"k": 1}]')], LIST),
    (
        "deep-input",
        [loop('[{"e": {"f": 1}}]', "{{input.e.f}}")],
        "Invalid reference: 'input.e.f'. Input reference can only access top-level keys.",
    ),
    (
        "unknown-trigger",
        [note("t", "{{job.trigger.nope}}")],
        "Invalid reference: 'job.trigger.nope'. 'trigger' is unknown.",
    ),
    (
        "no-file-arrival",
        [note("t", "{{job.trigger.file_arrival.location}}")],
        "Job does not have a file arrival trigger configured.",
    ),
    (
        "no-table-update",
        [note("t", "{{job.trigger.table_update.updated_tables}}")],
        "Table update trigger references can not be used unless the job has a table update trigger configured.",
    ),
    (
        "output-of-a-notebook",
        [note("a", "x"), note("b", "{{tasks.a.output.rows}}", "a")],
        "Unsupported task type for the 'output' namespace.",
    ),
]


@pytest.mark.parametrize(("tasks", "message"), [case[1:] for case in TASKS], ids=[case[0] for case in TASKS])
def test_jobs_are_refused_in_the_same_words(service: Installation, tasks: list[dict[str, Any]], message: str) -> None:
    assert refused(service, "/api/2.2/jobs/create", {"name": "j", "tasks": tasks}) == message
    assert service.get("/api/2.2/jobs/list").get("jobs", []) == []


def test_parameters_that_are_too_long(service: Installation) -> None:
    # One parameter is too long by itself, so two make the sum: 2 * (29 + 1 + 4989) + 1 + 2.
    parameters = [{"name": name, "default": "x" * 4000} for name in "abc"]
    message = refused(
        service, "/api/2.2/jobs/create", {"name": "j", "parameters": parameters, "tasks": [{"task_key": "t", **NOTE}]}
    )
    assert message == (
        "The provided parameters (in json representation) are too long (12094 bytes); it cannot exceed 10000 bytes."
    )


def test_two_versions_of_an_environment(service: Installation) -> None:
    spec = {"environment_version": "4", "base_environment": "/Workspace/Shared/base.yml"}
    body = {
        "name": "j",
        "tasks": [{"task_key": "t", **NOTE}],
        "environments": [{"environment_key": "default", "spec": spec}],
    }
    assert refused(service, "/api/2.2/jobs/create", body) == (
        "Both base environment and version are provided for environment 'default'. Only one of them must be provided."
    )


def test_a_job_that_is_not_there(service: Installation) -> None:
    for path in ("run-now", "update", "delete"):
        assert refused(service, f"/api/2.2/jobs/{path}", {"job_id": 7}) == "Job 7 does not exist."


def test_legacy_parameters_and_the_latest_repair(service: Installation) -> None:
    parameters = [{"name": "p", "default": "1"}]
    body = {"name": "j", "parameters": parameters, "tasks": [{"task_key": "t", **NOTE}]}
    job_id = service.post("/api/2.2/jobs/create", body)["job_id"]
    legacy = {"job_id": job_id, "notebook_params": {"p": "2"}, "python_params": ["x"]}
    assert refused(service, "/api/2.2/jobs/run-now", legacy) == (
        "Cannot use legacy parameters (notebook_params, python_params) because the job has job parameters configured."
    )
    run_id = service.post("/api/2.2/jobs/run-now", {"job_id": job_id})["run_id"]
    service.watch(run_id, over)
    repair = {"run_id": run_id, "rerun_all_failed_tasks": True}
    service.post("/api/2.2/jobs/runs/repair", repair)
    service.watch(run_id, over)
    assert refused(service, "/api/2.2/jobs/runs/repair", repair) == (
        "The latest repair ID needs to be provided in order to create a new repair"
    )
