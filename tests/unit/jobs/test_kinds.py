"""Every kind of task becomes what its payload says, or is refused with what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.jobs.tasks import (
    ConditionTask,
    DbtTask,
    Dependency,
    ForEachTask,
    Library,
    LibraryKind,
    NotebookTask,
    Op,
    PythonWheelTask,
    RunJobTask,
    Source,
    SqlTask,
)
from tests.unit.jobs.samples import CLUSTER, condition, job, loop, raw_task, script, sql, wheel

GIT = {"git_url": "https://github.com/a/b", "git_provider": "gitHub", "git_branch": "main"}
ENVIRONMENT = {"environment_key": "default", "spec": {"client": "3", "dependencies": ["six"]}}


def one(payload: dict[str, Any], **more: Any) -> Any:
    """The payload of a job's only task."""
    return job({"task_key": "t", **payload}, **more).task("t").work


def refusal(*tasks: dict[str, Any], **more: Any) -> str:
    with pytest.raises(InvalidParameterValue) as caught:
        job(*tasks, **more)
    return caught.value.message


# ------------------------------------------------------------------------------------------------------------ wheels


def test_a_wheel_with_a_list() -> None:
    work = job(wheel("t", parameters=["a", 1])).task("t").work
    assert work == PythonWheelTask(package_name="etl", entry_point="main", parameters=("a", "1"))


def test_a_wheel_with_names() -> None:
    work = job(wheel("t", named_parameters={"a": "b"}, parameters=[])).task("t").work
    assert work == PythonWheelTask(package_name="etl", entry_point="main", named_parameters={"a": "b"})


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"package_name": "p"}, "tasks[0].python_wheel_task.entry_point is missing"),
        ({"entry_point": "m"}, "tasks[0].python_wheel_task.package_name is missing"),
        ({"package_name": "", "entry_point": "m"}, "package_name is ''; it must be a string that is not empty"),
        (
            {"package_name": "p", "entry_point": "m", "parameters": ["a"], "named_parameters": {"b": "c"}},
            "tasks[0].python_wheel_task has parameters and named_parameters; only one of them is allowed.",
        ),
    ],
)
def test_wheels_that_cannot_be(payload: dict[str, Any], words: str) -> None:
    assert words in refusal({"task_key": "t", "python_wheel_task": payload})


# --------------------------------------------------------------------------------------------------------------- SQL


def test_a_sql_file() -> None:
    work = one({"sql_task": {"file": {"path": "/q.sql"}, "warehouse_id": "w", "parameters": {"n": 1}}})
    assert work == SqlTask(file_path="/q.sql", warehouse_id="w", parameters={"n": "1"})


def test_a_saved_query_needs_no_warehouse() -> None:
    assert one({"sql_task": {"query": {"query_id": "q1"}}}) == SqlTask(query_id="q1")


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({}, "tasks[0].sql_task says nothing of what to run; it must have exactly one of query, file."),
        ({"file": {"path": "/q.sql"}, "query": {"query_id": "q"}}, "tasks[0].sql_task has query and file"),
        ({"file": {"path": "q.sql"}}, "tasks[0].sql_task.file.path is 'q.sql'; it must be absolute"),
        ({"file": {}}, "tasks[0].sql_task.file.path is missing"),
        ({"query": {"query_id": ""}}, "tasks[0].sql_task.query.query_id is ''"),
        ({"file": {"path": "q.sql", "source": "GIT"}}, "the source is GIT, but the job has no git_source"),
    ],
)
def test_sql_that_cannot_be(payload: dict[str, Any], words: str) -> None:
    assert words in refusal({"task_key": "t", "sql_task": payload})


@pytest.mark.parametrize("kind", ["dashboard", "alert"])
def test_other_kinds_of_sql_tasks_are_refused_by_name(kind: str) -> None:
    for value in ({}, {f"{kind}_id": "1"}):
        with pytest.raises(FeatureDisabled, match=rf"^tasks\[0\]\.sql_task\.{kind} is not supported: there are no"):
            one({"sql_task": {"warehouse_id": "w", kind: value}})


# --------------------------------------------------------------------------------------------------------------- dbt


