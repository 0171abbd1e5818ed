"""What other clients send, request by request as they were recorded, and the fields without which each would crash.

The requests are those of Airflow's provider, of the legacy command line, of Prefect's and Dagster's integrations and of two
test tools; field by field it was found which of the answer's they cannot do without.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.compat.conftest import Served, Wait

HEADER = b"# Databricks notebook source\n"


class Raw:
    """Sends exactly what it is given."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def get(self, path: str, query: str = "") -> Any:
        """The JSON of a GET; the query string as the client wrote it."""
        return self._ok(self.http.get(f"{path}?{query}" if query else path))

    def post(self, path: str, body: Any, kind: str = "application/json") -> Any:
        """The JSON of a POST."""
        return self._ok(self.http.post(path, content=json.dumps(body), headers={"Content-Type": kind}))

    def _ok(self, answer: httpx.Response) -> Any:
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "application/json"
        return answer.json()


@pytest.fixture(scope="module")
def raw(served: Served) -> Iterator[Raw]:
    headers = {"Authorization": f"Bearer {served.brickyard.token}"}
    with httpx.Client(base_url=served.url, headers=headers, trust_env=False, timeout=60) as http:
        raw = Raw(http)
        raw.post("/api/2.0/workspace/mkdirs", {"path": "/Shared/recorded"})
        for name, source in (("ok", b"dbutils.notebook.exit('done')\n"), ("bad", b"raise ValueError('no')\n")):
            answer = http.post(
                f"/api/2.0/workspace-files/import-file/Shared%2Frecorded%2F{name}.py?overwrite=true",
                content=HEADER + source,
            )
            assert answer.status_code == 200, answer.text
        yield raw


def notebook(name: str) -> dict[str, Any]:
    return {"notebook_path": f"/Shared/recorded/{name}", "source": "WORKSPACE"}


def test_airflow_submits_one_task_and_finds_it_by_the_name_of_the_run(raw: Raw, wait_for: Wait) -> None:
    body = {
        "run_name": "0cc175b9c0f1b6a831c399e269772661",
        "notebook_task": notebook("ok"),
        "timeout_seconds": "3600",
        "libraries": [],
    }
    run_id = raw.post("/api/2.2/jobs/runs/submit", body)["run_id"]
    wait_for(run_id)
    run = raw.get("/api/2.2/jobs/runs/get", f"run_id={run_id}")
    [task] = [task for task in run["tasks"] if task["task_key"] == body["run_name"]]
    assert task["state"]["result_state"] == "SUCCESS"
    assert run["run_page_url"]
    assert set(run["state"]) >= {"life_cycle_state", "result_state", "state_message"}


def test_airflow_finds_a_job_by_name_resets_it_and_repairs_its_run(raw: Raw, wait_for: Wait) -> None:
    tasks = [
        {"task_key": "first", "notebook_task": notebook("ok"), "timeout_seconds": "0"},
        {"task_key": "second", "notebook_task": notebook("bad"), "depends_on": [{"task_key": "first"}]},
    ]
    settings = {"name": "airflow.dag", "format": "MULTI_TASK", "tasks": tasks, "max_concurrent_runs": "1"}
    job_id = raw.post("/api/2.2/jobs/create", settings)["job_id"]
    query = "limit=25&expand_tasks=False&include_user_names=False&page_token=&name=airflow.dag"
    listed = raw.get("/api/2.2/jobs/list", query)
    assert [(job["job_id"], job["settings"]["name"]) for job in listed["jobs"]] == [(job_id, "airflow.dag")]
    raw.post("/api/2.2/jobs/reset", {"job_id": str(job_id), "new_settings": settings})
    empty = {"jar_params": [], "python_params": [], "spark_submit_params": [], "notebook_params": {"day": 1}}
    run_id = raw.post("/api/2.2/jobs/run-now", {"job_id": str(job_id), **empty})["run_id"]
    wait_for(run_id)
    run = raw.get("/api/2.2/jobs/runs/get", f"run_id={run_id}&include_history=true")
    assert len(run["repair_history"]) == 1
    failed = [task for task in run["tasks"] if task["state"]["result_state"] == "FAILED"]
    output = raw.get("/api/2.2/jobs/runs/get-output", f"run_id={failed[0]['run_id']}")
    assert output["error"] == "ValueError: no"
    repair = raw.post("/api/2.2/jobs/runs/repair", {"run_id": run_id, "rerun_all_failed_tasks": True})
    wait_for(run_id)
    history = raw.get("/api/2.2/jobs/runs/get", f"run_id={run_id}&include_history=true")["repair_history"]
    assert history[-1]["id"] == repair["repair_id"]
    again = {"run_id": run_id, "latest_repair_id": history[-1]["id"], "rerun_all_failed_tasks": True}
    assert raw.post("/api/2.2/jobs/runs/repair", again)["repair_id"] != repair["repair_id"]
    wait_for(run_id)
    raw.post("/api/2.2/jobs/runs/cancel-all", {"job_id": job_id})
    raw.post("/api/2.2/jobs/delete", {"job_id": job_id})


