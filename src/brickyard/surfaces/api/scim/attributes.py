"""Which attributes each kind of resource has, and how paths to them are read. Names are taken in any case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from brickyard.access.identity import PrincipalKind
from brickyard.surfaces.api.scim.faults import InvalidPath

Resource = Mapping[str, Any]

SCHEMAS = {
    PrincipalKind.USER: "urn:ietf:params:scim:schemas:core:2.0:User",
    PrincipalKind.GROUP: "urn:ietf:params:scim:schemas:core:2.0:Group",
    PrincipalKind.SERVICE_PRINCIPAL: "urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal",
}
_VALUES = ("value", "display", "primary", "type", "$ref")
_COMMON: dict[str, tuple[str, ...]] = {
    "schemas": (),
    "id": (),
    "externalId": (),
    "displayName": (),
    "groups": _VALUES,
    "entitlements": _VALUES,
    "roles": _VALUES,
}
ATTRIBUTES: dict[PrincipalKind, dict[str, tuple[str, ...]]] = {
    PrincipalKind.USER: {
        **_COMMON,
        "userName": (),
        "name": ("givenName", "familyName"),
        "active": (),
        "emails": _VALUES,
    },
    PrincipalKind.GROUP: {**_COMMON, "members": _VALUES, "meta": ("resourceType",)},
    PrincipalKind.SERVICE_PRINCIPAL: {**_COMMON, "applicationId": (), "active": ()},
}
"""By kind: the attributes with their sub-attributes."""
MULTIPLE = frozenset({"emails", "groups", "entitlements", "roles", "members"})
"""Attributes that are lists of objects."""
_URN = re.compile(r"urn:ietf:params:scim:schemas:core:2\.0:\w{1,40}:", re.IGNORECASE)


def resolve(kind: PrincipalKind, text: str) -> tuple[str, str]:
    """An attribute and its sub-attribute ("" for none) as they are written in resources.

    Raises:
        InvalidPath: this kind of resource has no such attribute; the text names those that it has.
    """
    plain = _URN.sub("", text[:200], count=1)
    name, _, inner = plain.partition(".")
    known = ATTRIBUTES[kind]
    attribute = _named(name, known)
    if attribute is None:
        raise InvalidPath(f"Unknown attribute {text[:100]!r}. Known are: {', '.join(sorted(known))}.")
    if not inner:
        return attribute, ""
    part = _named(inner, known[attribute])
    if part is None:
        raise InvalidPath(
            f"Unknown attribute {text[:100]!r}; {attribute} has {', '.join(known[attribute]) or 'no parts'}."
        )
    return attribute, part


def values_at(resource: Resource, path: tuple[str, str]) -> list[Any]:
    """All values at a path; of a list of objects without a sub-attribute their `value`."""
    attribute, part = path
    found = resource.get(attribute)
    if found is None:
        return []
    if attribute in MULTIPLE:
        return [item[part or "value"] for item in found if (part or "value") in item]
    if isinstance(found, Mapping):
        return [found[part]] if part in found else []
    return list(found) if isinstance(found, list) else [found]


def selected(resource: Resource, wanted: Iterable[tuple[str, str]], unwanted: Iterable[tuple[str, str]]) -> Resource:
    """The resource with only what is `wanted` (all, where that is nothing) and without what is `unwanted`.

    `schemas` and `id` are always there.
    """
    only, without = list(wanted), list(unwanted)
    shown = dict(resource)
    if only:
        kept = {name for name, _ in only} | {"schemas", "id"}
        shown = {name: value for name, value in shown.items() if name in kept}
        for name in {name for name, part in only if part} & shown.keys():
            if (name, "") not in only:
                parts = {part for other, part in only if other == name}
                shown[name] = _each(shown[name], lambda key, parts=parts: key in parts)
    for name, part in without:
        if name in shown and part:
            shown[name] = _each(shown[name], lambda key, part=part: key != part)
        elif name not in {"schemas", "id"}:
            shown.pop(name, None)
    return shown


def _each(value: Any, keep: Any) -> Any:
    if isinstance(value, list):
        return [_each(item, keep) for item in value]
    return {key: item for key, item in value.items() if keep(key)}


def _named(text: str, known: Iterable[str]) -> str | None:
    return next((name for name in known if name.lower() == text.lower()), None)
