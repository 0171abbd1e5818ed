"""Settings become a typed job; the forms that real clients send are all accepted."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.settings import parse, parse_submit
from brickyard.jobs.tasks import (
    Autoscale,
    ClusterSpec,
    Dependency,
    JobClusterRef,
    JobSettings,
    NotebookTask,
    RunIf,
    SparkPythonTask,
)
from tests.unit.jobs.samples import CLUSTER, job, raw_job, raw_task, script

SHARED = [{"job_cluster_key": "shared", "new_cluster": CLUSTER}]
PAUSED = {"pause_status": "PAUSED"}


def read(settings: JobSettings) -> dict[str, Any]:
    """The JSON that `jobs/get` returns."""
    return dict(settings.raw)


def test_a_whole_job() -> None:
    settings = job(
        raw_task("a", max_retries=2, min_retry_interval_millis=500, retry_on_timeout=True, timeout_seconds=60),
        raw_task("b", "a", run_if="ALL_DONE", job_cluster_key="shared", description="second", disabled=True),
        script("c", "x", "y"),
        name="n",
        description="d",
        timeout_seconds=600,
        max_concurrent_runs=3,
        queue={"enabled": False},
        tags={"team": "data"},
        parameters=[{"name": "p", "default": "1"}],
        job_clusters=SHARED,
    )
    assert (settings.name, settings.description, settings.timeout_seconds) == ("n", "d", 600)
    assert (settings.max_concurrent_runs, settings.queue_enabled) == (3, False)
    assert (settings.tags, settings.parameters) == ({"team": "data"}, {"p": "1"})
    a, b, c = settings.tasks
    assert (a.max_retries, a.min_retry_interval_millis, a.retry_on_timeout, a.timeout_seconds) == (2, 500, True, 60)
    assert a.work == NotebookTask(notebook_path="/Workspace/a")
    assert (b.depends_on, b.run_if, b.compute) == ((Dependency("a"),), RunIf.ALL_DONE, JobClusterRef("shared"))
    assert (b.description, b.disabled) == ("second", True)
    assert c.work == SparkPythonTask(python_file="/Workspace/x.py", parameters=("x", "y"))
    assert settings.job_clusters["shared"] == ClusterSpec(
        spark_version="15.4.x-scala2.12", node_type_id="i3.xlarge", num_workers=1
    )


def test_defaults_of_the_least_job() -> None:
    settings = parse({"tasks": [raw_task("a")]})
    assert settings.name == "Untitled"
    assert (settings.max_concurrent_runs, settings.queue_enabled, settings.timeout_seconds) == (1, True, 0)
    task = settings.task("a")
    assert (task.run_if, task.compute, task.max_retries, task.disabled) == (RunIf.ALL_SUCCESS, None, 0, False)
    assert settings.notices == ()


def test_the_task_of_an_unknown_key_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        job().task("ghost")


def test_a_cluster_of_its_own_with_all_that_works() -> None:
    cluster = {
        "spark_version": "15.4",
        "autoscale": {"min_workers": 1, "max_workers": "4"},
        "driver_node_type_id": "m5.xlarge",
        "spark_conf": {"spark.sql.shuffle.partitions": 8},
        "spark_env_vars": {"A": "b"},
        "custom_tags": {"t": "u"},
    }
    compute = job(raw_task("a", new_cluster=cluster)).task("a").compute
    assert compute == ClusterSpec(
        spark_version="15.4",
        autoscale=Autoscale(min_workers=1, max_workers=4),
        driver_node_type_id="m5.xlarge",
        spark_conf={"spark.sql.shuffle.partitions": "8"},
        spark_env_vars={"A": "b"},
        custom_tags={"t": "u"},
    )


def test_numbers_as_strings_and_nulls_everywhere() -> None:
    """Airflow's provider turns numbers into strings; generated clients send null for what is unset."""
    raw = raw_job(
        raw_task("a", max_retries="1", timeout_seconds="60", new_cluster=None, depends_on=None, libraries=None),
        max_concurrent_runs="2",
        timeout_seconds="3600",
        schedule=None,
        git_source=None,
        job_clusters=None,
    )
    settings = parse(raw)
    assert (settings.max_concurrent_runs, settings.timeout_seconds) == (2, 3600)
    assert settings.task("a").max_retries == 1


