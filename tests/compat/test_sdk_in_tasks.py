"""The service's own SDK inside of tasks: `WorkspaceClient()` without arguments acts as the run, and reaches that alone."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service import compute, jobs, workspace

from tests.compat.conftest import Served, Wait

Ran = tuple[dict[str, Any], dict[str, Any], str]
"""A run, what its notebook tells, and its token."""
FOLDER = "/Users/in-tasks"
NOTEBOOK = """# Databricks notebook source
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError
from databricks.sdk.runtime import dbutils as imported, spark as session
import json, os

assert imported is dbutils and session is spark
w = WorkspaceClient()
run_id = int(dbutils.notebook.entry_point.getDbutils().notebook().getContext().tags().get("multitaskParentRunId").get())
found = {"me": w.current_user.me().user_name, "run": w.jobs.get_run(run_id).run_name, "same": w.dbutils is dbutils}

# COMMAND ----------

job_id = int(dbutils.notebook.entry_point.getDbutils().notebook().getContext().jobId().get())
other = int(dbutils.widgets.get("other"))
calls = {
    "start itself": lambda: w.jobs.run_now(job_id),
    "start another": lambda: w.jobs.run_now(other),
    "change itself": lambda: w.jobs.update(job_id, fields_to_remove=["tags"]),
    "see another": lambda: w.jobs.get(other),
    "list jobs": lambda: list(w.jobs.list()),
    "make a token": lambda: w.tokens.create(comment="to stay"),
    "list users": lambda: list(w.users.list()),
    "write a secret": lambda: w.secrets.create_scope("mine"),
}
for name, call in calls.items():
    try:
        call()
        found[name] = "done"
    except DatabricksError as error:
        found[name] = type(error).__name__

# COMMAND ----------

context = dbutils.notebook.entry_point.getDbutils().notebook().getContext()
token = context.apiToken().get()
print(token, context.apiUrl().get() == w.config.host)
with open(dbutils.widgets.get("leak"), "w") as file:
    file.write(token)
found["hidden"] = token not in json.dumps(dict(os.environ))
dbutils.notebook.exit(json.dumps(found))
"""
SCRIPT = """import sys
from databricks.sdk import WorkspaceClient
from databricks.sdk.runtime import dbutils

w = WorkspaceClient()
w.dbfs.mkdirs(sys.argv[1])
dbutils.jobs.taskValues.set("me", w.current_user.me().user_name)
"""


def put(client: WorkspaceClient, path: str, text: str, kind: workspace.ImportFormat) -> None:
    client.workspace.mkdirs(path.rpartition("/")[0])
    content = base64.b64encode(text.encode()).decode()
    language = workspace.Language.PYTHON if kind is workspace.ImportFormat.SOURCE else None
    client.workspace.import_(path, content=content, format=kind, language=language, overwrite=True)


@pytest.fixture(scope="module")
def other(client: WorkspaceClient) -> int:
    """A job that the tasks have nothing to do with."""
    task = jobs.Task(
        task_key="only",
        condition_task=jobs.ConditionTask(left="1", op=jobs.ConditionTaskOp.EQUAL_TO, right="1"),
    )
    return int(client.jobs.create(name="another", tasks=[task]).job_id or 0)


@pytest.fixture(scope="module")
def ran(client: WorkspaceClient, wait_for: Wait, other: int, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The notebook as a task: the run, what the notebook tells, and its token, which it keeps in a file."""
    leak = tmp_path_factory.mktemp("leak") / "token"
    put(client, f"{FOLDER}/acts", NOTEBOOK, workspace.ImportFormat.SOURCE)
    notebook = jobs.NotebookTask(
        notebook_path=f"{FOLDER}/acts", base_parameters={"other": str(other), "leak": str(leak)}
    )
    created = client.jobs.create(name="acts", tasks=[jobs.Task(task_key="acts", notebook_task=notebook)])
    run = wait_for(client.jobs.run_now(int(created.job_id or 0)).run_id)
    output = client.jobs.get_run_output(run["tasks"][0]["run_id"])
    assert output.notebook_output is not None, output.error
    return run, json.loads(output.notebook_output.result or "{}"), leak.read_text()


def test_a_client_without_arguments_is_the_user_of_the_run(ran: Ran, client: WorkspaceClient) -> None:
    _, found, _ = ran
    assert found["me"] == client.current_user.me().user_name
    assert (found["run"], found["same"]) == ("acts", True)


def test_it_reaches_its_own_run_only(ran: Ran, client: WorkspaceClient) -> None:
    """Although its user is an administrator."""
    _, found, _ = ran
    refused = {name: told for name, told in found.items() if name not in {"me", "run", "same", "hidden"}}
    assert refused.pop("see another") in {"InvalidParameterValue", "NotFound", "ResourceDoesNotExist"}
    assert set(refused.values()) == {"PermissionDenied"}, refused
    assert "to stay" not in [token.comment for token in client.tokens.list()]


def test_the_token_is_in_no_output_and_in_no_environment(ran: Ran, client: WorkspaceClient, served: Served) -> None:
    run, found, token = ran
    assert token.startswith("dapi")
    assert found["hidden"] is True
    exported = client.jobs.export_run(run["tasks"][0]["run_id"], views_to_export=jobs.ViewsToExport.ALL)
    text = "".join(view.content or "" for view in exported.views or ())
    assert "[REDACTED]" in text
    assert token not in text
    place = served.brickyard.settings.attempts / str(run["tasks"][0]["run_id"])
    kept = [file for file in place.rglob("*") if file.is_file() and not file.is_symlink()]
    assert [file.name for file in kept if token in file.read_text(errors="replace")] == []


def test_the_token_is_worth_nothing_once_the_run_is_over(ran: Ran, served: Served) -> None:
    _, _, token = ran
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.get(f"{served.url}/api/2.0/secrets/scopes/list", headers=headers, trust_env=False)
    assert answer.status_code == 401


def test_a_python_file_does_the_same(client: WorkspaceClient, wait_for: Wait) -> None:
    put(client, f"{FOLDER}/acts.py", SCRIPT, workspace.ImportFormat.RAW)
    script = jobs.SparkPythonTask(python_file=f"{FOLDER}/acts.py", parameters=["/made/by/a/script"])
    environment = jobs.JobEnvironment(environment_key="default", spec=compute.Environment(client="1"))
    tasks = [
        jobs.Task(task_key="acts", spark_python_task=script, environment_key="default"),
        jobs.Task(
            task_key="asked",
            depends_on=[jobs.TaskDependency(task_key="acts")],
            condition_task=jobs.ConditionTask(
                left="{{tasks.acts.values.me}}",
                op=jobs.ConditionTaskOp.EQUAL_TO,
                right=client.current_user.me().user_name or "",
            ),
        ),
    ]
    created = client.jobs.create(name="script", tasks=tasks, environments=[environment])
    run = wait_for(client.jobs.run_now(int(created.job_id or 0)).run_id)
    assert run["state"]["result_state"] == "SUCCESS", run["state"]
    assert client.dbfs.get_status("/made/by/a/script").is_dir
    output = client.jobs.get_run(run["run_id"])
    asked = next(task for task in output.tasks or () if task.task_key == "asked")
    assert asked.condition_task is not None
    assert asked.condition_task.outcome == "true"
