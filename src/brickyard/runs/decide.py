"""What happens next: the heart. `decide(run, event, now_ms, ids)` is pure; every rule of states lives in this room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from brickyard.runs.effects import Effect
from brickyard.runs.events import Event
from brickyard.runs.model import Run


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of state, kept in the history of the run. `subject` is "run" or a task key."""

    subject: str
    attempt_id: int | None
    before: str
    after: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The run after the event, the changes that led there and what must be done now."""

    run: Run
    transitions: tuple[Transition, ...] = ()
    effects: tuple[Effect, ...] = ()

    @property
    def changed(self) -> bool:
        """False where the event was late or had nothing to say: nothing needs to be stored."""
        return bool(self.transitions or self.effects)


def decide(run: Run, event: Event, now_ms: int, new_id: Callable[[], int]) -> Decision:
    """Apply one event to a run. The result has everything that follows."""
    raise NotImplementedError
