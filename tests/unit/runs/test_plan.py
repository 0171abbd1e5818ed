"""From declared tasks to the rules of deciding."""

from __future__ import annotations

import pytest

from brickyard.jobs.tasks import (
    ConditionTask,
    DbtTask,
    Dependency,
    ForEachTask,
    NotebookTask,
    Op,
    PythonWheelTask,
    RunIf,
    RunJobTask,
    SparkPythonTask,
    SqlTask,
    Task,
    Work,
)
from brickyard.runs import plan
from brickyard.runs.model import Kind, TaskPlan

NOTEBOOK = NotebookTask(notebook_path="/n")


@pytest.mark.parametrize(
    ("work", "kind"),
    [
        (NOTEBOOK, Kind.WORKER),
        (SparkPythonTask(python_file="/f.py"), Kind.WORKER),
        (PythonWheelTask(package_name="p", entry_point="main"), Kind.WORKER),
        (SqlTask(file_path="/q.sql"), Kind.WORKER),
        (DbtTask(commands=("dbt run",)), Kind.WORKER),
        (RunJobTask(job_id=7), Kind.RUN_JOB),
        (ConditionTask(op=Op.EQUAL_TO, left="a", right="b"), Kind.CONDITION),
        (ForEachTask(inputs="[]", task=Task(key="one", work=NOTEBOOK)), Kind.LOOP),
    ],
)
def test_every_kind_of_task_has_a_kind_of_plan(work: Work, kind: Kind) -> None:
    assert plan.of([Task(key="a", work=work)])["a"].kind is kind


def test_rules_are_taken_over_in_milliseconds() -> None:
    declared = Task(
        key="a",
        work=NOTEBOOK,
        depends_on=(Dependency("check", "true"),),
        run_if=RunIf.ALL_DONE,
        max_retries=-1,
        min_retry_interval_millis=250,
        retry_on_timeout=True,
        timeout_seconds=3,
        disabled=True,
    )
    assert plan.of([declared])["a"] == TaskPlan(
        key="a",
        depends_on=(Dependency("check", "true"),),
        run_if=RunIf.ALL_DONE,
        max_retries=-1,
        min_retry_interval_ms=250,
        retry_on_timeout=True,
        timeout_ms=3_000,
        disabled=True,
    )


def test_a_loop_has_the_rules_of_its_nested_task_inside() -> None:
    nested = Task(key="one", work=RunJobTask(job_id=7), max_retries=2, timeout_seconds=9)
    declared = Task(key="each", work=ForEachTask(inputs="[1]", task=nested, concurrency=20), timeout_seconds=60)
    rules = plan.of([declared])["each"]
    assert (rules.concurrency, rules.timeout_ms) == (20, 60_000)
    assert rules.nested == TaskPlan(key="one", kind=Kind.RUN_JOB, max_retries=2, timeout_ms=9_000)


@pytest.mark.parametrize(
    "work",
    [ConditionTask(op=Op.EQUAL_TO, left="a", right="b"), ForEachTask(inputs="[]", task=Task(key="b", work=NOTEBOOK))],
)
def test_conditions_and_loops_are_never_retried(work: Work) -> None:
    assert plan.of([Task(key="a", work=work, max_retries=3)])["a"].max_retries == 0


def test_tasks_keep_their_order() -> None:
    assert list(plan.of([Task(key=key, work=NOTEBOOK) for key in "zax"])) == ["z", "a", "x"]
