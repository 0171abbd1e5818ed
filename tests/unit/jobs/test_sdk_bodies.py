"""Bodies as the unmodified databricks-sdk makes them, there and back."""

from __future__ import annotations

from typing import Any

import pytest
from databricks.sdk.service import compute, jobs

from brickyard.errors import FeatureDisabled
from brickyard.jobs.settings import merge, parse, parse_submit
from brickyard.jobs.shape import check
from brickyard.jobs.tasks import Dependency, JobClusterRef, NotebookTask, PythonWheelTask, RunIf, SparkPythonTask
from tests.unit.jobs.samples import differences

CLUSTER = compute.ClusterSpec(
    spark_version="15.4.x-scala2.12",
    node_type_id="i3.xlarge",
    autoscale=compute.AutoScale(min_workers=1, max_workers=4),
    aws_attributes=compute.AwsAttributes(zone_id="us-west-2a", availability=compute.AwsAvailability.SPOT),
    data_security_mode=compute.DataSecurityMode.USER_ISOLATION,
    runtime_engine=compute.RuntimeEngine.PHOTON,
    spark_conf={"spark.sql.shuffle.partitions": "8"},
    custom_tags={"cost": "low"},
)


def medallion() -> jobs.JobSettings:
    """A job with everything that works."""
    return jobs.JobSettings(
        name="medallion",
        description="from raw to gold",
        tags={"team": "data"},
        max_concurrent_runs=2,
        timeout_seconds=3600,
        queue=jobs.QueueSettings(enabled=False),
        parameters=[jobs.JobParameterDefinition(name="day", default="{{job.start_time.iso_date}}")],
        schedule=jobs.CronSchedule(
            quartz_cron_expression="0 0 6 * * ?", timezone_id="Europe/Berlin", pause_status=jobs.PauseStatus.PAUSED
        ),
        edit_mode=jobs.JobEditMode.UI_LOCKED,
        deployment=jobs.JobDeployment(kind=jobs.JobDeploymentKind.BUNDLE, metadata_file_path="/Workspace/x.json"),
        email_notifications=jobs.JobEmailNotifications(no_alert_for_skipped_runs=False),
        job_clusters=[jobs.JobCluster(job_cluster_key="main", new_cluster=CLUSTER)],
        tasks=[
            jobs.Task(
                task_key="bronze",
                job_cluster_key="main",
                notebook_task=jobs.NotebookTask(
                    notebook_path="/Workspace/bronze", base_parameters={"path": "/Volumes/raw"}
                ),
                max_retries=2,
                min_retry_interval_millis=1000,
                retry_on_timeout=True,
            ),
            jobs.Task(
                task_key="silver",
                depends_on=[jobs.TaskDependency(task_key="bronze")],
                job_cluster_key="main",
                notebook_task=jobs.NotebookTask(
                    notebook_path="/Workspace/silver",
                    base_parameters={"rows": "{{tasks.bronze.values.rows}}"},
                    source=jobs.Source.WORKSPACE,
                ),
            ),
            jobs.Task(
                task_key="report",
                depends_on=[jobs.TaskDependency(task_key="silver"), jobs.TaskDependency(task_key="bronze")],
                run_if=jobs.RunIf.ALL_DONE,
                spark_python_task=jobs.SparkPythonTask(python_file="/Workspace/report.py", parameters=["--all"]),
                timeout_seconds=60,
            ),
        ],
    )


def test_a_job_of_the_sdk_is_understood() -> None:
    settings = parse(medallion().as_dict())
    bronze, silver, report = settings.tasks
    assert isinstance(bronze.work, NotebookTask)
    assert isinstance(report.work, SparkPythonTask)
    assert bronze.compute == silver.compute == JobClusterRef("main")
    assert [dependency.task_key for dependency in report.depends_on] == ["silver", "bronze"]
    assert (report.run_if, report.compute, report.timeout_seconds) == (RunIf.ALL_DONE, None, 60)
    assert (settings.queue_enabled, settings.max_concurrent_runs) == (False, 2)


