"""What the server holds of an attempt that is not over."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from brickyard.compute.connections import WorkerConnection
from brickyard.compute.processes import Identity, describe_status
from brickyard.workloads.claims import read_claim, read_outcome
from brickyard.workloads.folder import CLAIM
from brickyard.workloads.messages import Assignment, Outcome, Tier
from brickyard.workloads.session_messages import SessionWork

_KEPT_ANSWERS = 256


@dataclass(slots=True)
class Attempt:
    """One attempt, from `start` or `adopt` to its end."""

    attempt_id: int
    folder: Path
    assignment: Assignment | None
    """None where the attempt was taken over: its worker has it."""
    tier: Tier = "light"
    """The kind of worker that suits the assignment."""
    connection: WorkerConnection | None = None
    process: Identity | None = None
    started_told: bool = False
    stop_reason: str = ""
    timers: list[asyncio.TimerHandle] = field(default_factory=list)
    asked: dict[int, bytes | None] = field(default_factory=dict)
    """Asks by id, with the frame of their answer once there is one: a worker repeats an ask when it connects again."""
    handed_out: int = 0
    """How often the assignment was given to a worker."""

    @property
    def is_session(self) -> bool:
        """Whether its work is to perform commands."""
        return self.assignment is not None and isinstance(self.assignment.work, SessionWork)

    @property
    def claimed(self) -> bool:
        """Whether a worker has ever made it its own."""
        return (self.folder / CLAIM).exists()

    def identify(self) -> Identity | None:
        """The process that claimed the attempt."""
        if self.process is None and (claim := read_claim(self.folder)) is not None:
            self.process = Identity(claim.pid, claim.started)
        return self.process

    def remember_answer(self, ask_id: int, frame: bytes) -> None:
        """Keep an answer for the case that it is asked for again."""
        self.asked[ask_id] = frame
        if len(self.asked) > _KEPT_ANSWERS:
            answered = [known for known, kept in self.asked.items() if kept is not None]
            for known in answered[: _KEPT_ANSWERS // 2]:
                del self.asked[known]

    def cancel_timers(self) -> None:
        """Forget the steps of a stop that are still to come."""
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()

    def outcome_of_death(self, status: int | None, now_ms: int) -> Outcome:
        """The outcome of an attempt whose process is gone: what its worker wrote, else what can be said."""
        written = read_outcome(self.folder)
        if written is not None:
            return written
        text = describe_status(status, what="The worker process")
        if self.stop_reason:
            # It was told to end, and did so the hard way.
            return Outcome(status="cancelled", ended_ms=now_ms, error=self.stop_reason)
        return Outcome(status="lost", ended_ms=now_ms, error=text, error_code="DRIVER_ERROR")
