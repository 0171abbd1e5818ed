"""What each kind of task runs with: references, precedence, job parameters that are pushed down, resolved values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.parameters import check_overrides, job_parameters, resolve_work, resolved_values
from brickyard.jobs.reference_texts import texts
from brickyard.jobs.settings import parse
from brickyard.jobs.tasks import JobSettings, RunJobTask, Work
from tests.unit.jobs.samples import condition, job, loop, raw_job, raw_task, scope, script, sql, upstream, wheel

DAY = [{"name": "day", "default": "{{job.start_time.iso_date}}"}]


def run(settings: JobSettings, key: str, overriding: Any = None, **more: Any) -> Work:
    """A task's payload in a run without overrides of job parameters."""
    parameters = job_parameters(settings, {}, scope(task_key=""))
    task = {task.key: task for each in settings.tasks for task in (each, each.nested) if task}[key]
    return resolve_work(task, settings, scope(task_key=key, parameters=parameters, **more), overriding or {})


def dbt(**more: Any) -> dict[str, Any]:
    return {"task_key": "d", "dbt_task": {"project_directory": "/p", "commands": ["dbt run"], **more}}


# -------------------------------------------------------------------------------------------- job parameters go down


def test_a_sql_task_gets_all_job_parameters() -> None:
    work = run(job(sql("q", n="{{job.id}}", day="own"), parameters=DAY), "q")
    assert resolved_values(work) == {"sql_task": {"parameters": {"n": "7", "day": "2026-11-23"}}}


def test_a_wheel_with_names_gets_all_job_parameters() -> None:
    work = run(job(wheel("w", named_parameters={"a": "{{task.name}}"}), parameters=DAY), "w")
    assert resolved_values(work) == {"python_wheel_task": {"named_parameters": {"a": "w", "day": "2026-11-23"}}}


@pytest.mark.parametrize(
    ("more", "values"), [({"parameters": ["{{job.parameters.day}}"]}, {"parameters": ["2026-11-23"]}), ({}, {})]
)
def test_a_wheel_without_names_gets_what_it_asks_for(more: dict[str, Any], values: dict[str, Any]) -> None:
    work = run(job(wheel("w", **more), parameters=DAY), "w")
    assert resolved_values(work) == {"python_wheel_task": values}


def test_a_run_of_another_job_gets_all_job_parameters() -> None:
    task = {"task_key": "r", "run_job_task": {"job_id": 5, "job_parameters": {"region": "{{job.name}}", "day": "x"}}}
    work = run(job(task, parameters=DAY), "r")
    assert resolved_values(work) == {"run_job_task": {"job_parameters": {"region": "nightly", "day": "2026-11-23"}}}


def test_a_run_of_another_job_with_legacy_overrides_gets_none() -> None:
    task = {
        "task_key": "r",
        "run_job_task": {
            "job_id": 5,
            "notebook_params": {"d": "{{job.parameters.day}}"},
            "python_params": ["{{job.id}}"],
        },
    }
    work = run(job(task, parameters=DAY), "r")
    assert isinstance(work, RunJobTask)
    assert (work.job_parameters, work.overriding) == (
        {},
        {"notebook_params": {"d": "2026-11-23"}, "python_params": ["7"]},
    )
    assert resolved_values(work) == {"run_job_task": {"job_parameters": {}, "parameters": {"d": "2026-11-23"}}}


def test_scripts_conditions_and_dbt_get_what_their_texts_ask_for() -> None:
    settings = job(
        script("s", "{{job.parameters.day}}"),
        condition("c", left="{{job.parameters.day}}", right="{{job.run_id}}"),
        dbt(commands=["dbt run --vars '{day: {{job.parameters.day}}}'"], schema="s_{{job.id}}"),
        parameters=DAY,
    )
    assert resolved_values(run(settings, "s")) == {"spark_python_task": {"parameters": ["2026-11-23"]}}
    assert resolved_values(run(settings, "c")) == {"condition_task": {"left": "2026-11-23", "right": "90"}}
    work = run(settings, "d")
    assert resolved_values(work) == {"dbt_task": {"commands": ["dbt run --vars '{day: 2026-11-23}'"]}}
    assert "s_7" in texts(work)


# ----------------------------------------------------------------------------------------------------------- loops


def test_of_a_loop_only_the_inputs_are_resolved() -> None:
    nested = raw_task("n", notebook_task={"notebook_path": "/n", "base_parameters": {"x": "{{input.day}}"}})
    settings = job(raw_task("a"), loop("l", nested, "a", inputs="{{tasks.a.values.days}}"), parameters=DAY)
    ended = {"a": upstream(values={"days": '[{"day": "mon"}]'})}
    work = run(settings, "l", tasks=ended)
    assert resolved_values(work) == {"for_each_task": {"inputs": '[{"day": "mon"}]'}}
    assert "{{input.day}}" in texts(settings.task("l").work.task.work)  # type: ignore[union-attr]
    iteration = run(settings, "n", tasks=ended, input='{"day": "mon"}')
    assert resolved_values(iteration) == {"notebook_task": {"base_parameters": {"x": "mon", "day": "2026-11-23"}}}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12))
