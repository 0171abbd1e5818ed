"""`/api/2.x/jobs/…`: definitions of jobs. The engine checks; here is only the form of the wire."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.engine.access.acting import Acting
from brickyard.errors import InvalidParameterValue
from brickyard.records import JobRecord
from brickyard.surfaces.api import finders, wire_jobs
from brickyard.surfaces.api.access import Asker, Caller
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.pace import paced
from brickyard.surfaces.api.pages import Page, offset_of
from brickyard.surfaces.api.services import Given, Services

_DEFAULT_PAGE = 20
_ALL = 1_000_000


def router(version: str) -> APIRouter:
    """The endpoints of one version: "2.2", "2.1" or "2.0"."""
    routes = APIRouter(prefix=f"/api/{version}/jobs", tags=["Jobs"])
    newest = version == "2.2"

    @routes.post("/create", dependencies=[allow(Action.JOB_CREATE), Depends(paced)])
    def create(sent: Sent, services: Given, asker: Asker) -> Response:
        """Make a job from its settings; answers its id."""
        settings = _queued(sent.raw(), newest=newest)
        return answer({"job_id": services.commands.create_job(settings, user=asker.user_name)})

    @routes.get("/get", dependencies=[allow(Action.JOB_VIEW, finders.job_asked)])
    def get(query: Query, services: Given) -> Response:
        """A job with its settings; since 2.2 long lists of tasks come in pages."""
        # Trigger state and history are empty for jobs without triggers, so asking for them changes nothing yet.
        query.only("job_id", "page_token", "include_trigger_state", "include_trigger_history")
        job = _job(services, query.whole("job_id"))
        offset = offset_of(query.text("page_token", ""), wire_jobs.question(job.job_id)) if newest else None
        run_as = Acting(services.store, services.gate).of_job(job)
        return answer(wire_jobs.job_body(job, run_as, offset=offset))

    @routes.get("/list", dependencies=[allow(Action.JOB_LIST)])
    def list_jobs(query: Query, services: Given, asker: Asker) -> Response:
        """The jobs that the caller may see, newest first, in pages (2.0: all at once); `name` finds those of a name."""
        return answer(_list(services, query, version, asker))

    @routes.post("/reset", dependencies=[allow(Action.JOB_EDIT, finders.job_sent)])
    def reset(sent: Sent, services: Given, asker: Asker) -> Response:
        """Replace all settings of a job; active runs keep those they started with."""
        sent.only("job_id", "new_settings")
        job_id = sent.whole("job_id")
        if "new_settings" not in sent:
            raise InvalidParameterValue("new_settings is missing; it must be the whole settings of the job.")
        settings = _queued(sent.mapping("new_settings"), newest=newest)
        services.commands.reset_job(job_id, settings, user=asker.user_name)
        return answer({})

    @routes.post("/update", dependencies=[allow(Action.JOB_EDIT, finders.job_sent)])
    def update(sent: Sent, services: Given, asker: Asker) -> Response:
        """Change some settings of a job, or remove fields; tasks and clusters are matched by their keys."""
        sent.only("job_id", "new_settings", "fields_to_remove")
        changes = sent.mapping("new_settings") if "new_settings" in sent else None
        removed = sent.texts("fields_to_remove")
        services.commands.update_job(sent.whole("job_id"), changes, removed, user=asker.user_name)
        return answer({})

    @routes.post("/delete", dependencies=[allow(Action.JOB_OWN, finders.job_sent)])
    def delete(sent: Sent, services: Given, asker: Asker) -> Response:
        """Delete a job; its runs stay."""
        services.commands.delete_job(sent.only("job_id").whole("job_id"), user=asker.user_name)
        return answer({})

    return routes


def _job(services: Services, job_id: int) -> JobRecord:
    job = services.store.jobs.get(job_id)
    if job is None:
        raise finders.no_job(job_id)
    return job


def _queued(settings: dict[str, Any], *, newest: bool) -> dict[str, Any]:
    """Runs wait for their turn by default since API 2.2; before, a run too many was skipped."""
    return settings if newest or "queue" in settings else {**settings, "queue": {"enabled": False}}


def _list(services: Services, query: Fields, version: str, asker: Caller) -> dict[str, Any]:
    # Who made a job is always answered, so `include_user_names` changes nothing.
    query.only("limit", "offset", "page_token", "name", "expand_tasks", "include_user_names")
    name = query.text("name", "") or None
    asks = f"jobs name={name!r} for {asker.user_name}"
    whole = version == "2.0"
    limit = query.whole("limit", _ALL if whole else _DEFAULT_PAGE, low=1, high=_ALL if whole else 100)
    token = query.text("page_token", "")
    page = Page(offset_of(token, asks) if token else query.whole("offset", 0), limit, asks)
    found = services.store.jobs.find(name=name, offset=page.offset, limit=page.limit + 1, seen_by=asker.seen_by)
    expand = whole or query.flag("expand_tasks")
    body = page.links(more=len(found) > limit)
    if found:
        shown = page.cut(found)
        run_as = Acting(services.store, services.gate).of_jobs(shown)
        body["jobs"] = [
            wire_jobs.list_entry(job, run_as[job.job_id], expand=expand, cut=version == "2.2") for job in shown
        ]
    return body
