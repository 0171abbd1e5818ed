"""JSON is checked field by field against the table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.errors import BrickyardError, FeatureDisabled, InvalidParameterValue
from brickyard.jobs.shape import blank, check, json_bytes, show
from tests.unit.jobs.samples import raw_job, raw_task

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def refusal(section: str, raw: Any) -> str:
    with pytest.raises(InvalidParameterValue) as caught:
        check(section, raw)
    return caught.value.message


@pytest.mark.parametrize(
    ("section", "raw", "words"),
    [
        ("job", {"naem": "x"}, ["naem", "not a known field", "'name'"]),
        ("task", {"base_parameters": {}}, ["base_parameters", "It is a field of notebook_task."]),
        ("job", {"xyzzy": 1}, ["xyzzy is not a known field."]),
        ("job", [], ["The body is a list; it must be an object."]),
        ("job", {"name": 5}, ["name is 5; it must be a string"]),
        ("job", {"tags": []}, ["tags is a list; it must be an object of strings"]),
        ("job", {"tags": [{"key": "a"}]}, ["tags is a list; it must be an object of strings"]),
        ("job", {"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, ["tags has a key twice"]),
        ("job", {"tags": {"a": {}}}, ["tags.a is an object; it must be a string"]),
        ("job", {"tags": {"a": None}}, ["tags.a is null; it must be a string"]),
        ("job", {"tasks": {}}, ["tasks is an object; it must be a list of objects"]),
        ("job", {"tasks": [5]}, ["tasks[0] is 5; it must be an object"]),
        ("job", {"queue": {"enabled": "yes"}}, ["queue.enabled is 'yes'; it must be a boolean"]),
        ("job", {"queue": {}}, ["queue.enabled is missing"]),
        ("job", {"queue": True}, ["queue is true; it must be an object"]),
        ("job", {"max_concurrent_runs": 1.5}, ["max_concurrent_runs is 1.5", "whole number from 0 to 1000"]),
        ("job", {"max_concurrent_runs": True}, ["max_concurrent_runs is true"]),
        ("job", {"max_concurrent_runs": 1001}, ["max_concurrent_runs is 1001", "to 1000"]),
        ("job", {"max_concurrent_runs": "1001"}, ["max_concurrent_runs is 1001"]),
        ("job", {"max_concurrent_runs": "\u0661"}, ["whole number"]),
        ("job", {"timeout_seconds": -1}, ["timeout_seconds is -1", "from 0"]),
        ("job", {"timeout_seconds": 10**5000}, ["a number of very many digits"]),
        ("job", {"timeout_seconds": "9" * 5000}, ["timeout_seconds is '999", "…"]),
        ("job", {"timeout_seconds": float("inf")}, ["timeout_seconds is inf"]),
        ("job", {"name": "é" * 2049}, ["name has 4098 bytes; at most 4096"]),
        ("job", {"tags": {str(n): "x" for n in range(26)}}, ["tags has 26 entries; at most 25"]),
        ("job", {"tasks": [{}] * 1001}, ["tasks has 1001 entries; at most 1000"]),
        ("job", {"name": "a\0b"}, ["name has a NUL"]),
        ("job", {"name": "\ud800"}, ["half a surrogate pair"]),
        ("job", {"tags": {"\0": "x"}}, ["tags has a NUL"]),
        ("job", {"parameters": [{"name": "a b", "default": ""}]}, ["parameters[0].name is 'a b'", "matches"]),
        ("job", {"parameters": [{"name": "a"}]}, ["parameters[0].default is missing"]),
        ("task", {"task_key": "a b"}, ["task_key is 'a b'", "[A-Za-z0-9_-]"]),
        ("task", {"task_key": "a" * 101}, ["task_key", "{1,100}"]),
        ("task", {"task_key": "a\n"}, ["task_key"]),
        ("task", {"task_key": ""}, ["task_key is ''"]),
        ("task", {"task_key": "a", "run_if": "SOMETIMES"}, ["run_if is 'SOMETIMES'", "ALL_DONE"]),
        ("task", {"task_key": "a", "max_retries": -2}, ["max_retries is -2", "from -1"]),
        ("notebook_task", {"notebook_path": "/a", "source": "S3"}, ["source is 'S3'; allowed is WORKSPACE, GIT"]),
        ("spark_python_task", {"python_file": "/a", "parameters": "x"}, ["parameters is 'x'", "list of strings"]),
        ("spark_python_task", {"python_file": "/a", "parameters": [[1]]}, ["parameters[0] is a list"]),
        ("run_now", {"job_id": 1, "idempotency_token": "x" * 65}, ["idempotency_token has 65 bytes; at most 64"]),
        ("run_now", {}, ["job_id is missing"]),
        ("repair", {"run_id": 1, "rerun_task": ["a"]}, ["rerun_task", "'rerun_tasks'"]),
        ("new_cluster", {"num_workers": 1}, ["spark_version is missing"]),
    ],
)
def test_wrong_input_is_named_with_its_path_and_what_is_allowed(section: str, raw: Any, words: list[str]) -> None:
    message = refusal(section, raw)
    for word in words:
        assert word in message, message


def test_a_deep_path_names_every_index() -> None:
    raw = raw_job(raw_task("a"), raw_task("b", depends_on=[{"task_key": "a"}, {"task_ky": "a"}]))
    assert refusal("job", raw).startswith("tasks[1].depends_on[1].task_ky is not a known field.")


@pytest.mark.parametrize(
    ("section", "raw", "field"),
    [
        ("job", {"triggers": [{}]}, "triggers"),
        ("job", {"email_notifications": {"on_failure": ["a@example.com"]}}, "email_notifications.on_failure"),
        ("job", {"webhook_notifications": {"on_start": [{"id": "1"}]}}, "webhook_notifications.on_start"),
        ("job", {"health": {"rules": [{"metric": "RUN_DURATION_SECONDS"}]}}, "health.rules"),
        ("job", {"run_as": {"group_name": "a"}}, "run_as.group_name"),
        ("task", {"task_key": "a", "compute": {"hardware_accelerator": "GPU"}}, "compute"),
        ("new_cluster", {"spark_version": "1", "init_scripts": [{}]}, "init_scripts"),
        ("new_cluster", {"spark_version": "1", "docker_image": {"url": "x"}}, "docker_image"),
        ("new_cluster", {"spark_version": "1", "use_ml_runtime": True}, "use_ml_runtime"),
        ("run_now", {"job_id": 1, "jar_params": ["x"]}, "jar_params"),
        ("library", {"jar": "/Volumes/x.jar"}, "jar"),
        ("library", {"egg": "/Volumes/x.egg"}, "egg"),
        ("library", {"maven": {"coordinates": "a:b:1"}}, "maven"),
        ("library", {"cran": {"package": "x"}}, "cran"),
        ("pypi", {"package": "six", "repo": "https://x"}, "repo"),
        ("environment_spec", {"java_dependencies": ["a:b:1"]}, "java_dependencies"),
        ("sql_task", {"dashboard": {"dashboard_id": "1"}}, "dashboard"),
        ("sql_task", {"alert": {"alert_id": "1"}}, "alert"),
        ("run_job_task", {"job_id": 1, "jar_params": ["x"]}, "jar_params"),
        ("nested_task", {"task_key": "a", "depends_on": [{"task_key": "b"}]}, "depends_on"),
        ("nested_task", {"task_key": "a", "disabled": True}, "disabled"),
        ("nested_task", {"task_key": "a", "for_each_task": {"inputs": "[]"}}, "for_each_task"),
    ],
)
def test_a_known_field_that_is_refused_says_so_with_the_reason(section: str, raw: Any, field: str) -> None:
    with pytest.raises(FeatureDisabled, match=rf"^{field} is not supported: .+\.$"):
        check(section, raw)


@pytest.mark.parametrize(
    "raw",
    [
        {"git_source": None},
        {"email_notifications": {}},
        {"email_notifications": {"on_failure": []}},
        {"email_notifications": {"no_alert_for_skipped_runs": False, "on_start": None}},
        {"webhook_notifications": {"on_failure": []}},
        {"health": {"rules": []}},
        {"access_control_list": []},
    ],
)
def test_a_refused_field_that_asks_for_nothing_is_accepted(raw: Any) -> None:
    notices: list[str] = []
    check("job", raw, notices=notices)
    assert notices == []


def test_a_filter_of_notifications_alone_is_kept_with_a_notice() -> None:
    notices: list[str] = []
    raw = {"email_notifications": {"no_alert_for_skipped_runs": True}}
    assert check("job", raw, notices=notices) == raw
    assert notices[0].startswith("email_notifications.no_alert_for_skipped_runs is kept and has no effect: it filters")


def test_a_typing_error_inside_an_empty_refused_object_is_still_found() -> None:
    assert "'on_failure'" in refusal("job", {"email_notifications": {"on_faliure": []}})


def test_numbers_may_come_as_strings_or_as_whole_floats() -> None:
    """Airflow sends every number as a string."""
    raw = {"timeout_seconds": "3600", "max_concurrent_runs": 2.0}
    assert check("job", raw) == {"timeout_seconds": 3600, "max_concurrent_runs": 2}


def test_scalars_in_maps_and_lists_of_strings_become_text() -> None:
    """YAML writes `batch: 5`; the service keeps strings."""
    raw = {"notebook_path": "/a", "base_parameters": {"n": 5, "on": True, "x": 1.5, "s": "t"}}
    assert check("notebook_task", raw)["base_parameters"] == {"n": "5", "on": "true", "x": "1.5", "s": "t"}
    assert check("spark_python_task", {"python_file": "/a", "parameters": [1, False]})["parameters"] == ["1", "false"]
    assert check("parameter", {"name": "n", "default": 5}) == {"name": "n", "default": "5"}


def test_an_object_of_strings_may_come_as_old_clients_write_it() -> None:
    task = {"notebook_path": "/a", "base_parameters": [{"key": "number", "value": 21}, {"key": "name", "value": "x"}]}
    assert check("notebook_task", task)["base_parameters"] == {"number": "21", "name": "x"}


def test_an_empty_object_of_strings_may_come_as_a_text() -> None:
    assert check("job", {"name": "n", "tags": "{}"}) == {"name": "n", "tags": {}}


def test_nulls_are_as_good_as_absent() -> None:
    assert check("job", {"name": None, "tasks": None, "queue": None, "description": "d"}) == {"description": "d"}


def test_the_order_of_names_and_lists_is_kept() -> None:
    raw = raw_job(raw_task("z"), raw_task("a"), tags={"b": "1", "a": "2"})
    checked = check("job", raw)
    assert list(checked) == list(raw)
    assert [task["task_key"] for task in checked["tasks"]] == ["z", "a"]
    assert list(checked["tags"]) == ["b", "a"]


def test_the_input_is_never_changed() -> None:
    raw = raw_job(raw_task("a", max_retries="3", description=None))
    check("job", raw)
    assert raw == raw_job(raw_task("a", max_retries="3", description=None))


def test_fields_without_meaning_are_kept_and_noted_once() -> None:
    cluster = {"spark_version": "15.4", "aws_attributes": {"zone_id": "x"}, "policy_id": "p"}
    notices: list[str] = []
    raw = raw_job(raw_task("a", new_cluster=cluster), raw_task("b", new_cluster=cluster), edit_mode="UI_LOCKED")
    assert check("job", raw, notices=notices)["tasks"][1]["new_cluster"] == cluster
    assert [notice.split(" is kept")[0] for notice in notices] == [
        "new_cluster.spark_version",
        "new_cluster.aws_attributes",
        "new_cluster.policy_id",
        "edit_mode",
    ]
    assert all(notice.endswith(".") for notice in notices)


def test_what_the_service_fills_in_itself_needs_no_notice() -> None:
    notices: list[str] = []
    check("new_cluster", {"spark_version": "1", "data_security_mode": "SINGLE_USER"}, notices=notices)
    assert len(notices) == 1


@given(JSON)
def test_whatever_json_comes_the_answer_is_a_value_or_a_clear_error(raw: Any) -> None:
    for section in ("job", "task", "run_now"):
        said = ""
        try:
            check(section, raw)
        except BrickyardError as refused:
            said = f"{refused.status} {refused.message}"
        assert not said or (said.startswith("400 ") and len(said) < 500)


def test_blank_looks_only_so_deep() -> None:
    """Hostile nesting costs nothing."""
    value: Any = {}
    for _ in range(100_000):
        value = {"a": value}
    assert not blank(value)
    assert blank({"a": {"b": {"c": []}}})
    while value:
        value = value.pop("a")  # taken apart by hand: freeing it would recurse


@pytest.mark.parametrize("value", [None, False, "", [], {}, {"a": None}])
def test_blank_values_ask_for_nothing(value: Any) -> None:
    assert blank(value)


@pytest.mark.parametrize("value", [True, "x", [None], {"a": True}, 1])
def test_other_values_ask_for_something(value: Any) -> None:
    assert not blank(value)


def test_shown_values_are_short() -> None:
    assert len(show("x" * 10_000)) < 110
    assert show({"a": 1}) == "an object"
    assert show(None) == "null"


def test_bytes_are_counted_as_compact_json() -> None:
    assert json_bytes({"a": "é"}) == len('{"a":"é"}'.encode())
