"""A run while one event is applied to it: changed in place, checked against the tables, made into a decision once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from brickyard.runs import standing
from brickyard.runs import transitions as moves
from brickyard.runs.decision import Decision, Transition
from brickyard.runs.effects import Announce, Effect
from brickyard.runs.model import Attempt, Ending, Round, Run, Standing, TaskPlan
from brickyard.runs.series import Series
from brickyard.runs.transitions import Move


class Draft:
    """Collects what an event changes. Nothing of it is seen by others before `decision`.

    What an event touches is kept beside the run and joined to it once, so that an event costs what it touches.
    """

    def __init__(self, run: Run, now_ms: int, new_id: Callable[[], int]) -> None:
        self._before = run
        # A clock that was set back makes no run end before it began.
        self.now_ms = max(now_ms, run.created_ms, run.started_ms)
        self._new_id = new_id
        self.run = run
        """The fields of the run itself; its attempts and what is derived of them are behind until `settled`."""
        known = standing.of(run)
        self.earlier = known.earlier
        self._unfinished = known.unfinished
        self._waiting: dict[str, int] = known.waiting
        self._waiting_is_own = False
        self._rounds: dict[int, Round] = known.rounds
        self._attempts = Series.of(run.attempts)
        self._touched: dict[int, Attempt] = {}
        self._latest: dict[str, Attempt] = {}
        self._made: list[int] = []
        self._changed: dict[int, None] = {}
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

    def begin_repair(self) -> None:
        """Number attempts from here on as those of a repair."""
        self.earlier = {attempt.slot: attempt.number for attempt in self._attempts}

    # ------------------------------------------------------------------------------------- making an attempt

    def create(self, task_key: str, move: Move, *, iteration: int = -1, **fields: Any) -> Attempt:
        """The first attempt of a task or an iteration in this run or repair, in the state to which `move` leads."""
        attempt = Attempt(
            attempt_id=self._new_id(),
            task_key=task_key,
            number=0,
            repair=len(self.run.repairs),
            life_cycle=move.destination,
            created_ms=self.now_ms,
            iteration=iteration,
            **fields,
        )
        if self.earlier:
            attempt = replace(attempt, number=self.earlier.get(attempt.slot, -1) + 1)
        return self._born(attempt, move)

    def again(self, failed: Attempt, retry_at_ms: int) -> Attempt:
        """The attempt after a failed one, WAITING_FOR_RETRY."""
        following = Attempt(
            attempt_id=self._new_id(),
            task_key=failed.task_key,
            number=failed.number + 1,
            repair=failed.repair,
            life_cycle=moves.ATTEMPT_RETRY.destination,
            created_ms=self.now_ms,
            retry_at_ms=retry_at_ms,
            iteration=failed.iteration,
            loop_id=failed.loop_id,
        )
        return self._born(following, moves.ATTEMPT_RETRY)

    def _born(self, attempt: Attempt, move: Move) -> Attempt:
        move.check(attempt.slot, None)
        self._transitions.append(Transition(attempt.slot, attempt.attempt_id, "", move.destination))
        self._unfinished += not attempt.is_terminal
        if attempt.repair and attempt.iteration < 0:
            self._made.append(attempt.attempt_id)
        self._keep(attempt)
        return attempt

    # ----------------------------------------------------------------------------------- changing an attempt

    def move(self, attempt: Attempt, move: Move, reason: str = "", **fields: Any) -> Attempt:
        """Take an attempt to another state.

        Raises:
            IllegalMove: the table of attempts does not have it.
        """
        subject = attempt.slot
        move.check(subject, attempt.life_cycle)
        self._transitions.append(Transition(subject, attempt.attempt_id, attempt.life_cycle, move.destination, reason))
        if attempt.task_key in self._waiting and attempt.iteration < 0:
            del self._own_waiting()[attempt.task_key]
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
        self._unfinished -= 1
        self.effect(Announce("task.ended", attempt.attempt_id))
        return ended

    def note(self, attempt: Attempt, **fields: Any) -> None:
        """Set fields of an attempt that are no state."""
        self._keep(replace(attempt, **fields))

    def _keep(self, attempt: Attempt) -> None:
        self._touched[attempt.attempt_id] = attempt
        if attempt.iteration < 0:
            self._latest[attempt.task_key] = attempt

    # ------------------------------------------------------------------------------------------- looking at it

    def attempt(self, attempt_id: int) -> Attempt | None:
        """The attempt as it stands now."""
        return self._touched.get(attempt_id) or self._attempts.find(attempt_id)

    def latest(self, task_key: str) -> Attempt | None:
        """The newest attempt of a task as it stands now."""
        return self._latest.get(task_key) or self.run.latest.get(task_key)

    def rules(self, attempt: Attempt) -> TaskPlan:
        """The rules for what this attempt attempts."""
        return self.run.rules(attempt)

    def count(self, attempt: Attempt) -> int:
        """How many attempts its task or iteration has had in this run, or since its latest repair began."""
        return attempt.number - (self.earlier.get(attempt.slot, -1) if self.earlier else -1)

    def active(self) -> list[Attempt]:
        """The attempts that were not over before this event. Looks at every attempt of the run."""
        return [attempt for attempt in self._attempts if not attempt.is_terminal]

    @property
    def all_over(self) -> bool:
        """True where no attempt is left to wait for."""
        return self._unfinished == 0

    # --------------------------------------------------------------------------------- what waits, what repeats

    def count_waiting(self) -> dict[str, int]:
        """Count anew what each BLOCKED task waits for, once all attempts are made."""
        self._waiting = standing.waiting(self.run, {**self.run.latest, **self._latest})
        self._waiting_is_own = True
        return self._waiting

    def one_less(self, task_key: str) -> int:
        """A task that this one needs is over; how many are left (-1 where it does not wait any more)."""
        left = self._waiting.get(task_key, 0) - 1
        if left >= 0:
            self._own_waiting()[task_key] = left
        return left

    def pass_on(self, task_key: str) -> None:
        """What stands before a task that was not selected is over: those behind it wait no more for that."""
        del self._own_waiting()[task_key]

    def _own_waiting(self) -> dict[str, int]:
        if not self._waiting_is_own:
            self._waiting = dict(self._waiting)
            self._waiting_is_own = True
        return self._waiting

    def round(self, loop: Attempt) -> Round:
        """How far a loop is that has begun and is not over."""
        return self._rounds[loop.attempt_id]

    def set_round(self, loop: Attempt, state: Round | None) -> None:
        """The loop is that far now; None: it is over."""
        self._rounds = {key: known for key, known in self._rounds.items() if key != loop.attempt_id}
        if state is not None:
            self._rounds[loop.attempt_id] = state

    # ---------------------------------------------------------------------------------------------- the result

    def effect(self, effect: Effect) -> None:
        """Something to be done after the commit."""
        self._effects.append(effect)

    def settled(self) -> Run:
        """The run with all its attempts as they stand now."""
        if self._touched:
            self._changed.update(dict.fromkeys(self._touched))
            self._attempts = self._attempts.changed(self._touched)
            self._touched = {}
        fields: dict[str, Any] = {"latest": {**self.run.latest, **self._latest}} if self._latest else {}
        self._latest = {}
        if self._made:
            *earlier, current = self.run.repairs
            current = replace(current, attempt_ids=(*current.attempt_ids, *self._made))
            fields["repairs"] = (*earlier, current)
            self._made = []
        known = Standing(self._attempts, self._unfinished, self._waiting, self.earlier, self._rounds)
        self.change(attempts=self._attempts, standing=known, **fields)
        return self.run

    def decision(self) -> Decision:
        """Everything that the event led to."""
        if not (self._transitions or self._effects or self._touched):
            return Decision(self._before)
        run = self.settled()
        return Decision(run, tuple(self._transitions), tuple(self._effects), tuple(self._changed))
