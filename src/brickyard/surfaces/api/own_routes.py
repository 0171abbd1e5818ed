"""`/api/brickyard/…` and `/health`: what this server offers beyond the service's API."""

from __future__ import annotations

import importlib.metadata
from typing import Annotated, Any

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Request
from starlette.responses import PlainTextResponse, Response

from brickyard.errors import NotFound
from brickyard.runs.model import Run
from brickyard.surfaces.api import cost, run_facts, run_reader, task_output
from brickyard.surfaces.api import own_models as models
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query
from brickyard.surfaces.api.run_reader import Shown
from brickyard.surfaces.api.services import Given, Services
from brickyard.workloads.messages import TableEntry

open_router = APIRouter(tags=["Health"])
"""The routes that need no token."""
router = APIRouter(prefix="/api/brickyard", tags=["Brickyard"])

MAX_WATCH = 50
"""Seconds that one request may wait: below the 60 s after which clients give up."""
_WATCHERS = 256
GATHER_SECONDS = 0.1
"""So long a watcher's answer gathers further changes."""


def watchers_of(request: Request) -> anyio.CapacityLimiter:
    """Threads of their own for those that wait, so that they never keep other requests from being answered."""
    state = request.app.state
    if not hasattr(state, "watchers"):
        state.watchers = anyio.CapacityLimiter(_WATCHERS)
    limiter: anyio.CapacityLimiter = state.watchers
    return limiter


@open_router.get("/health", response_model=models.Health, responses={503: {"model": models.Fault}})
def health(services: Given) -> Response:
    """200 while the server can take work, else 503 with the reason."""
    services.health()
    return answer({"status": "ok"})


@open_router.get("/.well-known/databricks-config", include_in_schema=False)
def discovery(services: Given) -> Response:
    """What clients ask first, without a token: whose workspace this is, and that nobody signs in here but by token.

    databricks-sdk warns at every start where this is missing, and takes an empty `oidc_endpoint` for none.
    """
    return answer({"host_type": "workspace", "oidc_endpoint": "", "workspace_id": str(services.workspace_id)})


@router.get("/runs/{run_id}/watch", response_model=models.Watched)
async def watch(
    run_id: int,
    query: Query,
    services: Given,
    limiter: Annotated[anyio.CapacityLimiter, Depends(watchers_of)],
) -> Response:
    """Wait until the run is newer than version `seen`, at most `timeout` seconds, then answer it."""
    query.only("seen", "timeout")
    seen, timeout = query.whole("seen", 0), query.whole("timeout", 30, high=MAX_WATCH)

    def waited() -> dict[str, Any]:
        try:
            version, run = _settled(services, run_id, seen, timeout)
        except NotFound:
            raise run_facts.no_run(run_id) from None
        facts = run_facts.watched(services, run)
        if facts is None:
            raise run_facts.no_run(run_id)
        return {"version": version, "run": run_reader.job_run(services, facts, Shown(history=True))}

    return answer(await run_sync(waited, limiter=limiter, abandon_on_cancel=True))


def _settled(services: Services, run_id: int, seen: int, timeout: float) -> tuple[int, Run]:
    """The version and the run to answer with: after a change, those of a moment later (or of the end of the run).

    A run of many short tasks changes hundreds of times a second; a watcher wants to see it, not to slow it down.
    """
    version, run = services.commands.watch(run_id, seen=seen, timeout=timeout)
    until = services.clock.monotonic() + GATHER_SECONDS
    while version > seen > 0 and not run.life_cycle.is_terminal and (left := until - services.clock.monotonic()) > 0:
        version, run = services.commands.watch(run_id, seen=version, timeout=left)
    return version, run


@router.get("/task-runs/{task_run_id}/output", response_model=models.TaskOutput)
def output(task_run_id: int, services: Given) -> Response:
    """What a task run has done so far: cells with their outputs, error with its place, last lines."""
    return answer(task_output.read(services, task_run_id))


@router.get("/task-runs/{task_run_id}/logs", response_class=PlainTextResponse)
def logs(task_run_id: int, query: Query, services: Given) -> Response:
    """A stream as plain text: its last `tail` lines, or from byte `offset` on.

    The header `X-Next-Offset` says where to go on reading.
    """
    query.only("stream", "tail", "offset")
    stream = query.choice("stream", ["stdout", "stderr"], "stdout")
    last, offset = query.maybe_whole("tail"), query.whole("offset", 0)
    text, end = task_output.log(services, task_run_id, stream, last=last, offset=offset)
    headers = {"X-Next-Offset": str(end), "X-Content-Type-Options": "nosniff"}
    return PlainTextResponse(text, headers=headers)


@router.get("/runs/{run_id}/history", response_model=models.History)
def history(run_id: int, services: Given) -> Response:
    """Every change of state of a run and of its tasks, in order."""
    run_facts.require(services, run_id, attempts="none")
    changes = [
        {
            "seq": entry.seq,
            "at_ms": entry.at_ms,
            "subject": entry.transition.subject,
            "task_run_id": entry.transition.attempt_id,
            "before": entry.transition.before,
            "after": entry.transition.after,
            "reason": entry.transition.reason,
        }
        for entry in services.store.runs.history(run_id)
    ]
    return answer({"run_id": run_id, "changes": changes})


@router.get("/runs/{run_id}/cost", response_model=models.RunCost)
def run_cost(run_id: int, services: Given) -> Response:
    """What the run would have cost at list prices, by cluster and by task."""
    facts = run_facts.require(services, run_id)
    return answer(cost.of_run(facts, services.clock.now_ms()))


@router.get("/tables", response_model=models.Tables)
def tables(query: Query, services: Given) -> Response:
    """The tables and views of a schema, of a catalog, or of all catalogs."""
    query.only("catalog", "schema")
    metastore = services.store.metastore
    catalog, schema = query.text("catalog", "").lower(), query.text("schema", "").lower()
    catalogs = [catalog] if catalog else metastore.catalogs()
    found = [
        (entry.catalog, entry.name)
        for name in catalogs
        for entry in metastore.schemas(name)
        if schema in {"", entry.name}
    ]
    return answer({"tables": [_table(entry) for place in found for entry in metastore.tables(*place)]})


@router.get("/status", response_model=models.Status)
def status(services: Given, asker: Asker) -> Response:
    """What runs here, for `brickyard doctor`."""
    return answer(
        {
            "version": importlib.metadata.version("brickyard"),
            # The scheme only: the address may hold a password.
            "database": services.settings.database_url.partition(":")[0].partition("+")[0],
            "home": str(services.settings.home),
            "url": services.url,
            "workspace_id": services.workspace_id,
            "user": asker.user_name,
            "active_runs": len(services.store.runs.active()),
            "clusters": len(services.store.clusters.alive()),
        }
    )


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request) -> Response:
    """The description of the whole API."""
    return answer(request.app.openapi())


def _table(entry: TableEntry) -> dict[str, Any]:
    name = entry.table
    shown = {field: getattr(entry, field) for field in ("kind", "format", "location", "comment", "columns", "owner")}
    times = {"created_ms": entry.created_ms, "updated_ms": entry.updated_ms}
    return {"catalog": name.catalog, "schema": name.schema, "name": name.name, **shown, **times}
