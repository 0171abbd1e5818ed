"""Who is asking: a token of this installation, known only by its SHA-256."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from brickyard.access.identity import Identity
from brickyard.access.tokens import digest
from brickyard.errors import InvalidParameterValue, Unauthenticated
from brickyard.surfaces.api.inputs import as_whole, check_text
from brickyard.surfaces.api.reception import reception_of
from brickyard.surfaces.api.run_tokens import check_run
from brickyard.surfaces.api.services import Given, Services

OPEN_PATHS = frozenset(
    {
        "/health",
        "/.well-known/databricks-config",
        "/oidc/.well-known/oauth-authorization-server",
        "/oidc/v1/token",
        "/api/brickyard/task-runs/{task_run_id}/dbt-artifacts",
        "/api/brickyard/statements/{statement_id}/chunks/{index}",
    }
)
"""The routes that answer without a token, the last two to a signed link only; all others refuse."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The user of the token."""

    identity: Identity
    token_id: str

    @property
    def seen_by(self) -> Identity | None:
        """Whose view lists are cut to; None for administrators, who see everything."""
        return None if self.identity.is_admin else self.identity

    @property
    def user_name(self) -> str:
        """The user name; of a service principal its application id."""
        return self.identity.name


async def authenticate(request: Request, services: Given) -> Caller:
    """The caller of this request.

    Raises:
        Unauthenticated: there is no token, or none that is valid. The text never repeats what was sent.
        TooManyRequests: there is none that is valid, and that too often from this address.
    """
    try:
        return await _caller(request, services)
    except Unauthenticated:
        if "authorization" in request.headers:
            reception_of(request).failures.failed(source(request))
        raise


def source(request: Request) -> str:
    """The address that a request comes from; behind a proxy that of the proxy's client."""
    return request.client.host if request.client else ""


async def _caller(request: Request, services: Services) -> Caller:
    key = digest(_token(request.headers.get("authorization", "")))
    callers = reception_of(request).callers
    # Most requests come from somebody who has asked a moment ago: these wait for no thread.
    remembered = callers.remembered(key)
    found, identity = await run_in_threadpool(callers.find, key) if remembered is None else remembered
    if found is None:
        raise Unauthenticated("The token is not known to this server. Make one with `brickyard auth token create`.")
    request.state.user_name, request.state.run_id = found.user_name, found.run_id
    if found.expires_ms and found.expires_ms <= services.clock.now_ms():
        raise Unauthenticated("The token has expired. Make one with `brickyard auth token create`.")
    if found.run_id:
        await run_in_threadpool(check_run, found, services.store)
    if identity is None:
        raise Unauthenticated("The user of the token is not active on this server.")
    return Caller(replace(identity, run_id=found.run_id), found.token_id)


async def check_path(request: Request) -> None:
    """That the parts of the path which name something can be names.

    Raises:
        InvalidParameterValue: a number beyond 64 bits, which no database could look for, or a NUL character.
    """
    for name, value in request.path_params.items():
        check_text(value, name)
        if value.lstrip("+-").isdigit() and as_whole(value.lstrip("+")) is None:
            raise InvalidParameterValue(f"{name} is {value[:100]!r}; no number here is beyond 64 bits.")


Asker = Annotated[Caller, Depends(authenticate)]
"""Declare a handler's parameter with this to get the caller."""


def _token(header: str) -> str:
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer" and rest.strip():
        return rest.strip()
    if scheme.lower() == "basic":
        # Clients with a user name and password send the token as the password.
        try:
            return base64.b64decode(rest, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            pass
    raise Unauthenticated("Send a token: 'Authorization: Bearer …'. Make one with `brickyard auth token create`.")
