"""Who the caller is (`/api/2.0/preview/scim/v2/Me`), and the caller's tokens (`/api/2.0/token/…`)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.identity import PrincipalKind
from brickyard.engine.access import directory
from brickyard.errors import FeatureDisabled, InvalidParameterValue, NotFound, Unauthenticated
from brickyard.records import TokenInfo
from brickyard.surfaces.api import finders
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.reception import Desk
from brickyard.surfaces.api.scim import lists, resources
from brickyard.surfaces.api.services import Given

router = APIRouter(prefix="/api/2.0", tags=["Identity"])

MAX_LIFETIME = 100 * 365 * 86_400
"""Seconds; a longer life is better said by leaving it out."""
TOKEN_FIELDS = ("comment", "lifetime_seconds", "scopes", "autoscope_enabled")


@router.get("/preview/scim/v2/Me", dependencies=[allow(Action.KNOW_ONESELF)])
def me(query: Query, services: Given, asker: Asker) -> Response:
    """The caller. Clients learn the workspace id from the header of this answer."""
    query.only("attributes", "excludedAttributes")
    store, who = services.store.principals, asker.identity
    principal = store.named(who.kind, who.name)
    if principal is None:
        raise Unauthenticated("The user of the token is not active on this server.")
    found = resources.caller(principal, directory.groups_of(store, principal))
    headers = {"X-Databricks-Org-Id": str(services.workspace_id)}
    return answer(lists.selection(PrincipalKind.USER, query)(found), headers=headers)


@router.post("/token/create", dependencies=[allow(Action.TOKEN_CREATE, finders.tokens)])
def create_token(sent: Sent, desk: Desk, asker: Asker) -> Response:
    """Make a token. This is the only answer that ever holds its value."""
    sent.only(*TOKEN_FIELDS)
    value, info = desk.credentials.make_token(asker.user_name, **wishes(sent))
    return answer({"token_value": value, "token_info": _shown(info)})


@router.get("/token/list", dependencies=[allow(Action.OWN_TOKENS)])
def list_tokens(services: Given, asker: Asker) -> Response:
    """The caller's tokens, without their values."""
    return answer({"token_infos": [_shown(info) for info in services.store.tokens.all(asker.user_name)]})


@router.post("/token/delete", dependencies=[allow(Action.OWN_TOKENS)])
def delete_token(sent: Sent, services: Given, asker: Asker) -> Response:
    """Revoke a token of the caller; it is refused from the next request on."""
    token_id = sent.only("token_id").text("token_id")
    own = {info.token_id for info in services.store.tokens.all(asker.user_name)}
    if token_id not in own or not services.store.tokens.delete(token_id):
        raise NotFound(f"Token {token_id[:100]!r} does not exist.")
    return answer({})


def wishes(sent: Fields) -> dict[str, Any]:
    """What a client says of the token that it wants."""
    if sent.texts("scopes") or sent.flag("autoscope_enabled"):
        raise FeatureDisabled("scopes: a token has all rights of its user here; make a service principal with fewer.")
    comment = sent.text("comment", "")
    if len(comment) > 1000:
        raise InvalidParameterValue(f"comment has {len(comment)} characters; it may have 1000.")
    return {"comment": comment, "seconds": sent.whole("lifetime_seconds", 0, high=MAX_LIFETIME)}


def _shown(info: TokenInfo) -> dict[str, Any]:
    return {
        "token_id": info.token_id,
        "comment": info.comment,
        "creation_time": info.created_ms,
        "expiry_time": info.expires_ms or -1,
    }
