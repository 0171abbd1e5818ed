"""Which object a request to the permissions API is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from brickyard.access.identity import PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.access.refs import Ref
from brickyard.errors import InvalidParameterValue, NotFound
from brickyard.surfaces.api import finders
from brickyard.surfaces.api.inputs import as_whole
from brickyard.surfaces.api.permissions.kinds import Named, named
from brickyard.surfaces.api.services import Given, Services
from brickyard.surfaces.api.workspace_ids import path_of
from brickyard.surfaces.api.workspace_paths import parts_of
from brickyard.surfaces.api.workspace_tree import tree_of

TOKENS = "tokens"


@dataclass(frozen=True, slots=True)
class Target:
    """An object with its access list."""

    what: Named
    shown_id: str
    """The id as it stands in the path."""
    ref: Ref
    """Its `object_id` is the one by which the list is kept."""


def target(request: Request, services: Given) -> Target:
    """The object of the path. That there is none is told to whoever may see everything; to all others anyway.

    Raises:
        InvalidParameterValue, FeatureDisabled: it is no kind of object, or none that has a list of its own.
        NotFound: there is no such object.
    """
    what = named(str(request.path_params.get("object_type", "warehouses")))
    shown_id = str(request.path_params["object_id"])
    ref = _ref(services, what, shown_id)
    if not _is_there(services, ref):
        raise ref.missing
    return Target(what, shown_id, ref)


Found = Annotated[Target, Depends(target)]


def find(found: Found) -> Ref:
    """The finder of the routes."""
    return found.ref


def _ref(services: Services, what: Named, shown_id: str) -> Ref:
    match what.kind:
        case ObjectType.JOBS:
            number = as_whole(shown_id)
            if number is None:
                raise InvalidParameterValue(f"The id of a job is {shown_id[:100]!r}; it must be a whole number.")
            return finders.job(number)
        case ObjectType.CLUSTERS:
            return _cluster(services, shown_id)
        case ObjectType.FILES:
            return _item(services, what, shown_id)
        case ObjectType.SERVICE_PRINCIPALS:
            return _robot(services, shown_id)
        case _:
            noun = what.noun.replace("-", " ").capitalize()
            missing = NotFound(f"{noun} {shown_id[:100]!r} does not exist.")
            return Ref(kind=what.kind, object_id=shown_id, missing=missing)


def _cluster(services: Services, cluster_id: str) -> Ref:
    ref = finders.cluster(services, cluster_id)
    if ref.kind is ObjectType.JOBS:
        # Told like one that is not there: whose job it is may not be known to the caller.
        raise InvalidParameterValue(
            f"Cluster {cluster_id[:100]} does not exist, or it is that of a run, which has the rights of its job."
        )
    return ref


def _item(services: Services, what: Named, shown_id: str) -> Ref:
    missing = NotFound(f"{what.noun.capitalize()} {shown_id[:100]} does not exist.")
    number = as_whole(shown_id)
    if number is None:
        raise missing
    try:
        path = path_of(services, number)
    except NotFound:
        raise missing from None
    item = tree_of(services.settings).find(parts_of(path))
    if item is None or item.kind != what.item:
        raise missing
    return Ref(kind=ObjectType.FILES, object_id=path, missing=missing)


def _robot(services: Services, shown_id: str) -> Ref:
    """A service principal by its application id, or by the id that SCIM gives it."""
    people, kind = services.store.principals, PrincipalKind.SERVICE_PRINCIPAL
    found = people.named(kind, shown_id)
    number = as_whole(shown_id)
    if found is None and number is not None:
        found = people.get(number)
    name = found.name if found is not None and found.kind is kind else shown_id
    missing = NotFound(f"Service principal {shown_id[:100]!r} does not exist.")
    return Ref(kind=ObjectType.SERVICE_PRINCIPALS, object_id=name, missing=missing)


def _is_there(services: Services, ref: Ref) -> bool:
    store = services.store
    match ref.kind:
        case ObjectType.JOBS:
            # Also what a run without a job has in its place: its list names an owner from the start.
            return store.jobs.get(int(ref.object_id)) is not None or bool(store.acls.entries(ref.kind, ref.object_id))
        case ObjectType.CLUSTERS:
            return store.all_purpose.get(ref.object_id) is not None
        case ObjectType.QUERIES:
            return store.queries.get(ref.object_id) is not None
        case ObjectType.SERVICE_PRINCIPALS:
            return store.principals.named(PrincipalKind.SERVICE_PRINCIPAL, ref.object_id) is not None
        case ObjectType.TOKENS:
            return ref.object_id == TOKENS
        case ObjectType.FILES:
            return True
        case _:
            return store.documents.get(ref.kind, ref.object_id) is not None
