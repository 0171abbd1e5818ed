"""The real run and its naive model, told the same facts and compared after each of them."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from brickyard.jobs.tasks import Dependency, RunIf
from brickyard.runs import loops, standing
from brickyard.runs.decide import Decision
from brickyard.runs.effects import StartAttempt, StopAttempt, Wake, WakeAt
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
from brickyard.runs.states import Code, LifeCycle, Result
from tests.unit.runs.oracle import Oracle, Rule, Try
from tests.unit.runs.playing import Player
from tests.unit.runs.test_transitions import ATTEMPT_EDGES, RUN_EDGES

WORDS = {
    "ok": ("TERMINATED", "SUCCESS", "SUCCESS", ""),
    "true": ("TERMINATED", "SUCCESS", "SUCCESS", ""),
    "false": ("TERMINATED", "SUCCESS", "SUCCESS", ""),
    "fail": ("TERMINATED", "FAILED", "RUN_EXECUTION_ERROR", "Workload failed, see run output for details"),
    "lost": ("INTERNAL_ERROR", "FAILED", "DRIVER_ERROR", "The worker vanished."),
    "config": ("INTERNAL_ERROR", "FAILED", "INVALID_RUN_CONFIGURATION", "No such value."),
}
"""What can be reported of an attempt: state, result, code and message."""

_BORN = "BLOCKED PENDING WAITING_FOR_RETRY SKIPPED"
_LEGAL = {("task", "", after) for after in _BORN.split()}
_LEGAL |= {("task", before, after) for before, edges in ATTEMPT_EDGES.items() for after in edges.split()}
_LEGAL |= {("run", before, after) for before, edges in RUN_EDGES.items() for after in edges.split()}


def plan_of(rules: Mapping[str, Rule]) -> dict[str, TaskPlan]:
    """The same rules in the words of the real thing."""
    return {key: _plan(rule) for key, rule in rules.items()}


def _plan(rule: Rule) -> TaskPlan:
    return TaskPlan(
        key=rule.key,
        depends_on=tuple(Dependency(need, outcome or None) for need, outcome in rule.needs),
        run_if=RunIf(rule.run_if),
        max_retries=rule.retries,
        min_retry_interval_ms=rule.interval,
        retry_on_timeout=rule.on_timeout,
        timeout_ms=60_000,
        disabled=rule.disabled,
        kind=Kind(rule.kind),
        concurrency=rule.width,
        nested=_plan(rule.inner) if rule.inner else None,
    )


class Pair:
    """One run and its model. Each method is one fact."""

    def __init__(self, rules: Mapping[str, Rule], *, only: AbstractSet[str] | None = None, limit: int = 0) -> None:
        self.oracle = Oracle(rules, only, limit)
        self.player = Player(*plan_of(rules).values(), timeout_ms=limit, selection=only)
        self.states: dict[int | None, str] = {None: "PENDING"}
        self.thorough = False
        """Also derive every index anew after each fact."""

    @property
    def now(self) -> int:
        return self.player.now_ms

    @property
    def run(self) -> Run:
        return self.player.run

    # ----------------------------------------------------------------------------------------------- facts

    def create(self) -> None:
        self.oracle.created(self.now)
        self._play(RunCreated())

    def worker_began(self, attempt: Attempt) -> None:
        self.oracle.worker_began(self._try(attempt), self.now)
        self._play(AttemptStarted(attempt.attempt_id))

    def loop_began(self, attempt: Attempt, total: int, *, same: bool) -> None:
        self.oracle.loop_began(self._try(attempt), total, same, self.now)
        self._play(LoopBegan(attempt.attempt_id, total, same))

    def reported(self, attempt: Attempt, word: str) -> None:
        state, result, code, message = WORDS[word]
        outcome = word if word in {"true", "false"} else ""
        self.oracle.reported(self._try(attempt), WORDS[word], outcome, self.now)
        ending = Ending(
            life_cycle=LifeCycle(state), result=Result(result), code=Code(code), message=message, outcome=outcome
        )
        self._play(AttemptEnded(attempt.attempt_id, ending))

    def retry_due(self, attempt: Attempt) -> None:
        self.oracle.retry_due(self._try(attempt), self.now)
        self._play(RetryDue(attempt.attempt_id))

    def time_up(self, attempt: Attempt) -> None:
        self.oracle.time_up(self._try(attempt), self.now)
        self._play(TimeoutDue(attempt.attempt_id))

    def cancel(self, attempt: Attempt) -> None:
        self.oracle.cancel(self._try(attempt), self.now)
        self._play(CancelRequested(attempt.attempt_id))

    def cancel_run(self) -> None:
        self.oracle.cancel_run(self.now)
        self._play(CancelRequested())

    def run_time_up(self) -> None:
        self.oracle.run_time_up(self.now)
        self._play(TimeoutDue(None))

    def repair(self, chosen: AbstractSet[str], rules: Mapping[str, Rule]) -> None:
        self.oracle.repair(chosen, rules, self.now)
        event = RepairRequested(
            repair_id=900 + len(self.run.repairs),
            task_keys=frozenset(chosen),
            plan=plan_of(rules),
            timeout_ms=self.oracle.limit,
        )
        self._play(event)

    # -------------------------------------------------------------------------------------------- comparing

    def _try(self, attempt: Attempt) -> Try:
        return self.oracle.tries[attempt.task_key, attempt.iteration][attempt.number]

    def _play(self, event: Event) -> None:
        decision = self.player.play(event)
        self._follow(decision)
        self._compare()
        if self.thorough:
            assert standing.of(self.run) == standing.derive(self.run)
            assert {one.attempt_id for one in self.run.attempts} == set(self.states) - {None}

    def _compare(self) -> None:
        model = self.oracle
        real = {
            (one.task_key, one.iteration, one.number): (one.life_cycle.value, one.repair, _ending(one.ending))
            for one in self.run.attempts
        }
        assert real == {
            (one.rule.key, one.index, one.number): (
                one.state,
                one.repair,
                (one.result, one.code, one.message) if one.over else None,
            )
            for one in model.every()
        }
        end = (model.result, model.code, model.message) if model.result else None
        assert (self.run.life_cycle.value, _ending(self.run.ending)) == (model.state, end)

    def _follow(self, decision: Decision) -> None:
        """Every change follows from the one before it and is in the tables; every effect belongs to a change."""
        released, stopped = [], []
        for change in decision.transitions:
            assert self.states.get(change.attempt_id, "") == change.before
            assert ("run" if change.attempt_id is None else "task", change.before, change.after) in _LEGAL
            self.states[change.attempt_id] = change.after
            if change.after == "PENDING":
                released.append(change.attempt_id)
            elif change.after == "TERMINATING" and change.attempt_id is not None:
                stopped.append(change.attempt_id)
        effects = decision.effects
        assert [each.attempt_id for each in effects if isinstance(each, StartAttempt)] == released
        asked = [each.attempt_id for each in effects if isinstance(each, StopAttempt)]
        assert len(asked) == len(set(asked))
        assert set(asked) >= {one for one in stopped if self._has_worker(one)}
        assert all(self._has_worker(one) for one in asked)
        timers = {each.attempt_id for each in effects if isinstance(each, WakeAt) and each.wake is Wake.RETRY}
        assert timers == {
            change.attempt_id
            for change in decision.transitions
            if change.before == "" and self.states[change.attempt_id] == "WAITING_FOR_RETRY"
        }
        changed = {change.attempt_id for change in decision.transitions} - {None}
        assert (
            changed
            <= set(decision.changed_attempts)
            <= changed | set(asked) | {one.attempt_id for one in decision.run.attempts if one.stop_reason == "cancel"}
        )

    def _has_worker(self, attempt_id: int | None) -> bool:
        attempt = self.run.attempt(attempt_id or 0)
        return attempt is not None and attempt.total < 0


def _ending(ending: Ending | None) -> tuple[str, str, str] | None:
    return (ending.result.value, ending.code.value, ending.message) if ending else None


def compare_stats(pair: Pair) -> None:
    """The counts of every attempt of a loop are those that one gets by counting the model's tries."""
    for key, rule in pair.oracle.rules.items():
        for one in pair.oracle.tries.get((key, -1), []):
            if one.rule.kind != "loop" or rule.kind != "loop":
                continue
            attempt = next(a for a in pair.run.attempts if a.task_key == key and a.number == one.number)
            known = loops.stats(pair.run, attempt)
            stands = [pair.oracle.stands(one, index) for index in range(max(one.total, 0))]
            own = pair.oracle.own(one).values()
            failed = [other for other in own if other.over and other.result != "SUCCESS"]
            assert known.total == len(stands)
            assert known.succeeded == stands.count("SUCCESS")
            assert known.failed == len(failed)
            assert known.active == sum(not other.over for other in own)
            assert known.completed == known.succeeded + known.failed
            assert sum(count for count, _, _ in known.messages) <= known.failed
            shown = loops.iterations(pair.run, attempt)
            assert [each.iteration for each in shown] == sorted(each.iteration for each in shown)
            assert {each.iteration for each in shown} == {
                index for index in range(len(stands)) if index in pair.oracle.own(one) or stands[index]
            }
