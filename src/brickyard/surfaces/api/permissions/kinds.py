"""The kinds of objects as the permissions API names them, and what it says of their levels.

Source: REST API reference, permissions; databricks-sdk, `PermissionsAPI`.
"""

from __future__ import annotations

from dataclasses import dataclass

from brickyard.access.levels import LEVELS, ObjectType
from brickyard.errors import FeatureDisabled, InvalidParameterValue


@dataclass(frozen=True, slots=True)
class Named:
    """A kind as it stands in paths and answers."""

    kind: ObjectType
    """What holds the list: everything in the workspace is kept by its path, as FILES."""
    path: str
    """As in `/jobs/12`."""
    noun: str
    """The `object_type` of answers."""
    item: str = ""
    """Of kinds in the workspace: what must be there, `DIRECTORY`, `NOTEBOOK` or `FILE`."""


NAMED: dict[str, Named] = {
    "jobs": Named(ObjectType.JOBS, "jobs", "job"),
    "clusters": Named(ObjectType.CLUSTERS, "clusters", "cluster"),
    "directories": Named(ObjectType.FILES, "directories", "directory", "DIRECTORY"),
    "notebooks": Named(ObjectType.FILES, "notebooks", "notebook", "NOTEBOOK"),
    "files": Named(ObjectType.FILES, "files", "file", "FILE"),
    "repos": Named(ObjectType.FILES, "repos", "repo", "DIRECTORY"),
    "cluster-policies": Named(ObjectType.CLUSTER_POLICIES, "cluster-policies", "cluster-policy"),
    "instance-pools": Named(ObjectType.INSTANCE_POOLS, "instance-pools", "instance-pool"),
    "warehouses": Named(ObjectType.WAREHOUSES, "sql/warehouses", "warehouses"),
    "queries": Named(ObjectType.QUERIES, "queries", "query"),
    "service-principals": Named(ObjectType.SERVICE_PRINCIPALS, "service-principals", "service-principal"),
    "authorization": Named(ObjectType.TOKENS, "authorization", "tokens"),
}
"""By the first word of the path; `sql/warehouses` means the same as `warehouses`."""

_NOT_HERE = {
    "alerts": "there are no SQL alerts",
    "alertsv2": "there are no SQL alerts",
    "apps": "there are no apps",
    "dashboards": "there are no dashboards",
    "dbsql-dashboards": "there are no dashboards",
    "experiments": "there is no experiment tracking",
    "genie": "there is no Genie",
    "pipelines": "declarative pipelines are not run yet",
    "registered-models": "there is no model registry",
    "serving-endpoints": "there is no model serving",
}

_WORKSPACE = {
    "CAN_READ": "Can read the item and comment on it",
    "CAN_RUN": "Can read and run the item",
    "CAN_EDIT": "Can read, run and change the item",
    "CAN_MANAGE": "Can read, run, change, delete the item and change its permissions",
}
DESCRIPTIONS: dict[ObjectType, dict[str, str]] = {
    ObjectType.JOBS: {
        "CAN_VIEW": "Can see the job, its runs and their results",
        "CAN_MANAGE_RUN": "Can also start, cancel and repair runs",
        "CAN_MANAGE": "Can also change and delete the job and change its permissions",
        "IS_OWNER": "Can do all of this; runs have the rights of the owner where the job names no other",
    },
    ObjectType.CLUSTERS: {
        "CAN_ATTACH_TO": "Can see the cluster and run code on it",
        "CAN_RESTART": "Can also start and restart it",
        "CAN_MANAGE": "Can also change, end and delete it and change its permissions",
    },
    ObjectType.FILES: _WORKSPACE,
    ObjectType.CLUSTER_POLICIES: {"CAN_USE": "Can make clusters by this policy"},
    ObjectType.INSTANCE_POOLS: {
        "CAN_ATTACH_TO": "Can make clusters that name this pool",
        "CAN_MANAGE": "Can also change and delete the pool and change its permissions",
    },
    ObjectType.WAREHOUSES: {
        "CAN_USE": "Can run statements on the warehouse",
        "CAN_MONITOR": "As CAN_USE; what was run on it is shown to nobody else here",
        "CAN_VIEW": "As CAN_USE",
        "CAN_MANAGE": "Can also change, start, stop and delete it and change its permissions",
        "IS_OWNER": "As CAN_MANAGE",
    },
    ObjectType.QUERIES: {
        "CAN_VIEW": "Can see the query",
        "CAN_RUN": "Can see and run the query",
        "CAN_EDIT": "Can also change the query",
        "CAN_MANAGE": "Can also delete it and change its permissions",
        "IS_OWNER": "As CAN_MANAGE",
    },
    ObjectType.SERVICE_PRINCIPALS: {
        "CAN_USE": "Can have jobs run with the rights of this service principal",
        "CAN_MANAGE": "Can also change who may do that",
    },
    ObjectType.TOKENS: {
        "CAN_USE": "Can make personal access tokens",
        "CAN_MANAGE": "Can also change who may do that",
    },
}
"""Each level of each kind in a sentence."""


def named(first: str) -> Named:
    """The kind that a path names by its first word.

    Raises:
        FeatureDisabled: there are no such objects here.
        InvalidParameterValue: it is no kind of object.
    """
    if first in _NOT_HERE:
        raise FeatureDisabled(f"Objects of the type {first!r} have no permissions here: {_NOT_HERE[first]}.")
    if first not in NAMED:
        raise InvalidParameterValue(f"{first[:100]!r} is not a supported object type; known are {', '.join(NAMED)}.")
    return NAMED[first]


def levels(what: Named) -> list[dict[str, str]]:
    """The body of `permissionLevels`."""
    texts = DESCRIPTIONS[what.kind]
    return [{"permission_level": level, "description": texts[level]} for level in LEVELS[what.kind]]
