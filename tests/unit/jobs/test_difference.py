"""The difference of two settings: by keys, in the order of the settings, nothing left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.jobs.difference import Change, Difference, differences
from brickyard.jobs.settings import parse


def task(key: str, *needs: str, **more: Any) -> dict[str, Any]:
    edges = {"depends_on": [{"task_key": need} for need in needs]} if needs else {}
    return {"task_key": key, "notebook_task": {"notebook_path": f"/Shared/{key}"}, **edges, **more}


def settings(*tasks: Mapping[str, Any], **more: Any) -> Mapping[str, Any]:
    return parse({"name": "nightly", "tasks": list(tasks), **more}).raw


def day(value: str) -> dict[str, Any]:
    return {"notebook_task": {"notebook_path": "/Shared/load", "base_parameters": {"day": value}}}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(settings(task("a")), settings(task("a")), [], id="equal"),
        pytest.param(
            settings(task("a"), name="one"),
            settings(task("a"), name="two"),
            [Difference("name", Change.CHANGED, "one", "two")],
            id="plain",
        ),
        pytest.param(
            settings(task("load", **day("monday"))),
            settings(task("load", **day("tuesday"))),
            [Difference("tasks/load/notebook_task/base_parameters/day", Change.CHANGED, "monday", "tuesday")],
            id="deep",
        ),
        pytest.param(
            settings(task("a"), description="old"),
            settings(task("a")),
            [Difference("description", Change.REMOVED, before="old")],
            id="removed",
        ),
        pytest.param(
            settings(task("a")),
            settings(task("a", max_retries=2)),
            [Difference("tasks/a/max_retries", Change.ADDED, after=2)],
            id="added",
        ),
        pytest.param(
            settings(task("a"), task("b"), task("c", "a")),
            settings(task("a"), task("b"), task("c", "a", "b")),
            [Difference("tasks/c/depends_on/b", Change.ADDED, after={"task_key": "b"})],
            id="dependency",
        ),
        pytest.param(
            settings(task("a"), task("b")),
            settings(task("b"), task("a")),
            [Difference("tasks", Change.REORDERED, ["a", "b"], ["b", "a"])],
            id="order",
        ),
        pytest.param(
            settings(task("a"), parameters=[{"name": "day", "default": "1"}, {"name": "n", "default": "x"}]),
            settings(task("a"), parameters=[{"name": "n", "default": "y"}]),
            [
                Difference("parameters/day", Change.REMOVED, before={"name": "day", "default": "1"}),
                Difference("parameters/n/default", Change.CHANGED, "x", "y"),
            ],
            id="parameters",
        ),
        pytest.param(
            settings(task("a"), task("b")),
            settings(task("a"), task("b", "a"), parameters=[{"name": "day", "default": "1"}]),
            [
                Difference("tasks/b/depends_on/a", Change.ADDED, after={"task_key": "a"}),
                Difference("parameters/day", Change.ADDED, after={"name": "day", "default": "1"}),
            ],
            id="first-entries",
        ),
        pytest.param(
            settings(task("a"), tags={"cost/center~": "1"}),
            settings(task("a"), tags={"cost/center~": "2"}),
            [Difference("tags/cost~1center~0", Change.CHANGED, "1", "2")],
            id="escaped",
        ),
    ],
)
def test_each_place_is_named_by_the_keys_on_its_way(
    old: Mapping[str, Any], new: Mapping[str, Any], expected: list[Difference]
) -> None:
    assert list(differences(old, new)) == expected


def test_a_list_without_keys_is_one_place() -> None:
    def script(*words: str) -> Mapping[str, Any]:
        body = {"python_file": "/Shared/x.py", "parameters": list(words)}
        return settings({"task_key": "a", "spark_python_task": body})

    (found,) = differences(script("--a", "1"), script("--a", "2"))
    assert found == Difference(
        "tasks/a/spark_python_task/parameters", Change.CHANGED, before=["--a", "1"], after=["--a", "2"]
    )


def test_a_new_task_between_others_does_not_look_like_changes_of_all_after_it() -> None:
    old, new = settings(task("a"), task("c")), settings(task("a"), task("b"), task("c"))
    assert [(found.path, found.change) for found in differences(old, new)] == [("tasks/b", Change.ADDED)]


def test_entries_without_or_with_doubled_keys_are_compared_as_a_whole() -> None:
    for odd in ([{"x": 1}], [{"task_key": "a"}, {"task_key": "a"}], ["a"], "a"):
        (found,) = differences({"tasks": odd}, {"tasks": [{"task_key": "b"}]})
        assert (found.path, found.change, found.before) == ("tasks", Change.CHANGED, odd)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(["tasks", "parameters", "name", "x/y"]), VALUES, max_size=4)


@given(OBJECTS, OBJECTS)
def test_any_two_settings_are_told_apart_and_the_other_way_round_is_the_reverse(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    found = differences(old, new)
    assert bool(found) == (old != new)
    back = {(item.path, item.change) for item in differences(new, old)}
    turned = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}
    assert {(item.path, turned.get(item.change, item.change)) for item in found} == back
