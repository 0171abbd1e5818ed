"""What must be done in the world after a decision. Committed together with it, then performed by the engine.

Every effect that concerns an attempt names it by id; an attempt id is never used twice, so it is the stamp by
which a late effect for an old attempt is recognised.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class StartAttempt:
    """Hand the attempt to a worker."""

    attempt_id: int


@dataclass(frozen=True, slots=True)
class StopAttempt:
    """End the attempt's worker: interrupt, then TERM, then KILL. Its `AttemptEnded` follows as an event."""

    attempt_id: int
    reason: str


class Wake(StrEnum):
    """What a timer is for."""

    RETRY = "retry"
    ATTEMPT_TIMEOUT = "attempt_timeout"
    RUN_TIMEOUT = "run_timeout"
    QUEUE_TIMEOUT = "queue_timeout"


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Send `RetryDue`, `TimeoutDue` or, for a run that waits in the queue, `Skip` at this time (epoch ms)."""

    at_ms: int
    wake: Wake
    attempt_id: int | None = None


@dataclass(frozen=True, slots=True)
class EndClusters:
    """The run is over: end every cluster that lives for it."""


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell the observers. `kind` is `run.started`, `run.ended`, `task.started`, `task.ended`, `task.retrying`."""

    kind: str
    attempt_id: int | None = None


Effect = StartAttempt | StopAttempt | WakeAt | EndClusters | Announce