def test_a_template_of_airflow_in_a_parameter_passes_unharmed(raw: Raw) -> None:
    task = {"task_key": "a", "notebook_task": {**notebook("ok"), "base_parameters": {"day": "{{ ds }}"}}}
    job_id = raw.post("/api/2.2/jobs/create", {"name": "templates", "tasks": [task]})["job_id"]
    settings = raw.get("/api/2.2/jobs/get", f"job_id={job_id}")["settings"]
    assert settings["tasks"][0]["notebook_task"]["base_parameters"] == {"day": "{{ ds }}"}


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_the_legacy_command_line_lives_on_ids_as_texts_and_json_as_text(raw: Raw, wait_for: Wait, version: str) -> None:
    jobs = f"/api/{version}/jobs"
    settings = {"name": f"legacy {version}", "notebook_task": notebook("ok"), "max_retries": 1}
    job_id = raw.post(f"{jobs}/create", settings, "text/json")["job_id"]
    listed = raw.get(f"{jobs}/list", "" if version == "2.0" else "limit=20&offset=0&expand_tasks=false")
    assert any(job["job_id"] == job_id and job["settings"]["name"] for job in listed["jobs"])
    assert raw.get(f"{jobs}/get", f"job_id={job_id}")["settings"]["name"] == settings["name"]
    run_id = raw.post(f"{jobs}/run-now", {"job_id": str(job_id)}, "text/json")["run_id"]
    wait_for(run_id)
    run = raw.get(f"{jobs}/runs/get", f"run_id={run_id}")
    assert "/run/" in run["run_page_url"]
    assert (run["state"]["result_state"], run["state"]["state_message"]) == ("SUCCESS", "")
    runs = raw.get(f"{jobs}/runs/list", f"job_id={job_id}&active_only=false&completed_only=true&offset=0&limit=20")
    assert [entry["run_id"] for entry in runs["runs"]] == [run_id]
    output = raw.get(f"{jobs}/runs/get-output", f"run_id={run_id}")
    assert output["notebook_output"]["result"] == "done"
    assert raw.post(f"{jobs}/runs/cancel", {"run_id": str(run_id)}, "text/json") == {}
    raw.post(f"{jobs}/delete", {"job_id": str(job_id)}, "text/json")


def test_the_legacy_command_line_copies_folders_up_and_down(raw: Raw) -> None:
    listed = raw.get("/api/2.0/workspace/list", "path=%2FShared%2Frecorded")["objects"]
    for entry in listed:
        assert set(entry) >= {"object_id", "object_type", "path", "language"}
        exported = raw.get("/api/2.0/workspace/export", f"path={entry['path']}&format=SOURCE&direct_download=false")
        assert base64.b64decode(exported["content"]).startswith(HEADER)
    content = base64.b64encode(b"SELECT 1").decode()
    body = {
        "path": "/Shared/recorded/q",
        "content": content,
        "language": "SQL",
        "format": "SOURCE",
        "overwrite": "true",
    }
    assert raw.post("/api/2.0/workspace/import", body, "text/json") == {}
    assert raw.get("/api/2.0/workspace/get-status", "path=%2FShared%2Frecorded%2Fq")["language"] == "SQL"
    raw.post("/api/2.0/workspace/delete", {"path": "/Shared/recorded/q", "recursive": False}, "text/json")
    assert "name" not in raw.get("/api/2.0/secrets/scopes/list")


