"""Access lists as clients send them: read, checked, and joined with what was there.

Source: REST API reference, permissions: `PUT` replaces all that was granted directly, `PATCH` leaves the others alone.
Of a principal that is named twice the highest level is kept, as the Terraform provider expects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from brickyard.access.identity import ADMINS, PrincipalKind
from brickyard.access.levels import LEVELS, OWNER, ObjectType, highest
from brickyard.errors import InvalidParameterValue
from brickyard.records import AclEntry

FIELDS = {
    "user_name": PrincipalKind.USER,
    "group_name": PrincipalKind.GROUP,
    "service_principal_name": PrincipalKind.SERVICE_PRINCIPAL,
}
"""How each kind of principal is named in a list."""
_LEVEL = "permission_level"
MAX_ENTRIES = 1000
ONE_OWNER = "The job must have exactly one owner."
"""Exactly the service's text; tools look for it."""


def read(kind: ObjectType, sent: object, where: str = "access_control_list") -> list[AclEntry]:
    """The entries that were sent. What is said of `admins` and is so anyway is left out.

    Raises:
        InvalidParameterValue: an entry names no principal, or several, or a level that there is not.
    """
    if not isinstance(sent, list):
        raise InvalidParameterValue(f"{where} must be a list of objects.")
    if len(sent) > MAX_ENTRIES:
        raise InvalidParameterValue(f"{where} has {len(sent)} entries; at most {MAX_ENTRIES} are allowed.")
    entries = [_entry(kind, each, f"{where}[{index}]") for index, each in enumerate(sent)]
    return _unique(kind, [entry for entry in entries if entry is not None])


def replaced(kind: ObjectType, before: Sequence[AclEntry], wanted: Sequence[AclEntry]) -> list[AclEntry]:
    """The list after a PUT. Kinds other than jobs keep their owner where none is named.

    Raises:
        InvalidParameterValue: a job would have no owner, or several.
    """
    owners = [entry for entry in wanted if entry.level == OWNER]
    if kind is ObjectType.JOBS and len(owners) != 1:
        raise InvalidParameterValue(ONE_OWNER)
    if len(owners) > 1:
        raise InvalidParameterValue(f"{len(owners)} owners are named; there must be exactly one.")
    kept = [] if owners else [entry for entry in before if entry.level == OWNER]
    return _unique(kind, [*kept, *wanted])


def merged(kind: ObjectType, before: Sequence[AclEntry], wanted: Sequence[AclEntry]) -> list[AclEntry]:
    """The list after a PATCH. Where it names another owner, the one before manages the object from then on.

    Raises:
        InvalidParameterValue: the object would have no owner, or several.
    """
    new = {(entry.kind, entry.principal): entry for entry in wanted}
    owners = [entry for entry in wanted if entry.level == OWNER]
    if len(owners) > 1:
        raise InvalidParameterValue(ONE_OWNER if kind is ObjectType.JOBS else "There must be exactly one owner.")
    result = dict(new)
    for entry in before:
        key = (entry.kind, entry.principal)
        if entry.level == OWNER and not owners and key in new:
            raise InvalidParameterValue(ONE_OWNER if kind is ObjectType.JOBS else "There must be exactly one owner.")
        if key not in new:
            demoted = entry.level == OWNER and owners
            result[key] = AclEntry(entry.kind, entry.principal, "CAN_MANAGE") if demoted else entry
    return sorted(result.values(), key=lambda entry: (entry.kind, entry.principal))


def _entry(kind: ObjectType, sent: object, where: str) -> AclEntry | None:
    if not isinstance(sent, Mapping):
        raise InvalidParameterValue(f"{where} must be an object.")
    given = {name: value for name, value in sent.items() if value is not None}
    unknown = [str(name) for name in given if name not in FIELDS and name != _LEVEL]
    if unknown:
        raise InvalidParameterValue(f"{where}.{unknown[0][:100]} is not a known field; known are {_known()}.")
    named = [(FIELDS[name], _text(value, f"{where}.{name}")) for name, value in given.items() if name in FIELDS]
    if len(named) != 1:
        raise InvalidParameterValue(f"{where} names {len(named)} principals; it must have exactly one of {_known()}.")
    principal_kind, name = named[0]
    level = _text(given.get(_LEVEL), f"{where}.{_LEVEL}")
    if level not in LEVELS[kind]:
        allowed = ", ".join(LEVELS[kind])
        raise InvalidParameterValue(f"{where}.{_LEVEL} is {level[:100]!r}; of {kind} it must be one of {allowed}.")
    if level == OWNER and principal_kind is PrincipalKind.GROUP:
        raise InvalidParameterValue(f"{where} names the group {name[:100]!r} as owner; a group cannot own anything.")
    if principal_kind is PrincipalKind.GROUP and name == ADMINS:
        if level != _manage(kind):
            raise InvalidParameterValue(f"{where}: the permissions of the group {ADMINS} cannot be changed.")
        return None
    return AclEntry(principal_kind, name, level)


def _manage(kind: ObjectType) -> str:
    """The level that administrators have on objects of this kind, as it is shown."""
    return [level for level in LEVELS[kind] if level != OWNER][-1]


def _unique(kind: ObjectType, entries: Sequence[AclEntry]) -> list[AclEntry]:
    levels: dict[tuple[PrincipalKind, str], list[str]] = {}
    for entry in entries:
        levels.setdefault((entry.kind, entry.principal), []).append(entry.level)
    return [AclEntry(*key, highest(kind, found)) for key, found in sorted(levels.items())]


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidParameterValue(f"{where} is missing; it must be a text.")
    if "\0" in value:
        raise InvalidParameterValue(f"{where} has a NUL character; it must be without.")
    return value


def _known() -> str:
    return ", ".join([*FIELDS, _LEVEL])
