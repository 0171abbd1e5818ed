"""What deciding gives back: data only. The engine stores it and then does what it says."""

from __future__ import annotations

from dataclasses import dataclass

from brickyard.runs.effects import Effect
from brickyard.runs.model import Run


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of state, kept in the history of the run. `subject` is "run", a task key or `KEY[INDEX]`."""

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
    changed_attempts: tuple[int, ...] = ()
    """The ids of the attempts that are new or not what they were, in the order of their first change."""

    @property
    def changed(self) -> bool:
        """False where the event was late or had nothing to say: nothing needs to be stored."""
        return bool(self.transitions or self.effects or self.changed_attempts)