def test_prefect_sends_a_null_for_everything_that_is_unset(raw: Raw, wait_for: Wait) -> None:
    unset = ("dbt_task", "depends_on", "existing_cluster_id", "job_cluster_key", "libraries", "new_cluster", "pipeline_task",
             "python_wheel_task", "spark_jar_task", "spark_python_task", "spark_submit_task", "sql_task", "max_retries",
             "min_retry_interval_millis", "retry_on_timeout", "timeout_seconds", "email_notifications", "description")  # fmt: skip
    task = {"task_key": "prefect", "notebook_task": {**notebook("ok"), "base_parameters": None}, **dict.fromkeys(unset)}
    body = {
        "tasks": [task],
        "run_name": "prefect",
        "git_source": None,
        "idempotency_token": None,
        "timeout_seconds": None,
    }
    run_id = raw.post("/api/2.1/jobs/runs/submit", body)["run_id"]
    wait_for(run_id)
    run = raw.get("/api/2.1/jobs/runs/get", f"run_id={run_id}&include_history=false")
    assert [(task["task_key"], bool(task["run_id"])) for task in run["tasks"]] == [("prefect", True)]


def test_nutter_asks_for_the_output_of_the_submitted_run_until_it_is_over(raw: Raw, wait_for: Wait) -> None:
    body: dict[str, Any] = {
        "run_name": "3e0b2b5e-1a",
        "notebook_task": {**notebook("ok"), "base_parameters": {"a": "b"}},
    }
    run_id = raw.post("/api/2.0/jobs/runs/submit", body)["run_id"]
    early = raw.get("/api/2.0/jobs/runs/get-output", f"run_id={run_id}")
    assert early["metadata"]["state"]["life_cycle_state"]
    wait_for(run_id)
    output = raw.get("/api/2.0/jobs/runs/get-output", f"run_id={run_id}")
    metadata = output["metadata"]
    assert metadata["task"]["notebook_task"]["notebook_path"] == body["notebook_task"]["notebook_path"]
    assert (metadata["state"]["life_cycle_state"], metadata["state"]["result_state"]) == ("TERMINATED", "SUCCESS")
    assert metadata["run_page_url"]
    assert output["notebook_output"]["result"] == "done"


def test_dagster_submits_a_task_without_a_key(raw: Raw, wait_for: Wait) -> None:
    run_id = raw.post(
        "/api/2.2/jobs/runs/submit", {"run_name": "dagster run", "tasks": [{"notebook_task": notebook("bad")}]}
    )["run_id"]
    wait_for(run_id)
    run = raw.get("/api/2.2/jobs/runs/get", f"run_id={run_id}")
    assert run["tasks"][0]["task_key"]
    assert run["tasks"][0]["state"]["result_state"] in {"SUCCESS", "FAILED", "CANCELED", "TIMEDOUT"}


def test_lakeflow_tests_start_a_run_once_and_read_its_resolved_values(raw: Raw, wait_for: Wait) -> None:
    task = {"task_key": "a", "notebook_task": {**notebook("ok"), "base_parameters": {"day": "{{job.parameters.day}}"}}}
    parameters = [{"name": "day", "default": "2027-01-01"}]
    job_id = raw.post("/api/2.2/jobs/create", {"name": "lake", "tasks": [task], "parameters": parameters})["job_id"]
    body = {"job_id": job_id, "idempotency_token": "lake-1", "job_parameters": {"day": "2027-02-02"}}
    run_id = raw.post("/api/2.2/jobs/run-now", body)["run_id"]
    assert raw.post("/api/2.2/jobs/run-now", body)["run_id"] == run_id
    wait_for(run_id)
    run = raw.get("/api/2.2/jobs/runs/get", f"run_id={run_id}&include_resolved_values=true")
    assert run["tasks"][0]["resolved_values"]["notebook_task"]["base_parameters"]["day"] == "2027-02-02"
    assert run["number_in_job"] == run_id
