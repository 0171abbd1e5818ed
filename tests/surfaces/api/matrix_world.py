"""Two of everything: one object on which each role has its level, and one of a stranger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from brickyard.access.identity import PrincipalKind
from brickyard.access.levels import LEVELS, OWNER, ObjectType
from brickyard.access.tokens import digest
from brickyard.engine.commands import StartRequest
from brickyard.records import (
    AclEntry,
    AllPurposeRecord,
    BackfillRecord,
    Document,
    QueryRecord,
    StatementRecord,
    TokenInfo,
)
from brickyard.surfaces.api.workspace_desk import GIT_FOLDERS
from tests.surfaces.api.house import TOKEN, USER, House, task

OWN, FOREIGN = "own", "foreign"
PEOPLE = ("member", "viewer", "runner", "manager", "owner", "stranger")
TOKENS = ("own run", "another run of the job", "run of another job")
"""Tasks' own tokens. All act as the owner: what they may not do is not for want of a person's rights."""
Parts = dict[str, dict[str, Any]]


@dataclass
class World:
    """The objects, and the headers of each role."""

    house: House
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    jobs: dict[str, int] = field(default_factory=dict)
    runs: dict[str, int] = field(default_factory=dict)
    sibling: int = 0
    """Another run of the owner's job."""

    def ask(self, finder: str, which: str) -> Parts:
        """What names the object: `path`, `query` and `json` of the request."""
        return CASES[finder](self, which)


def name_of(role: str) -> str:
    """The user behind a role."""
    return USER if role == "admin" else f"{role}@example.com"


def level_of(role: str, kind: ObjectType) -> str:
    """The level that a role has on the object that is its own; "" is none."""
    if kind is ObjectType.TOKENS:
        return "CAN_USE"  # everybody may have tokens, while no list says otherwise
    order = LEVELS[kind]
    plain = [level for level in order if level != OWNER]
    return {
        "viewer": plain[0],
        "runner": plain[min(1, len(plain) - 1)],
        "manager": plain[-1],
        "owner": order[-1],
    }.get(role, "")


def built(house: House) -> World:
    """Make all of it."""
    world = World(house)
    world.headers = {role: house.person(name_of(role)) for role in PEOPLE}
    world.headers |= {"admin": {"Authorization": f"Bearer {TOKEN}"}, "nobody": {"Authorization": "Bearer wrong"}}
    for which, maker in ((OWN, "owner"), (FOREIGN, "stranger")):
        _objects(world, which, name_of(maker))
        for kind, object_id in ids(world, which).items():
            _grant(world, which, kind, object_id)
    world.sibling = _run(world, OWN)
    runs = (world.runs[OWN], world.sibling, world.runs[FOREIGN])
    for role, run_id in zip(TOKENS, runs, strict=True):
        world.headers[role] = _run_token(world, role, run_id)
    return world


def ids(world: World, which: str) -> dict[ObjectType, str]:
    """By kind: the id of the object."""
    return {
        ObjectType.JOBS: str(world.jobs[which]),
        ObjectType.CLUSTERS: f"cluster-{which}",
        ObjectType.FILES: f"/Users/stranger@example.com/{which}",
        ObjectType.SECRET_SCOPES: f"scope-{which}",
        ObjectType.QUERIES: f"query-{which}",
        ObjectType.WAREHOUSES: f"house-{which}",
        ObjectType.INSTANCE_POOLS: f"pool-{which}",
        ObjectType.CLUSTER_POLICIES: f"policy-{which}",
        ObjectType.TOKENS: "tokens",
    }


def _objects(world: World, which: str, maker: str) -> None:
    house = world.house
    world.jobs[which] = house.commands.create_job({"name": which, "tasks": [task("one")]}, user=maker)
    world.runs[which] = _run(world, which)
    named = ids(world, which)
    house.store.all_purpose.save(
        AllPurposeRecord(cluster_id=named[ObjectType.CLUSTERS], owner=maker, settings={}, created_ms=1)
    )
    folder = house.settings.workspace / named[ObjectType.FILES].strip("/")
    folder.mkdir(parents=True)
    house.store.secrets.create_scope(named[ObjectType.SECRET_SCOPES])
    house.store.queries.save(
        QueryRecord(
            query_id=named[ObjectType.QUERIES],
            display_name=which,
            query_text="SELECT 1",
            owner=maker,
            created_ms=1,
            updated_ms=1,
        )
    )
    document = Document(kind="", document_id="", name=which, owner=maker, created_ms=1, updated_ms=1, body={})
    for kind in (ObjectType.WAREHOUSES, ObjectType.INSTANCE_POOLS, ObjectType.CLUSTER_POLICIES):
        house.store.documents.save(replace(document, kind=kind, document_id=named[kind]))
    house.store.documents.save(
        replace(document, kind=GIT_FOLDERS, document_id=_number(which), name=named[ObjectType.FILES])
    )
    house.store.statements.save(
        StatementRecord(
            statement_id=f"statement-{which}",
            warehouse_id=named[ObjectType.WAREHOUSES],
            user_name=maker,
            text="SELECT 1",
            state="PENDING",
            created_ms=1,
        )
    )
    house.store.backfills.create(
        BackfillRecord(
            backfill_id=int(_number(which)), job_id=world.jobs[which], creator=maker, created_ms=1, spec={"zone": "UTC"}
        ),
        [],
    )


