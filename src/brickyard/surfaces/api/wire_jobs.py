"""Jobs as the API shows them."""

from __future__ import annotations

from typing import Any

from brickyard.records import JobRecord
from brickyard.surfaces.api.pages import ARRAY_PAGE, cut_arrays

ARRAYS = ("tasks", "job_clusters", "environments", "parameters")
"""The arrays of the settings that are answered in pages."""


def job_body(job: JobRecord, run_as: str, *, offset: int | None) -> dict[str, Any]:
    """One job, whose runs have the rights of `run_as`.

    With `offset` the arrays are cut to a page (API 2.2); None gives them whole (before 2.2).
    """
    body = _base(job, run_as)
    if offset is not None:
        links: dict[str, Any] = dict(body["settings"])
        body["has_more"] = cut_arrays(links, ARRAYS, offset, question(job.job_id))
        if "next_page_token" in links:
            body["next_page_token"] = links.pop("next_page_token")
        body["settings"] = links
    return body


def list_entry(job: JobRecord, run_as: str, *, expand: bool, cut: bool) -> dict[str, Any]:
    """A job in a list: without its tasks and clusters, or with the first page of them."""
    body = _base(job, run_as)
    settings = body["settings"]
    if not expand:
        body["settings"] = {name: value for name, value in settings.items() if name not in {"tasks", "job_clusters"}}
    elif cut:
        body["has_more"] = cut_arrays(settings, ARRAYS, 0, "")
    return body


def question(job_id: int) -> str:
    """What a page token of this job's arrays is bound to."""
    return f"job {job_id} by {ARRAY_PAGE}"


def _base(job: JobRecord, run_as: str) -> dict[str, Any]:
    return {
        "job_id": job.job_id,
        "creator_user_name": job.creator,
        "run_as_user_name": run_as,
        "created_time": job.created_ms,
        # Since API 2.1 every job reads as one of several tasks.
        "settings": {**job.settings, "format": "MULTI_TASK"},
    }
