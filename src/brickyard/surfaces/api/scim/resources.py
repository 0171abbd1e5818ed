"""Principals as SCIM resources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from brickyard.access.identity import PrincipalKind
from brickyard.records import PrincipalRecord
from brickyard.surfaces.api.scim.attributes import SCHEMAS
from brickyard.surfaces.api.scim.reading import NAMES

Json = dict[str, Any]
Membership = tuple[PrincipalRecord, bool]
"""A group, and whether somebody is in it directly."""
PLACES = {
    PrincipalKind.USER: "Users",
    PrincipalKind.GROUP: "Groups",
    PrincipalKind.SERVICE_PRINCIPAL: "ServicePrincipals",
}
"""The part of the path for each kind."""


def shown(principal: PrincipalRecord, groups: Iterable[Membership], members: Sequence[PrincipalRecord] = ()) -> Json:
    """A resource as it is answered."""
    kind, body = principal.kind, principal.body
    found: Json = {
        "schemas": [SCHEMAS[kind]],
        "id": str(principal.principal_id),
        **editable(principal),
        "groups": [_group(*each) for each in groups],
        "entitlements": body.get("entitlements", []),
        "roles": body.get("roles", []),
    }
    if kind is PrincipalKind.GROUP:
        found["members"] = [_reference(each) for each in members]
        found["meta"] = {"resourceType": "WorkspaceGroup"}
    else:
        found["displayName"] = principal.display_name or principal.name.partition("@")[0]
    if kind is PrincipalKind.USER and "emails" not in found:
        found["emails"] = [{"value": principal.name, "type": "work", "primary": True}]
    return found


def editable(principal: PrincipalRecord) -> Json:
    """What of a principal was once sent: what a patch starts from. Without members and groups."""
    found: Json = {**principal.body, NAMES[principal.kind]: principal.name}
    if principal.kind is not PrincipalKind.GROUP:
        found["active"] = principal.active
        if principal.display_name:
            found["displayName"] = principal.display_name
    return found


def caller(principal: PrincipalRecord, groups: Sequence[Membership]) -> Json:
    """As `shown`, with the entitlements that come from groups; also a service principal has a user name here.

    Clients call whoever they are by that name, and take one that is a UUID for a service principal's.
    """
    found = {**shown(principal, groups), "schemas": [SCHEMAS[PrincipalKind.USER]], "userName": principal.name}
    own = [item.get("value") for item in found["entitlements"]]
    given = {str(item.get("value")) for group, _ in groups for item in group.body.get("entitlements", ())}
    found["entitlements"] = [*found["entitlements"], *({"value": each} for each in sorted(given - set(own)))]
    return found


def _group(group: PrincipalRecord, is_direct: bool) -> Json:
    return {**_reference(group), "type": "direct" if is_direct else "indirect"}


def _reference(principal: PrincipalRecord) -> Json:
    name = principal.display_name or principal.name
    place = f"{PLACES[principal.kind]}/{principal.principal_id}"
    return {"display": name, "value": str(principal.principal_id), "$ref": place}
