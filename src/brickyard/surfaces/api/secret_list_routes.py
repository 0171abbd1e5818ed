"""`/api/2.0/secrets/acls/…`: who may use a secret scope. Every call needs MANAGE on it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.records import AclEntry
from brickyard.surfaces.api import finders, secret_lists
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.services import Given

router = APIRouter(prefix="/api/2.0/secrets/acls", tags=["Secrets"])


@router.post("/put", dependencies=[allow(Action.SECRET_MANAGE, finders.scope_sent)])
def put(sent: Sent, services: Given, asker: Asker) -> Response:
    """Give a user, group or service principal READ, WRITE or MANAGE, in place of what it has."""
    sent.only("scope", "principal", "permission")
    scope, principal = sent.text("scope"), sent.text("principal")
    secret_lists.put(services, asker.identity, scope, principal, sent.text("permission"))
    return answer({})


@router.get("/get", dependencies=[allow(Action.SECRET_MANAGE, finders.scope_asked)])
def get(query: Query, services: Given) -> Response:
    """The permission of one principal."""
    query.only("scope", "principal")
    return answer(_shown(secret_lists.entry(services, query.text("scope"), query.text("principal"))))


@router.get("/list", dependencies=[allow(Action.SECRET_MANAGE, finders.scope_asked)])
def list_all(query: Query, services: Given) -> Response:
    """All permissions on a scope."""
    found = secret_lists.entries(services, query.only("scope").text("scope"))
    return answer({"items": [_shown(entry) for entry in found]})


@router.post("/delete", dependencies=[allow(Action.SECRET_MANAGE, finders.scope_sent)])
def delete(sent: Sent, services: Given, asker: Asker) -> Response:
    """Take the permission of a principal away."""
    sent.only("scope", "principal")
    secret_lists.remove(services, asker.identity, sent.text("scope"), sent.text("principal"))
    return answer({})


def _shown(entry: AclEntry) -> dict[str, str]:
    return {"principal": entry.principal, "permission": entry.level}
