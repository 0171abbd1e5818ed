"""Rules of cluster policies: each kind of rule against what keeps it and what breaks it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from brickyard.errors import InvalidParameterValue
from brickyard.jobs import cluster_policies as policies


def rules(**by_path: Any) -> dict[str, Any]:
    return dict(policies.parse(json.dumps(by_path)))


def applied(cluster: dict[str, Any], by_path: dict[str, Any], *, defaults: bool = False) -> dict[str, Any]:
    return policies.apply(rules(**by_path), cluster, defaults=defaults)


KEPT = {
    "fixed": ({"type": "fixed", "value": 2}, 2),
    "fixed, as a text": ({"type": "fixed", "value": 2}, "2"),
    "fixed flag": ({"type": "fixed", "value": "true"}, True),
    "allowlist": ({"type": "allowlist", "values": ["a", "b"]}, "b"),
    "blocklist": ({"type": "blocklist", "values": ["a"]}, "b"),
    "regex": ({"type": "regex", "pattern": "m5[.].*"}, "m5.large"),
    "range": ({"type": "range", "minValue": 1, "maxValue": 3}, 3),
    "range without end": ({"type": "range", "minValue": 1}, "9"),
    "unlimited": ({"type": "unlimited"}, "anything"),
}
BROKEN = {
    "fixed": ({"type": "fixed", "value": 2}, 3, "it must be 2"),
    "forbidden": ({"type": "forbidden"}, 1, "it must be left out"),
    "allowlist": ({"type": "allowlist", "values": ["a", "b"]}, "c", "one of 'a', 'b'"),
    "blocklist": ({"type": "blocklist", "values": ["a"]}, "a", "must not be one of 'a'"),
    "regex": ({"type": "regex", "pattern": "m5"}, "m5.large", "must match 'm5'"),
    "regex of a number": ({"type": "regex", "pattern": ".*"}, 1, "must match"),
    "range below": ({"type": "range", "minValue": 1, "maxValue": 3}, 0, "from 1 to 3"),
    "range above": ({"type": "range", "maxValue": 3}, 4, "from anything to 3"),
    "range of a word": ({"type": "range", "maxValue": 3}, "many", "from anything to 3"),
    "range of a flag": ({"type": "range", "maxValue": 3}, True, "from anything to 3"),
}


@pytest.mark.parametrize("case", KEPT)
def test_a_value_that_keeps_its_rule_passes(case: str) -> None:
    rule, value = KEPT[case]
    assert applied({"node_type_id": value}, {"node_type_id": rule}) == {"node_type_id": value}


@pytest.mark.parametrize("case", BROKEN)
def test_a_value_that_breaks_its_rule_is_refused_with_what_is_allowed(case: str) -> None:
    rule, value, said = BROKEN[case]
    with pytest.raises(InvalidParameterValue, match="refuses node_type_id: it is") as refusal:
        applied({"node_type_id": value}, {"node_type_id": rule})
    assert said in refusal.value.message


@pytest.mark.parametrize("kind", ["allowlist", "regex", "range"])
def test_what_must_be_given_is_missed_unless_it_is_optional(kind: str) -> None:
    rules_of: dict[str, dict[str, Any]] = {
        "allowlist": {"values": ["a"]},
        "regex": {"pattern": "a"},
        "range": {"minValue": 1},
    }
    rule = rules_of[kind]
    with pytest.raises(InvalidParameterValue, match="it is missing"):
        applied({}, {"num_workers": {"type": kind, **rule}})
    assert applied({}, {"num_workers": {"type": kind, "isOptional": True, **rule}}) == {}


@pytest.mark.parametrize("kind", ["blocklist", "unlimited", "forbidden"])
def test_what_may_be_left_out_may_be_left_out(kind: str) -> None:
    more = {"values": ["a"]} if kind == "blocklist" else {}
    assert applied({}, {"num_workers": {"type": kind, **more}}) == {}


def test_fixed_values_are_set_also_deep_in_the_cluster_and_under_names_with_dots() -> None:
    made = applied(
        {"spark_conf": {"a": "b"}},
        {
            "spark_conf.spark.sql.ansi.enabled": {"type": "fixed", "value": "true"},
            "autoscale.max_workers": {"type": "fixed", "value": 2},
            "custom_tags.cost.center": {"type": "fixed", "value": "7", "hidden": True},
        },
    )
    assert made == {
        "spark_conf": {"a": "b", "spark.sql.ansi.enabled": "true"},
        "autoscale": {"max_workers": 2},
        "custom_tags": {"cost.center": "7"},
    }


def test_what_was_sent_is_left_as_it_is() -> None:
    sent: dict[str, Any] = {"custom_tags": {"a": "b"}}
    applied(sent, {"custom_tags.team": {"type": "fixed", "value": "ore"}})
    assert sent == {"custom_tags": {"a": "b"}}


def test_a_default_fills_what_must_be_given_and_what_may_only_where_defaults_are_asked_for() -> None:
    needed = {"type": "allowlist", "values": ["a", "b"], "defaultValue": "b"}
    optional = {"type": "unlimited", "defaultValue": 3, "isOptional": True}
    by_path = {"node_type_id": needed, "num_workers": optional}
    assert applied({}, by_path) == {"node_type_id": "b"}
    assert applied({}, by_path, defaults=True) == {"node_type_id": "b", "num_workers": 3}
    assert applied({"node_type_id": "a", "num_workers": 1}, by_path, defaults=True) == {
        "node_type_id": "a",
        "num_workers": 1,
    }


def test_a_default_that_its_own_rule_refuses_is_refused() -> None:
    with pytest.raises(InvalidParameterValue, match="it is 9; it must be from anything to 3"):
        applied({}, {"num_workers": {"type": "range", "maxValue": 3, "defaultValue": 9}})


def test_a_star_means_every_element_of_a_list() -> None:
    rule = {"init_scripts.*.workspace.destination": {"type": "regex", "pattern": "/Shared/.*"}}
    good = {"init_scripts": [{"workspace": {"destination": "/Shared/a"}}]}
    assert applied(good, rule) == good
    assert applied({}, rule) == {}
    bad = {"init_scripts": [*good["init_scripts"], {"workspace": {"destination": "/Users/x"}}]}
    with pytest.raises(InvalidParameterValue, match=r"init_scripts\.1\.workspace\.destination"):
        applied(bad, rule)


def test_the_kind_of_cluster_and_its_cost_are_held_to_the_policy() -> None:
    found = rules(
        cluster_type={"type": "fixed", "value": "job"},
        dbus_per_hour={"type": "range", "maxValue": 10},
        a={"type": "forbidden"},
    )
    assert policies.apply(found, {"num_workers": 1}, defaults=True) == {"num_workers": 1}
    policies.check_kind(found, "job")
    policies.check_cost(found, 9.5)
    with pytest.raises(InvalidParameterValue, match="cluster_type: it is 'all-purpose'; it must be 'job'"):
        policies.check_kind(found, "all-purpose")
    with pytest.raises(InvalidParameterValue, match="dbus_per_hour"):
        policies.check_cost(found, 10.5)
    policies.check_kind({}, "all-purpose")
    policies.check_cost({}, 10.5)


REFUSED = {
    "no json": ("{", "is not JSON"),
    "no object": ("[]", "must be a JSON object"),
    "rule that is none": ('{"a": 1}', "the type of 'a' must be one of fixed"),
    "unknown type": ('{"a": {"type": "magic"}}', "the type of 'a' must be one of fixed"),
    "unknown field": ('{"a": {"type": "fixed", "value": 1, "max": 2}}', "'a' has 'max'; fixed knows hidden, value"),
    "nothing fixed": ('{"a": {"type": "fixed"}}', "'a' is fixed and needs 'value'"),
    "no list": ('{"a": {"type": "allowlist", "values": "x"}}', "values of 'a' must be a list"),
    "no pattern": ('{"a": {"type": "regex", "pattern": "("}}', "pattern of 'a' is none"),
    "long pattern": (json.dumps({"a": {"type": "regex", "pattern": "x" * 501}}), "at most 500 characters"),
    "no number": ('{"a": {"type": "range", "maxValue": "many"}}', "maxValue of 'a' must be a number"),
    "deep": ('{"a":' * 100_000, "is not JSON"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_definition_that_is_none_is_refused(case: str) -> None:
    text, said = REFUSED[case]
    with pytest.raises(InvalidParameterValue) as refusal:
        policies.parse(text)
    assert said in refusal.value.message
