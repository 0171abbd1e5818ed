"""Reads a whole resource as clients send it, into what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from brickyard.access.identity import PrincipalKind
from brickyard.access.naming import same
from brickyard.errors import InvalidParameterValue
from brickyard.records import PrincipalRecord
from brickyard.surfaces.api.inputs import Fields, as_whole, check_text, unknown
from brickyard.surfaces.api.scim.attributes import ATTRIBUTES, SCHEMAS

MAX_TEXT = 1000
MAX_VALUES = 1000
"""Elements of a list of e-mail addresses, entitlements or roles."""
MAX_MEMBERS = 10_000
NAMES = {
    PrincipalKind.USER: "userName",
    PrincipalKind.GROUP: "displayName",
    PrincipalKind.SERVICE_PRINCIPAL: "applicationId",
}
"""The attribute by which each kind is known."""
_EXTENSION = "urn:ietf:params:scim:schemas:extension:workspace:2.0:User"
_KEPT = ("emails", "entitlements", "roles")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a client wants of a principal; without members or groups: these as they are."""

    principal: PrincipalRecord
    members: list[int] | None
    groups: list[int] | None


def read(sent: Fields, old: PrincipalRecord) -> Draft:
    """What was sent, on top of `old`, of which only stays what cannot be sent.

    `old` of a new principal has the id 0, and the name that it gets where none is sent.

    Raises:
        InvalidParameterValue: an attribute is unknown, or a value is not allowed.
    """
    kind = old.kind
    sent.only(*ATTRIBUTES[kind])
    _check_fixed(sent, old)
    body: dict[str, Any] = {}
    for name in _KEPT:
        if name in sent and (values := _values(kind, sent, name, MAX_VALUES)):
            body[name] = values
    if "name" in sent:
        body["name"] = _name(sent.mapping("name"))
    if text := _text(sent, "externalId"):
        body["externalId"] = text
    may_change = kind is PrincipalKind.GROUP or not old.principal_id
    name = (_text(sent, NAMES[kind]) if may_change else "") or old.name
    shown = name if kind is PrincipalKind.GROUP else _text(sent, "displayName")
    active = sent.flag("active", default=old.active)
    return Draft(
        replace(old, name=name, display_name=shown, active=active, body=body),
        members=_members(kind, sent),
        groups=_ids(kind, sent, "groups") if "groups" in sent else None,
    )


def _check_fixed(sent: Fields, old: PrincipalRecord) -> None:
    """What only the server says: it may be sent as it is, as clients do that send back what they have got."""
    kind = old.kind
    for schema in sent.texts("schemas"):
        if schema not in {SCHEMAS[kind], _EXTENSION}:
            raise InvalidParameterValue(f"schemas has {schema[:100]!r}; it must be {SCHEMAS[kind]}.")
    if "id" in sent and (not old.principal_id or sent.text("id") != str(old.principal_id)):
        raise InvalidParameterValue("id is given by the server; it cannot be chosen or changed.")
    meta = sent.mapping("meta")
    if meta not in ({}, {"resourceType": "WorkspaceGroup"}):
        raise InvalidParameterValue('meta can only be {"resourceType": "WorkspaceGroup"}: all groups are of this kind.')
    given = _text(sent, NAMES[kind])
    if not given and not old.name:
        raise InvalidParameterValue(f"{NAMES[kind]} is missing; it must be a text.")
    if given and old.principal_id and kind is not PrincipalKind.GROUP and not same(given, old.name):
        raise InvalidParameterValue(f"{NAMES[kind]} is {given[:100]!r}; that of {old.name} cannot be changed.")


def _members(kind: PrincipalKind, sent: Fields) -> list[int] | None:
    """A group that is sent without members has none."""
    return _ids(kind, sent, "members") if kind is PrincipalKind.GROUP else None


def _ids(kind: PrincipalKind, sent: Fields, name: str) -> list[int]:
    """The ids in a list; what somebody is in through other groups only follows from these."""
    found = []
    for item in _values(kind, sent, name, MAX_MEMBERS):
        number = as_whole(item.get("value"))
        if number is None:
            raise InvalidParameterValue(f"{name} has the value {str(item.get('value'))[:100]!r}; it must be an id.")
        if item.get("type") != "indirect":
            found.append(number)
    return found


def _values(kind: PrincipalKind, sent: Fields, name: str, most: int) -> list[dict[str, Any]]:
    listed = sent.raw().get(name, [])
    if not isinstance(listed, list) or not all(isinstance(item, Mapping) for item in listed):
        raise InvalidParameterValue(f"{name} must be a list of objects with a value.")
    if len(listed) > most:
        raise InvalidParameterValue(f"{name} has {len(listed)} elements; it may have {most}.")
    parts = ATTRIBUTES[kind][name]
    for item in listed:
        for part, value in item.items():
            if part not in parts:
                raise InvalidParameterValue(f"{name}: {unknown(str(part), parts)}")
            if part == "primary":
                if not isinstance(value, bool):
                    raise InvalidParameterValue(f"{name}.primary must be true or false.")
            elif not isinstance(value, int) or isinstance(value, bool):
                _checked(value, f"{name}.{part}")
    return listed


def _name(sent: Mapping[str, Any]) -> dict[str, str]:
    parts = ATTRIBUTES[PrincipalKind.USER]["name"]
    for part in sent:
        if part not in parts:
            raise InvalidParameterValue(f"name: {unknown(str(part), parts)}")
    return {part: _checked(value, f"name.{part}") for part, value in sent.items()}


def _text(sent: Fields, name: str) -> str:
    return _checked(sent.text(name, ""), name) if name in sent else ""


def _checked(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise InvalidParameterValue(f"{where} is {str(value)[:100]!r}; it must be a text.")
    if len(value) > MAX_TEXT:
        raise InvalidParameterValue(f"{where} has {len(value)} characters; it may have {MAX_TEXT}.")
    if not check_text(value, where).isprintable():
        raise InvalidParameterValue(f"{where} has a character that cannot be printed; it must be without.")
    return value
