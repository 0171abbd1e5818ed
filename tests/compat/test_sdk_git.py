"""A job whose files are in Git, through the service's own SDK, from a real repository to the run's output."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest
from databricks.sdk.service import jobs

from tests.compat.conftest import Served, Wait
from tests.compute.git_server import GitServer, Repository, git_server

_HEADER = "# Databricks notebook source\n"
_FILES = {
    "jobs/load.py": _HEADER
    + "# MAGIC %run ../lib/names\n\n# COMMAND ----------\n\n"
    + "child = dbutils.notebook.run('./child', 60, {'who': who})\n"
    + "dbutils.jobs.taskValues.set('said', child)\ndbutils.notebook.exit(child)",
    "jobs/child.py": _HEADER + "import rules\ndbutils.notebook.exit(dbutils.widgets.get('who') + rules.MARK)",
    "jobs/rules.py": "MARK = '!'",
    "lib/names.py": _HEADER + "who = 'git'",
    "sql/ask.sql": "SELECT :said AS said, 2 AS n",
    "tell.py": "import sys\nprint(sys.argv[1:])",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with git_server(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture(scope="module")
def repository(server: GitServer) -> Repository:
    made = server.repository("shop")
    made.commit(_FILES)
    return made


def _tasks() -> list[jobs.Task]:
    git = jobs.Source.GIT
    load = jobs.Task(task_key="load", notebook_task=jobs.NotebookTask(notebook_path="jobs/load", source=git))
    ask = jobs.Task(
        task_key="ask",
        depends_on=[jobs.TaskDependency(task_key="load")],
        sql_task=jobs.SqlTask(
            warehouse_id="any",
            file=jobs.SqlTaskFile(path="sql/ask.sql", source=git),
            parameters={"said": "{{tasks.load.values.said}}"},
        ),
    )
    tell = jobs.Task(
        task_key="tell",
        depends_on=[jobs.TaskDependency(task_key="ask")],
        spark_python_task=jobs.SparkPythonTask(
            python_file="tell.py", source=git, parameters=["{{tasks.ask.output.first_row.said}}"]
        ),
    )
    return [load, ask, tell]


def _source(repository: Repository, branch: str = "main") -> jobs.GitSource:
    return jobs.GitSource(git_url=repository.url, git_provider=jobs.GitProvider.GIT_LAB, git_branch=branch)


def test_notebook_sql_and_script_of_git_run(client: WorkspaceClient, wait_for: Wait, repository: Repository) -> None:
    """Values go from one to the next; all read the commit that the branch had when the run began."""
    job = client.jobs.create(name="git", tasks=_tasks(), git_source=_source(repository))
    run = wait_for(client.jobs.run_now(job.job_id or 0).run_id)
    assert run["state"]["result_state"] == "SUCCESS", run
    ids = {task["task_key"]: task["run_id"] for task in run["tasks"]}
    loaded = client.jobs.get_run_output(ids["load"]).notebook_output
    assert loaded
    assert loaded.result == "git!"
    assert (client.jobs.get_run_output(ids["tell"]).logs or "").strip() == "['git!']"


def test_a_checkout_that_fails_is_told_as_the_service_does(
    client: WorkspaceClient, wait_for: Wait, repository: Repository
) -> None:
    job = client.jobs.create(name="git", tasks=_tasks()[:1], git_source=_source(repository, "nope"))
    run = wait_for(client.jobs.run_now(job.job_id or 0).run_id)
    task = run["tasks"][0]
    assert task["status"]["termination_details"]["code"] == "REPOSITORY_CHECKOUT_FAILED"
    output = client.jobs.get_run_output(task["run_id"])
    assert output.error == f"The repository {repository.url} has no branch 'nope'."


def test_the_commit_that_was_read_is_told(
    client: WorkspaceClient, wait_for: Wait, repository: Repository, served: Served
) -> None:
    job = client.jobs.create(name="git", tasks=_tasks()[:1], git_source=_source(repository))
    started = client.jobs.run_now(job.job_id or 0)
    wait_for(started.run_id)
    record = served.brickyard.store.runs.record(started.run_id)
    assert record
    assert record.commits_by_repair == {0: repository.git("rev-parse", "main")}


@pytest.mark.parametrize("url", ["file:///etc", "ext::sh -c id", "/etc"])
def test_an_address_that_is_no_server_is_refused_when_the_job_is_made(client: WorkspaceClient, url: str) -> None:
    with pytest.raises(BadRequest, match="git_url"):
        client.jobs.create(
            name="git",
            tasks=_tasks()[:1],
            git_source=jobs.GitSource(git_url=url, git_provider=jobs.GitProvider.GIT_HUB, git_branch="main"),
        )