@pytest.mark.parametrize(
    "trigger",
    [
        {"schedule": {"quartz_cron_expression": "0 0 6 * * ?", "timezone_id": "UTC", **PAUSED}},
        {"trigger": {"periodic": {"interval": 1, "unit": "DAYS"}, **PAUSED}},
        {"trigger": {"file_arrival": {"url": "/Volumes/main/raw/in/"}, **PAUSED}},
        {"trigger": {"table_update": {"table_names": ["a.b.c"]}, **PAUSED}},
        {"continuous": PAUSED},
    ],
)
def test_paused_triggers_are_kept_and_returned(trigger: dict[str, Any]) -> None:
    (name,) = trigger
    assert job(**trigger).raw[name] == trigger[name]


@pytest.mark.parametrize("pause", [{}, {"pause_status": "UNPAUSED"}])
def test_triggers_that_would_fire_are_refused(pause: dict[str, str]) -> None:
    schedule = {"quartz_cron_expression": "0 0 6 * * ?", "timezone_id": "UTC", **pause}
    with pytest.raises(InvalidParameterValue, match=r"^schedule\.pause_status .*PAUSED: this server starts no runs"):
        job(schedule=schedule)


def test_at_most_one_trigger() -> None:
    schedule = {"quartz_cron_expression": "0 0 6 * * ?", "timezone_id": "UTC", **PAUSED}
    with pytest.raises(InvalidParameterValue, match=r"^schedule and continuous are given; a job has at most one of"):
        job(schedule=schedule, continuous=PAUSED)


@pytest.mark.parametrize(
    "kinds",
    [
        {},
        {
            "periodic": {"interval": 1, "unit": "DAYS"},
            "file_arrival": {"url": "/Volumes/x/"},
        },
    ],
)
def test_a_trigger_has_exactly_one_kind(kinds: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterValue, match=r"^trigger has .*; it must have exactly one of file_arrival"):
        job(trigger={**kinds, **PAUSED})


def test_an_environment_without_packages_is_kept() -> None:
    environments = [{"environment_key": "default", "spec": {"environment_version": "3", "dependencies": []}}]
    settings = job(raw_task("a", environment_key="default"), environments=environments)
    assert settings.raw["environments"] == environments
    assert [notice.split(" is kept")[0] for notice in settings.notices] == ["environment_spec.environment_version"]


# ------------------------------------------------------------------------------- the single-task form of API 2.0


def test_a_single_task_job_has_the_task_main() -> None:
    settings = parse(
        {
            "name": "old",
            "notebook_task": {"notebook_path": "/a", "base_parameters": {"x": "1"}},
            "new_cluster": CLUSTER,
            "max_retries": 1,
            "libraries": [],
            "timeout_seconds": 60,
        }
    )
    (task,) = settings.tasks
    assert (task.key, task.max_retries, settings.timeout_seconds) == ("main", 1, 60)
    assert task.work == NotebookTask(notebook_path="/a", base_parameters={"x": "1"})
    assert isinstance(task.compute, ClusterSpec)
    assert [entry["task_key"] for entry in read(settings)["tasks"]] == ["main"]
    assert "notebook_task" not in settings.raw


def test_shared_clusters_need_the_multi_task_form() -> None:
    with pytest.raises(InvalidParameterValue, match=r"^job_clusters: shared job clusters need a job with tasks"):
        parse({"notebook_task": {"notebook_path": "/a"}, "job_clusters": SHARED})


def test_a_payload_beside_tasks_is_refused() -> None:
    with pytest.raises(InvalidParameterValue, match=r"^notebook_task stands beside tasks"):
        parse(raw_job(notebook_task={"notebook_path": "/a"}))


def test_empty_fields_beside_tasks_do_no_harm() -> None:
    assert job(libraries=[], existing_cluster_id=None).tasks


def test_a_misspelt_payload_of_the_single_form_gets_its_suggestion() -> None:
    with pytest.raises(
        InvalidParameterValue, match=r"^notebook_tsk is not a known field\. Did you mean 'notebook_task'"
    ):
        parse({"name": "x", "notebook_tsk": {"notebook_path": "/a"}})


@pytest.mark.parametrize("raw", [{}, {"name": "x"}, {"tasks": None}, {"tasks": []}, {"max_retries": 1}])
def test_a_job_without_tasks_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterValue, match=r"^tasks is (missing|empty); at least one task is needed"):
        parse(raw)


