"""The service's SDK exports runs; what it gets is read as clients of the service read it."""

from __future__ import annotations

import base64
import io

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue
from databricks.sdk.service import jobs
from databricks.sdk.service.workspace import ImportFormat

from tests.compat.conftest import Wait
from tests.surfaces.export.reading import assert_harmless, model_of

NOTEBOOK = """# Databricks notebook source
# MAGIC %md
# MAGIC # Greetings of *today*

# COMMAND ----------

token = dbutils.secrets.get("export", "token")
print("\\x1b[32mhello\\x1b[0m", dbutils.widgets.get("name"), token)

# COMMAND ----------

displayHTML("<script>alert(1)</script><b>bold</b>")
display([{"n": 1, "word": "<i>one</i>"}])

# COMMAND ----------

raise ValueError("bad " + token)

# COMMAND ----------

print("never")
"""


@pytest.fixture(scope="module")
def path(client: WorkspaceClient) -> str:
    """A notebook that prints, displays and fails."""
    client.workspace.mkdirs("/Shared/export")
    client.workspace.upload(
        "/Shared/export/greet.py", io.BytesIO(NOTEBOOK.encode()), format=ImportFormat.AUTO, overwrite=True
    )
    client.secrets.create_scope("export")
    client.secrets.put_secret("export", "token", string_value="very-secret-word")
    return "/Shared/export/greet"


def test_a_failed_notebook_is_exported_with_what_it_did(client: WorkspaceClient, path: str, wait_for: Wait) -> None:
    work = jobs.SubmitTask(
        task_key="greet", notebook_task=jobs.NotebookTask(notebook_path=path, base_parameters={"name": "Ada"})
    )
    run_id = client.jobs.submit(run_name="export", tasks=[work]).run_id
    wait_for(run_id)
    [entry] = client.jobs.get_run(run_id).tasks or []
    [view] = client.jobs.export_run(entry.run_id or 0, views_to_export=jobs.ViewsToExport.CODE).views or []
    assert (view.name, view.type) == ("greet", jobs.ViewType.NOTEBOOK)
    content = view.content or ""
    page = assert_harmless(content)
    assert "Greetings of today" in page.text
    assert [frame.attributes["srcdoc"].partition("<body>")[2] for frame in page.named("iframe")] == [
        "<script>alert(1)</script><b>bold</b>"
    ]
    assert "<i>one</i>" in page.text
    assert "very-secret-word" not in content
    assert base64.b64encode(b"very-secret-word").decode() not in content

    _, greeting, shown, failed, never = model_of(content)["commands"]
    assert greeting["results"]["data"] == [
        {"type": "ansi", "name": "stdout", "data": "\x1b[32mhello\x1b[0m Ada [REDACTED]\n"}
    ]
    assert [item["type"] for item in shown["results"]["data"]] == ["htmlSandbox", "table"]
    assert (failed["state"], failed["errorSummary"]) == ("error", "ValueError: bad [REDACTED]")
    assert never["errorSummary"] == "Command skipped"
    assert "very-secret-word" not in str(model_of(content))


def test_iterations_are_exported_one_by_one_and_the_loop_is_not(
    client: WorkspaceClient, path: str, wait_for: Wait
) -> None:
    nested = jobs.Task(
        task_key="one", notebook_task=jobs.NotebookTask(notebook_path=path, base_parameters={"name": "{{input}}"})
    )
    loop = jobs.Task(task_key="each", for_each_task=jobs.ForEachTask(inputs='["Ada", "Bob"]', task=nested))
    job_id = client.jobs.create(name="export loop", tasks=[loop]).job_id or 0
    run_id = client.jobs.run_now(job_id).run_id
    wait_for(run_id)
    [entry] = client.jobs.get_run(run_id).tasks or []
    loop_id = entry.run_id or 0
    with pytest.raises(InvalidParameterValue, match="which is a for_each_task"):
        client.jobs.export_run(loop_id)
    for iteration, name in zip(client.jobs.get_run(loop_id).iterations or [], ("Ada", "Bob"), strict=True):
        [view] = client.jobs.export_run(iteration.run_id or 0).views or []
        assert f"hello {name} [REDACTED]" in assert_harmless(view.content or "").text
