"""`/api/brickyard/runs/{run_id}/…` and `/api/brickyard/task-runs/…`: a run watched, its history, cost and children."""

from __future__ import annotations

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends
from starlette.responses import PlainTextResponse, Response

from brickyard.access.actions import Action
from brickyard.errors import NotFound
from brickyard.records import HistoryEntry
from brickyard.runs.model import Run
from brickyard.surfaces.api import finders, run_facts, run_reader, waiting_threads
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query
from brickyard.surfaces.api.own import cost, models, task_output
from brickyard.surfaces.api.own import runs as own_runs
from brickyard.surfaces.api.pages import Page, offset_of, token
from brickyard.surfaces.api.services import Given, Services

router = APIRouter(prefix="/api/brickyard", tags=["Brickyard"])

MAX_WATCH = 50
"""Seconds that one request may wait: below the 60 s after which clients give up."""
GATHER_SECONDS = 0.1
"""So long a watcher's answer gathers further changes."""
_CHANGES = 5000
"""Changes on one page of a history."""
_LIMIT = 100
"""Iterations or children on one page, unless fewer are asked for."""


@router.get(
    "/runs/{run_id}/watch", dependencies=[allow(Action.JOB_VIEW, finders.run_in_path)], response_model=models.Watched
)
async def watch(
    run_id: int,
    query: Query,
    services: Given,
    asker: Asker,
    limiter: Annotated[waiting_threads.Limiter, Depends(waiting_threads.of)],
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
        return {
            "version": version,
            "run": run_reader.watched_run(services, facts),
            "task_counts": own_runs.task_counts(facts.run),
            "children": own_runs.started_by_tasks(services, facts.run, asker.identity, limit=_LIMIT),
        }

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


@router.get(
    "/task-runs/{task_run_id}/output",
    dependencies=[allow(Action.JOB_VIEW, finders.task_run_in_path)],
    response_model=models.TaskOutput,
)
def output(task_run_id: int, services: Given) -> Response:
    """What a task run has done so far: cells with their outputs, error with its place, last lines."""
    return answer(task_output.read(services, task_run_id))


@router.get(
    "/task-runs/{task_run_id}/logs",
    dependencies=[allow(Action.JOB_VIEW, finders.task_run_in_path)],
    response_class=PlainTextResponse,
)
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


@router.get(
    "/task-runs/{task_run_id}/iterations",
    dependencies=[allow(Action.JOB_VIEW, finders.task_run_in_path)],
    response_model=models.Iterations,
)
def iterations(task_run_id: int, query: Query, services: Given) -> Response:
    """The iterations of a loop with their inputs: every attempt, or with `failed` the last of each that failed."""
    query.only("failed", "limit", "page_token")
    failed = query.flag("failed")
    asks = f"iterations {task_run_id} {failed}"
    limit = query.whole("limit", _LIMIT, low=1, high=1000)
    page = Page(offset_of(query.text("page_token", ""), asks), limit, asks)
    return answer(own_runs.iterations(services, task_run_id, page, failed=failed))


@router.get(
    "/runs/{run_id}/children",
    dependencies=[allow(Action.JOB_VIEW, finders.run_in_path)],
    response_model=models.Children,
)
def children(run_id: int, query: Query, services: Given, asker: Asker) -> Response:
    """The runs that tasks of this run have started: of other jobs, and of notebooks by `dbutils.notebook.run`.

    Runs of jobs that the caller may not see are left out.
    """
    asks = f"children {run_id}"
    page = Page(offset_of(query.only("page_token").text("page_token", ""), asks), _LIMIT, asks)
    run_facts.require(services, run_id, attempts="none")
    return answer({"run_id": run_id, **own_runs.children(services, run_id, page, asker.identity)})


@router.get(
    "/runs/{run_id}/history", dependencies=[allow(Action.JOB_VIEW, finders.run_in_path)], response_model=models.History
)
def history(run_id: int, query: Query, services: Given) -> Response:
    """Every change of state of a run and of its tasks, in order; those of iterations of loops only where asked for."""
    query.only("iterations", "page_token")
    asked = query.flag("iterations")
    asks = f"history {run_id} {asked}"
    after = offset_of(query.text("page_token", ""), asks)
    run_facts.require(services, run_id, attempts="none")
    found = services.store.runs.history_page(run_id, after=after, limit=_CHANGES + 1, iterations=asked)
    page = found[:_CHANGES]
    more = {"next_page_token": token(page[-1].seq, asks)} if len(found) > _CHANGES else {}
    return answer({"run_id": run_id, "changes": [_change(entry) for entry in page], **more})


@router.get(
    "/runs/{run_id}/cost", dependencies=[allow(Action.JOB_VIEW, finders.run_in_path)], response_model=models.RunCost
)
def run_cost(run_id: int, services: Given) -> Response:
    """What the run would have cost at list prices, by cluster and by task."""
    facts = run_facts.require(services, run_id)
    return answer(cost.of_run(facts, services.clock.now_ms()))


def _change(entry: HistoryEntry) -> dict[str, Any]:
    change = entry.transition
    return {
        "seq": entry.seq,
        "at_ms": entry.at_ms,
        "subject": change.subject,
        "task_run_id": change.attempt_id,
        "before": change.before,
        "after": change.after,
        "reason": change.reason,
    }
