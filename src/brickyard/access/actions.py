"""The one table of who may do what: each action with the kind of object and the level that it needs.

Every route of the API names one action; what is not in the table cannot be asked for, and what is not allowed by it
is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from brickyard.access.levels import LEVELS, ObjectType


class Role(StrEnum):
    """What an action that concerns no single object needs of the caller."""

    ANYBODY = "anybody"
    """Every caller with a valid token; the answer holds what the caller may see."""
    MEMBER = "member"
    """As ANYBODY, but no task's own token."""
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Rule:
    """What an action needs: a level on one object, or a role where `kind` is None."""

    kind: ObjectType | None = None
    level: str = ""
    role: Role = Role.MEMBER
    of_job: str = ""
    """Of an action on clusters: the level on the job that it needs where the cluster is that of a run."""
    of_any: str = ""
    """Of an action on access lists, of objects of every kind: the level of that kind, VIEWING or MANAGING."""
    in_run: bool = False
    """Whether a task's own token may do it: on the run (and job) that it belongs to where it concerns runs or jobs,
    else with the rights of the identity that the run has."""


VIEWING, MANAGING = "the lowest level", "the level to manage"


class Action(StrEnum):
    """What can be asked of the server."""

    KNOW_ONESELF = "know oneself"
    JOB_CREATE = "create a job"
    JOB_LIST = "list jobs"
    JOB_VIEW = "see a job and its runs"
    JOB_RUN = "start, cancel and repair runs of a job"
    JOB_EDIT = "change a job, its access list and its backfills"
    JOB_OWN = "delete a job"
    RUN_LIST = "list runs"
    RUN_SUBMIT = "start a run without a job"
    PERMISSIONS_VIEW = "see an access list"
    PERMISSIONS_CHANGE = "change an access list"
    CLUSTER_LIST = "list clusters"
    CLUSTER_CREATE = "create a cluster"
    CLUSTER_VIEW = "see a cluster, and run code on it"
    CLUSTER_START = "start and restart a cluster"
    CLUSTER_EDIT = "change, end and delete a cluster"
    CATALOGUE = "see what the server offers"
    FILES_SEE = "find what one may see of the workspace"
    FILES_READ = "read a file, a notebook or a folder"
    FILES_RUN = "run a notebook or a file"
    FILES_EDIT = "change a file, a notebook or a folder"
    STORAGE = "use DBFS, volumes and tables"
    SCOPE_LIST = "list secret scopes"
    SCOPE_CREATE = "create a secret scope"
    SECRET_READ = "read a secret"  # noqa: S105  the name of an action
    SECRET_WRITE = "write a secret"  # noqa: S105  as above
    SECRET_MANAGE = "delete a secret scope, and change who may use it"  # noqa: S105  as above
    WAREHOUSE_LIST = "list warehouses"
    WAREHOUSE_CREATE = "create a warehouse"
    WAREHOUSE_USE = "run statements on a warehouse"
    WAREHOUSE_EDIT = "change, start, stop and delete a warehouse"
    QUERY_LIST = "list and create saved queries"
    QUERY_VIEW = "see a saved query"
    QUERY_EDIT = "change a saved query"
    POLICY_LIST = "list cluster policies"
    POLICY_VIEW = "see and use a cluster policy"
    POOL_LIST = "list instance pools"
    POOL_VIEW = "see and use an instance pool"
    POOL_EDIT = "change and delete an instance pool"
    DESTINATION_VIEW = "see notification destinations"
    TOKEN_CREATE = "make a token of one's own"  # noqa: S105  as above
    OWN_TOKENS = "see and revoke one's own tokens"
    TOKENS_MANAGE = "see and revoke everybody's tokens, and make tokens for others"
    PEOPLE_VIEW = "see users, groups and service principals"
    PEOPLE_CHANGE = "change users, groups and service principals"
    OWN_CREDENTIALS = "keep one's own credentials"
    ADMINISTER = "change what holds for the whole installation"
    AUDIT_VIEW = "read the audit log"


_JOB, _CLUSTER, _SCOPE = ObjectType.JOBS, ObjectType.CLUSTERS, ObjectType.SECRET_SCOPES
_FILE, _HOUSE, _QUERY = ObjectType.FILES, ObjectType.WAREHOUSES, ObjectType.QUERIES
_ANYBODY = Rule(role=Role.ANYBODY, in_run=True)
_MEMBER = Rule(role=Role.MEMBER)
_ADMIN = Rule(role=Role.ADMIN)

