"""Every known name resolves, and every resolvable name is known: one table for both."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.errors import BrickyardError, InvalidParameterValue
from brickyard.jobs import names
from brickyard.jobs.dates import TIME_ARGUMENTS
from brickyard.jobs.elements import value_text
from brickyard.jobs.names import LEGACY, NAMESPACES
from brickyard.jobs.references import resolve
from brickyard.jobs.values import value_of
from tests.unit.jobs.samples import scope, upstream

OF_RUN = [
    "job.id",
    "job.name",
    "job.run_id",
    "job.repair_count",
    "job.trigger.type",
    "workspace.id",
    "workspace.url",
    *(f"job.start_time.{argument}" for argument in TIME_ARGUMENTS),
    *(f"job.trigger.time.{argument}" for argument in TIME_ARGUMENTS),
    *(f"backfill.{argument}" for argument in TIME_ARGUMENTS),
    "job.trigger.file_arrival.location",
    "job.trigger.file_arrival.files",
    "job.trigger.table_update.updated_tables",
    "job.trigger.table_update.main.silver.orders.version",
    *(f"job.trigger.table_update.main.silver.orders.commit_timestamp.{argument}" for argument in TIME_ARGUMENTS),
]
OF_TASK = ["task.name", "task.run_id", "task.execution_count", "task.notebook_path", "input", "input.k"]
OF_UPSTREAM = [
    *(f"tasks.a.{name}" for name in ("run_id", "result_state", "error_code", "execution_count", "notebook_path")),
    "tasks.a.values.v",
    *(f"tasks.a.output.{name}" for name in ("rows", "first_row", "first_row.n")),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def full_scope() -> Any:
    output = '{"columns": [{"name": "n", "type": "int"}], "rows": [["3"]]}'
    return scope(
        parameters={"p": "x"},
        tasks={"a": upstream(values={"v": "1"}, output=output)},
        input='{"k": 1}',
        backfill_ms=0,
        file_arrival={"location": "/Volumes/raw", "files": ["/Volumes/raw/a.csv"]},
        table_update={"updated_tables": {"main.silver.orders": {"commit_timestamp": 0, "version": 4}}},
    )


@pytest.mark.parametrize("name", [*OF_RUN, *OF_TASK, *OF_UPSTREAM, "job.parameters.p", *sorted(LEGACY)])
def test_every_name_is_known_and_has_a_value(name: str) -> None:
    parts = tuple(name.split("."))
    names.check(parts, name)
    assert isinstance(value_of(parts, name, full_scope(), ""), str)


@pytest.mark.parametrize("name", OF_RUN)
def test_names_of_the_run_are_known_when_it_starts(name: str) -> None:
    assert names.is_of_run(tuple(name.split(".")))


@pytest.mark.parametrize("name", [*OF_TASK, *OF_UPSTREAM, "job.parameters.p", "run_id", "task_key"])
def test_names_of_the_task_are_not(name: str) -> None:
    assert not names.is_of_run(tuple(name.split(".")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("job_id", "job.id"),
        ("run_id", "task.run_id"),
        ("parent_run_id", "job.run_id"),
        ("task_key", "task.name"),
        ("start_date", "job.start_time.iso_date"),
        ("start_time", "job.start_time.timestamp_ms"),
    ],
)
def test_a_legacy_name_is_its_new_name(old: str, new: str) -> None:
    assert resolve(f"{{{{{old}}}}}", full_scope()) == resolve(f"{{{{{new}}}}}", full_scope())


def test_retries_are_counted_from_zero_and_executions_from_one() -> None:
    first, second = scope(execution_count=1), scope(execution_count=2)
    assert [resolve("{{task_retry_count}} {{task.execution_count}}", s) for s in (first, second)] == ["0 1", "1 2"]


def test_no_legacy_name_hides_a_namespace() -> None:
    assert not LEGACY & NAMESPACES


@given(
    st.sampled_from(sorted(NAMESPACES)),
    st.lists(
        st.sampled_from(
            ["id", "name", "a", "values", "v", "run_id", "output", "rows", "first_row", "start_time", "trigger", "x"]
        ),
        max_size=4,
    ),
)
def test_a_name_that_passes_the_check_never_surprises_a_run(root: str, rest: list[str]) -> None:
    """What is accepted at create resolves, or fails for a reason that only the run could know."""
    parts = (root, *rest)
    try:
        names.check(parts, ".".join(parts))
    except BrickyardError:
        return
    try:
        value_of(parts, ".".join(parts), full_scope(), "here")
    except InvalidParameterValue as missing:
        reason = missing.message
    else:
        reason = "has no value"
    assert any(words in reason for words in ("has no value", "undefined job parameter", "was not found"))


@given(JSON)
def test_a_task_value_as_text_is_itself_or_its_json(value: Any) -> None:
    text = value_text(json.dumps(value))
    assert text == value if isinstance(value, str) else json.loads(text) == value


def test_the_json_of_a_task_value_is_not_rewritten() -> None:
    """Digits that a float would lose stay."""
    assert value_text("0.1000000000000000055511151231257827") == "0.1000000000000000055511151231257827"
    assert value_text('{"b":1,"a":2}') == '{"b":1,"a":2}'
