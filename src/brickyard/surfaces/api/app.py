"""The REST API as one ASGI application."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI

from brickyard.ports import AuditStore
from brickyard.records import AuditEvent
from brickyard.surfaces.api import (
    client_secrets,
    dbt_artifacts,
    faults,
    git_credentials_routes,
    identity,
    jobs_routes,
    oauth,
    queries_routes,
    repos_routes,
    runs_routes,
    secret_list_routes,
    secrets_routes,
    token_management,
    unserved,
    workspace_imports,
    workspace_routes,
)
from brickyard.surfaces.api.access import authenticate, check_path
from brickyard.surfaces.api.allowed import declared
from brickyard.surfaces.api.auditing import AuditDoor
from brickyard.surfaces.api.clusters import change_routes, execution_routes, libraries_routes, read_routes
from brickyard.surfaces.api.description import DescribedApp
from brickyard.surfaces.api.files import dbfs_routes, fs_routes
from brickyard.surfaces.api.files.handles import Handles
from brickyard.surfaces.api.frontdoor import FrontDoor
from brickyard.surfaces.api.kept import destinations_routes, policies_routes, pools_routes
from brickyard.surfaces.api.own import audit_routes, backfill_routes, pinned_routes, repair_routes, version_routes
from brickyard.surfaces.api.own import routes as own_routes
from brickyard.surfaces.api.own import run_routes as own_run_routes
from brickyard.surfaces.api.pace import Pace
from brickyard.surfaces.api.permissions import routes as permissions_routes
from brickyard.surfaces.api.reception import Reception
from brickyard.surfaces.api.scim import routes as scim_routes
from brickyard.surfaces.api.services import Services
from brickyard.surfaces.api.sql import statements_routes, warehouses_routes
from brickyard.surfaces.api.unity import routes as unity_routes

__all__ = ["Services", "create_app"]


def create_app(services: Services) -> FastAPI:
    """The application. Every route asks for a token but those of the routers that are called open."""
    app = DescribedApp(
        title="Brickyard",
        version=importlib.metadata.version("brickyard"),
        # The description is behind the token, as all else; nothing is served at the usual places.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
    app.state.reception = Reception.of(services.store, services.clock, services.ids)
    app.state.pace = Pace(services.settings.max_starts_per_second, services.clock)
    app.state.dbfs_handles = Handles(services.clock, services.ids)
    hosts = (urlsplit(services.url).hostname or "", *services.hosts)
    app.add_middleware(FrontDoor, hosts=hosts, name_request=services.name_request)
    # Added last, so it is asked first: what the front door refuses is recorded too.
    app.add_middleware(AuditDoor, witness=services.witness or _at_once(services.store.audit), clock=services.clock)
    faults.install(app)
    app.include_router(own_routes.open_router)
    app.include_router(dbt_artifacts.open_router)
    app.include_router(oauth.open_router)
    app.include_router(statements_routes.open_router)
    closed = [Depends(authenticate), Depends(check_path), Depends(declared)]
    for router in _routers():
        app.include_router(router, dependencies=closed)
    return app


def _at_once(log: AuditStore) -> Callable[[AuditEvent], None]:
    return lambda event: log.add([event])


def _routers() -> list[APIRouter]:
    versions = ("2.2", "2.1", "2.0")
    return [
        *(jobs_routes.router(version) for version in versions),
        *(runs_routes.router(version) for version in versions),
        *(read_routes.router(version) for version in versions[1:]),
        *(change_routes.router(version) for version in versions[1:]),
        libraries_routes.router,
        execution_routes.router,
        identity.router,
        scim_routes.router,
        token_management.router,
        client_secrets.router,
        secrets_routes.router,
        secret_list_routes.router,
        workspace_imports.router,
        workspace_routes.router,
        repos_routes.router,
        git_credentials_routes.router,
        fs_routes.router,
        dbfs_routes.router,
        queries_routes.router,
        permissions_routes.router,
        warehouses_routes.router,
        statements_routes.router,
        destinations_routes.router,
        pools_routes.router,
        policies_routes.router,
        unity_routes.router,
        own_routes.router,
        own_run_routes.router,
        backfill_routes.router,
        version_routes.router,
        repair_routes.router,
        pinned_routes.router,
        audit_routes.router,
        unserved.router,
    ]
