"""`/api/2.0/token-management/…`: everybody's personal tokens, for administrators; and tokens for others."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.identity import PrincipalKind
from brickyard.errors import NotFound
from brickyard.records import PrincipalRecord, TokenInfo
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.identity import TOKEN_FIELDS, wishes
from brickyard.surfaces.api.reception import Desk, note
from brickyard.surfaces.api.services import Given, Services

router = APIRouter(tags=["Tokens of others"])

_MANAGE = allow(Action.TOKENS_MANAGE)
_PEOPLE = (PrincipalKind.USER, PrincipalKind.SERVICE_PRINCIPAL)


@router.get("/api/2.0/token-management/tokens", dependencies=[_MANAGE])
def list_tokens(query: Query, services: Given) -> Response:
    """All personal tokens, or those of one user; never their values."""
    query.only("created_by_id", "created_by_username")
    name, owner = query.text("created_by_username", ""), query.maybe_whole("created_by_id")
    ids = _ids(services)
    found = [info for info in services.store.tokens.all(name or None) if owner in {None, ids.get(info.user_name)}]
    return answer({"token_infos": [_shown(services, info, ids) for info in found]})


@router.get("/api/2.0/token-management/tokens/{token_id}", dependencies=[_MANAGE])
def get_token(token_id: str, services: Given) -> Response:
    """One personal token, without its value."""
    return answer({"token_info": _shown(services, _found(services, token_id), _ids(services))})


@router.delete("/api/2.0/token-management/tokens/{token_id}", dependencies=[_MANAGE])
def delete_token(token_id: str, request: Request, services: Given) -> Response:
    """Revoke anybody's personal token; it is refused from the next request on."""
    found = _found(services, token_id)
    note(request, "tokens", found.token_id)
    services.store.tokens.delete(found.token_id)
    return answer({})


@router.post("/api/2.0/token-management/on-behalf-of/tokens", dependencies=[_MANAGE])
def create_for_service_principal(request: Request, sent: Sent, services: Given, desk: Desk) -> Response:
    """Make a token of a service principal. This is the only answer that ever holds its value."""
    sent.only("application_id", *TOKEN_FIELDS)
    name = sent.text("application_id")
    if services.store.principals.named(PrincipalKind.SERVICE_PRINCIPAL, name) is None:
        raise NotFound(f"There is no service principal with the application id {name[:100]!r}.")
    note(request, "service-principals", name)
    value, info = desk.credentials.make_token(name, **wishes(sent))
    return answer({"token_value": value, "token_info": _shown(services, info, _ids(services))})


class MadeToken(BaseModel):
    """A new token."""

    token_value: str = Field(description="What to send. No other answer ever holds it.")
    token_info: dict[str, Any] = Field(description="Whose it is, what for, and until when, as the service says it.")


@router.post("/api/brickyard/tokens", dependencies=[_MANAGE], response_model=MadeToken)
def create_for_user(request: Request, sent: Sent, services: Given, desk: Desk) -> Response:
    """Make a token of another user: the way in for somebody who has none yet. Only this answer holds its value."""
    sent.only("user_name", *TOKEN_FIELDS)
    name = sent.text("user_name")
    if services.store.principals.named(PrincipalKind.USER, name) is None:
        raise NotFound(f"There is no user {name[:100]!r}.")
    note(request, "users", name)
    value, info = desk.credentials.make_token(name, **wishes(sent))
    return answer({"token_value": value, "token_info": _shown(services, info, _ids(services))})


def _found(services: Services, token_id: str) -> TokenInfo:
    for info in services.store.tokens.all():
        if info.token_id == token_id:
            return info
    raise NotFound(f"Token {token_id[:100]!r} does not exist.")


def _ids(services: Services) -> dict[str, int]:
    """By name: whose token it may be."""
    people: list[PrincipalRecord] = [each for kind in _PEOPLE for each in services.store.principals.find(kind)]
    return {each.name: each.principal_id for each in people}


def _shown(services: Services, info: TokenInfo, ids: dict[str, int]) -> dict[str, Any]:
    # Who is gone has no token, so the id is always known; it is read apart from the tokens, though.
    owner = ids.get(info.user_name, 0)
    return {
        "token_id": info.token_id,
        "comment": info.comment,
        "creation_time": info.created_ms,
        "expiry_time": info.expires_ms or -1,
        "created_by_id": owner,
        "created_by_username": info.user_name,
        "owner_id": owner,
        "workspace_id": services.workspace_id,
    }
