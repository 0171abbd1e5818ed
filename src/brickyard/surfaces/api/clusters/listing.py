"""Which clusters a list shows, in which order, on which page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Request

from brickyard.access.identity import Identity
from brickyard.access.levels import ObjectType
from brickyard.errors import InvalidParameterValue, MalformedRequest
from brickyard.surfaces.api import pages, wire_clusters
from brickyard.surfaces.api.clusters.wire import cluster_body
from brickyard.surfaces.api.inputs import Fields, check_text
from brickyard.surfaces.api.services import Services

KEPT_MS = 30 * 24 * 3600 * 1000
"""So long a cluster that has ended is listed. Source: docs of Databricks, List clusters."""
MAX_PAGE = 100
_MANY = ("filter_by.cluster_states", "filter_by.cluster_sources")
_ONE = ("filter_by.is_pinned", "filter_by.policy_id", "sort_by.column", "sort_by.direction", "page_size", "page_token")
_STATES = ("PENDING", "RUNNING", "RESTARTING", "RESIZING", "TERMINATING", "TERMINATED", "ERROR", "UNKNOWN")
_SOURCES = ("API", "JOB", "MODELS", "PIPELINE", "PIPELINE_MAINTENANCE", "SQL", "UI")


QUERY = {
    "filter_by.cluster_states": {"type": "array", "items": {"type": "string", "enum": list(_STATES)}},
    "filter_by.cluster_sources": {"type": "array", "items": {"type": "string", "enum": list(_SOURCES)}},
    "filter_by.is_pinned": {"type": "boolean"},
    "filter_by.policy_id": {"type": "string"},
    "sort_by.column": {"type": "string", "enum": ["DEFAULT", "CLUSTER_NAME"]},
    "sort_by.direction": {"type": "string", "enum": ["ASC", "DESC"]},
    "page_size": {"type": "integer", "minimum": 0, "maximum": MAX_PAGE},
    "page_token": {"type": "string"},
}
"""What a list may be asked, as JSON schemas."""


class Asked:
    """The query of a list: two of its names may come several times."""

    def __init__(self, request: Request) -> None:
        pairs = [(name, check_text(value, name)) for name, value in request.query_params.multi_items() if value]
        single = [pair for pair in pairs if pair[0] not in _MANY]
        if len(dict(single)) != len(single):
            raise MalformedRequest("A name is given twice in the query.")
        self.fields = Fields(dict(single)).only(*_ONE, "can_use_client")
        self.states = _words(pairs, _MANY[0], _STATES)
        self.sources = _words(pairs, _MANY[1], _SOURCES)
        self.question = repr(sorted(pair for pair in pairs if not pair[0].startswith("page_")))

    def wants(self, body: dict[str, Any]) -> bool:
        """Whether the list shows this cluster."""
        pinned = self.fields.text("filter_by.is_pinned", "")
        policy = self.fields.text("filter_by.policy_id", "")
        return (
            (not self.states or body["state"] in self.states)
            and (not self.sources or body["cluster_source"] in self.sources)
            and (not pinned or self.fields.flag("filter_by.is_pinned") == body["is_pinned"])
            and (not policy or body.get("policy_id") == policy)
        )

    def sort(self, bodies: list[dict[str, Any]]) -> None:
        """Put them in order: those that run first, then the newest; or by name."""
        column = self.fields.choice("sort_by.column", ["DEFAULT", "CLUSTER_NAME"], "DEFAULT")
        descending = self.fields.choice("sort_by.direction", ["ASC", "DESC"], "ASC") == "DESC"
        if column == "CLUSTER_NAME":
            bodies.sort(key=lambda body: (body["cluster_name"], body["cluster_id"]), reverse=descending)
        else:
            bodies.sort(key=_by_default, reverse=descending)


def page(services: Services, who: Identity, request: Request, *, all_at_once: bool) -> dict[str, Any]:
    """One page of the clusters that somebody may see.

    Raises:
        InvalidParameterValue: the question is not one of this list.
    """
    asked = Asked(request)
    bodies = [body for body in _seen(services, who) if asked.wants(body)]
    asked.sort(bodies)
    for body in bodies:
        del body["is_pinned"]
    size = asked.fields.whole("page_size", 0, high=MAX_PAGE) or (len(bodies) if all_at_once else MAX_PAGE)
    offset = pages.offset_of(asked.fields.text("page_token", ""), asked.question)
    answer: dict[str, Any] = {"clusters": bodies[offset : offset + size]}
    if offset + size < len(bodies):
        answer["next_page_token"] = pages.token(offset + size, asked.question)
    if offset:
        answer["prev_page_token"] = pages.token(max(0, offset - size), asked.question)
    return answer


def _seen(services: Services, who: Identity) -> list[dict[str, Any]]:
    oldest = services.clock.now_ms() - KEPT_MS
    own = [
        {**cluster_body(record), "is_pinned": record.pinned}
        for record in services.all_purpose.all()
        if (record.pinned or record.state != "TERMINATED" or record.ended_ms >= oldest)
        and services.gate.sees(who, ObjectType.CLUSTERS, record.cluster_id)
    ]
    runs = [
        {**wire_clusters.cluster_body(record, creator(services, record.run_id)), "is_pinned": False}
        for record in services.store.clusters.alive()
        if record.run_id and services.gate.sees(who, ObjectType.JOBS, str(record.job_id))
    ]
    return own + runs


def creator(services: Services, run_id: int) -> str:
    """Whoever started the run that a cluster lives for."""
    record = services.store.runs.record(run_id)
    return record.creator if record else ""


def _by_default(body: dict[str, Any]) -> tuple[Any, ...]:
    return (body["state"] == "TERMINATED", not body["is_pinned"], -body["start_time"], body["cluster_id"])


def _words(pairs: Sequence[tuple[str, str]], name: str, allowed: Sequence[str]) -> frozenset[str]:
    given = [word for key, value in pairs if key == name for word in value.split(",")]
    for word in given:
        if word not in allowed:
            raise InvalidParameterValue(f"{name} is {word[:100]!r}; it must be one of {', '.join(allowed)}.")
    return frozenset(given)
