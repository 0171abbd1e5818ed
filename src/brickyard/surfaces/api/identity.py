"""Who the caller is (`/api/2.0/preview/scim/v2/Me`), and the caller's tokens (`/api/2.0/token/…`)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.tokens import digest
from brickyard.errors import NotFound
from brickyard.records import TokenInfo
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Sent
from brickyard.surfaces.api.services import Given
from brickyard.surfaces.api.workspace_paths import stable_id

router = APIRouter(prefix="/api/2.0", tags=["Identity"])

_MAX_LIFETIME = 100 * 365 * 86_400
"""Seconds; a longer life is better said by leaving it out."""


@router.get("/preview/scim/v2/Me", dependencies=[allow(Action.KNOW_ONESELF)])
def me(services: Given, asker: Asker) -> Response:
    """The caller. Clients learn the workspace id from the header of this answer."""
    name = asker.user_name
    body = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": str(stable_id(name)),
        "userName": name,
        "displayName": name.partition("@")[0],
        "active": True,
        "emails": [{"value": name, "type": "work", "primary": True}],
        "groups": [{"display": "admins", "value": "admins", "type": "direct"}],
        "entitlements": [{"value": "workspace-access"}],
    }
    return answer(body, headers={"X-Databricks-Org-Id": str(services.workspace_id)})


@router.post("/token/create", dependencies=[allow(Action.OWN_TOKENS)])
def create_token(sent: Sent, services: Given, asker: Asker) -> Response:
    """Make a token. This is the only answer that ever holds its value."""
    sent.only("comment", "lifetime_seconds")
    lifetime = sent.whole("lifetime_seconds", 0, high=_MAX_LIFETIME)
    now = services.clock.now_ms()
    value = f"dapi{services.ids.token(16)}"
    info = TokenInfo(
        token_id=services.ids.token(16),
        user_name=asker.user_name,
        comment=sent.text("comment", ""),
        created_ms=now,
        expires_ms=now + lifetime * 1000 if lifetime else 0,
    )
    services.store.tokens.add(info, digest(value))
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


def _shown(info: TokenInfo) -> dict[str, Any]:
    return {
        "token_id": info.token_id,
        "comment": info.comment,
        "creation_time": info.created_ms,
        "expiry_time": info.expires_ms or -1,
    }
