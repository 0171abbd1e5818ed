"""What can happen to a run. Each event says what happened and never what follows; `decide` knows that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from brickyard.runs.model import Ending, TaskPlan


@dataclass(frozen=True, slots=True)
class RunCreated:
    """The run exists and may begin."""


@dataclass(frozen=True, slots=True)
class RunQueued:
    """The run exists and must wait for its turn; `RunCreated` follows."""

    message: str


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """A worker began with the user's code."""

    attempt_id: int


@dataclass(frozen=True, slots=True)
class LoopBegan:
    """The inputs of a loop are known: its iterations may start."""

    attempt_id: int
    total: int
    same_inputs: bool = False
    """In a repair: the inputs are those of the loop's attempt before, so iterations that succeeded there are kept."""


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """An attempt is over. `ending` is what the worker reported, or what was found of a worker that vanished."""

    attempt_id: int
    ending: Ending


@dataclass(frozen=True, slots=True)
class TimeoutDue:
    """The attempt's time is used up (or the run's, where `attempt_id` is None)."""

    attempt_id: int | None


@dataclass(frozen=True, slots=True)
class RetryDue:
    """The wait before a retry is over."""

    attempt_id: int


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """Somebody wants the run (or, with `attempt_id`, one task run) to end."""

    attempt_id: int | None = None


@dataclass(frozen=True, slots=True)
class RepairRequested:
    """Tasks of an ended run are to run again, under the job's current settings."""

    repair_id: int
    task_keys: frozenset[str]
    """Already chosen (`repair.select`): exactly these run again."""
    plan: Mapping[str, TaskPlan]
    timeout_ms: int = 0


@dataclass(frozen=True, slots=True)
class Skip:
    """The run cannot begin at all: the limit of concurrent runs is reached and it may not wait."""

    message: str


Event = (
    RunCreated
    | RunQueued
    | AttemptStarted
    | LoopBegan
    | AttemptEnded
    | TimeoutDue
    | RetryDue
    | CancelRequested
    | RepairRequested
    | Skip
)
