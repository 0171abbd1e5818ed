"""Which object a request is about, read from its path, its query or its body. Use with `allow`."""

from __future__ import annotations

from dataclasses import replace

from fastapi import Request

from brickyard.access.levels import ObjectType
from brickyard.access.refs import Ref
from brickyard.errors import InvalidParameterValue, NotFound, PermissionDenied
from brickyard.surfaces.api import run_facts, workspace_paths
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.inputs import as_whole
from brickyard.surfaces.api.services import Given, Services
from brickyard.surfaces.api.workspace_tree import tree_of


def no_job(job_id: int) -> InvalidParameterValue:
    """The service says it with 400 and exactly this text; clients look for the text."""
    return InvalidParameterValue(f"Job {job_id} does not exist.")


def job(job_id: int) -> Ref:
    """A job by its id."""
    return Ref(kind=ObjectType.JOBS, object_id=str(job_id), missing=no_job(job_id))


async def job_asked(query: Query) -> Ref:
    """The `job_id` of the query."""
    return job(query.whole("job_id"))


async def job_sent(sent: Sent) -> Ref:
    """The `job_id` of the body."""
    return job(sent.whole("job_id"))


async def job_in_path(request: Request) -> Ref:
    """The `job_id` of the path."""
    return job(_number(request, "job_id"))


def run_asked(query: Query, services: Given) -> Ref:
    """The `run_id` of the query, a run's or a task run's."""
    return run(services, query.whole("run_id"))


def run_sent(sent: Sent, services: Given) -> Ref:
    """The `run_id` of the body, a run's or a task run's."""
    return run(services, sent.whole("run_id"))


def run_in_path(request: Request, services: Given) -> Ref:
    """The `run_id` of the path."""
    return run(services, _number(request, "run_id"))


def task_run_in_path(request: Request, services: Given) -> Ref:
    """The `task_run_id` of the path."""
    return run(services, _number(request, "task_run_id"))


def run(services: Services, run_id: int) -> Ref:
    """The job of a run, or of the run of a task run: rights on runs are those on their job."""
    missing = run_facts.no_run(run_id)
    place = services.store.runs.place_of(run_id)
    if place is None:
        raise missing
    return Ref(kind=ObjectType.JOBS, object_id=str(place.job_id), missing=missing, run_id=place.run_id)


def backfill_in_path(request: Request, services: Given) -> Ref:
    """The job of the `backfill_id` of the path."""
    backfill_id = _number(request, "backfill_id")
    missing = NotFound(f"Backfill {backfill_id} does not exist.")
    backfill = services.store.backfills.get(backfill_id)
    if backfill is None:
        raise missing
    return Ref(kind=ObjectType.JOBS, object_id=str(backfill.job_id), missing=missing)


def cluster(services: Services, cluster_id: str) -> Ref:
    """A cluster; one that lives for a run is its job's."""
    missing = InvalidParameterValue(f"Cluster {cluster_id[:100]} does not exist")
    found = services.store.clusters.get(cluster_id)
    if found is not None and found.job_id:
        return Ref(kind=ObjectType.JOBS, object_id=str(found.job_id), missing=missing, run_id=found.run_id)
    return Ref(kind=ObjectType.CLUSTERS, object_id=cluster_id, missing=missing)


def cluster_asked(query: Query, services: Given) -> Ref:
    """The `cluster_id` of the query."""
    return cluster(services, query.text("cluster_id"))


def cluster_sent(sent: Sent, services: Given) -> Ref:
    """The `cluster_id` of the body."""
    return cluster(services, sent.text("cluster_id"))


def path(services: Services, text: str) -> Ref:
    """What is at a path of the workspace: where links lead to it, the thing itself."""
    tree, parts = tree_of(services.settings), workspace_paths.parts_of(text)
    item = tree.find(parts)
    shown = workspace_paths.shown(parts)
    return Ref(
        kind=ObjectType.FILES,
        object_id=shown if item is None else tree.really(item),
        missing=NotFound(f"Path ({shown}) doesn't exist."),
    )


def place(services: Services, text: str) -> Ref:
    """A place of the workspace where something is to be made or changed. Whether anything is there is not told."""
    tree, parts = tree_of(services.settings), workspace_paths.parts_of(text)
    item = tree.find(parts)
    named = parts if item is None else workspace_paths.parts_of(item.path)
    where = workspace_paths.shown(tree.home_of(named))
    missing = PermissionDenied(f"You have no permission to make or change anything at {workspace_paths.shown(parts)}.")
    return Ref(kind=ObjectType.FILES, object_id=where, missing=missing)


def path_asked(query: Query, services: Given) -> Ref:
    """The `path` of the query."""
    return path(services, query.text("path"))


def path_to_delete(sent: Sent, services: Given) -> Ref:
    """The `path` of the body, of something that is to be there; of a link: the link."""
    ref = place(services, sent.text("path"))
    shown = workspace_paths.shown(workspace_paths.parts_of(sent.text("path")))
    return replace(ref, missing=NotFound(f"Path ({shown}) doesn't exist."))


def place_sent(sent: Sent, services: Given) -> Ref:
    """The `path` of the body, where something is to be made."""
    return place(services, sent.text("path"))


def path_in_path(request: Request, services: Given) -> Ref:
    """The `path` of the path."""
    return path(services, "/" + request.path_params["path"])


def place_in_path(request: Request, services: Given) -> Ref:
    """The `path` of the path, where something is to be made."""
    return place(services, "/" + request.path_params["path"])


def tokens() -> Ref:
    """The tokens of the installation: their access list says who may have some."""
    missing = PermissionDenied("You may not have personal access tokens; administrators say who may.")
    return Ref(kind=ObjectType.TOKENS, object_id="tokens", missing=missing)


def scope(name: str) -> Ref:
    """A secret scope."""
    missing = NotFound(f"Scope {name[:128]} does not exist.")
    return Ref(kind=ObjectType.SECRET_SCOPES, object_id=name, missing=missing)


async def scope_asked(query: Query) -> Ref:
    """The `scope` of the query."""
    return scope(query.text("scope"))


async def scope_sent(sent: Sent) -> Ref:
    """The `scope` of the body."""
    return scope(sent.text("scope"))


async def query_in_path(request: Request) -> Ref:
    """The `query_id` of the path."""
    query_id = request.path_params["query_id"]
    return Ref(kind=ObjectType.QUERIES, object_id=query_id, missing=no_query(query_id))


def no_query(query_id: str) -> NotFound:
    """What is said of a saved query that is not there."""
    return NotFound(f"The query {query_id[:100]!r} does not exist.")


def _number(request: Request, name: str) -> int:
    number = as_whole(request.path_params[name])
    if number is None:
        raise InvalidParameterValue(f"{name} is {str(request.path_params[name])[:100]!r}; it must be a whole number.")
    return number
