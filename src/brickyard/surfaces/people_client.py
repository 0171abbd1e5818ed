"""Users, groups and service principals over REST, found by the names that people know them by."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.client import Client

Json = dict[str, Any]

_SCIM = "/api/2.0/preview/scim/v2"
_PAGE = 1000


class Place(StrEnum):
    """A kind of principal, as its path names it."""

    USERS = "Users"
    GROUPS = "Groups"
    SERVICE_PRINCIPALS = "ServicePrincipals"


_NAMES = {Place.USERS: "userName", Place.GROUPS: "displayName", Place.SERVICE_PRINCIPALS: "applicationId"}
_WORDS = {Place.USERS: "user", Place.GROUPS: "group", Place.SERVICE_PRINCIPALS: "service principal"}


class PeopleClient:
    """What the command line needs of these endpoints."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def all(self, place: Place, where: str = "") -> list[Json]:
        """All of a kind, or those of a SCIM filter."""
        found: list[Json] = []
        while True:
            query = {"startIndex": len(found) + 1, "count": _PAGE, **({"filter": where} if where else {})}
            page = self._client.call("GET", f"{_SCIM}/{place}", params=query)
            found += page["Resources"]
            if not page["Resources"] or len(found) >= page["totalResults"]:
                return found

    def find(self, place: Place, name: str) -> Json:
        """The one of a name; a service principal also by its display name, where only one has it.

        Raises:
            InvalidParameterValue: there is none, or there are several.
        """
        found = self._called(place, _NAMES[place], name)
        if not found and place is Place.SERVICE_PRINCIPALS:
            found = self._called(place, "displayName", name)
        if len(found) == 1:
            return found[0]
        if found:
            raise InvalidParameterValue(f"There are {len(found)} of the name {name!r}; give the application id.")
        raise InvalidParameterValue(f"There is no {_WORDS[place]} {name!r}.")

    def member(self, name: str) -> Json:
        """The user, service principal or group of a name.

        Raises:
            InvalidParameterValue: there is none, or there are several.
        """
        for place in Place:
            found = self._called(place, _NAMES[place], name)
            if found:
                return found[0]
        return self.find(Place.SERVICE_PRINCIPALS, name)

    def create(self, place: Place, **body: Any) -> Json:
        """A new one."""
        return self._client.call("POST", f"{_SCIM}/{place}", json=body)

    def delete(self, place: Place, name: str) -> Json:
        """Delete one; what it was."""
        found = self.find(place, name)
        self._client.call("DELETE", f"{_SCIM}/{place}/{found['id']}")
        return found

    def set_active(self, place: Place, name: str, *, active: bool) -> Json:
        """Let somebody in again, or no more."""
        operation = {"op": "replace", "path": "active", "value": active}
        return self._patch(place, self.find(place, name), [operation])

    def add_members(self, group: str, names: Sequence[str]) -> Json:
        """The group with these members too."""
        added = [{"value": self.member(name)["id"]} for name in names]
        operation = {"op": "add", "path": "members", "value": added}
        return self._patch(Place.GROUPS, self.find(Place.GROUPS, group), [operation])

    def remove_members(self, group: str, names: Sequence[str]) -> Json:
        """The group without these members."""
        gone = [self.member(name)["id"] for name in names]
        operations = [{"op": "remove", "path": f'members[value eq "{each}"]'} for each in gone]
        return self._patch(Place.GROUPS, self.find(Place.GROUPS, group), operations)

    # ---------------------------------------------------------------------------------------- tokens and secrets

    def create_token(self, name: str, comment: str, lifetime_seconds: int | None) -> Json:
        """A token of another user or of a service principal: `token_value` is told this once."""
        body: Json = {"comment": comment, **({"lifetime_seconds": lifetime_seconds} if lifetime_seconds else {})}
        owner = self.member(name)
        if "applicationId" in owner:
            body["application_id"] = owner["applicationId"]
            return self._client.call("POST", "/api/2.0/token-management/on-behalf-of/tokens", json=body)
        return self._client.call(
            "POST", "/api/brickyard/tokens", json={**body, "user_name": owner.get("userName", name)}
        )

    def create_secret(self, name: str, lifetime_seconds: int | None) -> Json:
        """A client secret: `secret` is told this once."""
        body = {"lifetime": f"{lifetime_seconds}s"} if lifetime_seconds else {}
        principal = self.find(Place.SERVICE_PRINCIPALS, name)
        made = self._client.call("POST", _secrets(principal), json=body)
        return {"application_id": principal["applicationId"], **made}

    def list_secrets(self, name: str) -> list[Json]:
        """Client secrets without their values; there are few."""
        path = _secrets(self.find(Place.SERVICE_PRINCIPALS, name))
        return list(self._client.call("GET", path)["secrets"])

    def delete_secret(self, name: str, secret_id: str) -> None:
        """End a client secret and the access tokens that it gave."""
        path = _secrets(self.find(Place.SERVICE_PRINCIPALS, name))
        self._client.call("DELETE", f"{path}/{secret_id}")

    def _called(self, place: Place, attribute: str, name: str) -> list[Json]:
        return self.all(place, f"{attribute} eq {json.dumps(name)}")

    def _patch(self, place: Place, one: Json, operations: list[Json]) -> Json:
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}
        return self._client.call("PATCH", f"{_SCIM}/{place}/{one['id']}", json=body)


def _secrets(principal: Json) -> str:
    return f"/api/2.0/accounts/servicePrincipals/{principal['id']}/credentials/secrets"
