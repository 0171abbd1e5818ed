"""The settings of all-purpose clusters."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.jobs.all_purpose import changed, parse, resized
from brickyard.jobs.tasks import Autoscale

LEAST = {"spark_version": "16.4.x-scala2.12"}


def test_the_settings_are_kept_as_sent_with_numbers_as_numbers() -> None:
    sent = {**LEAST, "num_workers": "2", "cluster_name": "mine", "aws_attributes": {"zone_id": "a"}, "policy_id": None}
    found = parse(sent)
    assert found.raw == {
        **LEAST, "num_workers": 2, "cluster_name": "mine", "aws_attributes": {"zone_id": "a"},
    }  # fmt: skip
    assert (found.spec.num_workers, found.autotermination_minutes, found.clone_from) == (2, 0, "")


@pytest.mark.parametrize(("given", "minutes"), [(10, 10), ("60", 60), (10_000, 10_000), (0, 0)])
def test_minutes_of_idleness(given: Any, minutes: int) -> None:
    assert parse({**LEAST, "autotermination_minutes": given}).autotermination_minutes == minutes


@pytest.mark.parametrize("given", [9, 1, 10_001, -1, "soon", 1.5])
def test_minutes_that_are_refused(given: Any) -> None:
    with pytest.raises(InvalidParameterValue, match="autotermination_minutes is"):
        parse({**LEAST, "autotermination_minutes": given})


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"num_wrokers": 1}, "Did you mean 'num_workers'"),
        ({"num_workers": -1}, "num_workers is -1"),
        ({"num_workers": 1, "autoscale": {"min_workers": 1, "max_workers": 2}}, "both num_workers and autoscale"),
        ({"autoscale": {"min_workers": 3, "max_workers": 2}}, "must not be above max_workers"),
        ({"node_type_id": "m5.xlrage"}, "not a known node type"),
        ({"is_single_node": True, "num_workers": 2}, "a single node has no workers"),
        ({"spark_conf": "a=b"}, "spark_conf is 'a=b'"),
        ({"custom_tags": {str(n): "" for n in range(46)}}, "custom_tags"),
        ({"clone_from": {}}, "source_cluster_id is missing"),
        ({"cluster_name": "x" * 1001}, "cluster_name has 1001 bytes"),
    ],
    ids=["unknown", "negative", "both", "scale", "node", "single", "conf", "tags", "clone", "name"],
)
def test_what_is_wrong_is_told_by_its_name(more: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidParameterValue, match=words):
        parse({**LEAST, **more})


def test_a_version_is_needed() -> None:
    with pytest.raises(InvalidParameterValue, match="spark_version is missing"):
        parse({"num_workers": 1})


@pytest.mark.parametrize("name", ["init_scripts", "docker_image", "cluster_log_conf"])
def test_what_cannot_be_done_is_refused_by_name(name: str) -> None:
    value: Any = [{"workspace": {"destination": "/x"}}] if name == "init_scripts" else {"a": "b"}
    with pytest.raises(FeatureDisabled, match=f"^{name} is not supported"):
        parse({**LEAST, name: value})


# ---------------------------------------------------------------------------------------------------------- changes


@pytest.mark.parametrize(
    ("changes", "mask", "expected"),
    [
        ({"num_workers": 2}, "num_workers", {**LEAST, "num_workers": 2}),
        ({"num_workers": 2}, "*", {**LEAST, "num_workers": 2}),
        ({}, "num_workers", LEAST),
        ({"cluster_name": "b"}, " cluster_name , num_workers", {**LEAST, "cluster_name": "b"}),
        (
            {"autoscale": {"min_workers": 1, "max_workers": 2}},
            "autoscale",
            {**LEAST, "autoscale": {"min_workers": 1, "max_workers": 2}},
        ),
    ],
    ids=["one", "all", "removed", "two", "the other size"],
)
def test_a_mask_names_what_is_changed(changes: dict[str, Any], mask: str, expected: dict[str, Any]) -> None:
    assert changed({**LEAST, "num_workers": 1}, changes, mask) == expected


@pytest.mark.parametrize(
    ("changes", "mask", "words"),
    [
        ({"num_workers": 2}, "cluster_name", "cluster.num_workers is given, and update_mask does not name it"),
        ({}, "nothing", "update_mask names 'nothing'"),
        ({}, "clone_from", "update_mask names 'clone_from'"),
        ({"x": 1}, "*", "cluster.x is not a known field"),
    ],
    ids=["stray", "unknown", "not to be changed", "unknown change"],
)
def test_a_mask_that_does_not_fit(changes: dict[str, Any], mask: str, words: str) -> None:
    with pytest.raises(InvalidParameterValue, match=words):
        changed(LEAST, changes, mask)


def test_another_size_takes_the_place_of_the_size() -> None:
    scaled = resized({**LEAST, "num_workers": 1}, {"autoscale": {"min_workers": 1, "max_workers": "3"}})
    assert parse(scaled).spec.autoscale == Autoscale(min_workers=1, max_workers=3)
    assert resized(scaled, {"num_workers": 4}) == {**LEAST, "num_workers": 4}


@pytest.mark.parametrize(
    "size", [{}, {"num_workers": 1, "autoscale": {"min_workers": 1, "max_workers": 2}}], ids=["none", "two"]
)
def test_one_size_is_given(size: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterValue, match="Exactly one of num_workers and autoscale"):
        resized(LEAST, size)
