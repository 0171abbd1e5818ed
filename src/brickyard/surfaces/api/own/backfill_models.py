"""What the endpoints of backfills take and answer, for the OpenAPI description."""

from __future__ import annotations

from pydantic import BaseModel, Field


class BackfillSpec(BaseModel):
    """A run of a job for each interval of a range."""

    from_: str = Field(alias="from", description="Start of the first interval: 2026-01-01 or 2026-01-01T06:00.")
    to: str = Field(description="End of the range; no interval starts here or later.")
    every: str = Field(description="From one interval to the next: 15m, 1h, 1d, 1w or 1mo.")
    zone: str = Field(default="UTC", description="IANA name; its calendar counts days, weeks and months.")
    parameters: dict[str, str] = Field(
        default={},
        description="Job parameters of each run; {{backfill.iso_date}} stands for the start of the interval.",
    )
    order: str = Field(default="oldest", description="Which intervals come first: oldest or newest.")
    parallel: int = Field(default=1, description="How many of its runs may be active at once, 1 to 100.")
    rerun: str = Field(
        default="failed", description="missing: intervals without a run; failed: also those that failed; all."
    )
    max_runs: int = Field(default=100, description="A request for more runs is refused; up to 10000.")


class PlannedInterval(BaseModel):
    """What would become of one interval."""

    at: str = Field(description="Its start, in the zone.")
    at_ms: int
    parameters: dict[str, str]
    action: str = Field(description="run or keep")
    reason: str


class CreatedBackfill(BaseModel):
    """The new backfill; with `dry_run` what it would do."""

    backfill_id: int | None = Field(default=None, description="Not of a dry run.")
    runs: int | None = Field(default=None, description="Of a dry run: how many runs it would start.")
    kept: int | None = Field(default=None, description="Of a dry run: how many intervals stay as they are.")
    intervals: list[PlannedInterval] | None = Field(default=None, description="Of a dry run.")


class IntervalCounts(BaseModel):
    """How many intervals there are of each outcome."""

    total: int
    waiting: int
    started: int
    succeeded: int
    failed: int
    skipped: int
    cancelled: int


class Backfill(BackfillSpec):
    """A backfill with its progress."""

    backfill_id: int
    job_id: int
    creator: str
    created_ms: int
    ended_ms: int = Field(description="0 until it is over.")
    state: str = Field(description="RUNNING, PAUSED, CANCELLING, CANCELLED or DONE")
    reason: str = Field(description="Why it is paused or cancelled, where nobody asked for that.")
    waiting_for: str = Field(description="Why no further run begins now.")
    revision: int = Field(description="Grows with every change; send it as `seen` to watch.")
    intervals: IntervalCounts


class Backfills(BaseModel):
    """One page of backfills, newest first."""

    backfills: list[Backfill]
    has_more: bool
    next_page_token: str | None = None
    prev_page_token: str | None = None


class Interval(BaseModel):
    """One interval of a backfill."""

    position: int = Field(description="In the order in which intervals start.")
    at: str = Field(description="Its start, in the zone of the backfill.")
    at_ms: int
    state: str = Field(description="WAITING, STARTED, SKIPPED, CANCELLED or DONE")
    outcome: str = Field(description="As the state; of one that is DONE: SUCCEEDED or FAILED.")
    run_id: int = Field(description="0 where it has no run.")
    result: str = Field(description="The result state of its run, once that is over.")
    reason: str


class Intervals(BaseModel):
    """One page of intervals, in their order."""

    intervals: list[Interval]
    has_more: bool
    next_page_token: str | None = None
    prev_page_token: str | None = None