def test_what_the_sdk_reads_back_is_what_it_sent() -> None:
    """Only the service's own defaults are new."""
    sent = medallion().as_dict()
    read = jobs.JobSettings.from_dict(dict(parse(sent).raw)).as_dict()
    assert differences(sent, read) == []


def test_every_notice_of_that_job_speaks_of_a_field_that_it_has() -> None:
    notices = parse(medallion().as_dict()).notices
    assert {notice.split(" is kept")[0].split(".")[-1] for notice in notices} == {
        "edit_mode",
        "deployment",
        "spark_version",
        "aws_attributes",
        "data_security_mode",
        "runtime_engine",
    }


def test_an_update_of_the_sdk() -> None:
    old = dict(parse(medallion().as_dict()).raw)
    task = jobs.Task(task_key="gold", notebook_task=jobs.NotebookTask(notebook_path="/Workspace/gold"))
    merged = parse(merge(old, jobs.JobSettings(name="renamed", tasks=[task]).as_dict(), ["schedule", "tasks/report"]))
    assert merged.name == "renamed"
    assert [task.key for task in merged.tasks] == ["bronze", "silver", "gold"]
    assert "schedule" not in merged.raw


def test_a_submitted_run_of_the_sdk() -> None:
    task = jobs.SubmitTask(
        task_key="only",
        new_cluster=CLUSTER,
        notebook_task=jobs.NotebookTask(notebook_path="/Workspace/x", source=jobs.Source.WORKSPACE),
    )
    settings = parse_submit({"run_name": "once", "tasks": [task.as_dict()], "idempotency_token": "t" * 64})
    assert (settings.name, settings.tasks[0].key) == ("once", "only")


def test_the_body_that_airflow_makes_of_keyword_arguments() -> None:
    """A single task on the top level, numbers as strings, lists and objects that are empty or null."""
    body: dict[str, Any] = {
        "run_name": "my_operator",
        "new_cluster": {"spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": "2"},
        "notebook_task": {"notebook_path": "/Users/me/nb", "base_parameters": {"n": "1"}},
        "timeout_seconds": "0",
        "libraries": [],
        "access_control_list": None,
        "git_source": None,
        "idempotency_token": None,
    }
    settings = parse_submit(body)
    assert settings.tasks[0].key == "my_operator"
    assert settings.tasks[0].work == NotebookTask(notebook_path="/Users/me/nb", base_parameters={"n": "1"})


def test_the_body_that_dagster_sends() -> None:
    body = {
        "run_name": "step",
        "tasks": [
            {
                "task_key": "dagster-task",
                "new_cluster": {"spark_version": "15.4.x-scala2.12", "num_workers": 1, "node_type_id": "i3.xlarge"},
                "spark_python_task": {"python_file": "dbfs:/dagster/main.py", "parameters": ["a", "b"]},
                "timeout_seconds": 600,
                "email_notifications": {},
            }
        ],
    }
    assert parse_submit(body).tasks[0].timeout_seconds == 600


@pytest.mark.parametrize(
    ("section", "body"),
    [
        ("run_now", {"job_id": 5, "job_parameters": {"a": "b"}, "only": ["x+"], "queue": {"enabled": True}}),
        ("run_now", {"job_id": "5", "notebook_params": {"a": "b"}, "idempotency_token": "t"}),
        ("run_now", {"job_id": 5, "jar_params": [], "sql_params": {}, "pipeline_params": {"full_refresh": False}}),
        ("repair", {"run_id": 5, "rerun_tasks": ["a"], "latest_repair_id": 7}),
        ("repair", {"run_id": 5, "rerun_all_failed_tasks": True, "rerun_dependent_tasks": False}),
    ],
)
def test_requests_that_start_and_repair_runs(section: str, body: dict[str, Any]) -> None:
    checked = check(section, body)
    assert checked.keys() == body.keys()
    assert next(iter(checked.values())) == 5


