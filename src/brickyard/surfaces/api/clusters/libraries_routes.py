"""`/api/2.0/libraries`: packages of all-purpose clusters."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.levels import ObjectType
from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.api import finders
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.clusters import wire
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.services import Given

router = APIRouter(prefix="/api/2.0/libraries", tags=["Libraries"])


@router.post("/install", dependencies=[allow(Action.CLUSTER_EDIT, finders.cluster_sent)])
def install(sent: Sent, services: Given) -> Response:
    """Have packages installed, now or when the cluster starts; answers at once."""
    cluster_id = sent.only("cluster_id", "libraries").text("cluster_id")
    services.all_purpose.libraries.add(cluster_id, _libraries(sent))
    return answer({})


@router.post("/uninstall", dependencies=[allow(Action.CLUSTER_EDIT, finders.cluster_sent)])
def uninstall(sent: Sent, services: Given) -> Response:
    """Have packages removed when the cluster is restarted."""
    cluster_id = sent.only("cluster_id", "libraries").text("cluster_id")
    services.all_purpose.libraries.remove(cluster_id, _libraries(sent))
    return answer({})


@router.get("/cluster-status", dependencies=[allow(Action.CLUSTER_VIEW, finders.cluster_asked)])
def cluster_status(query: Query, services: Given) -> Response:
    """The packages of one cluster, and what became of each."""
    cluster_id = query.only("cluster_id").text("cluster_id")
    return answer(wire.statuses_body(cluster_id, services.all_purpose.libraries.statuses(cluster_id)))


@router.get("/all-cluster-statuses", dependencies=[allow(Action.CLUSTER_LIST)])
def all_cluster_statuses(query: Query, services: Given, asker: Asker) -> Response:
    """The packages of every cluster that the caller may see and that has any."""
    query.only()
    libraries = services.all_purpose.libraries
    found = {
        record.cluster_id: libraries.statuses(record.cluster_id)
        for record in services.all_purpose.all()
        if services.gate.sees(asker.identity, ObjectType.CLUSTERS, record.cluster_id)
    }
    return answer({"statuses": [wire.statuses_body(each, statuses) for each, statuses in found.items() if statuses]})


def _libraries(sent: Fields) -> list[dict[str, Any]]:
    given = sent.raw().get("libraries", [])
    if not isinstance(given, list):
        raise InvalidParameterValue("libraries must be a list of packages.")
    return given