RULES: dict[Action, Rule] = {
    Action.KNOW_ONESELF: _ANYBODY,
    Action.JOB_CREATE: _MEMBER,
    Action.JOB_LIST: _MEMBER,
    Action.JOB_VIEW: Rule(_JOB, "CAN_VIEW", in_run=True),
    Action.JOB_RUN: Rule(_JOB, "CAN_MANAGE_RUN"),
    Action.JOB_EDIT: Rule(_JOB, "CAN_MANAGE"),
    Action.JOB_OWN: Rule(_JOB, "CAN_MANAGE"),
    Action.RUN_LIST: _MEMBER,
    Action.RUN_SUBMIT: _MEMBER,
    Action.PERMISSIONS_VIEW: Rule(of_any=VIEWING),
    Action.PERMISSIONS_CHANGE: Rule(of_any=MANAGING),
    Action.CLUSTER_LIST: _MEMBER,
    Action.CLUSTER_CREATE: _MEMBER,
    Action.CLUSTER_VIEW: Rule(_CLUSTER, "CAN_ATTACH_TO", of_job="CAN_VIEW", in_run=True),
    Action.CLUSTER_START: Rule(_CLUSTER, "CAN_RESTART", of_job="CAN_MANAGE"),
    Action.CLUSTER_EDIT: Rule(_CLUSTER, "CAN_MANAGE", of_job="CAN_MANAGE"),
    Action.CATALOGUE: _ANYBODY,
    Action.FILES_SEE: _ANYBODY,
    Action.FILES_READ: Rule(_FILE, "CAN_READ", in_run=True),
    Action.FILES_RUN: Rule(_FILE, "CAN_RUN", in_run=True),
    Action.FILES_EDIT: Rule(_FILE, "CAN_EDIT", in_run=True),
    Action.STORAGE: _ANYBODY,
    Action.SCOPE_LIST: _ANYBODY,
    Action.SCOPE_CREATE: _MEMBER,
    Action.SECRET_READ: Rule(_SCOPE, "READ", in_run=True),
    Action.SECRET_WRITE: Rule(_SCOPE, "WRITE"),
    Action.SECRET_MANAGE: Rule(_SCOPE, "MANAGE"),
    Action.WAREHOUSE_LIST: _MEMBER,
    Action.WAREHOUSE_CREATE: _MEMBER,
    Action.WAREHOUSE_USE: Rule(_HOUSE, "CAN_USE"),
    Action.WAREHOUSE_EDIT: Rule(_HOUSE, "CAN_MANAGE"),
    Action.QUERY_LIST: _MEMBER,
    Action.QUERY_VIEW: Rule(_QUERY, "CAN_VIEW"),
    Action.QUERY_EDIT: Rule(_QUERY, "CAN_EDIT"),
    Action.POLICY_LIST: _MEMBER,
    Action.POLICY_VIEW: Rule(ObjectType.CLUSTER_POLICIES, "CAN_USE"),
    Action.POOL_LIST: _MEMBER,
    Action.POOL_VIEW: Rule(ObjectType.INSTANCE_POOLS, "CAN_ATTACH_TO"),
    Action.POOL_EDIT: Rule(ObjectType.INSTANCE_POOLS, "CAN_MANAGE"),
    Action.DESTINATION_VIEW: _MEMBER,
    Action.TOKEN_CREATE: Rule(ObjectType.TOKENS, "CAN_USE"),
    Action.OWN_TOKENS: _MEMBER,
    Action.TOKENS_MANAGE: _ADMIN,
    Action.PEOPLE_VIEW: _MEMBER,
    Action.PEOPLE_CHANGE: _ADMIN,
    Action.OWN_CREDENTIALS: _MEMBER,
    Action.ADMINISTER: _ADMIN,
    Action.AUDIT_VIEW: _ADMIN,
}
"""Who owns an object may do all that its highest level allows; members of `admins` may do everything."""


def concerns_object(action: Action) -> bool:
    """Whether an action is done on one object, which must be named; else it needs a role."""
    rule = RULES[action]
    return rule.kind is not None or bool(rule.of_any)


def needed(rule: Rule, kind: ObjectType) -> str:
    """The level that a rule asks for on an object of this kind; "" where only administrators will do."""
    if rule.of_any == VIEWING:
        return LEVELS[kind][0]
    if rule.of_any == MANAGING:
        return next((level for level in ("CAN_MANAGE", "MANAGE") if level in LEVELS[kind]), "")
    return rule.level if kind is rule.kind else rule.of_job