def test_a_dbt_project() -> None:
    work = one({"dbt_task": {"project_directory": "/p", "commands": ["dbt deps", " dbt run"], "warehouse_id": "w"}})
    assert work == DbtTask(project_directory="/p", commands=("dbt deps", " dbt run"), warehouse_id="w")


def test_a_dbt_project_of_git_may_be_its_root() -> None:
    work = one({"dbt_task": {"commands": ["dbt run"], "schema": "gold"}}, git_source=GIT)
    assert work == DbtTask(commands=("dbt run",), schema="gold", source=Source.GIT)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({}, "tasks[0].dbt_task.commands is missing"),
        ({"commands": []}, "tasks[0].dbt_task.commands is empty"),
        ({"commands": ["dbt run", "rm -rf /"]}, "tasks[0].dbt_task.commands[1] is 'rm -rf /'; it must begin with dbt"),
        ({"commands": ["dbtx"]}, "commands[0] is 'dbtx'"),
        ({"commands": ["dbt run"] * 11}, "commands has 11 entries; at most 10 are allowed"),
        ({"commands": ["dbt run"]}, "project_directory is missing; only a project from Git may leave it out"),
        ({"commands": ["dbt run"], "project_directory": "p"}, "project_directory is 'p'; it must be absolute"),
        (
            {"commands": ["dbt run"], "project_directory": "/p", "warehouse_id": "w", "profiles_directory": "x"},
            "tasks[0].dbt_task has warehouse_id and profiles_directory",
        ),
        (
            {"commands": ["dbt run"], "project_directory": "/p", "catalog": "main"},
            "tasks[0].dbt_task.catalog is given without warehouse_id",
        ),
    ],
)
def test_dbt_that_cannot_be(payload: dict[str, Any], words: str) -> None:
    assert words in refusal({"task_key": "t", "dbt_task": payload})


# --------------------------------------------------------------------------------------------- runs of other jobs


def test_a_run_of_another_job() -> None:
    assert one({"run_job_task": {"job_id": "5", "job_parameters": {"a": 1}}}) == RunJobTask(
        job_id=5, job_parameters={"a": "1"}
    )


def test_legacy_overrides_for_another_job() -> None:
    given = {"notebook_params": {"a": "b"}, "python_params": ["x"], "sql_params": {}, "jar_params": []}
    work = one({"run_job_task": {"job_id": 5, **given}})
    assert work.overriding == {"notebook_params": {"a": "b"}, "python_params": ["x"]}


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({}, "tasks[0].run_job_task.job_id is missing"),
        ({"job_id": "daily"}, "job_id is 'daily'; it must be a whole number from 1 to"),
        ({"job_id": 0}, "job_id is 0"),
        (
            {"job_id": 5, "job_parameters": {"a": "b"}, "notebook_params": {"c": "d"}},
            "tasks[0].run_job_task has job_parameters and notebook_params; use only one of them.",
        ),
    ],
)
def test_runs_of_jobs_that_cannot_be(payload: dict[str, Any], words: str) -> None:
    assert words in refusal({"task_key": "t", "run_job_task": payload})


# -------------------------------------------------------------------------------------------- conditions and outcomes


@pytest.mark.parametrize("op", list(Op))
def test_every_operator(op: Op) -> None:
    assert job(condition("t", op=op)).task("t").work == ConditionTask(op=op, left="1", right="1")


def test_operands_as_yaml_writes_them() -> None:
    work = one({"condition_task": {"op": "EQUAL_TO", "left": True, "right": 12.0}})
    assert (work.left, work.right) == ("true", "12.0")


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"op": "LIKE", "left": "a", "right": "b"}, "op is 'LIKE'; allowed is EQUAL_TO, NOT_EQUAL, GREATER_THAN"),
        ({"op": "EQUAL_TO", "left": "a"}, "tasks[0].condition_task.right is missing"),
        ({"op": "EQUAL_TO", "left": [], "right": "b"}, "left is a list; it must be a string"),
    ],
)
def test_conditions_that_cannot_be(payload: dict[str, Any], words: str) -> None:
    assert words in refusal({"task_key": "t", "condition_task": payload})


