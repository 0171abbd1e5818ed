"""OAuth for service principals: client credentials for an access token of one hour (RFC 6749, 4.4).

Access tokens are opaque: random, kept as digests, and worth nothing once the service principal or its secret is gone.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from brickyard.engine.access.credentials import ACCESS_SECONDS
from brickyard.surfaces.api import bodies
from brickyard.surfaces.api.access import source
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.faults import TooManyRequests, headers_of
from brickyard.surfaces.api.reception import Desk, Reception

open_router = APIRouter(prefix="/oidc", tags=["OAuth"])
"""Needs no token: whoever comes here wants one."""

MAX_FORM = 64 * 1024
"""Bytes."""
GRANT, SCOPE = "client_credentials", "all-apis"
_KNOWN = frozenset({"grant_type", "scope", "client_id", "client_secret"})


class OAuthError(Exception):
    """What is answered in the form of RFC 6749, 5.2."""

    def __init__(self, code: str, description: str, status: int = 400, headers: dict[str, str] | None = None) -> None:
        super().__init__(description)
        self.code, self.description, self.status = code, description, status
        self.headers = headers or {}


def base(request: Request) -> str:
    """The address below which OAuth is answered, by the name under which the client has reached this server.

    That name is one of ours: the front door refuses all others.
    """
    return f"{request.url.scheme}://{request.headers['host']}/oidc"


@open_router.get("/.well-known/oauth-authorization-server")
def metadata(request: Request) -> Response:
    """Where access tokens are given, and how (RFC 8414)."""
    here = base(request)
    return answer(
        {
            "issuer": here,
            "token_endpoint": f"{here}/v1/token",
            "grant_types_supported": [GRANT],
            "response_types_supported": [],
            "scopes_supported": [SCOPE],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }
    )


async def form(request: Request) -> dict[str, str]:
    """The fields of the form that was sent."""
    data = await bodies.whole(request, MAX_FORM)
    kind = bodies.content_type(request)
    if data and kind != "application/x-www-form-urlencoded":
        return {"": kind}
    try:
        pairs = parse_qsl(data.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return {"": "broken"}
    found = dict(pairs)
    return found if len(found) == len(pairs) else {"": "twice"}


@open_router.post("/v1/token")
async def token(request: Request, sent: Annotated[dict[str, str], Depends(form)], desk: Desk) -> Response:
    """Give an access token for a client id and secret, in the form or as Basic authorization."""
    try:
        _check(sent)
        client_id, secret = _client(request, sent)
        value = await run_in_threadpool(_given, desk, client_id, secret, source(request))
    except OAuthError as error:
        body = {"error": error.code, "error_description": error.description}
        return answer(body, status=error.status, headers=error.headers)
    request.state.user_name = client_id
    found: dict[str, Any] = {"access_token": value, "token_type": "Bearer", "expires_in": ACCESS_SECONDS}
    return answer({**found, "scope": SCOPE}, headers={"Pragma": "no-cache"})


def _check(sent: dict[str, str]) -> None:
    if "" in sent:
        raise OAuthError("invalid_request", "The body must be a form that has each field once.")
    unknown = sorted(sent.keys() - _KNOWN)
    if unknown:
        raise OAuthError(
            "invalid_request", f"Unknown field {unknown[0][:100]!r}; known are {', '.join(sorted(_KNOWN))}."
        )
    grant = sent.get("grant_type", "")
    if not grant:
        raise OAuthError("invalid_request", f"grant_type is missing; it must be {GRANT}.")
    if grant != GRANT:
        raise OAuthError("unsupported_grant_type", f"grant_type is {grant[:100]!r}; only {GRANT} is served here.")
    for scope in sent.get("scope", "").split():
        if scope != SCOPE:
            raise OAuthError("invalid_scope", f"scope is {scope[:100]!r}; there is only {SCOPE}.")


def _client(request: Request, sent: dict[str, str]) -> tuple[str, str]:
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        if not sent.get("client_id") or not sent.get("client_secret"):
            raise _unknown_client()
        return sent["client_id"], sent["client_secret"]
    if "client_secret" in sent:
        raise OAuthError("invalid_request", "The client is named twice: in the form and as Basic authorization.")
    try:
        client_id, _, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _unknown_client() from error
    return client_id, secret


def _given(desk: Reception, client_id: str, secret: str, address: str) -> str:
    value = desk.credentials.access_token(client_id, secret) if "\0" not in client_id else None
    if value is not None:
        return value
    try:
        desk.failures.failed(address, client_id)
    except TooManyRequests as error:
        raise OAuthError("temporarily_unavailable", error.message, error.status, headers_of(error)) from error
    raise _unknown_client()


def _unknown_client() -> OAuthError:
    """The same words for a client that is not known, is not active, or has another secret."""
    return OAuthError(
        "invalid_client", "The client id and secret are not known to this server.", 401, {"WWW-Authenticate": "Basic"}
    )
