"""The table of fields is complete, consistent, and says why it refuses what it refuses."""

from __future__ import annotations

import dataclasses
import inspect
import re

import pytest
from databricks.sdk.service import compute, jobs

from brickyard.jobs.field import Field, Kind, Meaning, nearest
from brickyard.jobs.fields import SECTIONS, TASK_ONLY, home_of, rows
from brickyard.jobs.fields_task import COMPUTE, PAYLOADS

SDK_CLASSES = {
    "job": jobs.JobSettings,
    "task": jobs.Task,
    "nested_task": jobs.Task,
    "dependency": jobs.TaskDependency,
    "library": compute.Library,
    "pypi": compute.PythonPyPiLibrary,
    "sql_query": jobs.SqlTaskQuery,
    "sql_file": jobs.SqlTaskFile,
    "notebook_task": jobs.NotebookTask,
    "spark_python_task": jobs.SparkPythonTask,
    "python_wheel_task": jobs.PythonWheelTask,
    "spark_jar_task": jobs.SparkJarTask,
    "spark_submit_task": jobs.SparkSubmitTask,
    "sql_task": jobs.SqlTask,
    "dbt_task": jobs.DbtTask,
    "pipeline_task": jobs.PipelineTask,
    "run_job_task": jobs.RunJobTask,
    "condition_task": jobs.ConditionTask,
    "for_each_task": jobs.ForEachTask,
    "dashboard_task": jobs.DashboardTask,
    "alert_task": jobs.AlertTask,
    "power_bi_task": jobs.PowerBiTask,
    "clean_rooms_notebook_task": jobs.CleanRoomsNotebookTask,
    "job_cluster": jobs.JobCluster,
    "new_cluster": compute.ClusterSpec,
    "autoscale": compute.AutoScale,
    "environment": jobs.JobEnvironment,
    "environment_spec": compute.Environment,
    "parameter": jobs.JobParameterDefinition,
    "queue": jobs.QueueSettings,
    "run_as": jobs.JobRunAs,
    "schedule": jobs.CronSchedule,
    "trigger": jobs.TriggerSettings,
    "file_arrival": jobs.FileArrivalTriggerConfiguration,
    "periodic": jobs.PeriodicTriggerConfiguration,
    "table_update": jobs.TableUpdateTriggerConfiguration,
    "continuous": jobs.Continuous,
    "git_source": jobs.GitSource,
    "email_notifications": jobs.JobEmailNotifications,
    "webhook_notifications": jobs.WebhookNotifications,
    "notification_settings": jobs.TaskNotificationSettings,
    "health": jobs.JobsHealthRules,
}
SDK_CALLS = {
    "job": jobs.JobsAPI.create,
    "submit": jobs.JobsAPI.submit,
    "run_now": jobs.JobsAPI.run_now,
    "repair": jobs.JobsAPI.repair_run,
}
KIND_OF_TYPE = {"str": Kind.STRING, "int": Kind.INTEGER, "bool": Kind.BOOLEAN, "List[str]": Kind.STRINGS}


def every_field() -> list[tuple[str, Field]]:
    return [(section, field) for section, fields in SECTIONS.items() for field in fields.values()]


@pytest.mark.parametrize("section", SDK_CLASSES)
def test_every_field_that_the_sdk_can_send_is_known(section: str) -> None:
    sent = {field.name for field in dataclasses.fields(SDK_CLASSES[section])}
    assert sent <= set(SECTIONS[section])


@pytest.mark.parametrize("section", SDK_CLASSES)
def test_types_agree_with_the_sdk(section: str) -> None:
    for field in dataclasses.fields(SDK_CLASSES[section]):
        declared = re.sub(r"^Optional\[(.*)\]$", r"\1", str(field.type))
        if declared in KIND_OF_TYPE:
            assert SECTIONS[section][field.name].kind is KIND_OF_TYPE[declared], field.name


@pytest.mark.parametrize("section", SDK_CALLS)
def test_every_argument_of_the_sdk_calls_is_known(section: str) -> None:
    arguments = set(inspect.signature(SDK_CALLS[section]).parameters) - {"self"}
    assert arguments <= set(SECTIONS[section])


def test_every_refused_and_every_meaningless_field_has_a_reason() -> None:
    assert [field for _, field in every_field() if field.meaning is not Meaning.WORKS and not field.reason] == []


def test_reasons_complete_a_sentence() -> None:
    """They stand after a colon and before a full stop."""
    proper = ("Power BI", "SQL")
    for section, field in every_field():
        if field.reason and not field.reason.startswith(proper):
            assert field.reason[0].islower(), (section, field.name)
            assert not field.reason.endswith("."), (section, field.name)


def test_only_what_works_differs_and_says_how_within_a_sentence() -> None:
    for section, field in every_field():
        if field.differs:
            assert field.meaning is Meaning.WORKS, (section, field.name)
            assert field.differs[0].islower(), (section, field.name)
            assert not field.differs.endswith("."), (section, field.name)


def test_the_task_of_a_loop_has_the_fields_of_a_task() -> None:
    assert set(SECTIONS["nested_task"]) == set(SECTIONS["task"])


def test_every_section_that_a_field_names_exists_and_belongs_to_an_object() -> None:
    for _, field in every_field():
        if field.of:
            assert field.of in SECTIONS
            assert field.kind in {Kind.OBJECT, Kind.OBJECTS}


def test_patterns_and_values_are_for_strings_only() -> None:
    for _, field in every_field():
        if field.pattern or field.allowed:
            assert field.kind is Kind.STRING
            re.compile(field.pattern)


def test_a_field_cannot_be_refused_and_required_at_once() -> None:
    assert [field.name for _, field in every_field() if field.required and field.meaning is Meaning.REFUSED] == []


def test_every_kind_of_task_is_a_field_of_a_task_and_a_section() -> None:
    for payload in PAYLOADS:
        assert payload in SECTIONS["task"]
        assert payload in SECTIONS
    assert len(PAYLOADS) == 20


def test_compute_fields_are_fields_of_a_task() -> None:
    assert set(COMPUTE) <= set(SECTIONS["task"])


def test_rows_give_the_path_of_every_nested_field() -> None:
    paths = dict(rows("job"))
    assert paths["tasks[].notebook_task.base_parameters"].kind is Kind.MAP
    assert paths["job_clusters[].new_cluster.autoscale.max_workers"].minimum == 1
    assert paths["tasks[].pipeline_task"].meaning is Meaning.REFUSED
    assert paths["tasks[].for_each_task.task.sql_task.file.path"].required
    assert paths["tasks[].new_cluster.aws_attributes"].meaning is Meaning.WITHOUT_MEANING


def test_rows_list_no_path_twice() -> None:
    paths = [path for path, _ in rows("job")]
    assert len(paths) == len(set(paths))


def test_task_only_fields_are_those_that_no_job_and_no_submitted_run_has() -> None:
    assert {"notebook_task", "new_cluster", "max_retries", "libraries"} <= TASK_ONLY
    assert not {"timeout_seconds", "description", "email_notifications", "health"} & TASK_ONLY


def test_home_of_finds_the_section_of_a_misplaced_field() -> None:
    assert home_of("base_parameters") == ("notebook_task",)
    assert home_of("nowhere") == ()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("max_retrys", " Did you mean 'max_retries'?"),
        ("MAX_RETRIES", " Did you mean 'max_retries'?"),
        ("zzz", ""),
        ("", ""),
        ("m" * 1_000_000, ""),
    ],
)
def test_nearest_suggests_only_what_is_similar(given: str, expected: str) -> None:
    assert nearest(given, ["max_retries", "timeout_seconds"]) == expected
