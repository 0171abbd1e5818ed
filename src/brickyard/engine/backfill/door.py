"""What a surface may ask of backfills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from brickyard.records import BackfillRecord, Json

DEFAULT_MAX_RUNS: Final = 100
"""Source: docs of Databricks "Backfill jobs": a request for more runs is refused."""
MAX_RUNS: Final = 10_000
MAX_PARALLEL: Final = 100
ORDERS: Final = ("oldest", "newest")
RERUNS: Final = ("missing", "failed", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillRequest:
    """A run of a job for each interval of a range; all texts as the person wrote them."""

    start: str
    """`from`: the start of the first interval; a date, or a date with a time."""
    end: str
    """`to`: where the range ends; no interval starts here or later."""
    every: str
    """From one interval to the next: `15m`, `1h`, `1d`, `1w`, `1mo`."""
    zone: str = "UTC"
    """Whose calendar counts days, weeks and months, and gives the dates of `{{backfill.…}}`."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Job parameters of each run; `{{backfill.iso_date}}` and its like stand for the start of the interval."""
    order: str = "oldest"
    """Which intervals come first: `oldest` or `newest`."""
    parallel: int = 1
    """How many runs of it may be active at once; the job's max_concurrent_runs holds as well."""
    rerun: str = "failed"
    """Which intervals run that a backfill of the job ran before: none (`missing`), those whose newest run did not
    succeed (`failed`), or `all`."""
    max_runs: int = DEFAULT_MAX_RUNS
    """A request for more runs is refused."""

    @staticmethod
    def of_spec(spec: Json) -> BackfillRequest:
        """What `spec` wrote."""
        return BackfillRequest(start=spec["from"], end=spec["to"], **{name: spec[name] for name in _KEPT})

    def spec(self) -> dict[str, object]:
        """As it is kept, and shown."""
        return {"from": self.start, "to": self.end, **{name: getattr(self, name) for name in _KEPT}}


_KEPT: Final = ("every", "zone", "parameters", "order", "parallel", "rerun", "max_runs")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedInterval:
    """What would become of one interval, and why."""

    at_ms: int
    parameters: Mapping[str, str]
    """Resolved."""
    runs: bool
    """False: it is kept as it is."""
    reason: str


class Backfills(Protocol):
    """Implemented by `engine.backfill_commands.BackfillCommands`. Every call is committed when it returns.

    Each raises `NotFound` where there is no such job or backfill, and `InvalidParameterValue` for what is not allowed.
    """

    def plan(self, job_id: int, request: BackfillRequest) -> Sequence[PlannedInterval]:
        """What `create` would do, in the order in which intervals start. Nothing is kept."""
        ...

    def create(self, job_id: int, request: BackfillRequest, *, user: str) -> int:
        """Start a backfill; its id."""
        ...

    def retry(self, backfill_id: int, *, user: str) -> int:
        """A new backfill of the same range, for the intervals without a run that succeeded; its id."""
        ...

    def pause(self, backfill_id: int, *, user: str) -> None:
        """Begin no more runs; those that are active go on. Of one that is paused: nothing happens.

        Raises:
            InvalidState: it is cancelled or over.
        """
        ...

    def resume(self, backfill_id: int, *, user: str) -> None:
        """Go on. Of one that is running: nothing happens. Raises as `pause`."""
        ...

    def cancel(self, backfill_id: int, *, cancel_runs: bool, user: str) -> None:
        """Begin no more runs for ever; with `cancel_runs` cancel the active ones, too. Of one that is over: nothing."""
        ...

    def watch(self, backfill_id: int, *, seen: int, timeout: float) -> BackfillRecord:
        """Wait until its revision is above `seen`, or `timeout` seconds are over."""
        ...
