"""What a backfill is to do: its intervals, and for each whether it runs. Nothing here starts or stores anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from zoneinfo import ZoneInfo

from brickyard.engine.backfill import parameters as backfill_parameters
from brickyard.engine.backfill.door import MAX_PARALLEL, MAX_RUNS, ORDERS, RERUNS, BackfillRequest
from brickyard.errors import InvalidParameterValue, InvalidState
from brickyard.jobs.parameters import check_overrides
from brickyard.jobs.references import Template
from brickyard.jobs.tasks import JobSettings
from brickyard.records import GOOD_RESULTS, PastInterval
from brickyard.triggers.intervals import local_text, moment_of, starts, step_of, zone_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an interval runs, and why."""

    runs: bool
    why: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A request that may be carried out."""

    at_ms: Sequence[int]
    """The starts of its intervals, in the order in which they run."""
    zone: ZoneInfo
    parameters: Mapping[str, Template]


def check(request: BackfillRequest, settings: JobSettings) -> Checked:
    """The intervals of a request.

    Raises:
        InvalidParameterValue: a field has a value that is not allowed; the text names it.
        InvalidState: the job may not run at all.
    """
    _one_of("order", request.order, ORDERS)
    _one_of("rerun", request.rerun, RERUNS)
    _within("parallel", request.parallel, MAX_PARALLEL)
    _within("max_runs", request.max_runs, MAX_RUNS)
    zone, step = zone_of(request.zone), step_of(request.every)
    first, end = moment_of(request.start, zone, "from"), moment_of(request.end, zone, "to")
    if first >= end:
        raise InvalidParameterValue(
            f"to is {request.end!r}, which is not after from ({request.start!r}); the range ends before `to`, so one"
            " day is from 2026-01-01 to 2026-01-02."
        )
    found = list(islice(starts(first, end, step, zone), MAX_RUNS + 1))
    if len(found) > MAX_RUNS:
        raise InvalidParameterValue(
            f"from {request.start} to {request.end} every {request.every} has more than {MAX_RUNS} intervals; at most"
            f" {MAX_RUNS} are allowed. Take a larger step or a shorter range."
        )
    templates = backfill_parameters.templates(request.parameters)
    check_overrides(settings, backfill_parameters.resolve(templates, first, request.zone), {})
    if settings.max_concurrent_runs == 0:
        raise InvalidState("The job's max_concurrent_runs is 0: no run of it may start.")
    return Checked(found[::-1] if request.order == "newest" else found, zone, templates)


def check_number(request: BackfillRequest, number: int) -> None:
    """That a request does not start more runs than it may.

    Raises:
        InvalidParameterValue: it does.
    """
    if number > request.max_runs:
        raise InvalidParameterValue(
            f"max_runs is {request.max_runs}, and this backfill would start {number} runs. Raise it (up to {MAX_RUNS}),"
            " take a larger step, or a shorter range."
        )


def verdict(rerun: str, before: PastInterval | None) -> Verdict:
    """Whether an interval runs, seen from what backfills of the job made of it before."""
    if before is None:
        return Verdict(runs=True, why="It has not run yet.")
    if before.is_active:
        run = f": run {before.run_id} is active" if before.run_id else ""
        return Verdict(runs=False, why=f"Backfill {before.backfill_id} has it{run}.")
    ended = f"Run {before.run_id} of backfill {before.backfill_id} ended with {before.result}"
    if rerun == "all":
        return Verdict(runs=True, why=f"{ended}; all intervals run again.")
    if rerun == "missing" or before.result in GOOD_RESULTS:
        return Verdict(runs=False, why=f"{ended}.")
    return Verdict(runs=True, why=f"{ended}.")


def run_name(job_name: str, at_ms: int, zone: ZoneInfo) -> str:
    """How the run of an interval is called. The service marks such runs in their names, too."""
    return f"{job_name} (backfill {local_text(at_ms, zone)})"


def _one_of(field: str, given: str, allowed: Sequence[str]) -> None:
    if given not in allowed:
        raise InvalidParameterValue(f"{field} is {given[:100]!r}; it must be one of {', '.join(allowed)}.")


def _within(field: str, given: int, highest: int) -> None:
    if not 1 <= given <= highest:
        raise InvalidParameterValue(f"{field} is {given}; it must be from 1 to {highest}.")
