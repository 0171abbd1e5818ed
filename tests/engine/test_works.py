"""What workers are told: every kind of payload, resolved."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.engine.works import message_of, resolved_of
from brickyard.errors import InvalidParameterValue
from brickyard.jobs.parameters import resolved_values
from brickyard.jobs.tasks import (
    ConditionTask,
    DbtTask,
    NotebookTask,
    Op,
    PythonWheelTask,
    SparkPythonTask,
    SqlTask,
    Work,
)
from brickyard.records import QueryRecord
from brickyard.workloads.messages import DbtWork, NotebookWork, ScriptWork, SqlWork, WheelWork
from tests.engine.house import House, notebook

GIT = {"git_url": "https://git.test/team/repo", "git_provider": "gitHub", "git_branch": "main"}
DAY = [{"name": "day", "default": "monday"}]


def task(**payload: Any) -> dict[str, Any]:
    return {"task_key": "a", **payload}


def test_a_wheel_gets_its_parameters_as_a_list(house: House) -> None:
    payload = {"package_name": "tool", "entry_point": "main", "parameters": ["{{job.id}}", "--flag"]}
    job = house.job(task(python_wheel_task=payload))
    house.run_now(job)
    work = house.workers.wait_for("a").work
    assert work == WheelWork(package="tool", entry_point="main", parameters=[str(job), "--flag"])


def test_named_parameters_of_a_wheel_become_options(house: House) -> None:
    payload = {"package_name": "tool", "entry_point": "main", "named_parameters": {"n": "1", "path": "{{task.name}}"}}
    house.run(task(python_wheel_task=payload), parameters=DAY)
    work = house.workers.wait_for("a").work
    assert work == WheelWork(package="tool", entry_point="main", parameters=["--n=1", "--path=a", "--day=monday"])


def test_a_sql_file_gets_its_parameters(house: House) -> None:
    payload = {"file": {"path": "/Workspace/q.sql"}, "warehouse_id": "w", "parameters": {"n": "{{job.parameters.day}}"}}
    house.run(task(sql_task=payload), parameters=DAY)
    assert house.workers.wait_for("a").work == SqlWork(
        path="/Workspace/q.sql", parameters={"n": "monday", "day": "monday"}
    )


def test_a_saved_query_is_read_when_the_task_starts(house: House) -> None:
    query = QueryRecord(query_id="q1", display_name="q", query_text="SELECT 1", owner="ada", created_ms=1, updated_ms=1)
    house.store.queries.save(query)
    house.run(task(sql_task={"query": {"query_id": "q1"}, "warehouse_id": "w"}))
    assert house.workers.wait_for("a").work == SqlWork(text="SELECT 1")


def test_a_saved_query_that_is_gone_ends_the_task(house: House) -> None:
    run = house.ended(house.run(task(sql_task={"query": {"query_id": "q1"}, "warehouse_id": "w"})))
    ending = run.latest["a"].ending
    assert ending is not None
    assert (ending.code, ending.message) == ("RESOURCE_NOT_FOUND", "The query 'q1' does not exist.")


def test_dbt_gets_its_commands(house: House) -> None:
    payload = {
        "commands": ["dbt deps", "dbt run --vars '{day: {{job.parameters.day}}}'"],
        "project_directory": "/Workspace/project",
        "warehouse_id": "w",
        "schema": "silver",
        "catalog": "main",
    }
    house.run(task(dbt_task=payload), parameters=DAY)
    assert house.workers.wait_for("a").work == DbtWork(
        path="/Workspace/project",
        commands=["dbt deps", "dbt run --vars '{day: monday}'"],
        catalog="main",
        schema="silver",
    )


def test_the_origin_of_a_file_is_told(house: House) -> None:
    script = {"task_key": "b", "spark_python_task": {"python_file": "jobs/b.py", "source": "GIT"}}
    from_git = notebook("a", path="jobs/a")
    from_git["notebook_task"]["source"] = "GIT"
    house.run(from_git, script, git_source=GIT)
    assert house.workers.wait_for("a").work == NotebookWork(path="jobs/a", source="GIT")
    assert house.workers.wait_for("b").work == ScriptWork(path="jobs/b.py", source="GIT")


@pytest.mark.parametrize(
    "work",
    [
        NotebookTask(notebook_path="/a", base_parameters={"n": "1"}),
        SparkPythonTask(python_file="/a.py", parameters=("1", "2")),
        PythonWheelTask(package_name="p", entry_point="e", parameters=("1",)),
        SqlTask(file_path="/a.sql", warehouse_id="w", parameters={"n": "1"}),
        DbtTask(commands=("dbt run",), warehouse_id="w"),
    ],
    ids=lambda work: type(work).__name__,
)
def test_what_was_given_can_be_read_back_from_the_message(house: House, work: Work) -> None:
    assert resolved_of(message_of(work, house.store.queries)) == resolved_values(work)


def test_no_worker_gets_what_the_server_does_itself(house: House) -> None:
    with pytest.raises(InvalidParameterValue, match="ConditionTask is not done by a worker"):
        message_of(ConditionTask(op=Op.EQUAL_TO, left="1", right="1"), house.store.queries)