@pytest.mark.parametrize("raw", [None, [], "x", 5])
def test_a_body_that_is_no_object_is_refused(raw: Any) -> None:
    with pytest.raises(InvalidParameterValue, match="it must be an object"):
        parse(raw)
    with pytest.raises(InvalidParameterValue, match="it must be an object"):
        parse_submit(raw)


# ------------------------------------------------------------------------------------------------- runs/submit


@pytest.mark.parametrize(
    ("name", "key"),
    [("my_run-1", "my_run-1"), ("my run", "main"), (None, "main"), ("", "main"), ("a" * 101, "main"), (5, "main")],
)
def test_a_submitted_single_task_takes_the_name_of_the_run(name: Any, key: str) -> None:
    """Airflow looks the task up by the name that it gave the run."""
    raw = {"notebook_task": {"notebook_path": "/a"}, "run_name": name}
    if name == 5:
        with pytest.raises(InvalidParameterValue, match=r"^run_name is 5"):
            parse_submit(raw)
        return
    assert [task.key for task in parse_submit(raw).tasks] == [key]


def test_an_only_submitted_task_may_lack_its_key() -> None:
    tasks = [{"notebook_task": {"notebook_path": "/a"}}]
    assert parse_submit({"run_name": "r", "tasks": tasks}).tasks[0].key == "r"
    assert parse_submit({"tasks": [{**tasks[0], "task_key": "own"}], "run_name": "r"}).tasks[0].key == "own"


def test_one_of_several_submitted_tasks_may_not_lack_its_key() -> None:
    tasks = [raw_task("a"), {"notebook_task": {"notebook_path": "/a"}}]
    with pytest.raises(InvalidParameterValue, match=r"^tasks\[1\]\.task_key is missing"):
        parse_submit({"tasks": tasks})


def test_the_only_task_of_a_job_may_not_lack_its_key() -> None:
    with pytest.raises(InvalidParameterValue, match=r"^tasks\[0\]\.task_key is missing"):
        parse({"tasks": [{"notebook_task": {"notebook_path": "/a"}}]})


def test_a_submitted_run_keeps_its_name_and_drops_its_token() -> None:
    settings = parse_submit({"run_name": "my run", "tasks": [raw_task("a")], "idempotency_token": "t"})
    assert settings.name == "my run"
    assert not {"idempotency_token", "run_name"} & settings.raw.keys()
    assert parse(settings.raw) == settings


def test_a_submitted_run_has_no_schedule() -> None:
    with pytest.raises(InvalidParameterValue, match=r"^schedule is not a known field"):
        parse_submit({"tasks": [raw_task("a")], "schedule": {}})


def test_a_submitted_run_may_have_shared_clusters() -> None:
    settings = parse_submit({"tasks": [raw_task("a", job_cluster_key="shared")], "job_clusters": SHARED})
    assert list(settings.job_clusters) == ["shared"]


# ------------------------------------------------------------------------------------------------------- scale


def test_a_chain_of_a_thousand_tasks_is_read_at_once() -> None:
    """Every task refers to the first: that is half a million pairs of upstream and downstream."""
    tasks = [raw_task("t0")]
    for n in range(1, 1000):
        parameters = {"first": "{{tasks.t0.values.x}}", "last": f"{{{{tasks.t{n - 1}.run_id}}}}"}
        notebook = {"notebook_path": "/n", "base_parameters": parameters}
        tasks.append(raw_task(f"t{n}", f"t{n - 1}", notebook_task=notebook))
    began = time.process_time()
    assert len(job(*tasks).tasks) == 1000
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"quartz_cron_expression": "0 5 * * *"},
            "schedule.quartz_cron_expression: The expression '0 5 * * *' has 5 fields",
        ),
        ({"quartz_cron_expression": "0 0 25 * * ?"}, "schedule.quartz_cron_expression: hour is '25'"),
        ({"quartz_cron_expression": "@daily"}, "schedule.quartz_cron_expression: The expression '@daily'"),
        ({"timezone_id": "Mars/Base"}, "schedule.timezone_id is 'Mars/Base'"),
    ],
    ids=["five fields", "hour", "word", "zone"],
)
def test_a_schedule_that_never_could_fire_is_refused(change: dict[str, str], said: str) -> None:
    schedule = {"quartz_cron_expression": "0 0 6 * * ?", "timezone_id": "UTC", **PAUSED, **change}
    with pytest.raises(InvalidParameterValue, match=re.escape(said)):
        parse(raw_job(schedule=schedule))
