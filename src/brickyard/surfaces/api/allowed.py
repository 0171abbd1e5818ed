"""Every route says which action it is, and which object it is about. A route that says nothing is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency
from starlette.concurrency import run_in_threadpool

from brickyard.access.actions import RULES, Action, concerns_object
from brickyard.access.refs import Ref
from brickyard.errors import PermissionDenied
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.services import Given

Finder = Callable[..., Any]
"""A dependency that gives the `Ref` of the object which a request is about."""

_ACTIONS: dict[Callable[..., Any], Action] = {}
"""The action of each check that `allow` has made."""


def nothing() -> None:
    """The finder of actions that concern no single object."""
    return


def allow(action: Action, find: Finder = nothing) -> Dependency:
    """The dependency of a route: whoever asks must be allowed to do `action` on what `find` gives.

    Raises:
        ValueError: the action concerns an object, and there is no finder (or the other way round).
    """
    if concerns_object(action) != (find is not nothing):
        raise ValueError(f"To {action!r} concerns {RULES[action].kind}; the finder is {find.__name__}.")

    # As a default, because FastAPI reads annotations where `find` is not known.
    async def check(request: Request, asker: Asker, services: Given, ref: Ref | None = Depends(find)) -> None:  # noqa: B008
        request.state.action, request.state.ref = action, ref
        if asker.identity.is_admin or not concerns_object(action):
            services.gate.check(asker.identity, action, ref)  # decided without a look into the store
        else:
            await run_in_threadpool(services.gate.check, asker.identity, action, ref)

    _ACTIONS[check] = action
    dependency: Dependency = Depends(check)
    return dependency


def action_of(route: Any) -> Action | None:
    """The action that a route has declared."""
    return next((_ACTIONS[each.call] for each in route.dependant.dependencies if each.call in _ACTIONS), None)


async def declared(request: Request) -> None:
    """Refuse routes that declare no action: what is not in the table is nobody's right.

    Raises:
        PermissionDenied: the route declares none.
    """
    if action_of(request.scope["route"]) is None:
        raise PermissionDenied("Nobody may use this endpoint.")
