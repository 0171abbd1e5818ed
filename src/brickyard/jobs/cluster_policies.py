"""Cluster policies: rules on the attributes of a cluster, and what they make of a cluster that is asked for.

A definition is a JSON object: paths of attributes (`spark_conf.spark.sql.ansi`, `autoscale.max_workers`,
`custom_tags.team`) with a rule each. Source: Databricks documentation, compute policy reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from brickyard.errors import InvalidParameterValue

TYPES = ("fixed", "forbidden", "allowlist", "blocklist", "regex", "range", "unlimited")
_FIELDS = {
    "fixed": {"value", "hidden"},
    "forbidden": set(),
    "allowlist": {"values", "defaultValue", "isOptional", "hidden"},
    "blocklist": {"values", "defaultValue", "isOptional", "hidden"},
    "regex": {"pattern", "defaultValue", "isOptional", "hidden"},
    "range": {"minValue", "maxValue", "defaultValue", "isOptional", "hidden"},
    "unlimited": {"defaultValue", "isOptional", "hidden"},
}
_MAPS = ("spark_conf", "spark_env_vars", "custom_tags")
"""Objects whose members may have dots in their names."""
_WITHOUT_CLUSTER = ("cluster_type", "dbus_per_hour")
"""Rules on what is no attribute of the request: what kind of cluster it is, and what it costs."""
_MAX_PATTERN = 500
_MAX_VALUE = 1000
"""Characters of a value that is held against a pattern, so that no pair of them can keep the server busy for long."""
_ABSENT: Any = object()


def parse(definition: str) -> dict[str, Mapping[str, Any]]:
    """The rules by path.

    Raises:
        InvalidParameterValue: it is no definition; the text names the path.
    """
    try:
        rules = json.loads(definition)
    except (ValueError, RecursionError) as error:
        raise InvalidParameterValue(f"definition is not JSON: {error}.") from error
    if not isinstance(rules, dict):
        raise InvalidParameterValue("definition must be a JSON object of paths and rules.")
    for path, rule in rules.items():
        _check_rule(path, rule)
    return rules


def apply(rules: Mapping[str, Mapping[str, Any]], cluster: Mapping[str, Any], *, defaults: bool) -> dict[str, Any]:
    """The cluster as the policy makes it: fixed values are set, and defaults where they are asked for.

    Raises:
        InvalidParameterValue: a rule is broken; the text names the attribute, what was given and what is allowed.
    """
    made: dict[str, Any] = json.loads(json.dumps(cluster))
    for path, rule in rules.items():
        if path in _WITHOUT_CLUSTER or "*" in path:
            continue
        given = _get(made, path)
        if rule["type"] == "fixed" and given is _ABSENT:
            _set(made, path, rule["value"])
        elif given is _ABSENT and "defaultValue" in rule and (defaults or not rule.get("isOptional", False)):
            _set(made, path, rule["defaultValue"])
    for path, rule in rules.items():
        if path not in _WITHOUT_CLUSTER:
            for name, value in _values(made, path):
                _check(name, rule, value)
    return made


def filled(rules: Mapping[str, Mapping[str, Any]], cluster: Mapping[str, Any]) -> dict[str, Any]:
    """The cluster with what a policy fixes or has as a default where nothing is given. Nothing is checked."""
    made: dict[str, Any] = json.loads(json.dumps(cluster))
    for path, rule in rules.items():
        value = rule.get("value", rule.get("defaultValue"))
        if path not in _WITHOUT_CLUSTER and "*" not in path and value is not None and _get(made, path) is _ABSENT:
            _set(made, path, value)
    return made


def check_kind(rules: Mapping[str, Mapping[str, Any]], kind: str) -> None:
    """Whether a cluster of this kind ("all-purpose" or "job") may be made by the policy.

    Raises:
        InvalidParameterValue: it may not.
    """
    if "cluster_type" in rules:
        _check("cluster_type", rules["cluster_type"], kind)


def check_cost(rules: Mapping[str, Mapping[str, Any]], dbus_per_hour: float) -> None:
    """Whether a cluster that costs so much may be made by the policy.

    Raises:
        InvalidParameterValue: it may not.
    """
    if "dbus_per_hour" in rules:
        _check("dbus_per_hour", rules["dbus_per_hour"], dbus_per_hour)


def _check_rule(path: str, rule: Any) -> None:
    kind = rule.get("type") if isinstance(rule, Mapping) else None
    if kind not in _FIELDS:
        raise InvalidParameterValue(f"definition: the type of {path[:200]!r} must be one of {', '.join(TYPES)}.")
    unknown = sorted(set(rule) - _FIELDS[kind] - {"type"})
    if unknown:
        allowed = ", ".join(sorted(_FIELDS[kind])) or "nothing else"
        raise InvalidParameterValue(f"definition: {path[:200]!r} has {unknown[0][:100]!r}; {kind} knows {allowed}.")
    needed = {"fixed": "value", "allowlist": "values", "blocklist": "values", "regex": "pattern"}.get(kind)
    if needed and needed not in rule:
        raise InvalidParameterValue(f"definition: {path[:200]!r} is {kind} and needs {needed!r}.")
    if kind in {"allowlist", "blocklist"} and not isinstance(rule["values"], list):
        raise InvalidParameterValue(f"definition: values of {path[:200]!r} must be a list.")
    if kind == "regex":
        _check_pattern(path, rule["pattern"])
    for bound in ("minValue", "maxValue"):
        if bound in rule and not _is_number(rule[bound]):
            raise InvalidParameterValue(f"definition: {bound} of {path[:200]!r} must be a number.")


def _check_pattern(path: str, pattern: Any) -> None:
    if not isinstance(pattern, str) or len(pattern) > _MAX_PATTERN:
        raise InvalidParameterValue(
            f"definition: pattern of {path[:200]!r} must be a text of at most {_MAX_PATTERN} characters."
        )
    try:
        re.compile(pattern)
    except (re.error, RecursionError) as error:
        raise InvalidParameterValue(f"definition: pattern of {path[:200]!r} is none: {error}.") from error


def _check(path: str, rule: Mapping[str, Any], value: Any) -> None:
    """One attribute against one rule; `_ABSENT` is one that was not given."""
    kind = rule["type"]
    if value is _ABSENT:
        if kind in {"allowlist", "regex", "range"} and not rule.get("isOptional", False):
            raise _broken(path, "is missing", _allowed(rule))
        return
    if kind == "forbidden":
        raise _broken(path, f"is {value!r}"[:120], "it must be left out")
    if not _keeps(rule, value):
        raise _broken(path, f"is {value!r}"[:120], _allowed(rule))


def _keeps(rule: Mapping[str, Any], value: Any) -> bool:
    match rule["type"]:
        case "fixed":
            return _same(value, rule["value"])
        case "allowlist":
            return any(_same(value, each) for each in rule["values"])
        case "blocklist":
            return not any(_same(value, each) for each in rule["values"])
        case "regex":
            return isinstance(value, str) and len(value) <= _MAX_VALUE and bool(re.fullmatch(rule["pattern"], value))
        case "range":
            return _in_range(value, rule)
        case _:
            return True


def _allowed(rule: Mapping[str, Any]) -> str:
    match rule["type"]:
        case "fixed":
            return f"it must be {rule['value']!r}"
        case "allowlist":
            return f"it must be one of {', '.join(map(repr, rule['values']))}"
        case "blocklist":
            return f"it must not be one of {', '.join(map(repr, rule['values']))}"
        case "regex":
            return f"it must match {rule['pattern']!r}"
        case _:
            return f"it must be from {rule.get('minValue', 'anything')} to {rule.get('maxValue', 'anything')}"


def _broken(path: str, given: str, allowed: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"The cluster's policy refuses {path[:200]}: it {given}; {allowed}.")


def _in_range(value: Any, rule: Mapping[str, Any]) -> bool:
    if not _is_number(value):
        return False
    return float(rule.get("minValue", value)) <= float(value) <= float(rule.get("maxValue", value))


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, (int, float)) or (isinstance(value, str) and bool(re.fullmatch(r"-?\d{1,15}", value)))


def _same(value: Any, other: Any) -> bool:
    """Texts and numbers that are written alike are the same: clients send numbers as texts."""
    return value == other or (not isinstance(value, (dict, list)) and _text(value) == _text(other))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parts(path: str) -> list[str]:
    first, _, rest = path.partition(".")
    return [first, rest] if first in _MAPS and rest else path.split(".")


def _get(cluster: Any, path: str) -> Any:
    for part in _parts(path):
        if isinstance(cluster, Mapping) and part in cluster:
            cluster = cluster[part]
        elif isinstance(cluster, list) and part.isdigit() and int(part) < len(cluster):
            cluster = cluster[int(part)]
        else:
            return _ABSENT
    return cluster


def _set(cluster: dict[str, Any], path: str, value: Any) -> None:
    *above, last = _parts(path)
    inner: Any = cluster
    for part in above:
        if isinstance(inner, list) or not isinstance(inner.setdefault(part, {}), dict):
            return  # a list, such as of init scripts, is not filled by a policy; its rule refuses what differs
        inner = inner[part]
    inner[last] = value


def _values(cluster: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """The attributes that a path means: with `*` each element of a list."""
    if "*" not in path:
        yield path, _get(cluster, path)
        return
    before, _, after = path.partition(".*")
    elements = _get(cluster, before)
    for index in range(len(elements) if isinstance(elements, list) else 0):
        yield from _values(cluster, f"{before}.{index}{after}")
