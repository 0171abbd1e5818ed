"""Saved queries through the service's own SDK: made, read, listed, changed, run by a job and deleted."""

from __future__ import annotations

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound
from databricks.sdk.service import jobs, sql

from tests.compat.conftest import Wait


def _request(name: str, text: str) -> sql.CreateQueryRequestQuery:
    return sql.CreateQueryRequestQuery(
        display_name=name,
        query_text=text,
        warehouse_id="w1",
        description="of the tests",
        catalog="main",
        schema="default",
        tags=["a"],
        run_as_mode=sql.RunAsMode.OWNER,
        parameters=[
            sql.QueryParameter(name="day", text_value=sql.TextValue(value="monday")),
            sql.QueryParameter(name="most", numeric_value=sql.NumericValue(value=3)),
        ],
    )


def test_the_life_of_a_query(client: WorkspaceClient) -> None:
    made = client.queries.create(query=_request("life", "SELECT 1"), auto_resolve_display_name=False)
    assert made.id
    assert (made.display_name, made.query_text, made.lifecycle_state) == ("life", "SELECT 1", sql.LifecycleState.ACTIVE)
    assert made.parameters
    assert made.parameters[1].numeric_value == sql.NumericValue(value=3)
    assert client.queries.get(made.id) == made
    changed = client.queries.update(
        made.id, "query_text,tags", query=sql.UpdateQueryRequestQuery(query_text="SELECT 2", tags=["b"])
    )
    assert (changed.query_text, changed.tags, changed.description) == ("SELECT 2", ["b"], "of the tests")
    listed = next(each for each in client.queries.list(page_size=1) if each.id == made.id)
    assert listed.query_text == "SELECT 2"
    client.queries.delete(made.id)
    with pytest.raises(NotFound, match="does not exist"):
        client.queries.get(made.id)


def test_the_list_goes_through_all_pages(client: WorkspaceClient) -> None:
    made = {client.queries.create(query=_request(f"page {number}", "SELECT 1")).id for number in range(5)}
    listed = [each.id for each in client.queries.list(page_size=2)]
    assert made <= set(listed)
    assert len(listed) == len(set(listed))


def test_a_job_runs_a_query(client: WorkspaceClient, wait_for: Wait) -> None:
    """With the values that are saved with it, but for those that the task gives."""
    made = client.queries.create(
        query=_request("run", "SELECT :day AS day, {{most}} + 1 AS more"), auto_resolve_display_name=True
    )
    task = jobs.Task(
        task_key="ask",
        sql_task=jobs.SqlTask(
            warehouse_id="w1", query=jobs.SqlTaskQuery(query_id=made.id or ""), parameters={"day": "sunday"}
        ),
    )
    job = client.jobs.create(name="query", tasks=[task])
    run = wait_for(client.jobs.run_now(job.job_id or 0).run_id)
    assert run["state"]["result_state"] == "SUCCESS", run
    output = client.jobs.get_run_output(run["tasks"][0]["run_id"])
    assert output.sql_output