@pytest.mark.parametrize(("given", "outcome"), [("true", "true"), ("false", "false"), (True, "true"), (False, "false")])
def test_a_dependency_may_ask_for_an_outcome(given: object, outcome: str) -> None:
    then = raw_task("then", depends_on=[{"task_key": "if", "outcome": given}])
    settings = job(condition("if"), then)
    assert settings.task("then").depends_on == (Dependency("if", outcome),)
    assert settings.raw["tasks"][1]["depends_on"] == [{"task_key": "if", "outcome": outcome}]  # type: ignore[index]


def test_a_dependency_on_a_condition_may_ask_for_none() -> None:
    assert job(condition("if"), raw_task("then", "if")).task("then").depends_on == (Dependency("if"),)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("yes", "tasks[1].depends_on[0].outcome is 'yes'; allowed is true, false"),
        ("True", "outcome is 'True'; allowed is true, false"),
        (1, "outcome is '1'; allowed is true, false"),
    ],
)
def test_other_outcomes(outcome: object, words: str) -> None:
    assert words in refusal(condition("if"), raw_task("then", depends_on=[{"task_key": "if", "outcome": outcome}]))


def test_only_a_condition_has_an_outcome() -> None:
    then = raw_task("then", depends_on=[{"task_key": "a", "outcome": "true"}])
    assert refusal(raw_task("a"), then) == (
        "tasks[1].depends_on[0].outcome is 'true', but 'a' is no condition_task; no other task has an outcome."
    )


# ------------------------------------------------------------------------------------------------------------- loops


def test_a_loop() -> None:
    settings = job(loop("l", raw_task("n")))
    work = settings.task("l").work
    assert isinstance(work, ForEachTask)
    assert (work.inputs, work.concurrency, work.task.work) == ("[1, 2]", 1, NotebookTask(notebook_path="/Workspace/n"))
    assert settings.task("l").nested is work.task


def test_the_task_of_a_loop_has_its_own_retries_compute_and_packages() -> None:
    nested = raw_task(
        "n",
        max_retries=2,
        retry_on_timeout=True,
        timeout_seconds=5,
        new_cluster=CLUSTER,
        libraries=[{"pypi": {"package": "six"}}],
        environment_key="default",
    )
    task = job(loop("l", nested), environments=[ENVIRONMENT]).task("l").nested
    assert task is not None
    assert (task.max_retries, task.retry_on_timeout, task.timeout_seconds) == (2, True, 5)
    assert task.compute is not None
    assert (task.libraries, task.environment_key) == ((Library(LibraryKind.PYPI, "six"),), "default")


@pytest.mark.parametrize("kind", ["script", "wheel", "sql", "run_job", "condition"])
def test_a_loop_may_repeat_any_other_kind(kind: str) -> None:
    nested = {
        "script": script("n"),
        "wheel": wheel("n"),
        "sql": sql("n"),
        "run_job": {"task_key": "n", "run_job_task": {"job_id": 7}},
        "condition": condition("n"),
    }[kind]
    assert job(loop("l", nested)).task("l").nested is not None


PATH = "tasks[0].for_each_task"


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (loop("l", {"task_key": "n"}), f"{PATH}.task says nothing of what to run; it must have exactly one of"),
        (
            loop("l", raw_task("n", notebook_task={"notebook_path": "x"})),
            f"{PATH}.task.notebook_task.notebook_path is 'x'; it must be absolute",
        ),
        (loop("l", raw_task("n", naem="x")), f"{PATH}.task.naem is not a known field"),
        (loop("l", raw_task("l")), f"{PATH}.task.task_key is 'l', which tasks[0] has already"),
        (loop("l", raw_task("n", job_cluster_key="c")), f"{PATH}.task.job_cluster_key is 'c', which is not declared"),
        (loop("l", raw_task("n", environment_key="e")), f"{PATH}.task.environment_key is 'e', which is not declared"),
        (loop("l", raw_task("n"), for_each_task={"inputs": "[]"}), f"{PATH}.task is missing"),
        (loop("l", raw_task("n"), for_each_task={"task": raw_task("n")}), f"{PATH}.inputs is missing"),
        (loop("l", raw_task("n"), inputs=""), f"{PATH}.inputs is ''"),
        (loop("l", condition("n") | {"max_retries": 1}), f"{PATH}.task.max_retries is 1; a condition_task cannot"),
    ],
)
def test_loops_that_cannot_be(task: dict[str, Any], words: str) -> None:
    assert words in refusal(task)


