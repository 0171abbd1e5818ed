"""`/api/2.x/clusters/…`, to change: all-purpose clusters from their creation to their end."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.identity import Identity
from brickyard.access.levels import ObjectType
from brickyard.errors import InvalidParameterValue, InvalidState
from brickyard.records import AclEntry
from brickyard.surfaces.api import finders
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Sent
from brickyard.surfaces.api.clusters import described
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.services import Given, Services

_EDIT = [allow(Action.CLUSTER_EDIT, finders.cluster_sent)]
_START = [allow(Action.CLUSTER_START, finders.cluster_sent)]


def router(version: str) -> APIRouter:
    """The endpoints of one version: "2.1" or "2.0"."""
    routes = APIRouter(prefix=f"/api/{version}/clusters", tags=["Clusters"])
    _add_settings(routes)
    _add_states(routes)
    _add_rights(routes)
    return routes


def _add_settings(routes: APIRouter) -> None:
    @routes.post("/create", dependencies=[allow(Action.CLUSTER_CREATE)], openapi_extra=described.CREATE)
    def create(sent: Sent, services: Given, asker: Asker) -> Response:
        """Make a cluster and start it; answers at once with its id."""
        cluster_id = services.all_purpose.create(sent.raw(), user=asker.user_name)
        _give(services, cluster_id, asker.identity)
        return answer({"cluster_id": cluster_id})

    @routes.post("/edit", dependencies=_EDIT, openapi_extra=described.EDIT)
    def edit(sent: Sent, services: Given, asker: Asker) -> Response:
        """Give a cluster other settings, all of them; one that runs is restarted."""
        cluster_id = _own(services, sent)
        settings = {name: value for name, value in sent.raw().items() if name != "cluster_id"}
        services.all_purpose.edit(cluster_id, settings, user=asker.user_name)
        return answer({})

    @routes.post("/update", dependencies=_EDIT, openapi_extra=described.UPDATE)
    def update(sent: Sent, services: Given, asker: Asker) -> Response:
        """Change the settings that `update_mask` names; one that runs is restarted."""
        cluster_id = _own(services, sent.only("cluster_id", "cluster", "update_mask"))
        changes, mask = sent.mapping("cluster"), sent.text("update_mask")
        services.all_purpose.update(cluster_id, changes, mask, user=asker.user_name)
        return answer({})

    @routes.post("/resize", dependencies=_EDIT, openapi_extra=described.RESIZE)
    def resize(sent: Sent, services: Given, asker: Asker) -> Response:
        """Give a running cluster, on which nothing runs, another number of workers."""
        cluster_id = _own(services, sent.only("cluster_id", "num_workers", "autoscale"))
        size = {name: value for name, value in sent.raw().items() if name != "cluster_id"}
        services.all_purpose.resize(cluster_id, size, user=asker.user_name)
        return answer({})


def _add_states(routes: APIRouter) -> None:
    @routes.post("/start", dependencies=_START)
    def start(sent: Sent, services: Given, asker: Asker) -> Response:
        """Start a cluster that has ended; any other stays as it is."""
        services.all_purpose.start(_own(services, sent.only("cluster_id")), user=asker.user_name)
        return answer({})

    @routes.post("/restart", dependencies=_START)
    def restart(sent: Sent, services: Given, asker: Asker) -> Response:
        """Give a running cluster a new engine; any other stays as it is."""
        cluster_id = _own(services, sent.only("cluster_id", "restart_user"))
        services.all_purpose.restart(cluster_id, user=asker.user_name)
        return answer({})

    @routes.post("/delete", dependencies=[allow(Action.CLUSTER_START, finders.cluster_sent)])
    def delete(sent: Sent, services: Given, asker: Asker) -> Response:
        """Terminate a cluster; it can be started again."""
        services.all_purpose.terminate(_own(services, sent.only("cluster_id")), user=asker.user_name)
        return answer({})

    @routes.post("/permanent-delete", dependencies=_EDIT)
    def permanent_delete(sent: Sent, services: Given, asker: Asker) -> Response:
        """Terminate a cluster and forget it."""
        cluster_id = _own(services, sent.only("cluster_id"))
        services.all_purpose.delete(
            cluster_id,
            user=asker.user_name,
            then=lambda: services.store.acls.delete(ObjectType.CLUSTERS, cluster_id),
        )
        return answer({})


def _add_rights(routes: APIRouter) -> None:
    for name, pinned in (("pin", True), ("unpin", False)):
        routes.post(f"/{name}", dependencies=[allow(Action.ADMINISTER)], name=name)(_pinning(pinned=pinned))

    @routes.post("/change-owner", dependencies=[allow(Action.ADMINISTER)])
    def change_owner(sent: Sent, services: Given, asker: Asker) -> Response:
        """Give a cluster that has ended to another user."""
        cluster_id = _own(services, sent.only("cluster_id", "owner_username"))
        owner = services.store.principals.identity(sent.text("owner_username"))
        if owner is None:
            raise InvalidParameterValue(
                f"owner_username is {sent.text('owner_username')[:100]!r}; there is no such user."
            )
        services.all_purpose.change_owner(cluster_id, owner.name, user=asker.user_name)
        _give(services, cluster_id, owner)
        return answer({})


def _pinning(*, pinned: bool) -> Any:
    def pin(sent: Sent, services: Given, asker: Asker) -> Response:
        services.all_purpose.pin(_own(services, sent.only("cluster_id")), pinned=pinned, user=asker.user_name)
        return answer({})

    pin.__doc__ = "Have a cluster listed for ever." if pinned else "Have a cluster listed no longer than others."
    return pin


def _own(services: Services, sent: Fields) -> str:
    """The id of an all-purpose cluster.

    Raises:
        InvalidState: it is the cluster of a run, which nobody but the run may change.
    """
    cluster_id = sent.text("cluster_id")
    found = services.store.clusters.get(cluster_id)
    if found is not None and found.run_id:
        raise InvalidState(
            f"Cluster {cluster_id} is a job cluster: it belongs to run {found.run_id}, and ends with it."
        )
    return cluster_id


def _give(services: Services, cluster_id: str, owner: Identity) -> None:
    """Let the owner manage the cluster, beside those who may already."""
    entry = AclEntry(owner.kind, owner.name, "CAN_MANAGE")
    others = [
        each
        for each in services.store.acls.entries(ObjectType.CLUSTERS, cluster_id)
        if (each.kind, each.principal) != (owner.kind, owner.name)
    ]
    services.store.acls.replace(ObjectType.CLUSTERS, cluster_id, [*others, entry])
