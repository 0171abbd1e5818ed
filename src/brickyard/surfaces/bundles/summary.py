"""A bundle as JSON in the shape that tools around asset bundles read (`validate -o json`, `summary -o json`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brickyard.surfaces.bundles.check import with_ids
from brickyard.surfaces.bundles.marks import to_plain
from brickyard.surfaces.bundles.resolve import Bundle


def as_json(bundle: Bundle, ids: Mapping[str, int] | None = None) -> dict[str, Any]:
    """The resolved configuration. With the `ids` of what is deployed, jobs have `id` and `url`, or say how they differ.

    `modified_status` is `created` for a job that the next deployment makes and `deleted` for one that it takes away.
    Ids of other jobs that are not known stay references (`${resources.jobs.x.id}`), which tools look for.
    """
    known = dict(ids or {})
    plain: dict[str, Any] = to_plain(bundle.config)
    plain["bundle"] = {**plain.get("bundle", {}), "name": bundle.name, "target": bundle.target}
    jobs = {}
    for key in bundle.jobs:
        jobs[key] = with_ids(bundle.jobs.block(key), known, unknown=None)
        if key in known:
            jobs[key] |= {"id": str(known[key]), "url": job_url(bundle, known[key])}
        elif ids is not None:
            jobs[key]["modified_status"] = "created"
    for key in known.keys() - jobs.keys():
        jobs[key] = {"id": str(known[key]), "url": job_url(bundle, known[key]), "modified_status": "deleted"}
    plain["resources"] = {"jobs": jobs}
    return plain


def job_url(bundle: Bundle, job_id: int) -> str:
    """Where people look at a job."""
    return f"{bundle.host}/jobs/{job_id}"