def test_an_input_is_a_value_and_no_template(text: str) -> None:
    settings = job(loop("l", script("n", "{{input}}")))
    work = run(settings, "n", input=json.dumps(text))
    assert resolved_values(work) == {"spark_python_task": {"parameters": [text]}}


# --------------------------------------------------------------------------------------------------- legacy overrides


@pytest.mark.parametrize(
    ("task", "overriding", "values"),
    [
        (sql("t", a="1", b="2"), {"sql_params": {"b": "3"}}, {"sql_task": {"parameters": {"a": "1", "b": "3"}}}),
        (
            wheel("t", named_parameters={"a": "1"}),
            {"python_named_params": {"b": "{{job.id}}"}},
            {"python_wheel_task": {"named_parameters": {"a": "1", "b": "{{job.id}}"}}},
        ),
        (
            wheel("t", parameters=["a"]),
            {"python_named_params": {"b": "2"}},
            {"python_wheel_task": {"named_parameters": {"b": "2"}}},
        ),
        (
            wheel("t", named_parameters={"a": "1"}),
            {"python_params": ["b"]},
            {"python_wheel_task": {"parameters": ["b"]}},
        ),
        (wheel("t", parameters=["a"]), {"python_params": []}, {"python_wheel_task": {"parameters": ["a"]}}),
        (
            {**dbt(), "task_key": "t"},
            {"dbt_commands": ["dbt test"]},
            {"dbt_task": {"commands": ["dbt test"]}},
        ),
        ({**dbt(), "task_key": "t"}, {"dbt_commands": []}, {"dbt_task": {"commands": ["dbt run"]}}),
    ],
)
def test_legacy_overrides_reach_the_tasks_of_their_kind(
    task: dict[str, Any], overriding: dict[str, Any], values: dict[str, Any]
) -> None:
    settings = job(task)
    check_overrides(settings, {}, overriding)
    assert resolved_values(run(settings, "t", overriding)) == values


def test_legacy_overrides_reach_the_task_of_a_loop() -> None:
    settings = job(loop("l", script("n", "own")))
    check_overrides(settings, {}, {"python_params": ["given"]})
    work = run(settings, "n", {"python_params": ["given"]}, input="1")
    assert resolved_values(work) == {"spark_python_task": {"parameters": ["given"]}}


def test_lists_and_names_together_are_refused() -> None:
    with pytest.raises(InvalidParameterValue, match="a python_wheel_task takes only one of them"):
        check_overrides(job(wheel("w")), {}, {"python_params": ["a"], "python_named_params": {"b": "c"}})


@pytest.mark.parametrize(
    ("task", "overriding"),
    [
        (sql("t"), {"sql_params": {"a": "x" * 10_000}}),
        (wheel("t"), {"python_named_params": {"a": "x" * 10_000}}),
        ({**dbt(), "task_key": "t"}, {"dbt_commands": ["dbt " + "x" * 10_000]}),
    ],
    ids=["sql", "wheel", "dbt"],
)
def test_every_override_has_at_most_ten_thousand_bytes(task: dict[str, Any], overriding: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterValue, match="bytes as JSON; at most 10000 are allowed"):
        check_overrides(job(task), {}, overriding)


# ---------------------------------------------------------------------------------------------- triggers and backfills


WATCHING = {"file_arrival": {"url": "/Volumes/raw/"}, "pause_status": "PAUSED"}
CHANGING = {"table_update": {"table_names": ["main.a.b"]}, "pause_status": "PAUSED"}


def parameter_of(text: str, trigger: Any = None, **more: Any) -> str:
    """A task parameter as it runs."""
    settings = job(script("t", text), **({"trigger": trigger} if trigger else {}))
    work = run(settings, "t", **more)
    return str(resolved_values(work)["spark_python_task"]["parameters"][0])


def test_the_watched_location_is_known_in_every_run() -> None:
    text = "{{job.trigger.file_arrival.location}} {{job.trigger.file_arrival.files}}"
    assert parameter_of(text, WATCHING) == "/Volumes/raw/ []"
    arrived = {"location": "/Volumes/raw/", "files": ["/Volumes/raw/ä.csv"]}
    assert parameter_of(text, WATCHING, file_arrival=arrived) == '/Volumes/raw/ ["/Volumes/raw/ä.csv"]'


def test_the_location_may_stand_in_a_default() -> None:
    default = [{"name": "p", "default": "{{job.trigger.file_arrival.location}}"}]
    settings = job(parameters=default, trigger=WATCHING)
    assert job_parameters(settings, {}, scope(task_key="")) == {"p": "/Volumes/raw/"}
    with pytest.raises(InvalidParameterValue, match="Job does not have a file arrival trigger configured"):
        job(parameters=default)