def every_kind() -> jobs.JobSettings:
    """A job with one task of every kind that works, as a team would write it."""
    week = jobs.Task(
        task_key="day",
        python_wheel_task=jobs.PythonWheelTask(
            package_name="etl", entry_point="load", named_parameters={"day": "{{input.day}}"}
        ),
        environment_key="default",
        max_retries=2,
        min_retry_interval_millis=1000,
    )
    return jobs.JobSettings(
        name="all kinds",
        git_source=jobs.GitSource(
            git_url="https://github.com/a/b", git_provider=jobs.GitProvider.GIT_HUB, git_tag="v1.2"
        ),
        environments=[
            jobs.JobEnvironment(
                environment_key="default",
                spec=compute.Environment(environment_version="4", dependencies=["/Workspace/etl-1.0-py3-none-any.whl"]),
            )
        ],
        tasks=[
            jobs.Task(
                task_key="count",
                sql_task=jobs.SqlTask(
                    warehouse_id="abc",
                    file=jobs.SqlTaskFile(path="sql/count.sql", source=jobs.Source.GIT),
                    parameters={"day": "{{job.start_time.iso_date}}"},
                ),
            ),
            jobs.Task(
                task_key="any",
                depends_on=[jobs.TaskDependency(task_key="count")],
                condition_task=jobs.ConditionTask(
                    op=jobs.ConditionTaskOp.GREATER_THAN, left="{{tasks.count.output.first_row.n}}", right="0"
                ),
            ),
            jobs.Task(
                task_key="week",
                depends_on=[jobs.TaskDependency(task_key="any", outcome="true")],
                for_each_task=jobs.ForEachTask(inputs='[{"day": "mon"}, {"day": "tue"}]', concurrency=2, task=week),
            ),
            jobs.Task(
                task_key="report",
                depends_on=[jobs.TaskDependency(task_key="week")],
                run_job_task=jobs.RunJobTask(job_id=7, job_parameters={"state": "{{tasks.week.result_state}}"}),
            ),
            jobs.Task(
                task_key="models",
                run_if=jobs.RunIf.AT_LEAST_ONE_FAILED,
                depends_on=[jobs.TaskDependency(task_key="week")],
                dbt_task=jobs.DbtTask(commands=["dbt deps", "dbt run"], project_directory="dbt", warehouse_id="abc"),
                libraries=[
                    compute.Library(pypi=compute.PythonPyPiLibrary(package="dbt-databricks>=1.8")),
                    compute.Library(requirements="/Workspace/requirements.txt"),
                ],
            ),
        ],
    )


def test_every_kind_of_the_sdk_is_understood() -> None:
    settings = parse(every_kind().as_dict())
    works = [type(task.work).__name__ for task in settings.tasks]
    assert works == ["SqlTask", "ConditionTask", "ForEachTask", "RunJobTask", "DbtTask"]
    assert settings.tasks[2].nested is not None
    assert isinstance(settings.tasks[2].nested.work, PythonWheelTask)
    assert settings.tasks[2].depends_on == (Dependency("any", "true"),)
    assert settings.git_source is not None
    assert settings.environments == {"default": ("/Workspace/etl-1.0-py3-none-any.whl",)}


def test_every_kind_reads_back_as_it_was_sent() -> None:
    sent = every_kind().as_dict()
    read = jobs.JobSettings.from_dict(dict(parse(sent).raw)).as_dict()
    assert differences(sent, read) == []


def test_a_job_of_the_sdk_with_a_pipeline_is_refused_by_name() -> None:
    update = jobs.Task(task_key="update", pipeline_task=jobs.PipelineTask(pipeline_id="p"))
    with pytest.raises(FeatureDisabled, match=r"^tasks\[0\]\.pipeline_task is not supported: declarative pipelines"):
        parse(jobs.JobSettings(name="x", tasks=[update]).as_dict())
