"""`/api/2.0/policies/clusters`: rules that clusters which name them must keep."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.levels import ObjectType
from brickyard.access.refs import Ref
from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.jobs import cluster_policies
from brickyard.records import Document
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.kept.shelf import Shelf
from brickyard.surfaces.api.services import Given

router = APIRouter(prefix="/api/2.0/policies/clusters", tags=["Cluster policies"])

POLICIES = Shelf(ObjectType.CLUSTER_POLICIES, "Cluster policy")
_REFUSED = {
    "libraries": "libraries are declared at tasks and clusters",
    "policy_family_id": "there are no policy families here; write the rules into definition",
    "policy_family_definition_overrides": "there are no policy families here; write the rules into definition",
    "max_clusters_per_user": "clusters are not counted by user",
}
_FIELDS = ("name", "definition", "description", *_REFUSED)
_SORTED = {"POLICY_NAME": lambda each: each.name, "POLICY_CREATION_TIME": lambda each: each.created_ms}


async def policy_asked(query: Query) -> Ref:
    """The `policy_id` of the query."""
    policy_id = query.text("policy_id")
    return Ref(kind=ObjectType.CLUSTER_POLICIES, object_id=policy_id, missing=POLICIES.missing(policy_id))


@router.post("/create", dependencies=[allow(Action.ADMINISTER)])
def create(sent: Sent, services: Given, asker: Asker) -> Response:
    """Keep a policy; answers its id."""
    sent.only(*_FIELDS)
    name, body = sent.text("name"), _checked(sent)
    return answer({"policy_id": POLICIES.add(services, name, body, owner=asker.user_name).document_id})


@router.post("/edit", dependencies=[allow(Action.ADMINISTER)])
def edit(sent: Sent, services: Given) -> Response:
    """Change a policy; clusters are held to it when they are next made or changed."""
    sent.only("policy_id", *_FIELDS)
    policy = POLICIES.get(services, sent.text("policy_id"))
    POLICIES.change(services, policy, name=sent.text("name"), body=_checked(sent))
    return answer({})


@router.get("/get", dependencies=[allow(Action.POLICY_VIEW, policy_asked)])
def get(query: Query, services: Given) -> Response:
    """One policy."""
    return answer(_shown(POLICIES.get(services, query.only("policy_id").text("policy_id"))))


@router.get("/list", dependencies=[allow(Action.POLICY_LIST)])
def list_policies(query: Query, services: Given, asker: Asker) -> Response:
    """The policies that the caller may use."""
    query.only("sort_column", "sort_order")
    column = query.choice("sort_column", _SORTED, "POLICY_CREATION_TIME")
    backwards = query.choice("sort_order", ["ASC", "DESC"], "DESC") == "DESC"
    kind = ObjectType.CLUSTER_POLICIES
    seen = [each for each in POLICIES.all(services) if services.gate.sees(asker.identity, kind, each.document_id)]
    seen.sort(key=_SORTED[column], reverse=backwards)
    return answer({"policies": [_shown(each) for each in seen], "total_count": len(seen)})


@router.post("/delete", dependencies=[allow(Action.ADMINISTER)])
def delete(sent: Sent, services: Given) -> Response:
    """Forget a policy; clusters that were made by it go on, and cannot be changed while they name it."""
    policy_id = sent.only("policy_id").text("policy_id")
    POLICIES.delete(services, policy_id)
    services.store.acls.delete(ObjectType.CLUSTER_POLICIES, policy_id)
    return answer({})


def _checked(sent: Fields) -> dict[str, Any]:
    for name, reason in _REFUSED.items():
        if name in sent:
            raise FeatureDisabled(f"{name} is not supported: {reason}.")
    if "definition" not in sent:
        raise InvalidParameterValue("definition is missing; it must be a JSON object of paths and rules, as a text.")
    definition = sent.text("definition")
    cluster_policies.parse(definition)
    body = {"definition": definition}
    if "description" in sent:
        body["description"] = sent.text("description", "")
    return body


def _shown(policy: Document) -> dict[str, Any]:
    return {
        "policy_id": policy.document_id,
        "name": policy.name,
        "creator_user_name": policy.owner,
        "created_at_timestamp": policy.created_ms,
        "is_default": False,
        **policy.body,
    }
