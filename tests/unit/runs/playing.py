"""Plays events on a run and keeps what was decided: the small world around `decide` in these tests."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from brickyard.jobs.tasks import Dependency, RunIf
from brickyard.runs import endings
from brickyard.runs.decide import Decision, Transition, decide
from brickyard.runs.effects import Announce, Effect, EndClusters, StartAttempt, StopAttempt, WakeAt
from brickyard.runs.events import (
    AttemptEnded,
    AttemptStarted,
    CancelRequested,
    Event,
    LoopBegan,
    RepairRequested,
    RetryDue,
    RunCreated,
    TimeoutDue,
)
from brickyard.runs.model import Attempt, Ending, Kind, Run, TaskPlan
from brickyard.runs.states import LifeCycle


def task(key: str, *needs: str, **rules: object) -> TaskPlan:
    """A task that depends on `needs`."""
    return TaskPlan(key=key, depends_on=tuple(Dependency(need) for need in needs), **rules)  # type: ignore[arg-type]


def cleanup(key: str, *needs: str, run_if: RunIf = RunIf.ALL_DONE) -> TaskPlan:
    """A task that also runs after a failure."""
    return task(key, *needs, run_if=run_if)


def loop(key: str, *needs: str, nested: TaskPlan | None = None, width: int = 1, **rules: object) -> TaskPlan:
    """A loop over `KEY_one`, or over a task with rules of its own."""
    return task(key, *needs, kind=Kind.LOOP, nested=nested or task(f"{key}_one"), concurrency=width, **rules)


class Player:
    """One run; every call is one event."""

    def __init__(self, *tasks: TaskPlan, timeout_ms: int = 0, selection: Iterable[str] | None = None) -> None:
        self.run = Run(
            run_id=1,
            job_id=7,
            plan={item.key: item for item in tasks},
            timeout_ms=timeout_ms,
            selection=None if selection is None else frozenset(selection),
        )
        self.now_ms = 1_000
        self.transitions: list[Transition] = []
        self.effects: list[Effect] = []
        self._ids = itertools.count(101)

    # ---------------------------------------------------------------------------------------------- events

    def play(self, event: Event) -> Decision:
        """Let the event happen now."""
        decision = decide(self.run, event, self.now_ms, self._ids.__next__)
        self.run = decision.run
        self.transitions += decision.transitions
        self.effects += decision.effects
        return decision

    def create(self) -> Player:
        self.play(RunCreated())
        return self

    def begin(self, key: str) -> Decision:
        return self.play(AttemptStarted(self.last(key).attempt_id))

    def end(self, key: str, ending: Ending | None = None) -> Decision:
        return self.play(AttemptEnded(self.last(key).attempt_id, ending or endings.succeeded()))

    def work(self, key: str, ending: Ending | None = None) -> Decision:
        """Begin and end the task's attempt."""
        self.begin(key)
        return self.end(key, ending)

    def begin_loop(self, key: str, total: int, *, same: bool = False) -> Decision:
        return self.play(LoopBegan(self.last(key).attempt_id, total, same))

    def fail(self, key: str) -> Decision:
        return self.work(key, endings.failed())

    def cancel(self, key: str | None = None) -> Decision:
        return self.play(CancelRequested(None if key is None else self.last(key).attempt_id))

    def retry_due(self, key: str) -> Decision:
        return self.play(RetryDue(self.last(key).attempt_id))

    def timeout(self, key: str | None = None) -> Decision:
        return self.play(TimeoutDue(None if key is None else self.last(key).attempt_id))

    def repair(self, *keys: str, plan: Mapping[str, TaskPlan] | None = None, timeout_ms: int = 0) -> Decision:
        event = RepairRequested(
            repair_id=900 + len(self.run.repairs),
            task_keys=frozenset(keys),
            plan=plan or self.run.plan,
            timeout_ms=timeout_ms,
        )
        return self.play(event)

    # ---------------------------------------------------------------------------------------------- looking

    def last(self, key: str) -> Attempt:
        """The newest attempt of a task, or of an iteration (`loop_one[3]`)."""
        if key in self.run.latest:
            return self.run.latest[key]
        return next(attempt for attempt in reversed(self.run.attempts) if attempt.slot == key)

    def attempts(self, key: str) -> list[Attempt]:
        return [attempt for attempt in self.run.attempts if attempt.task_key == key]

    def states(self) -> dict[str, str]:
        """By task: its result where it is over, else its state."""
        return {
            key: (attempt.ending.result if attempt.ending else attempt.life_cycle).value
            for key, attempt in self.run.latest.items()
        }

    def iterations(self) -> dict[str, str]:
        """By slot, as `states` by key."""
        return {
            attempt.slot: (attempt.ending.result if attempt.ending else attempt.life_cycle).value
            for attempt in self.run.attempts
            if attempt.iteration >= 0
        }

    @property
    def result(self) -> str:
        """`LIFE_CYCLE/RESULT` of the run."""
        ending = self.run.ending
        return f"{self.run.life_cycle.value}/{ending.result.value}" if ending else self.run.life_cycle.value

    @property
    def message(self) -> str:
        return self.run.ending.message if self.run.ending else ""

    def started(self) -> list[str]:
        """The tasks of all `StartAttempt` so far."""
        return [self.key_of(effect.attempt_id) for effect in self.effects if isinstance(effect, StartAttempt)]

    def stopped(self) -> list[tuple[str, str]]:
        return [(self.key_of(e.attempt_id), e.reason) for e in self.effects if isinstance(e, StopAttempt)]

    def wakes(self) -> list[WakeAt]:
        return [effect for effect in self.effects if isinstance(effect, WakeAt)]

    def announced(self) -> list[str]:
        return [effect.kind for effect in self.effects if isinstance(effect, Announce)]

    def clusters_ended(self) -> int:
        return sum(isinstance(effect, EndClusters) for effect in self.effects)

    def key_of(self, attempt_id: int) -> str:
        found = self.run.attempt(attempt_id)
        assert found is not None
        return found.slot


def assert_consistent(run: Run) -> None:
    """What holds for a run in every state."""
    newest = {attempt.slot: attempt for attempt in run.attempts}
    assert run.latest == {attempt.task_key: attempt for attempt in newest.values() if attempt.iteration < 0}
    for attempt in run.attempts:
        assert attempt.is_terminal == (attempt.ending is not None)
        if attempt.ending is not None:
            assert attempt.ending.life_cycle is attempt.life_cycle
            assert attempt.ended_ms
        if newest[attempt.slot] is not attempt:
            assert attempt.is_terminal, "only the newest attempt of a task may be alive"
    numbers: dict[str, int] = {}
    for attempt in run.attempts:
        assert attempt.number == numbers.get(attempt.slot, -1) + 1
        numbers[attempt.slot] = attempt.number
    assert run.life_cycle.is_terminal == (run.ending is not None)
    if run.life_cycle.is_terminal:
        assert all(attempt.is_terminal for attempt in run.attempts)
    if run.life_cycle is LifeCycle.RUNNING:
        assert any(not attempt.is_terminal for attempt in run.attempts)