def _grant(world: World, which: str, kind: ObjectType, object_id: str) -> None:
    if kind is ObjectType.TOKENS:
        return
    roles = ("viewer", "runner", "manager", "owner") if which == OWN else ()
    entries = [AclEntry(PrincipalKind.USER, name_of(role), level_of(role, kind)) for role in roles]
    if which == FOREIGN:
        entries = [AclEntry(PrincipalKind.USER, name_of("stranger"), LEVELS[kind][-1])]
    world.house.store.acls.replace(kind, object_id, entries)


def _run(world: World, which: str) -> int:
    return world.house.commands.run_now(world.jobs[which], StartRequest(), user=name_of("owner"))


def _run_token(world: World, role: str, run_id: int) -> dict[str, str]:
    token = f"dapi-of-{role}"
    info = TokenInfo(
        token_id=role, user_name=name_of("owner"), comment="", created_ms=0, expires_ms=0, kind="RUN", run_id=run_id
    )
    world.house.store.tokens.add(info, digest(token))
    return {"Authorization": f"Bearer {token}"}


def _number(which: str) -> str:
    return {OWN: "71", FOREIGN: "72"}[which]


# ------------------------------------------------------------------------------------------------- naming an object


Naming = Callable[[World, str], Parts]


def _by(part: str, name: str, kind: ObjectType) -> Naming:
    return lambda world, which: {part: {name: ids(world, which)[kind]}}


def _job(part: str) -> Naming:
    return lambda world, which: {part: {"job_id": world.jobs[which]}}


def _of_run(part: str) -> Naming:
    return lambda world, which: {part: {"run_id": world.runs[which]}}


def _task_run(world: World, which: str) -> Parts:
    return {"path": {"task_run_id": world.house.attempt_of(world.runs[which], "one")}}


def _list(world: World, which: str) -> Parts:
    """Of the routes for all kinds, those of jobs; `sql/warehouses` has a route of its own."""
    return {"path": {"object_type": "jobs", "object_id": world.jobs[which]}}


_CLUSTER, _SCOPE, _FILE = ObjectType.CLUSTERS, ObjectType.SECRET_SCOPES, ObjectType.FILES
CASES: dict[str, Naming] = {
    "finders.job_asked": _job("query"),
    "finders.job_sent": _job("json"),
    "finders.job_in_path": _job("path"),
    "finders.run_asked": _of_run("query"),
    "finders.run_sent": _of_run("json"),
    "finders.run_in_path": _of_run("path"),
    "finders.task_run_in_path": _task_run,
    "finders.backfill_in_path": lambda _, which: {"path": {"backfill_id": _number(which)}},
    "finders.cluster_asked": _by("query", "cluster_id", _CLUSTER),
    "finders.cluster_sent": _by("json", "cluster_id", _CLUSTER),
    "execution_routes.cluster_asked": _by("query", "clusterId", _CLUSTER),
    "execution_routes.cluster_sent": _by("json", "clusterId", _CLUSTER),
    "finders.scope_asked": _by("query", "scope", _SCOPE),
    "finders.scope_sent": _by("json", "scope", _SCOPE),
    "finders.path_asked": _by("query", "path", _FILE),
    "finders.path_in_path": _by("path", "path", _FILE),
    "finders.path_to_delete": _by("json", "path", _FILE),
    "finders.place_sent": _by("json", "path", _FILE),
    "finders.place_in_path": _by("path", "path", _FILE),
    "workspace_imports.imported_place": _by("json", "path", _FILE),
    "repos_routes.new_place": lambda world, which: {
        "json": {"url": "https://git.example.com/a.git", "provider": "gitHub", "path": ids(world, which)[_FILE]}
    },
    "repos_routes.repo_in_path": lambda _, which: {"path": {"repo_id": _number(which)}},
    "finders.query_in_path": _by("path", "query_id", ObjectType.QUERIES),
    "finders.warehouse_in_path": _by("path", "warehouse_id", ObjectType.WAREHOUSES),
    "finders.warehouse_sent": _by("json", "warehouse_id", ObjectType.WAREHOUSES),
    "statements_routes.statement_in_path": lambda _, which: {"path": {"statement_id": f"statement-{which}"}},
    "pools_routes.pool_asked": _by("query", "instance_pool_id", ObjectType.INSTANCE_POOLS),
    "pools_routes.pool_sent": _by("json", "instance_pool_id", ObjectType.INSTANCE_POOLS),
    "policies_routes.policy_asked": _by("query", "policy_id", ObjectType.CLUSTER_POLICIES),
    "finders.tokens": lambda *_: {},
    "finding.find": _list,
    "finding.find_warehouse": _by("path", "object_id", ObjectType.WAREHOUSES),
    "allowed.nothing": lambda *_: {},
}
"""By the finder that a route has: how its request names an object. A finder that is not here fails the test."""
