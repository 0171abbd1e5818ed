"""`GET /api/brickyard/audit`: what was asked of this server, by whom, and how it ended."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.records import AuditEvent, AuditFilter
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query
from brickyard.surfaces.api.own import models
from brickyard.surfaces.api.pages import offset_of, token
from brickyard.surfaces.api.services import Given

router = APIRouter(prefix="/api/brickyard", tags=["Audit log"])
_MAX_PAGE = 1000


@router.get("/audit", dependencies=[allow(Action.AUDIT_VIEW)], response_model=models.Audit)
def audit(query: Query, services: Given) -> Response:
    """What was changed, refused or taken out, newest first; of a `user`, an `action`, an `object`, `from` .. `to`.

    Times are epoch milliseconds. `limit` (100, at most 1000) events are on a page. Nothing here can be changed or
    deleted by any request.
    """
    query.only("user", "action", "object", "from", "to", "limit", "page_token")
    where = AuditFilter(
        user_name=query.text("user", "") or None,
        action=query.choice("action", list(Action)) if "action" in query else None,
        object=query.text("object", "") or None,
        from_ms=query.whole("from", 0),
        to_ms=query.maybe_whole("to"),
    )
    asks = f"audit {where}"
    before = offset_of(query.text("page_token", ""), asks) or None
    limit = query.whole("limit", 100, low=1, high=_MAX_PAGE)
    found = services.store.audit.find(replace(where, before_id=before), limit=limit + 1)
    page = found[:limit]
    more = {"next_page_token": token(page[-1].event_id, asks)} if len(found) > limit else {}
    return answer({"events": [_shown(event) for event in page], "has_more": bool(more), **more})


def _shown(event: AuditEvent) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "at_ms": event.at_ms,
        "user": event.user_name,
        "action": event.action,
        "request": event.request,
        "object": event.object,
        "status": event.status,
        "error_code": event.error_code,
        "request_id": event.request_id,
        "address": event.source_ip,
        "details": event.details,
    }
