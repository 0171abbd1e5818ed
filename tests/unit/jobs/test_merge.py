"""`jobs/update`, and the round trip that tools rely on: what is created, read and compared shows no difference."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.jobs.settings import merge, parse, with_defaults
from tests.unit.jobs.samples import CLUSTER, differences, raw_job, raw_task

NAMES = st.text(alphabet="abcxyz_-09", min_size=1, max_size=6)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0{"), max_size=10)


@st.composite
def jobs(draw: st.DrawFn) -> dict[str, Any]:
    """Settings that are valid, with fields in any order."""
    keys = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    clusters = draw(st.lists(NAMES, max_size=2, unique=True))
    tasks = []
    for index, key in enumerate(keys):
        above = draw(st.lists(st.sampled_from(keys[:index]), unique=True) if index else st.just([]))
        parameters = draw(st.dictionaries(NAMES, TEXTS, max_size=3))
        task = raw_task(key, *above, notebook_task={"notebook_path": "/n", "base_parameters": parameters})
        if len(clusters) > 0 and draw(st.booleans()):
            task["job_cluster_key"] = draw(st.sampled_from(clusters))
        if draw(st.booleans()):
            task["max_retries"] = draw(st.integers(-1, 5))
        tasks.append(task)
    parameters = draw(st.dictionaries(NAMES, TEXTS, max_size=3))
    settings: dict[str, Any] = {
        "name": draw(TEXTS),
        "tasks": draw(st.permutations(tasks)),
        "tags": draw(st.dictionaries(NAMES, TEXTS, max_size=3)),
        "parameters": [{"name": name, "default": default} for name, default in parameters.items()],
        "timeout_seconds": draw(st.integers(0, 10_000)),
    }
    if clusters:
        settings["job_clusters"] = [{"job_cluster_key": key, "new_cluster": dict(CLUSTER)} for key in clusters]
    return {name: settings[name] for name in draw(st.permutations(list(settings)))}


@given(jobs())
def test_create_then_get_then_diff_is_empty(raw: dict[str, Any]) -> None:
    assert differences(raw, parse(raw).raw) == []


@given(jobs())
def test_what_was_read_can_be_sent_again_and_is_the_same_job(raw: dict[str, Any]) -> None:
    settings = parse(raw)
    assert parse(settings.raw) == settings


@given(jobs())
def test_an_update_with_nothing_changes_nothing(raw: dict[str, Any]) -> None:
    old = parse(raw).raw
    assert merge(old, {}, []) == old
    assert merge(old, None) == old


@given(jobs())
def test_an_update_with_all_that_is_there_changes_nothing(raw: dict[str, Any]) -> None:
    old = dict(parse(raw).raw)
    assert merge(old, old) == old


@given(jobs(), jobs())
def test_after_an_update_every_new_scalar_and_entry_stands(old: dict[str, Any], new: dict[str, Any]) -> None:
    merged = merge(parse(old).raw, new)
    assert (merged["name"], merged["tags"]) == (new["name"], new["tags"])
    by_key = {task["task_key"]: task for task in merged["tasks"]}
    assert list(by_key)[: len(old["tasks"])] == [task["task_key"] for task in old["tasks"]]
    for task in new["tasks"]:
        assert by_key[task["task_key"]] == task


@given(jobs(), jobs())
def test_merging_never_changes_what_it_was_given(old: dict[str, Any], new: dict[str, Any]) -> None:
    before = copy.deepcopy((old, new))
    merge(old, new, ["tags"])
    assert (old, new) == before


# ------------------------------------------------------------------------------------------------------- update


def old_job() -> dict[str, Any]:
    clusters = [{"job_cluster_key": "c", "new_cluster": CLUSTER}]
    raw = raw_job(raw_task("a", max_retries=3), raw_task("b", "a"), tags={"t": "1", "u": "2"}, job_clusters=clusters)
    return dict(parse(raw).raw)


def keys(settings: dict[str, Any]) -> list[str]:
    return [task["task_key"] for task in settings["tasks"]]


def test_a_known_task_is_replaced_whole_and_in_its_place() -> None:
    merged = merge(old_job(), {"tasks": [raw_task("a", description="new")]})
    assert keys(merged) == ["a", "b"]
    assert merged["tasks"][0] == raw_task("a", description="new")
    assert parse(merged).task("a").max_retries == 0


def test_a_new_task_is_appended() -> None:
    assert keys(merge(old_job(), {"tasks": [raw_task("z"), raw_task("c", "b")]})) == ["a", "b", "z", "c"]


def test_an_object_is_replaced_and_not_merged() -> None:
    assert merge(old_job(), {"tags": {"v": "3"}})["tags"] == {"v": "3"}


def test_nulls_change_nothing() -> None:
    assert merge(old_job(), {"tags": None, "name": None}) == old_job()


def test_values_come_in_checked() -> None:
    assert merge(old_job(), {"timeout_seconds": "60"})["timeout_seconds"] == 60


def test_fields_are_removed() -> None:
    assert "tags" not in merge(old_job(), {}, ["tags"])


def test_a_known_field_that_is_not_there_may_be_removed() -> None:
    assert merge(old_job(), {}, ["schedule"]) == old_job()


def test_a_field_that_is_removed_and_set_is_set() -> None:
    assert merge(old_job(), {"tags": {"v": "3"}}, ["tags"])["tags"] == {"v": "3"}
    merged = merge(old_job(), {"tasks": [raw_task("a")]}, ["tasks/a"])
    assert keys(merged) == ["b", "a"]


def test_single_entries_are_removed() -> None:
    merged = merge(old_job(), {}, ["tasks/b", "job_clusters/c"])
    assert keys(merged) == ["a"]
    assert merged["job_clusters"] == []


def test_a_schedule_can_be_exchanged_for_another_kind() -> None:
    paused = {"pause_status": "PAUSED"}
    old = dict(parse(raw_job(continuous=paused)).raw)
    periodic = {"periodic": {"interval": 1, "unit": "DAYS"}, **paused}
    assert parse(merge(old, {"trigger": periodic}, ["continuous"])).raw["trigger"] == periodic


def test_the_single_task_form_replaces_the_only_task() -> None:
    old = dict(parse({"notebook_task": {"notebook_path": "/a"}}).raw)
    merged = merge(old, {"notebook_task": {"notebook_path": "/b"}})
    assert [(task["task_key"], task["notebook_task"]) for task in merged["tasks"]] == [
        ("main", {"notebook_path": "/b"})
    ]


@pytest.mark.parametrize(
    ("new", "remove", "words"),
    [
        ({}, ["tag"], "fields_to_remove[0] is 'tag', which is not a known field. Did you mean 'tags'?"),
        ({}, ["tags", "tasks/bb"], "fields_to_remove[1] is 'tasks/bb'; there is no such entry."),
        ({}, ["tasks/silvr"], "there is no such entry."),
        ({}, ["tags/t"], "only entries of tasks, job_clusters, environments, parameters can be named"),
        ({}, [5], "fields_to_remove[0] is 5; it must be a string"),
        ({"naem": "x"}, [], "new_settings.naem is not a known field. Did you mean 'name'?"),
        ({"tasks": [{"notebook_task": {}}]}, [], "new_settings.tasks[0].notebook_task.notebook_path is missing"),
        ({"tasks": {}}, [], "new_settings.tasks is an object"),
        ({"tasks": [raw_task("x"), raw_task("x")]}, [], "new_settings.tasks has task_key 'x' twice"),
        ([], [], "new_settings is a list"),
    ],
)
def test_wrong_updates(new: Any, remove: list[Any], words: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        merge(old_job(), new, remove)
    assert words in caught.value.message


def test_an_update_to_something_refused() -> None:
    with pytest.raises(FeatureDisabled, match=r"^new_settings\.environment_variables is not supported"):
        merge(old_job(), {"environment_variables": [{"environment_variables_key": "a"}]})


def test_removing_a_task_that_others_need_is_found_by_parse() -> None:
    with pytest.raises(InvalidParameterValue, match=r"tasks\[0\]\.depends_on\[0\]\.task_key is 'a'"):
        parse(merge(old_job(), {}, ["tasks/a"]))


# ----------------------------------------------------------------------------------------------------- defaults


def test_the_defaults_that_the_service_shows() -> None:
    clusters = [{"job_cluster_key": "c", "new_cluster": {"spark_version": "1"}}]
    tasks = [raw_task("a", job_cluster_key="c"), {"task_key": "b", "spark_python_task": {"python_file": "/x.py"}}]
    raw = parse({"tasks": tasks, "job_clusters": clusters}).raw
    assert {name: raw[name] for name in raw if name not in {"tasks", "job_clusters"}} == {
        "name": "Untitled",
        "email_notifications": {},
        "webhook_notifications": {},
        "timeout_seconds": 0,
        "max_concurrent_runs": 1,
        "format": "MULTI_TASK",
    }
    assert raw["tasks"] == [
        {
            "task_key": "a",
            "notebook_task": {"notebook_path": "/Workspace/a", "source": "WORKSPACE"},
            "job_cluster_key": "c",
            "run_if": "ALL_SUCCESS",
            "timeout_seconds": 0,
            "email_notifications": {},
        },
        {
            "task_key": "b",
            "spark_python_task": {"python_file": "/x.py", "source": "WORKSPACE"},
            "run_if": "ALL_SUCCESS",
            "timeout_seconds": 0,
            "email_notifications": {},
        },
    ]
    assert raw["job_clusters"] == [
        {
            "job_cluster_key": "c",
            "new_cluster": {"spark_version": "1", "data_security_mode": "SINGLE_USER", "enable_elastic_disk": False},
        }
    ]


def test_defaults_never_replace_what_was_sent() -> None:
    cluster = {**CLUSTER, "data_security_mode": "NONE", "enable_elastic_disk": True}
    raw = raw_job(raw_task("a", run_if="ALL_DONE", timeout_seconds=5, new_cluster=cluster))
    read = with_defaults(raw)
    assert (read["name"], read["tasks"][0]["run_if"], read["tasks"][0]["timeout_seconds"]) == ("nightly", "ALL_DONE", 5)
    assert read["tasks"][0]["new_cluster"] == cluster


def test_the_old_format_reads_as_the_new_one() -> None:
    assert with_defaults(raw_job(format="SINGLE_TASK"))["format"] == "MULTI_TASK"


def test_a_flag_that_the_service_never_returns() -> None:
    cluster = {**CLUSTER, "apply_policy_default_values": True}
    read = with_defaults(raw_job(raw_task("a", new_cluster=cluster)))
    assert "apply_policy_default_values" not in read["tasks"][0]["new_cluster"]


def test_dependencies_keep_the_submitted_order() -> None:
    """The service sorts them, and tools then report a difference for ever."""
    raw = raw_job(raw_task("z"), raw_task("a"), raw_task("m", "z", "a"))
    read: dict[str, Any] = dict(parse(raw).raw)
    assert read["tasks"][2]["depends_on"] == [{"task_key": "z"}, {"task_key": "a"}]
