"""The service's SDK for Python starts, follows, cancels and repairs runs here as it does there; notebooks really run."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import OperationFailed, ResourceDoesNotExist
from databricks.sdk.service import jobs
from databricks.sdk.service.workspace import ImportFormat

from tests.compat.conftest import Wait

MINUTE = dt.timedelta(minutes=1)
HEADER = "# Databricks notebook source\n"
Put = Callable[[str, str], str]


@pytest.fixture
def put(client: WorkspaceClient, request: pytest.FixtureRequest) -> Put:
    """Stores a file in a folder of the test's own; the path by which tasks name it."""
    folder = f"/Shared/{request.node.name}"
    client.workspace.mkdirs(folder)

    def store(name: str, text: str) -> str:
        content = io.BytesIO(text.encode())
        client.workspace.upload(f"{folder}/{name}", content, format=ImportFormat.AUTO, overwrite=True)
        return f"{folder}/{name.removesuffix('.py')}" if text.startswith(HEADER) else f"{folder}/{name}"

    return store


def task(key: str, path: str, *needs: str, **parameters: str) -> jobs.Task:
    return jobs.Task(
        task_key=key,
        depends_on=[jobs.TaskDependency(task_key=need) for need in needs] or None,
        notebook_task=jobs.NotebookTask(notebook_path=path, base_parameters=parameters or None),
    )


def make(client: WorkspaceClient, *tasks: jobs.Task, **more: Any) -> int:
    made = client.jobs.create(name="sdk runs", tasks=list(tasks), **more)
    return int(made.job_id or 0)


def newest(run: jobs.Run, key: str) -> jobs.RunTask:
    found = [entry for entry in run.tasks or [] if entry.task_key == key]
    return max(found, key=lambda entry: entry.attempt_number or 0)


def output(client: WorkspaceClient, entry: jobs.RunTask) -> jobs.RunOutput:
    assert entry.run_id
    return client.jobs.get_run_output(entry.run_id)


def test_run_now_waits_for_the_end_and_the_output_is_the_exit_value(client: WorkspaceClient, put: Put) -> None:
    path = put("hello.py", HEADER + "dbutils.notebook.exit('hello ' + dbutils.widgets.get('name'))\n")
    parameters = [jobs.JobParameterDefinition(name="name", default="nobody")]
    job_id = make(client, task("greet", path), parameters=parameters)
    run = client.jobs.run_now_and_wait(job_id, job_parameters={"name": "Ada"}, timeout=MINUTE)
    assert run.state
    assert run.state.result_state is jobs.RunResultState.SUCCESS
    got = output(client, newest(run, "greet"))
    assert got.notebook_output
    assert (got.notebook_output.result, got.notebook_output.truncated) == ("hello Ada", False)
    assert [(each.name, each.default, each.value) for each in run.job_parameters or []] == [("name", "nobody", "Ada")]
    assert run.job_id == job_id
    assert run.run_id in [each.run_id for each in client.jobs.list_runs(job_id=job_id)]


def test_a_submitted_run_needs_no_job(client: WorkspaceClient, put: Put, wait_for: Wait) -> None:
    path = put("once.py", HEADER + "dbutils.notebook.exit('once')\n")
    submitted = jobs.SubmitTask(task_key="once", notebook_task=jobs.NotebookTask(notebook_path=path))
    started = client.jobs.submit(run_name="one time", tasks=[submitted], idempotency_token="the same token")
    again = client.jobs.submit(run_name="one time", tasks=[submitted], idempotency_token="the same token")
    assert started.run_id == again.run_id
    wait_for(started.run_id)
    run = client.jobs.get_run(started.run_id)
    assert (run.run_type, run.run_name) == (jobs.RunType.SUBMIT_RUN, "one time")
    got = client.jobs.get_run_output(started.run_id)
    assert got.notebook_output
    assert got.notebook_output.result == "once", "the id of a run with one task is enough"


def test_the_log_of_a_script_is_what_it_printed(client: WorkspaceClient, put: Put, wait_for: Wait) -> None:
    path = put("script.py", "import sys\nprint('got', sys.argv[1:])\n")
    work = jobs.SparkPythonTask(python_file=path, parameters=["a", "b c"])
    job_id = make(client, jobs.Task(task_key="script", spark_python_task=work))
    run_id = client.jobs.run_now(job_id).run_id
    wait_for(run_id)
    got = output(client, newest(client.jobs.get_run(run_id), "script"))
    assert (got.logs, got.logs_truncated) == ("got ['a', 'b c']\n", False)


