"""`/api/brickyard/…/backfills`: a run of a job for each interval of a range. The service has this in its UI only."""

from __future__ import annotations

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.surfaces.api import finders, waiting_threads
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.own import backfill_models as models
from brickyard.surfaces.api.own import backfill_reader as reader
from brickyard.surfaces.api.own.backfill_requests import backfill_request
from brickyard.surfaces.api.own.run_routes import MAX_WATCH
from brickyard.surfaces.api.pages import Page, offset_of
from brickyard.surfaces.api.services import Given

router = APIRouter(prefix="/api/brickyard", tags=["Backfills"])
_LIST_PAGE = 100
_INTERVAL_PAGE = 1000


@router.post(
    "/jobs/{job_id}/backfills",
    dependencies=[allow(Action.JOB_RUN, finders.job_in_path)],
    response_model=models.CreatedBackfill,
)
def create(job_id: int, sent: Sent, services: Given, asker: Asker) -> Response:
    """Run a job for each interval of a range; with `dry_run` only say what would happen with each, and why.

    The body has the fields of a backfill from `from` to `max_runs`, and `dry_run`.
    """
    wanted, is_dry = backfill_request(sent)
    if not is_dry:
        return answer({"backfill_id": services.commands.backfills.create(job_id, wanted, user=asker.user_name)})
    plan = services.commands.backfills.plan(job_id, wanted)
    runs = sum(each.runs for each in plan)
    shown = [reader.planned(each, wanted.zone) for each in plan]
    return answer({"runs": runs, "kept": len(plan) - runs, "intervals": shown})


@router.get("/backfills", dependencies=[allow(Action.RUN_LIST)], response_model=models.Backfills)
def list_backfills(query: Query, services: Given, asker: Asker) -> Response:
    """All backfills of jobs that the caller may see, or those of one job, newest first.

    `limit` (20, at most 100) of them are on a page.
    """
    query.only("job_id", "limit", "page_token")
    job_id = query.maybe_whole("job_id")
    page = _page(query, f"backfills {job_id} for {asker.user_name}", _LIST_PAGE, default=20)
    found = services.store.backfills.find(job_id, offset=page.offset, limit=page.limit + 1, seen_by=asker.seen_by)
    shown = [reader.backfill(services, record) for record in page.cut(found)]
    return answer({"backfills": shown, **page.links(more=len(found) > page.limit)})


@router.get(
    "/backfills/{backfill_id}",
    dependencies=[allow(Action.JOB_VIEW, finders.backfill_in_path)],
    response_model=models.Backfill,
)
def get(backfill_id: int, services: Given) -> Response:
    """A backfill and how far it is."""
    return answer(reader.backfill(services, reader.require(services, backfill_id)))


@router.get(
    "/backfills/{backfill_id}/watch",
    dependencies=[allow(Action.JOB_VIEW, finders.backfill_in_path)],
    response_model=models.Backfill,
)
async def watch(
    backfill_id: int,
    query: Query,
    services: Given,
    limiter: Annotated[waiting_threads.Limiter, Depends(waiting_threads.of)],
) -> Response:
    """Wait until its revision is above `seen`, at most `timeout` seconds, then answer it as `get` does."""
    query.only("seen", "timeout")
    seen, timeout = query.whole("seen", 0), query.whole("timeout", 30, high=MAX_WATCH)

    def waited() -> dict[str, Any]:
        return reader.backfill(services, services.commands.backfills.watch(backfill_id, seen=seen, timeout=timeout))

    return answer(await run_sync(waited, limiter=limiter, abandon_on_cancel=True))


@router.get(
    "/backfills/{backfill_id}/intervals",
    dependencies=[allow(Action.JOB_VIEW, finders.backfill_in_path)],
    response_model=models.Intervals,
)
def intervals(backfill_id: int, query: Query, services: Given) -> Response:
    """Its intervals in their order, all or those of one `outcome`; `limit` (100, at most 1000) of them on a page."""
    query.only("outcome", "limit", "page_token")
    record = reader.require(services, backfill_id)
    outcome = query.choice("outcome", ("", *reader.OUTCOMES), "")
    page = _page(query, f"intervals {backfill_id} {outcome}", _INTERVAL_PAGE, default=100)
    found = services.store.backfills.intervals(backfill_id, outcome=outcome, offset=page.offset, limit=page.limit + 1)
    shown = [reader.interval(record, each) for each in page.cut(found)]
    return answer({"intervals": shown, **page.links(more=len(found) > page.limit)})


@router.post(
    "/backfills/{backfill_id}/pause",
    dependencies=[allow(Action.JOB_RUN, finders.backfill_in_path)],
    response_model=models.Backfill,
)
def pause(backfill_id: int, sent: Sent, services: Given, asker: Asker) -> Response:
    """Begin no more runs; those that are active go on."""
    sent.only()
    services.commands.backfills.pause(backfill_id, user=asker.user_name)
    return get(backfill_id, services)


@router.post(
    "/backfills/{backfill_id}/resume",
    dependencies=[allow(Action.JOB_RUN, finders.backfill_in_path)],
    response_model=models.Backfill,
)
def resume(backfill_id: int, sent: Sent, services: Given, asker: Asker) -> Response:
    """Go on with a backfill that is paused."""
    sent.only()
    services.commands.backfills.resume(backfill_id, user=asker.user_name)
    return get(backfill_id, services)


@router.post(
    "/backfills/{backfill_id}/cancel",
    dependencies=[allow(Action.JOB_RUN, finders.backfill_in_path)],
    response_model=models.Backfill,
)
def cancel(backfill_id: int, sent: Sent, services: Given, asker: Asker) -> Response:
    """Begin no more runs for ever; with `cancel_runs` cancel those that are active. Returns at once."""
    cancel_runs = sent.only("cancel_runs").flag("cancel_runs")
    services.commands.backfills.cancel(backfill_id, cancel_runs=cancel_runs, user=asker.user_name)
    return get(backfill_id, services)


@router.post(
    "/backfills/{backfill_id}/retry",
    dependencies=[allow(Action.JOB_RUN, finders.backfill_in_path)],
    response_model=models.CreatedBackfill,
)
def retry(backfill_id: int, sent: Sent, services: Given, asker: Asker) -> Response:
    """A new backfill of the same range, for the intervals that no run has succeeded for."""
    sent.only()
    return answer({"backfill_id": services.commands.backfills.retry(backfill_id, user=asker.user_name)})


def _page(query: Query, question: str, most: int, *, default: int) -> Page:
    limit = query.whole("limit", default, low=1, high=most)
    return Page(offset_of(query.text("page_token", ""), question), limit, question)
