"""`/api/2.x/clusters/…`, to read: all-purpose clusters, and those that runs had."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.surfaces.api import finders, wire_clusters
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.clusters import catalogue, described, events, listing, wire
from brickyard.surfaces.api.services import Given


def router(version: str) -> APIRouter:
    """The endpoints of one version: "2.1" or "2.0"."""
    routes = APIRouter(prefix=f"/api/{version}/clusters", tags=["Clusters"])

    @routes.get("/get", dependencies=[allow(Action.CLUSTER_VIEW, finders.cluster_asked)])
    def get(query: Query, services: Given) -> Response:
        """One cluster with its state, node types and, once it has ended, the reason."""
        cluster_id = query.only("cluster_id").text("cluster_id")
        found = services.store.clusters.get(cluster_id)
        if found is not None and found.run_id:
            return answer(wire_clusters.cluster_body(found, listing.creator(services, found.run_id)))
        return answer(wire.cluster_body(services.all_purpose.get(cluster_id)))

    @routes.get("/list", dependencies=[allow(Action.CLUSTER_LIST)], openapi_extra=described.LIST)
    def list_clusters(request: Request, services: Given, asker: Asker) -> Response:
        """The clusters that are pinned, run, or ended within 30 days, and those of runs that are alive."""
        # Clients of the older version know no pages.
        return answer(listing.page(services, asker.identity, request, all_at_once=version == "2.0"))

    @routes.post("/events", dependencies=[allow(Action.CLUSTER_VIEW, finders.cluster_sent)])
    def list_events(sent: Sent, services: Given) -> Response:
        """What happened to a cluster, newest first."""
        cluster_id = sent.only(*events.FIELDS).text("cluster_id")
        found = services.store.clusters.get(cluster_id)
        if found is not None and found.run_id:
            return answer(events.page(cluster_id, services.store.clusters.events(cluster_id), sent))
        return answer(events.page(cluster_id, services.all_purpose.events(cluster_id), sent))

    @routes.get("/spark-versions", dependencies=[allow(Action.CATALOGUE)])
    def spark_versions(query: Query) -> Response:
        """The versions that clients may name. Every cluster runs the engine of this server."""
        query.only()
        return answer({"versions": catalogue.versions()})

    @routes.get("/list-node-types", dependencies=[allow(Action.CATALOGUE)])
    def list_node_types(query: Query) -> Response:
        """The node types whose size and price are known."""
        query.only()
        return answer({"node_types": catalogue.node_types()})

    @routes.get("/list-zones", dependencies=[allow(Action.CATALOGUE)])
    def list_zones(query: Query) -> Response:
        """The one zone that there is."""
        query.only()
        return answer({"default_zone": catalogue.ZONE, "zones": [catalogue.ZONE]})

    return routes
