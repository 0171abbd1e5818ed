"""The one metastore of this installation."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query
from brickyard.surfaces.api.services import Given
from brickyard.surfaces.api.unity import described

router = APIRouter()

_DEFAULT_CATALOG = "main"


@router.get("/metastore_summary", dependencies=[allow(Action.STORAGE)])
def summary(query: Query, services: Given) -> Response:
    """The metastore: its id, name and place."""
    query.only()
    return answer(described.metastore(services))


@router.get("/current-metastore-assignment", dependencies=[allow(Action.STORAGE)])
def assignment(query: Query, services: Given) -> Response:
    """The metastore of the workspace, and the catalog that names without one are in."""
    query.only()
    return answer(
        {
            "workspace_id": services.workspace_id,
            "metastore_id": described.metastore_id(services),
            "default_catalog_name": _DEFAULT_CATALOG,
        }
    )
