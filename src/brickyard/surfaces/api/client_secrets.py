"""`/api/2.0/accounts/servicePrincipals/{id}/credentials/secrets`: how a service principal proves who it is.

The paths are those that databricks-sdk uses of a workspace (`service_principal_secrets_proxy`).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.identity import PrincipalKind
from brickyard.errors import FeatureDisabled, InvalidParameterValue, NotFound
from brickyard.records import ClientSecret, PrincipalRecord
from brickyard.surfaces.api import pages
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.inputs import as_whole
from brickyard.surfaces.api.reception import Desk, note
from brickyard.surfaces.api.services import Given, Services

router = APIRouter(
    prefix="/api/2.0/accounts/servicePrincipals/{principal_id}/credentials/secrets", tags=["Client secrets"]
)

LIFETIME = 730 * 86_400
"""Seconds; the longest, and what is given where nothing is asked for, as at the service."""
_CHANGE = allow(Action.PEOPLE_CHANGE)
_LIFETIME = re.compile(r"(\d{1,9})s")


@router.post("", dependencies=[_CHANGE])
def create_secret(principal_id: str, request: Request, sent: Sent, services: Given, desk: Desk) -> Response:
    """Make a client secret. This is the only answer that ever holds its value."""
    sent.only("lifetime", "scopes")
    if sent.texts("scopes"):
        raise FeatureDisabled("scopes: an access token has all rights of its service principal here.")
    principal = _found(services, principal_id)
    note(request, "service-principals", principal.name)
    value, made = desk.credentials.make_secret(principal, seconds=_seconds(sent.text("lifetime", "")))
    return answer({**_shown(made, services.clock.now_ms()), "secret": value})


@router.get("", dependencies=[_CHANGE])
def list_secrets(principal_id: str, query: Query, services: Given) -> Response:
    """The client secrets, without their values, oldest first."""
    query.only("page_size", "page_token")
    question = f"secrets of {principal_id}"
    offset = pages.offset_of(query.text("page_token", ""), question)
    page = pages.Page(offset, query.whole("page_size", 100, low=1, high=1000), question)
    found = services.store.principals.secrets(_found(services, principal_id).principal_id)[offset:]
    now = services.clock.now_ms()
    body: dict[str, Any] = {"secrets": [_shown(each, now) for each in page.cut(found)]}
    if len(found) > page.limit:
        body["next_page_token"] = page.links(more=True)["next_page_token"]
    return answer(body)


@router.delete("/{secret_id}", dependencies=[_CHANGE])
def delete_secret(principal_id: str, secret_id: str, request: Request, services: Given, desk: Desk) -> Response:
    """Delete a client secret; the access tokens that it gave are refused from the next request on."""
    principal = _found(services, principal_id)
    note(request, "service-principals", principal.name)
    desk.credentials.delete_secret(principal.principal_id, secret_id)
    return answer({})


def _found(services: Services, principal_id: str) -> PrincipalRecord:
    number = as_whole(principal_id)
    found = services.store.principals.get(number) if number is not None else None
    if found is None or found.kind is not PrincipalKind.SERVICE_PRINCIPAL:
        raise NotFound(f"The service principal with the id {principal_id[:100]!r} does not exist.")
    return found


def _seconds(text: str) -> int:
    match = _LIFETIME.fullmatch(text or f"{LIFETIME}s")
    if match is None or not 0 < int(match[1]) <= LIFETIME:
        raise InvalidParameterValue(f"lifetime is {text[:100]!r}; it must be from 1s to {LIFETIME}s.")
    return int(match[1])


def _shown(secret: ClientSecret, now_ms: int) -> dict[str, Any]:
    return {
        "id": secret.secret_id,
        "status": "ACTIVE" if now_ms < secret.expires_ms else "EXPIRED",
        "create_time": _iso(secret.created_ms),
        "update_time": _iso(secret.created_ms),
        "expire_time": _iso(secret.expires_ms),
    }


def _iso(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
