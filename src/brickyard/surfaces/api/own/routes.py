"""`/api/brickyard/…` and `/health`: what this server offers beyond the service's API."""

from __future__ import annotations

import importlib.metadata
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.levels import ObjectType
from brickyard.records import RunFilter
from brickyard.surfaces.api import oauth
from brickyard.surfaces.api.access import Asker, Caller
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query
from brickyard.surfaces.api.own import models
from brickyard.surfaces.api.services import Given, Services
from brickyard.workloads.messages import TableEntry

_COUNTED = 100_000

open_router = APIRouter(tags=["Health"])
"""The routes that need no token."""
router = APIRouter(prefix="/api/brickyard", tags=["Brickyard"])


@open_router.get("/health", response_model=models.Health, responses={503: {"model": models.Fault}})
def health(services: Given) -> Response:
    """200 while the server can take work, else 503 with the reason."""
    services.health()
    return answer({"status": "ok"})


@open_router.get("/.well-known/databricks-config", include_in_schema=False)
def discovery(request: Request, services: Given) -> Response:
    """What clients ask first, without a token: whose workspace this is, and where service principals sign in.

    databricks-sdk warns at every start where this is missing. It looks at `oidc_endpoint` only where it was told to
    sign in by OAuth; a client with a token never goes there.
    """
    endpoint = oauth.base(request)
    return answer({"host_type": "workspace", "oidc_endpoint": endpoint, "workspace_id": str(services.workspace_id)})


@router.get("/tables", dependencies=[allow(Action.STORAGE)], response_model=models.Tables)
def tables(query: Query, services: Given) -> Response:
    """The tables and views of a schema, of a catalog, or of all catalogs."""
    query.only("catalog", "schema")
    metastore = services.store.metastore
    catalog, schema = query.text("catalog", "").lower(), query.text("schema", "").lower()
    catalogs = [catalog] if catalog else metastore.catalogs()
    found = [
        (entry.catalog, entry.name)
        for name in catalogs
        for entry in metastore.schemas(name)
        if schema in {"", entry.name}
    ]
    return answer({"tables": [_table(entry) for place in found for entry in metastore.tables(*place)]})


@router.get("/status", dependencies=[allow(Action.CATALOGUE)], response_model=models.Status)
def status(services: Given, asker: Asker) -> Response:
    """What runs here, for `brickyard doctor`."""
    return answer(
        {
            "version": importlib.metadata.version("brickyard"),
            # The scheme only: the address may hold a password.
            "database": services.settings.database_url.partition(":")[0].partition("+")[0],
            "home": str(services.settings.home),
            "url": services.url,
            "workspace_id": services.workspace_id,
            "user": asker.user_name,
            "active_runs": _active(services, asker),
            "clusters": _clusters(services, asker),
        }
    )


@router.get("/openapi.json", dependencies=[allow(Action.CATALOGUE)], include_in_schema=False)
def openapi(request: Request) -> Response:
    """The description of the whole API."""
    return answer(request.app.openapi())


def _active(services: Services, asker: Caller) -> int:
    """How many runs are active that the caller may see."""
    if asker.seen_by is None:
        return len(services.store.runs.active())
    where = RunFilter(active_only=True)
    return len(services.store.runs.find(where, offset=0, limit=_COUNTED, seen_by=asker.seen_by))


def _clusters(services: Services, asker: Caller) -> int:
    """How many clusters of runs are alive that the caller may see."""
    alive = services.store.clusters.alive()
    if asker.seen_by is None:
        return len(alive)
    jobs = {str(each.job_id) for each in alive}
    seen = {job for job in jobs if services.gate.sees(asker.seen_by, ObjectType.JOBS, job)}
    return sum(str(each.job_id) in seen for each in alive)


def _table(entry: TableEntry) -> dict[str, Any]:
    name = entry.table
    shown = {field: getattr(entry, field) for field in ("kind", "format", "location", "comment", "columns", "owner")}
    times = {"created_ms": entry.created_ms, "updated_ms": entry.updated_ms}
    return {"catalog": name.catalog, "schema": name.schema, "name": name.name, **shown, **times}
