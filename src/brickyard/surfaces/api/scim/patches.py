"""PatchOp: operations on a resource (RFC 7644, 3.5.2). What comes of them is read as a whole resource is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from brickyard.access.identity import PrincipalKind
from brickyard.errors import InvalidParameterValue, MalformedRequest
from brickyard.surfaces.api.inputs import unknown
from brickyard.surfaces.api.scim import filters
from brickyard.surfaces.api.scim.attributes import ATTRIBUTES, MULTIPLE, resolve
from brickyard.surfaces.api.scim.faults import InvalidPath, NoTarget

SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MAX_OPERATIONS = 1000
_PATH = re.compile(r"(?P<attribute>[\w:.$-]+)(?:\[(?P<filter>.*)\](?:\.(?P<part>[\w$]+))?)?", re.DOTALL)

Json = dict[str, Any]


def apply(kind: PrincipalKind, resource: Mapping[str, Any], operations: Any) -> Json:
    """The resource after all operations, one after the other.

    Raises:
        BrickyardError: an operation is none; nothing has happened then.
    """
    if not isinstance(operations, list) or not operations:
        raise MalformedRequest("Operations is missing; it must be a list of operations.")
    if len(operations) > MAX_OPERATIONS:
        raise InvalidParameterValue(f"Operations has {len(operations)} elements; it may have {MAX_OPERATIONS}.")
    changed = dict(resource)
    for index, operation in enumerate(operations):
        _apply_one(kind, changed, operation, f"Operations[{index}]")
    return changed


def _apply_one(kind: PrincipalKind, resource: Json, operation: Any, where: str) -> None:
    word, path, value = _read(operation, where)
    if path:
        _at_path(kind, resource, word, path, value)
        return
    if word == "remove":
        raise NoTarget(f"{where}.path is missing; it must say what is to be removed.")
    # Some clients wrap the one object in a list.
    parts = value[0] if isinstance(value, list) and len(value) == 1 else value
    if not isinstance(parts, Mapping):
        raise InvalidParameterValue(f"{where}.value must be an object of attributes where there is no path.")
    for name, part in parts.items():
        _at_path(kind, resource, word, name, part)


def _read(operation: Any, where: str) -> tuple[str, str, Any]:
    """What is to be done, at which path ("" for the resource), with which value."""
    if not isinstance(operation, Mapping):
        raise MalformedRequest(f"{where} must be an object.")
    for name in operation:
        if name not in {"op", "path", "value"}:
            raise InvalidParameterValue(f"{where}: {unknown(name, ('op', 'path', 'value'))}")
    word, path, value = str(operation.get("op", "")).lower(), operation.get("path") or "", operation.get("value")
    if word not in {"add", "remove", "replace"}:
        raise InvalidParameterValue(f"{where}.op is {word[:100]!r}; it must be one of add, remove, replace.")
    if not isinstance(path, str):
        raise InvalidPath(f"{where}.path must be a text.")
    if word != "remove" and value is None:
        raise InvalidParameterValue(f"{where}.value is missing.")
    return word, path, value


def _at_path(kind: PrincipalKind, resource: Json, word: str, path: str, value: Any) -> None:
    match = _PATH.fullmatch(path.strip()[:20_000])
    if match is None:
        raise InvalidPath(
            f'The path {path[:100]!r} is not understood; it must be like members or members[value eq "1"].'
        )
    attribute, part = resolve(kind, match["attribute"])
    if attribute not in MULTIPLE:
        if match["filter"] is not None:
            raise InvalidPath(f"{attribute} is no list; the path {path[:100]!r} cannot choose of it.")
        _single(resource, word, attribute, part, value)
        return
    if match["filter"] is not None:
        _chosen(kind, resource, word, match, value)
    elif part:
        raise InvalidPath(f"The path {path[:100]!r} must say of which element: {attribute}[…].{part}.")
    else:
        _list(resource, word, attribute, value)


def _chosen(kind: PrincipalKind, resource: Json, word: str, match: re.Match[str], value: Any) -> None:
    """The elements of a list that the filter of a path chooses."""
    attribute, _ = resolve(kind, match["attribute"])
    parts = ATTRIBUTES[kind][attribute]
    chosen = filters.parse_values(match["filter"], parts)
    if match["part"] is not None and match["part"] not in parts:
        raise InvalidPath(f"Unknown attribute {match['part'][:100]!r}. Known are: {', '.join(parts)}.")
    items: list[Json] = list(resource.get(attribute) or ())
    if word == "remove" and not match["part"]:
        resource[attribute] = [item for item in items if not chosen(item)]
        return
    if not any(chosen(item) for item in items):
        raise NoTarget(f"No element of {attribute} is as the path says.")
    changed = ({**item} if not chosen(item) else _changed(item, word, match["part"] or "", value) for item in items)
    resource[attribute] = list(changed)


def _single(resource: Json, word: str, attribute: str, part: str, value: Any) -> None:
    if part:
        there = resource.get(attribute) or {}
        if not isinstance(there, Mapping):
            raise InvalidPath(f"{attribute} is no object, so it has no {part}.")
        inner = dict(there)
        resource[attribute] = inner
        _single(inner, word, part, "", value)
    elif word == "remove":
        resource.pop(attribute, None)
    elif word == "add" and isinstance(value, Mapping) and isinstance(resource.get(attribute), Mapping):
        resource[attribute] = {**resource[attribute], **value}
    else:
        # `{"value": …}`, also within a list, stands for the value itself with some clients.
        one = value[0] if isinstance(value, list) and len(value) == 1 else value
        is_wrapped = isinstance(one, Mapping) and one.keys() == {"value"}
        resource[attribute] = one["value"] if is_wrapped else one


def _list(resource: Json, word: str, attribute: str, value: Any) -> None:
    items = list(resource.get(attribute) or ())
    given = _items(attribute, value) if value is not None else []
    if word == "replace":
        resource[attribute] = given
    elif word == "add":
        there = {_key(item) for item in items}
        resource[attribute] = [*items, *(item for item in given if _key(item) not in there)]
    elif value is None:
        resource.pop(attribute, None)
    else:
        gone = {_key(item) for item in given}
        resource[attribute] = [item for item in items if _key(item) not in gone]


def _changed(item: Json, word: str, part: str, value: Any) -> Json:
    if word == "remove":
        return {name: each for name, each in item.items() if name != part}
    if part:
        return {**item, part: value}
    if not isinstance(value, Mapping):
        raise InvalidParameterValue("value must be an object where the path chooses whole elements.")
    return {**item, **value} if word == "add" else dict(value)


def _items(attribute: str, value: Any) -> list[Json]:
    listed: Sequence[Any] = value if isinstance(value, list) else [value]
    found = [{"value": item} if isinstance(item, str) else item for item in listed]
    if not all(isinstance(item, Mapping) for item in found):
        raise InvalidParameterValue(f"{attribute} must be a list of objects with a value.")
    return [dict(item) for item in found]


def _key(item: Mapping[str, Any]) -> str:
    return str(item.get("value"))
