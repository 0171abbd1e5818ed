"""`/api/2.x/clusters/…`, to read: the clusters that runs had. They are made and ended by runs alone."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.errors import InvalidParameterValue
from brickyard.records import ClusterRecord
from brickyard.surfaces.api import finders, wire_clusters
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.services import Given, Services


def router(version: str) -> APIRouter:
    """The endpoints of one version: "2.1" or "2.0"."""
    routes = APIRouter(prefix=f"/api/{version}/clusters", tags=["Clusters"])

    @routes.get("/get", dependencies=[allow(Action.CLUSTER_VIEW, finders.cluster_asked)])
    def get(query: Query, services: Given) -> Response:
        """One cluster with its state, node types and, once it has ended, the reason."""
        cluster = _cluster(services, query.only("cluster_id"))
        return answer(wire_clusters.cluster_body(cluster, _creator(services, cluster)))

    @routes.get("/list", dependencies=[allow(Action.CLUSTER_LIST)])
    def list_clusters(query: Query, services: Given) -> Response:
        """The clusters that are alive, all on one page."""
        # All living clusters are on one page, so its size changes nothing.
        query.only("page_size", "page_token", "can_use_client")
        alive = services.store.clusters.alive()
        return answer({"clusters": [wire_clusters.cluster_body(each, _creator(services, each)) for each in alive]})

    @routes.post("/events", dependencies=[allow(Action.CLUSTER_VIEW, finders.cluster_sent)])
    def events(sent: Sent, services: Given) -> Response:
        """What happened to a cluster, newest first."""
        sent.only("cluster_id", "limit", "offset", "order")
        cluster = _cluster(services, sent)
        body = wire_clusters.events_body(cluster.cluster_id, services.store.clusters.events(cluster.cluster_id))
        if sent.choice("order", ["DESC", "ASC"], "DESC") == "ASC":
            body["events"].reverse()
        offset, limit = sent.whole("offset", 0), sent.whole("limit", 50, low=1, high=500)
        body["events"] = body["events"][offset : offset + limit]
        return answer(body)

    return routes


def _cluster(services: Services, fields: Fields) -> ClusterRecord:
    cluster_id = fields.text("cluster_id")
    cluster = services.store.clusters.get(cluster_id)
    if cluster is None:
        raise InvalidParameterValue(f"Cluster {cluster_id[:100]} does not exist")
    return cluster


def _creator(services: Services, cluster: ClusterRecord) -> str:
    record = services.store.runs.record(cluster.run_id)
    return record.creator if record else ""