@pytest.mark.parametrize("concurrency", [0, 101, -1])
def test_between_one_and_a_hundred_iterations_at_once(concurrency: int) -> None:
    payload = {"inputs": "[]", "task": raw_task("n"), "concurrency": concurrency}
    words = f"{PATH}.concurrency is {concurrency}; it must be a whole number from 1 to 100"
    assert words in refusal({"task_key": "l", "for_each_task": payload})


def test_keys_are_unique_among_all_tasks() -> None:
    assert refusal(loop("a", raw_task("n")), loop("b", raw_task("n"))) == (
        "tasks[1].for_each_task.task.task_key is 'n', which tasks[0].for_each_task.task has already;"
        " each key must be unique in the job."
    )


@pytest.mark.parametrize("payload", [{}, {"inputs": "[]", "task": raw_task("m")}], ids=["empty", "whole"])
def test_a_loop_within_a_loop_is_refused_by_name(payload: dict[str, Any]) -> None:
    with pytest.raises(FeatureDisabled) as caught:
        job(loop("l", {"task_key": "n", "for_each_task": payload}))
    assert caught.value.message == (
        f"{PATH}.task.for_each_task is not supported:"
        " a loop within a loop is not allowed; put the inner one into a job and use run_job_task."
    )


def test_nothing_depends_on_the_task_of_a_loop() -> None:
    assert refusal(loop("a", raw_task("n")), raw_task("b", "n")) == (
        "tasks[1].depends_on[0].task_key is 'n', which is repeated by the loop 'a'; depend on the loop."
    )


# ------------------------------------------------------------------------------------------------ compute and retries


@pytest.mark.parametrize("field", ["new_cluster", "job_cluster_key", "libraries", "environment_key"])
@pytest.mark.parametrize("kind", ["condition_task", "for_each_task", "run_job_task", "sql_task"])
def test_what_runs_no_code_of_its_own_takes_no_compute(kind: str, field: str) -> None:
    task = {
        "condition_task": condition("t"),
        "for_each_task": loop("t", raw_task("n")),
        "run_job_task": {"task_key": "t", "run_job_task": {"job_id": 1}},
        "sql_task": sql("t"),
    }[kind]
    values: dict[str, Any] = {
        "new_cluster": CLUSTER,
        "job_cluster_key": "main",
        "libraries": [{"whl": "/Volumes/a.whl"}],
        "environment_key": "default",
    }
    message = refusal(
        {**task, field: values[field]},
        job_clusters=[{"job_cluster_key": "main", "new_cluster": CLUSTER}],
        environments=[ENVIRONMENT],
    )
    assert message.startswith(f"tasks[0].{field} is given; a {kind} takes no compute and no packages: ")


@pytest.mark.parametrize("retries", [1, -1])
def test_a_condition_is_not_retried(retries: int) -> None:
    assert refusal({**condition("t"), "max_retries": retries}) == (
        f"tasks[0].max_retries is {retries}; a condition_task cannot be retried: it would compare the same again."
    )


def test_a_loop_may_say_how_it_would_be_retried() -> None:
    """As measured on the service: only a number of retries is refused."""
    job(loop("l", raw_task("n"), max_retries=0, min_retry_interval_millis=5, retry_on_timeout=True))


@pytest.mark.parametrize("kind", ["spark_jar_task", "spark_submit_task"])
def test_what_needs_java_says_so(kind: str) -> None:
    with pytest.raises(FeatureDisabled) as caught:
        one({kind: {"parameters": ["x"]}})
    assert caught.value.message == (
        f"tasks[0].{kind} is not supported: it needs Java: only the Apache Spark engine runs it,"
        " and this installation runs the embedded engine."
    )
