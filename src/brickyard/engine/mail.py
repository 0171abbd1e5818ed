"""What the run loop's queue carries."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from brickyard.records import RepairFacts
from brickyard.runs.events import Event
from brickyard.runs.model import Run
from brickyard.workloads.messages import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One event for one run, with what is to be stored beside its decision."""

    run_id: int
    event: Event
    outcome: tuple[int, Outcome] | None = None
    """(attempt id, outcome) where an attempt ended."""
    repair: RepairFacts | None = None
    """Where the event is a repair."""
    done: Future[Run] | None = None
    """Set with the run after the commit, or with the error that prevented it."""


@dataclass(frozen=True, slots=True)
class Call:
    """Something that must be done on the loop's thread."""

    function: Callable[[], None]


Item = Mail | Call
