"""`/api/2.x/jobs/run-now` and `/api/2.x/jobs/runs/…`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.records import RunFilter
from brickyard.runs.states import RunType
from brickyard.surfaces.api import finders, run_export, run_output, run_reader, run_requests
from brickyard.surfaces.api.access import Asker, Caller
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.pace import paced
from brickyard.surfaces.api.pages import Page, offset_of
from brickyard.surfaces.api.services import Given, Services

_DEFAULT_PAGE = 20
_MAX_PAGE = 26
"""The service says 24; widely used clients ask for 25 and 26."""


def router(version: str) -> APIRouter:
    """The endpoints of one version: "2.2", "2.1" or "2.0"."""
    routes = APIRouter(prefix=f"/api/{version}/jobs", tags=["Runs"])
    _reading(routes, newest=version == "2.2")
    _changing(routes)

    @routes.post("/runs/submit", dependencies=[allow(Action.RUN_SUBMIT), Depends(paced)])
    def submit(sent: Sent, services: Given, asker: Asker) -> Response:
        """Run tasks once, without a job; answers the id of the run."""
        body = sent.raw()
        if version != "2.2" and "queue" not in body:
            body["queue"] = {"enabled": False}
        return answer({"run_id": services.commands.submit(body, user=asker.user_name)})

    return routes


def _changing(routes: APIRouter) -> None:
    @routes.post("/run-now", dependencies=[allow(Action.JOB_RUN, finders.job_sent), Depends(paced)])
    def run_now(sent: Sent, services: Given, asker: Asker) -> Response:
        """Start a run of a job, with parameters and tasks of its own where given; answers its id."""
        job_id, request = run_requests.start_request(sent)
        run_id = services.commands.run_now(job_id, request, user=asker.user_name)
        return answer({"run_id": run_id, "number_in_job": run_id})

    @routes.post("/runs/cancel", dependencies=[allow(Action.JOB_RUN, finders.run_sent)])
    def cancel(sent: Sent, services: Given, asker: Asker) -> Response:
        """Cancel a run, or one task run; answers at once, the run ends soon after."""
        services.commands.cancel(sent.only("run_id").whole("run_id"), user=asker.user_name)
        return answer({})

    @routes.post("/runs/cancel-all", dependencies=[allow(Action.JOB_RUN, finders.job_sent)])
    def cancel_all(sent: Sent, services: Given, asker: Asker) -> Response:
        """Cancel all active and queued runs of a job."""
        sent.only("job_id", "all_queued_runs")
        if sent.flag("all_queued_runs"):
            raise FeatureDisabled(
                "all_queued_runs is not supported; name a job_id, whose queued runs are cancelled too."
            )
        services.commands.cancel_all(sent.whole("job_id"), user=asker.user_name)
        return answer({})

    @routes.post("/runs/repair", dependencies=[allow(Action.JOB_RUN, finders.run_sent)])
    def repair(sent: Sent, services: Given, asker: Asker) -> Response:
        """Run failed or named tasks of an ended run again; what succeeded is kept."""
        run_id, request = run_requests.repair_request(sent)
        repair_id = services.commands.repair(run_id, request, user=asker.user_name)
        return answer({"repair_id": repair_id})

    @routes.post("/runs/delete", dependencies=[allow(Action.JOB_EDIT, finders.run_sent)])
    def delete(sent: Sent, services: Given, asker: Asker) -> Response:
        """Delete an ended run with its outputs."""
        services.commands.delete_run(sent.only("run_id").whole("run_id"), user=asker.user_name)
        return answer({})


def _reading(routes: APIRouter, *, newest: bool) -> None:
    @routes.get("/runs/get", dependencies=[allow(Action.JOB_VIEW, finders.run_asked)])
    def get(query: Query, services: Given) -> Response:
        """A run with its tasks, states and times; `include_history` adds its repairs."""
        query.only("run_id", "include_history", "include_resolved_values", "page_token")
        run_id = query.whole("run_id")
        shown = run_reader.Shown(
            history=query.flag("include_history"),
            resolved=query.flag("include_resolved_values"),
            offset=offset_of(query.text("page_token", ""), run_reader.question(run_id)),
            whole=not newest and "page_token" not in query,
        )
        return answer(run_reader.read(services, run_id, shown))

    @routes.get("/runs/list", dependencies=[allow(Action.RUN_LIST)])
    def list_runs(query: Query, services: Given, asker: Asker) -> Response:
        """The runs that the caller may see, newest first, in pages; filtered by job, state, type and time of start."""
        return answer(_list(services, query, asker))

    @routes.get("/runs/get-output", dependencies=[allow(Action.JOB_VIEW, finders.run_asked)])
    def get_output(query: Query, services: Given) -> Response:
        """What a task run returned (`dbutils.notebook.exit`), wrote, or failed with."""
        return answer(run_output.read(services, query.only("run_id").whole("run_id")))

    @routes.get("/runs/export", dependencies=[allow(Action.JOB_VIEW, finders.run_asked)])
    def export(query: Query, services: Given) -> Response:
        """The notebook that a task run ran, with its outputs, as one HTML file that opens offline."""
        query.only("run_id", "views_to_export")
        views = query.choice("views_to_export", run_export.VIEWS, "CODE")
        return answer({"views": run_export.views(services, query.whole("run_id"), views)})


def _filter(query: Fields) -> RunFilter:
    active, completed = query.flag("active_only"), query.flag("completed_only")
    if active and completed:
        raise InvalidParameterValue("active_only and completed_only cannot both be true.")
    return RunFilter(
        job_id=query.maybe_whole("job_id"),
        active_only=active,
        completed_only=completed,
        run_type=query.choice("run_type", list(RunType)) if "run_type" in query else None,
        start_from_ms=query.maybe_whole("start_time_from"),
        start_to_ms=query.maybe_whole("start_time_to"),
    )


def _list(services: Services, query: Fields, asker: Caller) -> dict[str, Any]:
    query.only(
        "job_id",
        "active_only",
        "completed_only",
        "run_type",
        "start_time_from",
        "start_time_to",
        "limit",
        "offset",
        "page_token",
        "expand_tasks",
    )
    where = _filter(query)
    asks = f"runs {where} for {asker.user_name}"
    token = query.text("page_token", "")
    offset = offset_of(token, asks) if token else query.whole("offset", 0)
    # A limit of 0 means as many as allowed.
    page = Page(offset, query.whole("limit", _DEFAULT_PAGE, high=_MAX_PAGE) or _MAX_PAGE, asks)
    found = services.store.runs.find(where, offset=page.offset, limit=page.limit + 1, seen_by=asker.seen_by)
    expand = query.flag("expand_tasks")
    runs = run_reader.entries(services, page.cut(found), expand=expand)
    return {**({"runs": runs} if runs else {}), **page.links(more=len(found) > page.limit)}
