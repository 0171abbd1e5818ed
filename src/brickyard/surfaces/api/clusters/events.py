"""What happened to a cluster, filtered and in pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from brickyard.records import Json
from brickyard.surfaces.api import pages
from brickyard.surfaces.api.inputs import Fields

FIELDS = (
    "cluster_id", "start_time", "end_time", "order", "event_types", "offset", "limit", "page_size", "page_token",
)  # fmt: skip
_DEFAULT = 50
_MOST = 500


def page(cluster_id: str, events: Sequence[tuple[int, str, Json]], sent: Fields) -> dict[str, Any]:
    """One page of the events, newest first unless asked otherwise, with what to ask for the next.

    Raises:
        InvalidParameterValue: a limit, a time or a token is none.
    """
    chosen = _chosen(events, sent)
    newest_first = sent.choice("order", ["DESC", "ASC"], "DESC") == "DESC"
    ordered = chosen[::-1] if newest_first else chosen
    size = sent.whole("page_size", 0, high=_MOST) or sent.whole("limit", _DEFAULT, high=_MOST) or _DEFAULT
    question = f"events {cluster_id}"
    offset = pages.offset_of(sent.text("page_token", ""), question) or sent.whole("offset", 0)
    shown = [
        {"cluster_id": cluster_id, "timestamp": at_ms, "type": kind, "details": dict(details)}
        for at_ms, kind, details in ordered[offset : offset + size]
    ]
    body: dict[str, Any] = {"events": shown, "total_count": len(ordered)}
    if offset + size < len(ordered):
        following = {name: value for name, value in sent.raw().items() if name not in ("page_token", "page_size")}
        body["next_page"] = {**following, "cluster_id": cluster_id, "offset": offset + size, "limit": size}
        body["next_page_token"] = pages.token(offset + size, question)
    if offset:
        body["prev_page_token"] = pages.token(max(0, offset - size), question)
    return body


def _chosen(events: Sequence[tuple[int, str, Json]], sent: Fields) -> list[tuple[int, str, Json]]:
    first, last = sent.whole("start_time", 0), sent.whole("end_time", 2**62)
    kinds = set(sent.texts("event_types"))
    return [event for event in events if first <= event[0] <= last and (not kinds or event[1] in kinds)]
