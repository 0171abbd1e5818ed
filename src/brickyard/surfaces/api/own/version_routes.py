"""`/api/brickyard/jobs/…`: the versions of a job, what differs between them, and back to an earlier one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.engine.versions import JobVersions
from brickyard.jobs.difference import Difference, differences
from brickyard.records import JobVersion
from brickyard.surfaces.api import finders
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.pages import Page, offset_of
from brickyard.surfaces.api.services import Given

router = APIRouter(prefix="/api/brickyard/jobs/{job_id}", tags=["Brickyard"])

_DEFAULT_PAGE, _MAX_PAGE = 20, 100
SHOWN_PATHS = 5
"""So many places a version's entry in the list names; all are had from `diff`."""


class DifferenceModel(BaseModel):
    """One place where two settings differ."""

    path: str = Field(description="Such as `tasks/load/notebook_task/base_parameters/day`.")
    change: str = Field(description="added, removed, changed or reordered")
    before: Any = Field(None, alias="from", description="The old value; missing where it was added.")
    after: Any = Field(None, alias="to", description="The new value; missing where it was removed.")


class VersionModel(BaseModel):
    """One saved change of a job."""

    version: int
    author: str
    at_ms: int


class VersionEntry(VersionModel):
    """A version in the list."""

    changes: int = Field(description="In how many places it differs from the version before; 0 for the first.")
    paths: list[str] = Field(description=f"The first {SHOWN_PATHS} of these places.")


class VersionPage(BaseModel):
    """The versions of a job, newest first."""

    job_id: int
    versions: list[VersionEntry]
    has_more: bool
    next_page_token: str = ""


class WholeVersion(VersionModel):
    """A version with its settings."""

    job_id: int
    current: bool = Field(description="Whether the job has these settings now.")
    settings: dict[str, Any]


class VersionDiff(BaseModel):
    """What differs between two versions."""

    job_id: int
    before: VersionModel = Field(alias="from")
    after: VersionModel = Field(alias="to")
    differences: list[DifferenceModel]


class Restored(BaseModel):
    """What a job became."""

    job_id: int
    version: int = Field(description="The version that the job has now.")
    restored: int = Field(description="The version whose settings it has.")
    changed: bool = Field(description="False where it had these settings already: there is no new version then.")
    differences: list[DifferenceModel] = Field(description="What differs from the settings before.")


@router.get("/versions", dependencies=[allow(Action.JOB_VIEW, finders.job_in_path)], response_model=VersionPage)
def versions(job_id: int, query: Query, services: Given) -> Response:
    """Every saved change of a job, newest first, in pages: who, when, and where it differs from the one before."""
    asks = f"versions of {job_id}"
    query.only("limit", "page_token")
    limit = query.whole("limit", _DEFAULT_PAGE, low=1, high=_MAX_PAGE)
    page = Page(offset_of(query.text("page_token", ""), asks), limit, asks)
    found = JobVersions(services.store.jobs).all(job_id)
    rest = found[page.offset :]
    entries = [_entry(rest[place : place + 2]) for place in range(min(len(rest), page.limit))]
    return answer({"job_id": job_id, "versions": entries, **page.links(more=len(rest) > page.limit)})


@router.get(
    "/versions/{version}", dependencies=[allow(Action.JOB_VIEW, finders.job_in_path)], response_model=WholeVersion
)
def version(job_id: int, version: int, services: Given) -> Response:
    """One version of a job with its settings."""
    known = JobVersions(services.store.jobs)
    found = known.get(job_id, version)
    current = found.settings == known.all(job_id)[0].settings
    return answer({"job_id": job_id, **_shown(found), "current": current, "settings": found.settings})


@router.get("/diff", dependencies=[allow(Action.JOB_VIEW, finders.job_in_path)], response_model=VersionDiff)
def diff(job_id: int, query: Query, services: Given) -> Response:
    """What differs between two versions: `to` is the newest unless given, `from` the one before `to`."""
    query.only("from", "to")
    old, new = JobVersions(services.store.jobs).pair(job_id, _version(query, "from"), _version(query, "to"))
    found = shown_differences(differences(old.settings, new.settings))
    return answer({"job_id": job_id, "from": _shown(old), "to": _shown(new), "differences": found})


@router.post("/restore", dependencies=[allow(Action.JOB_EDIT, finders.job_in_path)], response_model=Restored)
def restore(job_id: int, sent: Sent, services: Given, asker: Asker) -> Response:
    """Give a job the settings of an earlier version, as a new version; they are checked by today's rules."""
    wanted = sent.only("version").whole("version", low=1)
    known = JobVersions(services.store.jobs)
    before = known.all(job_id)[0]
    now = services.commands.restore_job(job_id, wanted, user=asker.user_name)
    found = differences(before.settings, known.get(job_id, now).settings)
    body = {"job_id": job_id, "version": now, "restored": wanted, "changed": now != before.version}
    return answer({**body, "differences": shown_differences(found)})


def shown_differences(found: Sequence[Difference]) -> list[dict[str, Any]]:
    """Differences as the API shows them."""
    return [_shown_difference(item) for item in found]


def _shown_difference(item: Difference) -> dict[str, Any]:
    shown: dict[str, Any] = {"path": item.path, "change": item.change.value}
    if item.change != "added":
        shown["from"] = item.before
    if item.change != "removed":
        shown["to"] = item.after
    return shown


def _shown(found: JobVersion) -> dict[str, Any]:
    return {"version": found.version, "author": found.author, "at_ms": found.at_ms}


def _entry(pair: Sequence[JobVersion]) -> dict[str, Any]:
    """A version, and the one before it where there is one."""
    found = differences(pair[1].settings, pair[0].settings) if len(pair) > 1 else ()
    return {**_shown(pair[0]), "changes": len(found), "paths": [item.path for item in found[:SHOWN_PATHS]]}


def _version(query: Fields, name: str) -> int | None:
    return query.whole(name, low=1) if name in query else None
