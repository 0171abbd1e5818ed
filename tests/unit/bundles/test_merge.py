"""A target laid over the root."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.surfaces.bundles.document import parse
from brickyard.surfaces.bundles.marks import BundleError, locate, to_plain
from brickyard.surfaces.bundles.merge import merge


def merged(below: str, above: str) -> Any:
    return to_plain(merge(parse(below, "below.yml"), parse(above, "above.yml")))


@pytest.mark.parametrize(
    ("below", "above", "result"),
    [
        ("a: 1", "b: 2", {"a": 1, "b": 2}),
        ("a: 1", "a: 2", {"a": 2}),
        ("a: 1", "a:", {"a": None}),
        ("a:", "a: {b: 1}", {"a": {"b": 1}}),
        ("a: {b: 1, c: 1}", "a: {c: 2}", {"a": {"b": 1, "c": 2}}),
        ("a: [1]", "a: [2]", {"a": [1, 2]}),
        ("a: {b: 1}", "a: '${var.x}'", {"a": "${var.x}"}),
        (
            "tasks: [{task_key: a, x: 1}, {task_key: b}]",
            "tasks: [{task_key: c}, {task_key: a, x: 2, y: 3}]",
            {"tasks": [{"task_key": "a", "x": 2, "y": 3}, {"task_key": "b"}, {"task_key": "c"}]},
        ),
        (
            "job_clusters: [{job_cluster_key: k, new_cluster: {num_workers: 1, spark_version: v}}]",
            "job_clusters: [{job_cluster_key: k, new_cluster: {num_workers: 9}}]",
            {"job_clusters": [{"job_cluster_key": "k", "new_cluster": {"num_workers": 9, "spark_version": "v"}}]},
        ),
        (
            "parameters: [{name: p, default: a}]",
            "parameters: [{name: p, default: b}, {name: q, default: c}]",
            {"parameters": [{"name": "p", "default": "b"}, {"name": "q", "default": "c"}]},
        ),
        ("parameters: [--a]", "parameters: [--b]", {"parameters": ["--a", "--b"]}),
    ],
)
def test_layers(below: str, above: str, result: object) -> None:
    """Mappings deep, keyed lists by key, other lists one after the other, plain values replaced."""
    assert merged(below, above) == result


@pytest.mark.parametrize(("below", "above"), [("a: {b: 1}", "a: 5"), ("a: [1]", "a: {b: 1}"), ("a: 5", "a: [1]")])
def test_things_of_different_kinds_are_refused(below: str, above: str) -> None:
    with pytest.raises(BundleError, match=r"above\.yml:1:4: a is"):
        merged(below, above)


def test_a_key_twice_in_one_layer_stays_twice() -> None:
    """It is the check of the settings that says so, with the place; merging must not hide it."""
    assert len(merged("tasks: [{task_key: a}, {task_key: a}]", "{}")["tasks"]) == 2


def test_places_follow_the_value_that_counts() -> None:
    root = merge(parse("a: {b: 1, c: 1}", "below.yml"), parse("a: {c: 2}", "above.yml"))
    assert str(locate(root, ["a", "b"])) == "below.yml:1:8"
    assert str(locate(root, ["a", "c"])) == "above.yml:1:8"


def test_nothing_that_was_given_is_changed() -> None:
    below, above = parse("a: {b: [1]}", "below.yml"), parse("a: {b: [2]}", "above.yml")
    merge(below, above)
    assert to_plain(below) == {"a": {"b": [1]}}
    assert to_plain(above) == {"a": {"b": [2]}}
