"""Kinds of objects that have access lists, and the levels of each, lowest first.

Source: REST API reference of Databricks, permissions.
"""

from __future__ import annotations

from enum import StrEnum


class ObjectType(StrEnum):
    """A kind of object, as the path of the permissions API names it."""

    JOBS = "jobs"
    CLUSTERS = "clusters"
    DIRECTORIES = "directories"
    NOTEBOOKS = "notebooks"
    FILES = "files"
    REPOS = "repos"
    CLUSTER_POLICIES = "cluster-policies"
    INSTANCE_POOLS = "instance-pools"
    WAREHOUSES = "sql/warehouses"
    QUERIES = "queries"
    SECRET_SCOPES = "secret-scopes"  # noqa: S105  the name of a kind
    """Not in the permissions API: secrets have an API of their own for this."""
    SERVICE_PRINCIPALS = "service-principals"
    TOKENS = "authorization/tokens"


OWNER = "IS_OWNER"

_WORKSPACE = ("CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE")

LEVELS: dict[ObjectType, tuple[str, ...]] = {
    ObjectType.JOBS: ("CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", OWNER),
    ObjectType.CLUSTERS: ("CAN_ATTACH_TO", "CAN_RESTART", "CAN_MANAGE"),
    ObjectType.DIRECTORIES: _WORKSPACE,
    ObjectType.NOTEBOOKS: _WORKSPACE,
    ObjectType.FILES: _WORKSPACE,
    ObjectType.REPOS: _WORKSPACE,
    ObjectType.CLUSTER_POLICIES: ("CAN_USE",),
    ObjectType.INSTANCE_POOLS: ("CAN_ATTACH_TO", "CAN_MANAGE"),
    ObjectType.WAREHOUSES: ("CAN_USE", "CAN_MONITOR", "CAN_VIEW", "CAN_MANAGE", OWNER),
    ObjectType.QUERIES: ("CAN_VIEW", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE", OWNER),
    ObjectType.SECRET_SCOPES: ("READ", "WRITE", "MANAGE"),
    ObjectType.SERVICE_PRINCIPALS: ("CAN_USE", "CAN_MANAGE"),
    ObjectType.TOKENS: ("CAN_USE", "CAN_MANAGE"),
}


def reaches(kind: ObjectType, has: str, needed: str) -> bool:
    """Whether somebody with level `has` ("" is none) may do what needs level `needed`."""
    order = LEVELS[kind]
    return has in order and order.index(has) >= order.index(needed)


def highest(kind: ObjectType, levels: list[str]) -> str:
    """The highest of some levels; "" where there is none."""
    return max(levels, key=LEVELS[kind].index, default="")