def test_tables_that_changed() -> None:
    update = {"updated_tables": {"main.a.b": {"commit_timestamp": 1_795_442_709_042, "version": 4}}}
    place = "job.trigger.table_update"
    assert parameter_of(f"{{{{{place}.updated_tables}}}}", CHANGING, table_update=update) == '["main.a.b"]'
    assert parameter_of(f"{{{{{place}.main.a.b.version}}}}", CHANGING, table_update=update) == "4"
    assert parameter_of(f"{{{{{place}.`main.a.b`.version}}}}", CHANGING, table_update=update) == "4"
    at = parameter_of(f"{{{{{place}.main.a.b.commit_timestamp.iso_datetime}}}}", CHANGING, table_update=update)
    assert at == "2026-11-23T14:05:09.042Z"


def test_no_table_changed_where_a_run_was_started_by_hand() -> None:
    assert parameter_of("{{job.trigger.table_update.updated_tables}}", CHANGING) == "[]"
    with pytest.raises(InvalidParameterValue, match=r"has no value: table 'main\.a\.b' did not start this run\."):
        parameter_of("{{job.trigger.table_update.main.a.b.version}}", CHANGING)


@pytest.mark.parametrize(
    ("argument", "zone", "text"),
    [
        ("iso_date", "UTC", "2026-11-23"),
        ("iso_datetime", "UTC", "2026-11-23T14:05:09.042Z"),
        ("iso_date", "Pacific/Auckland", "2026-11-24"),
        ("hour", "Asia/Kolkata", "19"),
        ("iso_weekday", "Pacific/Auckland", "2"),
        ("timestamp_ms", "Pacific/Auckland", "1795442709042"),
    ],
)
def test_the_interval_of_a_backfill(argument: str, zone: str, text: str) -> None:
    found = parameter_of(f"{{{{backfill.{argument}}}}}", backfill_ms=1_795_442_709_042, backfill_zone=zone)
    assert found == text


def test_a_run_without_backfill_has_no_interval() -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        parameter_of("{{backfill.iso_date}}")
    assert caught.value.message == (
        "Failed to resolve references: 'backfill.iso_date' has no value:"
        " only the runs of a backfill have it, and this is none."
    )


def test_an_interval_may_stand_in_a_default() -> None:
    settings = job(parameters=[{"name": "day", "default": "{{backfill.iso_date}}"}])
    assert job_parameters(settings, {}, scope(task_key="", backfill_ms=0)) == {"day": "1970-01-01"}
    assert job_parameters(settings, {"day": "x"}, scope(task_key="")) == {"day": "x"}


# --------------------------------------------------------------------------------------------- tasks that did not run


def test_what_is_known_of_a_task_that_was_not_selected() -> None:
    """As seen on the service, in a run of only some tasks."""
    task = upstream(run_id=96, result_state="DISABLED", error_code="DISABLED")
    settings = job(
        raw_task("a"),
        {**script("t", "{{tasks.a.result_state}} {{tasks.a.error_code}} {{tasks.a.run_id}}")}
        | {"depends_on": [{"task_key": "a"}]},
    )
    work = run(settings, "t", tasks={"a": task})
    assert resolved_values(work) == {"spark_python_task": {"parameters": ["disabled Disabled 96"]}}


def test_a_value_of_it_fails_the_task() -> None:
    settings = job(raw_task("a"), script("t", "{{tasks.a.values.v}}") | {"depends_on": [{"task_key": "a"}]})
    with pytest.raises(InvalidParameterValue) as caught:
        run(settings, "t", tasks={"a": upstream(result_state="DISABLED")})
    assert caught.value.message == (
        "Failed to resolve references: Task value referenced by 'tasks.a.values.v' was not found."
    )


def test_every_text_of_a_payload_is_both_checked_and_resolved() -> None:
    """A reference that is not checked surprises a run; one that is not resolved reaches the user's code."""
    mark = "{{job.id}}"
    raw = raw_job(
        raw_task("n", notebook_task={"notebook_path": f"/{mark}", "base_parameters": {"a": mark}}),
        {"task_key": "s", "spark_python_task": {"python_file": f"/{mark}", "parameters": [mark]}},
        wheel("w", parameters=[mark]),
        wheel("v", named_parameters={"a": mark}),
        {"task_key": "q", "sql_task": {"file": {"path": f"/{mark}"}, "parameters": {"a": mark}}},
        {"task_key": "i", "sql_task": {"query": {"query_id": mark}}},
        dbt(commands=[f"dbt {mark}"], project_directory=f"/{mark}", warehouse_id="w", catalog=mark, schema=mark),
        {"task_key": "r", "run_job_task": {"job_id": 1, "job_parameters": {"a": mark}}},
        {"task_key": "o", "run_job_task": {"job_id": 1, "notebook_params": {"a": mark}, "python_params": [mark]}},
        condition("c", left=mark, right=mark),
        loop("l", raw_task("x"), inputs=f"[{mark}]"),
    )
    settings = parse(raw)
    for task in settings.tasks:
        assert any(mark in text for text in texts(task.work)), task.key
        assert not any("{{" in text for text in texts(run(settings, task.key))), task.key
