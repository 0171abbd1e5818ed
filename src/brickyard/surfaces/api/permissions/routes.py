"""`/api/2.0/permissions/{type}/{id}`: access lists, read, replaced (PUT) and changed (PATCH)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.engine.access.permissions import Permissions
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.permissions import kinds, shown
from brickyard.surfaces.api.permissions.finding import Found, find
from brickyard.surfaces.api.services import Given

router = APIRouter(prefix="/api/2.0/permissions", tags=["Permissions"])

_PLACES = ("/sql/warehouses/{object_id}", "/{object_type}/{object_id}")


def _sent(fields: Fields) -> Any:
    return fields.only("access_control_list").raw().get("access_control_list", [])


def _levels(query: Query, found: Found) -> Response:
    """The levels that objects of this type can be given on."""
    query.only()
    return answer({"permission_levels": kinds.levels(found.what)})


def _get(query: Query, found: Found, services: Given) -> Response:
    """Who may do what with an object, directly and by inheritance."""
    query.only()
    return answer(shown.body(services, found))


def _put(sent: Sent, found: Found, services: Given, asker: Asker) -> Response:
    """Replace all that is granted on an object directly; of a job exactly one owner must be named."""
    permissions = Permissions(services.store, services.gate)
    permissions.replace(asker.identity, found.ref.kind, found.ref.object_id, _sent(sent))
    return answer(shown.body(services, found))


def _patch(sent: Sent, found: Found, services: Given, asker: Asker) -> Response:
    """Give the principals that are named another level; all others keep theirs."""
    permissions = Permissions(services.store, services.gate)
    permissions.change(asker.identity, found.ref.kind, found.ref.object_id, _sent(sent))
    return answer(shown.body(services, found))


for _place in _PLACES:
    _view, _change = [allow(Action.PERMISSIONS_VIEW, find)], [allow(Action.PERMISSIONS_CHANGE, find)]
    router.get(f"{_place}/permissionLevels", dependencies=_view)(_levels)
    router.get(_place, dependencies=_view)(_get)
    router.put(_place, dependencies=_change)(_put)
    router.patch(_place, dependencies=_change)(_patch)
