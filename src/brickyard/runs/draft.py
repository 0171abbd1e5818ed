"""A run while one event is applied to it: changed in place, checked against the tables, made into a decision once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from brickyard.runs import transitions as moves
from brickyard.runs.decision import Decision, Transition
from brickyard.runs.effects import Announce, Effect
from brickyard.runs.model import Attempt, Ending, Run
from brickyard.runs.transitions import Move


class Draft:
    """Collects what an event changes. Nothing of it is seen by others before `decision`."""

    def __init__(self, run: Run, now_ms: int, new_id: Callable[[], int]) -> None:
        self._before = run
        # A clock that was set back makes no run end before it began.
        self.now_ms = max(now_ms, run.created_ms, run.started_ms)
        self._new_id = new_id
        self.run = run
        """The fields of the run itself; its `attempts` and `latest` are behind until `settled`."""
        self.latest = dict(run.latest)
        self._attempts = {attempt.attempt_id: attempt for attempt in run.attempts}
        self._transitions: list[Transition] = []
        self._effects: list[Effect] = []

    # ------------------------------------------------------------------------------------------------ the run

    def change(self, **fields: Any) -> None:
        """Set fields of the run that are no state."""
        self.run = replace(self.run, **fields)

    def move_run(self, move: Move, reason: str = "", **fields: Any) -> None:
        """Take the run to another state.

        Raises:
            IllegalMove: the table of runs does not have it.
        """
        before = self.run.life_cycle
        move.check("run", before)
        self._transitions.append(Transition("run", None, before, move.destination, reason))
        self.change(life_cycle=move.destination, **fields)

    # ------------------------------------------------------------------------------------------- the attempts

    def create(self, task_key: str, move: Move, repair: int, **fields: Any) -> Attempt:
        """The task's next attempt, in the state to which `move` leads."""
        move.check(task_key, None)
        last = self.latest.get(task_key)
        attempt = Attempt(
            attempt_id=self._new_id(),
            task_key=task_key,
            number=last.number + 1 if last else 0,
            repair=repair,
            life_cycle=move.destination,
            created_ms=self.now_ms,
            **fields,
        )
        self._transitions.append(Transition(task_key, attempt.attempt_id, "", move.destination))
        self._keep(attempt)
        if repair:
            self._note_in_repair(attempt.attempt_id)
        return attempt

    def move(self, attempt: Attempt, move: Move, reason: str = "", **fields: Any) -> Attempt:
        """Take an attempt to another state.

        Raises:
            IllegalMove: the table of attempts does not have it.
        """
        move.check(attempt.task_key, attempt.life_cycle)
        self._transitions.append(
            Transition(attempt.task_key, attempt.attempt_id, attempt.life_cycle, move.destination, reason)
        )
        changed = replace(attempt, life_cycle=move.destination, **fields)
        self._keep(changed)
        return changed

    def end(self, attempt: Attempt, ending: Ending) -> Attempt:
        """Take an attempt to its end."""
        ended = self.move(
            attempt,
            moves.ATTEMPT_ENDS[ending.life_cycle],
            ending.message,
            ending=ending,
            ended_ms=max(self.now_ms, attempt.started_ms),
        )
        self.effect(Announce("task.ended", attempt.attempt_id))
        return ended

    def note(self, attempt: Attempt, **fields: Any) -> None:
        """Set fields of an attempt that are no state."""
        self._keep(replace(attempt, **fields))

    def attempt(self, attempt_id: int) -> Attempt | None:
        """The attempt as it stands now."""
        return self._attempts.get(attempt_id)

    def count(self, task_key: str, repair: int) -> int:
        """How many attempts the task has had in this repair (0: in the original run)."""
        return sum(found.task_key == task_key and found.repair == repair for found in self._attempts.values())

    @property
    def active(self) -> list[Attempt]:
        """All attempts that are not over."""
        return [attempt for attempt in self._attempts.values() if not attempt.is_terminal]

    @property
    def all_over(self) -> bool:
        """True where no attempt is left to wait for."""
        # Backwards: in most runs the tasks that are declared last end last, so this ends at its first look.
        return all(attempt.is_terminal for attempt in reversed(self._attempts.values()))

    def _keep(self, attempt: Attempt) -> None:
        self._attempts[attempt.attempt_id] = attempt
        self.latest[attempt.task_key] = attempt

    def _note_in_repair(self, attempt_id: int) -> None:
        *earlier, current = self.run.repairs
        current = replace(current, attempt_ids=(*current.attempt_ids, attempt_id))
        self.change(repairs=(*earlier, current))

    # ---------------------------------------------------------------------------------------------- the result

    def effect(self, effect: Effect) -> None:
        """Something to be done after the commit."""
        self._effects.append(effect)

    def settled(self) -> Run:
        """The run with all its attempts as they stand now."""
        self.change(attempts=tuple(self._attempts.values()), latest=self.latest)
        return self.run

    def decision(self) -> Decision:
        """Everything that the event led to."""
        if not (self._transitions or self._effects):
            return Decision(self._before)
        return Decision(self.settled(), tuple(self._transitions), tuple(self._effects))
