"""How backfills and their intervals are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from brickyard.engine.backfill.door import PlannedInterval
from brickyard.errors import NotFound
from brickyard.records import BackfillInterval, BackfillRecord
from brickyard.surfaces.api.services import Services
from brickyard.triggers.intervals import local_text

OUTCOMES = ("WAITING", "STARTED", "SUCCEEDED", "FAILED", "SKIPPED", "CANCELLED")


def require(services: Services, backfill_id: int) -> BackfillRecord:
    """The backfill.

    Raises:
        NotFound: there is none.
    """
    record = services.store.backfills.get(backfill_id)
    if record is None:
        raise NotFound(f"Backfill {backfill_id} does not exist.")
    return record


def backfill(services: Services, record: BackfillRecord) -> dict[str, Any]:
    """A backfill with what was asked for and how far it is."""
    found = services.store.backfills.counts(record.backfill_id)
    counts = {outcome.lower(): found.get(outcome, 0) for outcome in OUTCOMES}
    return {
        "backfill_id": record.backfill_id,
        "job_id": record.job_id,
        "creator": record.creator,
        "created_ms": record.created_ms,
        "ended_ms": record.ended_ms,
        "state": record.state,
        "reason": record.reason,
        "waiting_for": _waiting_for(services, record, counts),
        "revision": record.revision,
        **record.spec,
        "intervals": {"total": sum(counts.values()), **counts},
    }


def interval(record: BackfillRecord, shown: BackfillInterval) -> dict[str, Any]:
    """One interval of it."""
    return {
        "position": shown.position,
        "at": local_text(shown.at_ms, ZoneInfo(record.spec["zone"])),
        "at_ms": shown.at_ms,
        "state": shown.state,
        "outcome": shown.outcome,
        "run_id": shown.run_id,
        "result": shown.result,
        "reason": shown.reason,
    }


def planned(shown: PlannedInterval, zone: str) -> dict[str, Any]:
    """One interval of a dry run."""
    return {
        "at": local_text(shown.at_ms, ZoneInfo(zone)),
        "at_ms": shown.at_ms,
        "parameters": shown.parameters,
        "action": "run" if shown.runs else "keep",
        "reason": shown.reason,
    }


def _waiting_for(services: Services, record: BackfillRecord, counts: Mapping[str, int]) -> str:
    """Why no further interval begins now; "" where none waits."""
    if not counts["waiting"]:
        return ""
    if record.state == "PAUSED":
        return "It is paused; resume it to go on."
    job = services.store.jobs.get(record.job_id)
    limit = int(job.settings.get("max_concurrent_runs", 1)) if job else 0
    parallel = int(record.spec["parallel"])
    if counts["started"] >= min(parallel, limit):
        which = f"parallel ({parallel})" if parallel <= limit else f"the job's max_concurrent_runs ({limit})"
        active = "1 run is" if counts["started"] == 1 else f"{counts['started']} runs are"
        return f"{active} active, as many as {which} allows."
    return f"Other runs of the job take all places that its max_concurrent_runs ({limit}) allows."
