"""The service's SDK for Python defines jobs here as it does there."""

from __future__ import annotations

import pytest
from databricks.sdk import WorkspaceClient, errors
from databricks.sdk.errors import InvalidParameterValue, ResourceDoesNotExist
from databricks.sdk.service import compute, jobs


def notebook(key: str, *needs: str, path: str = "/Shared/nothing") -> jobs.Task:
    return jobs.Task(
        task_key=key,
        depends_on=[jobs.TaskDependency(task_key=need) for need in needs] or None,
        notebook_task=jobs.NotebookTask(notebook_path=path),
    )


def test_a_job_lives_from_create_to_delete(client: WorkspaceClient) -> None:
    spec = compute.ClusterSpec(spark_version="16.4.x-scala2.12", num_workers=1, node_type_id="i3.xlarge")
    made = client.jobs.create(
        name="sdk life",
        tasks=[notebook("one"), notebook("two", "one")],
        job_clusters=[jobs.JobCluster(job_cluster_key="main", new_cluster=spec)],
        parameters=[jobs.JobParameterDefinition(name="day", default="today")],
        tags={"team": "tests"},
        max_concurrent_runs=3,
        timeout_seconds=60,
    )
    assert made.job_id
    job = client.jobs.get(made.job_id)
    assert job.settings
    assert job.settings.tasks
    assert job.settings.job_clusters
    assert job.settings.parameters
    assert (job.settings.name, job.settings.tags, job.settings.max_concurrent_runs) == (
        "sdk life",
        {"team": "tests"},
        3,
    )
    assert [task.task_key for task in job.settings.tasks] == ["one", "two"]
    assert job.settings.tasks[1].run_if is jobs.RunIf.ALL_SUCCESS
    assert job.settings.job_clusters[0].new_cluster.num_workers == 1
    assert job.settings.parameters[0].default == "today"
    assert job.creator_user_name == client.current_user.me().user_name

    client.jobs.update(made.job_id, new_settings=jobs.JobSettings(name="renamed"), fields_to_remove=["tags"])
    job = client.jobs.get(made.job_id)
    assert job.settings
    assert (job.settings.name, job.settings.tags, len(job.settings.tasks or [])) == ("renamed", None, 2)

    client.jobs.reset(made.job_id, jobs.JobSettings(name="reset", tasks=[notebook("only")]))
    job = client.jobs.get(made.job_id)
    assert job.settings
    assert [task.task_key for task in job.settings.tasks or []] == ["only"]

    client.jobs.delete(made.job_id)
    with pytest.raises(ResourceDoesNotExist):
        client.jobs.get(made.job_id)


def test_lists_are_joined_over_their_pages(client: WorkspaceClient) -> None:
    made = {client.jobs.create(name="paged", tasks=[notebook("one")]).job_id for _ in range(5)}
    assert {job.job_id for job in client.jobs.list(name="paged", limit=2)} == made
    assert list(client.jobs.list(name="no such name")) == []


def test_a_job_of_250_tasks_is_read_whole_and_listed_whole(client: WorkspaceClient) -> None:
    """The SDK joins the pages of the arrays, which works only with page tokens as it knows them."""
    made = client.jobs.create(name="large", tasks=[notebook(f"t{number}") for number in range(250)])
    assert made.job_id
    settings = client.jobs.get(made.job_id).settings
    assert settings
    assert [task.task_key for task in settings.tasks or []] == [f"t{number}" for number in range(250)]
    [listed] = client.jobs.list(name="large", expand_tasks=True)
    assert listed.settings
    assert len(listed.settings.tasks or []) == 250
    client.jobs.delete(made.job_id)


def test_refusals_become_the_sdks_own_exceptions(client: WorkspaceClient) -> None:
    with pytest.raises(ResourceDoesNotExist, match=r"Job 1 does not exist\."):
        client.jobs.get(1)
    with pytest.raises(ResourceDoesNotExist, match=r"Run 1 does not exist\."):
        client.jobs.get_run(1)
    with pytest.raises(InvalidParameterValue, match="a"):
        client.jobs.create(name="cycle", tasks=[notebook("a", "b"), notebook("b", "a")])
    with pytest.raises(InvalidParameterValue, match="ghost"):
        client.jobs.create(name="ghost", tasks=[notebook("a", "ghost")])
    with pytest.raises(errors.NotImplemented, match=r"No API found for 'GET /api/2\.0/pipelines'"):
        list(client.pipelines.list_pipelines())
