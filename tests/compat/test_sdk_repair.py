"""The service's SDK for Python repairs runs here as it does there: parameters, the chain of repairs, partial runs."""

from __future__ import annotations

import io

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue
from databricks.sdk.service import jobs
from databricks.sdk.service.workspace import ImportFormat

from tests.compat.conftest import Wait

SOURCE = """# Databricks notebook source
day = dbutils.widgets.get("day")
if day == "monday":
    raise ValueError("nothing on mondays")
dbutils.notebook.exit(day)
"""


@pytest.fixture
def path(client: WorkspaceClient, request: pytest.FixtureRequest) -> str:
    """A notebook that fails on mondays and returns the day otherwise."""
    folder = f"/Shared/{request.node.name}"
    client.workspace.mkdirs(folder)
    client.workspace.upload(f"{folder}/day.py", io.BytesIO(SOURCE.encode()), format=ImportFormat.AUTO, overwrite=True)
    return f"{folder}/day"


def task(key: str, path: str, *needs: str, day: str = "monday") -> jobs.Task:
    return jobs.Task(
        task_key=key,
        notebook_task=jobs.NotebookTask(notebook_path=path, base_parameters={"day": day}),
        depends_on=[jobs.TaskDependency(task_key=need) for need in needs] or None,
    )


def exit_of(client: WorkspaceClient, run_id: int, key: str) -> str | None:
    """What the newest attempt of a task returned; None where it failed."""
    found = [entry for entry in client.jobs.get_run(run_id).tasks or [] if entry.task_key == key]
    newest = max(found, key=lambda entry: entry.attempt_number or 0)
    output = client.jobs.get_run_output(newest.run_id or 0).notebook_output
    return output.result if output else None


def test_the_parameters_of_a_repair_are_its_own(client: WorkspaceClient, path: str, wait_for: Wait) -> None:
    job_id = client.jobs.create(name="days", tasks=[task("a", path)]).job_id or 0
    run_id = client.jobs.run_now(job_id, notebook_params={"day": "monday"}).response.run_id or 0
    wait_for(run_id)
    repair = client.jobs.repair_run(run_id, rerun_all_failed_tasks=True, notebook_params={"day": "friday"}).response
    wait_for(run_id)
    assert exit_of(client, run_id, "a") == "friday"
    assert client.jobs.get_run(run_id).overriding_parameters == jobs.RunParameters(notebook_params={"day": "friday"})
    client.jobs.repair_run(run_id, rerun_tasks=["a"], latest_repair_id=repair.repair_id)
    wait_for(run_id)
    assert exit_of(client, run_id, "a") is None, "a later repair without them returns to those of the start"


def test_a_second_repair_must_have_seen_the_first(client: WorkspaceClient, path: str, wait_for: Wait) -> None:
    job_id = client.jobs.create(name="days", tasks=[task("a", path)]).job_id or 0
    run_id = client.jobs.run_now(job_id).response.run_id or 0
    wait_for(run_id)
    first = client.jobs.repair_run(run_id, rerun_all_failed_tasks=True).response
    wait_for(run_id)
    with pytest.raises(InvalidParameterValue, match=r"^The latest repair ID needs to be provided in order to create"):
        client.jobs.repair_run(run_id, rerun_all_failed_tasks=True)
    client.jobs.repair_run(run_id, rerun_all_failed_tasks=True, latest_repair_id=first.repair_id)
    wait_for(run_id)
    history = client.jobs.get_run(run_id, include_history=True).repair_history or []
    assert len(history) == 3


def test_a_submitted_run_is_repaired_with_its_own_settings(client: WorkspaceClient, path: str, wait_for: Wait) -> None:
    submitted = jobs.SubmitTask(
        task_key="a", notebook_task=jobs.NotebookTask(notebook_path=path, base_parameters={"day": "monday"})
    )
    run_id = client.jobs.submit(run_name="once", tasks=[submitted]).response.run_id or 0
    wait_for(run_id)
    client.jobs.repair_run(run_id, rerun_all_failed_tasks=True, notebook_params={"day": "sunday"})
    wait_for(run_id)
    assert exit_of(client, run_id, "a") == "sunday"


def test_a_part_of_a_job_is_run_and_repaired(client: WorkspaceClient, path: str, wait_for: Wait) -> None:
    tasks = [task("a", path, day="sunday"), task("b", path, "a"), task("c", path, "b", day="sunday")]
    job_id = client.jobs.create(name="days", tasks=tasks).job_id or 0
    run_id = client.jobs.run_now(job_id, only=["b+"]).response.run_id or 0
    wait_for(run_id)
    results = {entry.task_key: entry.state for entry in client.jobs.get_run(run_id).tasks or []}
    assert results["a"].state_message == "This task was not selected in the partial run."
    assert results["a"].result_state is jobs.RunResultState.DISABLED
    client.jobs.repair_run(run_id, rerun_all_failed_tasks=True, notebook_params={"day": "friday"})
    wait_for(run_id)
    assert (exit_of(client, run_id, "b"), exit_of(client, run_id, "c")) == ("friday", "friday")