def test_a_failure_stops_the_branch_is_explained_and_mended_by_a_repair(
    client: WorkspaceClient, put: Put, wait_for: Wait
) -> None:
    good = put("good.py", HEADER + "dbutils.notebook.exit('good')\n")
    broken = put("broken.py", HEADER + "x = 1\n\n# COMMAND ----------\n\nraise ValueError('bad data')\n")
    job_id = make(client, task("before", good), task("broken", broken, "before"), task("after", good, "broken"))
    with pytest.raises(OperationFailed, match="Workload failed, see run output for details"):
        client.jobs.run_now_and_wait(job_id, timeout=MINUTE)
    [run] = client.jobs.list_runs(job_id=job_id, expand_tasks=True)
    results = {entry.task_key: entry.state.result_state for entry in run.tasks or [] if entry.state}
    assert results == {
        "before": jobs.RunResultState.SUCCESS,
        "broken": jobs.RunResultState.FAILED,
        "after": jobs.RunResultState.UPSTREAM_FAILED,
    }
    full = client.jobs.get_run(run.run_id or 0)
    got = output(client, newest(full, "broken"))
    assert got.error == "ValueError: bad data"
    assert "bad data" in (got.error_trace or "")

    put("broken.py", HEADER + "dbutils.notebook.exit('mended')\n")
    repair_id = client.jobs.repair_run(full.run_id or 0, rerun_all_failed_tasks=True).response.repair_id
    wait_for(full.run_id)
    mended = client.jobs.get_run(full.run_id or 0, include_history=True)
    assert mended.state
    assert mended.state.result_state is jobs.RunResultState.SUCCESS
    assert newest(mended, "before").run_id == newest(full, "before").run_id, "what had succeeded is kept"
    assert newest(mended, "broken").attempt_number == 1
    history = mended.repair_history or []
    assert [entry.type for entry in history] == [jobs.RepairHistoryItemType.ORIGINAL, jobs.RepairHistoryItemType.REPAIR]
    assert history[1].id == repair_id
    assert history[0].state
    assert history[0].state.result_state is jobs.RunResultState.FAILED


def test_a_run_is_cancelled_while_its_notebook_runs(client: WorkspaceClient, put: Put, wait_for: Wait) -> None:
    path = put("endless.py", HEADER + "import threading\nthreading.Event().wait()\n")
    job_id = make(client, task("endless", path), task("after", path, "endless"))
    run_id = client.jobs.run_now(job_id).run_id
    wait_for(run_id, lambda run: run["tasks"][0]["state"]["life_cycle_state"] == "RUNNING")
    client.jobs.cancel_run(run_id)
    wait_for(run_id)
    run = client.jobs.get_run(run_id)
    assert run.state
    assert (run.state.result_state, run.state.user_cancelled_or_timedout) == (jobs.RunResultState.CANCELED, True)
    assert {entry.state.result_state for entry in run.tasks or [] if entry.state} <= {
        jobs.RunResultState.CANCELED,
        jobs.RunResultState.UPSTREAM_CANCELED,
    }
    client.jobs.cancel_run(run_id)
    client.jobs.delete_run(run_id)
    with pytest.raises(ResourceDoesNotExist, match="does not exist"):
        client.jobs.get_run_output(run_id)


def test_task_values_and_references_reach_the_next_task(client: WorkspaceClient, put: Put, wait_for: Wait) -> None:
    first = put("first.py", HEADER + "dbutils.jobs.taskValues.set('rows', 7)\n")
    second = put(
        "second.py", HEADER + "dbutils.notebook.exit(dbutils.widgets.get('rows') + dbutils.widgets.get('run'))\n"
    )
    references = {"rows": "{{tasks.first.values.rows}}", "run": "{{job.run_id}}"}
    job_id = make(client, task("first", first), task("second", second, "first", **references))
    run_id = client.jobs.run_now(job_id).run_id
    wait_for(run_id)
    run = client.jobs.get_run(run_id, include_resolved_values=True)
    got = output(client, newest(run, "second"))
    assert got.notebook_output
    assert got.notebook_output.result == f"7{run_id}"
    resolved = newest(run, "second").resolved_values
    assert resolved
    assert resolved.notebook_task
    assert resolved.notebook_task.base_parameters == {"rows": "7", "run": str(run_id)}


def test_our_own_output_has_the_cells_of_the_notebook(client: WorkspaceClient, put: Put, wait_for: Wait) -> None:
    source = (
        HEADER
        + "print('first')\n\n# COMMAND ----------\n\n# MAGIC %md\n# MAGIC # Title\n\n# COMMAND ----------\n\n1 / 0\n"
    )
    run_id = client.jobs.run_now(make(client, task("cells", put("cells.py", source)))).run_id
    run = wait_for(run_id)
    path = f"/api/brickyard/task-runs/{run['tasks'][0]['run_id']}/output"
    got = client.api_client.do("GET", path)
    assert isinstance(got, dict)
    assert [cell["state"] for cell in got["cells"]][::2] == ["ok", "failed"]
    assert "first" in json.dumps(got["cells"][0]["outputs"])
    assert got["error"]["message"].startswith("ZeroDivisionError")
    assert (got["error"]["cell"], got["error"]["line"]) == (2, 1)
