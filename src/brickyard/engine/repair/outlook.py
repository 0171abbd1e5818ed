"""What is said of a repair before it is asked for: data only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from brickyard.jobs.difference import Difference


class Action(StrEnum):
    """What a repair does with a task."""

    RUN = "run"
    KEEP = "keep"
    """Its newest attempt stays the one that counts."""
    GONE = "gone"
    """The job has no such task any more; its attempts stay in the run's history."""


@dataclass(frozen=True, slots=True)
class PlannedIterations:
    """What becomes of a loop's iterations where its inputs are the same again; with other inputs, all run."""

    total: int
    again: tuple[int, ...]
    """Indexes of those that run again."""
    kept: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """What a repair does with one task."""

    task_key: str
    action: Action
    reason: str
    """A sentence."""
    result: str = ""
    """How its newest attempt ended; empty where it never had one."""
    task_run_id: int = 0
    """Its newest attempt; 0 where it never had one."""
    iterations: PlannedIterations | None = None
    """Of a loop that runs again and had begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChange:
    """A task whose code is not what it was."""

    task_key: str
    path: str
    """The file, as the task names it."""
    before: str
    """The hash of the code that ran; see `Outcome.code_hash`."""
    after: str
    """The hash of the code as it is now; empty where it cannot be read any more."""
    note: str = ""
    """A sentence, where more is to be said than that they differ."""
    diff: tuple[str, ...] = ()
    """The beginning of a unified diff, where both texts are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """How what would run now differs from what ran in a run."""

    run_id: int
    ended_ms: int
    from_version: int
    """The version of the job that the run (or its latest repair) ran under; 0 where there is none."""
    to_version: int
    settings: tuple[Difference, ...]
    parameters: tuple[Difference, ...]
    """Paths such as `job_parameters/day` and `notebook_params/day`. Defaults with references count as written."""
    code: tuple[CodeChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairPlan:
    """A repair that was not asked for yet."""

    run_id: int
    job_id: int
    latest_repair_id: int
    """What `runs/repair` must be sent as `latest_repair_id`; 0: nothing."""
    tasks: tuple[PlannedTask, ...]
    since_run: Since
    """What has changed since the run, or since its latest repair."""
    since_good: Since | None
    """What has changed since the last good run of the job; None where there is none."""
