"""`/api/2.0/instance-pools`: kept for clients that name them. A cluster of a pool is started like any other.

There are no machines to keep idle: the engine that is kept warm serves everybody. What a pool says of machines is
without meaning here; its node type counts for the price of the clusters that name it.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.levels import ObjectType
from brickyard.access.refs import Ref
from brickyard.errors import InvalidParameterValue
from brickyard.records import Document
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.kept.shelf import Shelf
from brickyard.surfaces.api.services import Given

router = APIRouter(prefix="/api/2.0/instance-pools", tags=["Instance pools"])

POOLS = Shelf(ObjectType.INSTANCE_POOLS, "Instance pool")
_WHOLE = {
    "min_idle_instances": 0,
    "max_capacity": 1,
    "idle_instance_autotermination_minutes": 0,
    "remote_disk_throughput": 0,
    "total_initial_remote_disk_size": 0,
}
"""Whole numbers, with the lowest that is allowed."""
_OBJECTS = ("aws_attributes", "azure_attributes", "gcp_attributes", "disk_spec", "node_type_flexibility")
_FIELDS = (
    "node_type_id",
    "custom_tags",
    "enable_elastic_disk",
    "preloaded_docker_images",
    "preloaded_spark_versions",
    *_WHOLE,
    *_OBJECTS,
)
_MAX_TAGS = 43


async def pool_asked(query: Query) -> Ref:
    """The `instance_pool_id` of the query."""
    return _ref(query)


async def pool_sent(sent: Sent) -> Ref:
    """The `instance_pool_id` of the body."""
    return _ref(sent)


@router.post("/create", dependencies=[allow(Action.ADMINISTER)])
def create(sent: Sent, services: Given, asker: Asker) -> Response:
    """Keep a pool; answers its id."""
    sent.only("instance_pool_name", *_FIELDS)
    name, body = sent.text("instance_pool_name"), _checked(sent)
    return answer({"instance_pool_id": POOLS.add(services, name, body, owner=asker.user_name).document_id})


@router.post("/edit", dependencies=[allow(Action.POOL_EDIT, pool_sent)])
def edit(sent: Sent, services: Given) -> Response:
    """Change a pool; its node type stays."""
    sent.only("instance_pool_id", "instance_pool_name", *_FIELDS)
    pool = POOLS.get(services, sent.text("instance_pool_id"))
    body = _checked(sent)
    if body["node_type_id"] != pool.body["node_type_id"]:
        raise InvalidParameterValue(
            f"node_type_id is {body['node_type_id'][:100]!r}; the pool has {pool.body['node_type_id']!r}, which stays."
        )
    POOLS.change(services, pool, name=sent.text("instance_pool_name"), body=body)
    return answer({})


@router.get("/get", dependencies=[allow(Action.POOL_VIEW, pool_asked)])
def get(query: Query, services: Given) -> Response:
    """One pool."""
    return answer(_shown(POOLS.get(services, query.only("instance_pool_id").text("instance_pool_id"))))


@router.get("/list", dependencies=[allow(Action.POOL_LIST)])
def list_pools(query: Query, services: Given, asker: Asker) -> Response:
    """The pools that the caller may use."""
    query.only()
    seen = [
        pool
        for pool in POOLS.all(services)
        if services.gate.sees(asker.identity, ObjectType.INSTANCE_POOLS, pool.document_id)
    ]
    return answer({"instance_pools": [_shown(pool) for pool in seen]})


@router.post("/delete", dependencies=[allow(Action.POOL_EDIT, pool_sent)])
def delete(sent: Sent, services: Given) -> Response:
    """Forget a pool; clusters that name it go on."""
    pool_id = sent.only("instance_pool_id").text("instance_pool_id")
    POOLS.delete(services, pool_id)
    services.store.acls.delete(ObjectType.INSTANCE_POOLS, pool_id)
    return answer({})


def _ref(fields: Fields) -> Ref:
    pool_id = fields.text("instance_pool_id")
    return Ref(kind=ObjectType.INSTANCE_POOLS, object_id=pool_id, missing=POOLS.missing(pool_id))


def _checked(sent: Fields) -> dict[str, Any]:
    body: dict[str, Any] = {"node_type_id": sent.text("node_type_id")}
    body |= {name: sent.whole(name, low=low) for name, low in _WHOLE.items() if name in sent}
    body |= {name: sent.mapping(name) for name in _OBJECTS if name in sent}
    if "custom_tags" in sent:
        body["custom_tags"] = _tags(sent)
    if "enable_elastic_disk" in sent:
        body["enable_elastic_disk"] = sent.flag("enable_elastic_disk")
    if "preloaded_spark_versions" in sent:
        body["preloaded_spark_versions"] = sent.texts("preloaded_spark_versions")
    if "preloaded_docker_images" in sent:
        raise InvalidParameterValue("preloaded_docker_images is given; images cannot be used here, leave it out.")
    low, high = body.get("min_idle_instances", 0), body.get("max_capacity")
    if high is not None and low > high:
        raise InvalidParameterValue(f"min_idle_instances is {low}; it must be at most max_capacity, {high}.")
    return body


def _tags(sent: Fields) -> dict[str, str]:
    tags = sent.mapping("custom_tags")
    if len(tags) > _MAX_TAGS:
        raise InvalidParameterValue(f"custom_tags has {len(tags)} tags; at most {_MAX_TAGS} are allowed.")
    return {name: Fields(tags).text(name, "") for name in tags}


def _shown(pool: Document) -> dict[str, Any]:
    own = {"Vendor": "Brickyard", "DatabricksInstancePoolCreatorId": pool.owner}
    return {
        "instance_pool_id": pool.document_id,
        "instance_pool_name": pool.name,
        "state": "ACTIVE",
        "status": {},
        "default_tags": {**own, "DatabricksInstancePoolId": pool.document_id},
        # True as it stands: no machine is ever kept idle in a pool, or taken from one.
        "stats": {"used_count": 0, "idle_count": 0, "pending_used_count": 0, "pending_idle_count": 0},
        **pool.body,
    }
