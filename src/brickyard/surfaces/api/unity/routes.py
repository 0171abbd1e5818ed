"""All endpoints of `/api/2.1/unity-catalog`. What changes a catalog, schema, table or volume is left to SQL."""

from __future__ import annotations

from fastapi import APIRouter

from brickyard.surfaces.api.unity import (
    catalogs_routes,
    metastore_routes,
    schemas_routes,
    tables_routes,
    volumes_routes,
)

router = APIRouter(prefix="/api/2.1/unity-catalog", tags=["Unity Catalog"])
for each in (catalogs_routes, schemas_routes, tables_routes, volumes_routes, metastore_routes):
    router.include_router(each.router)
