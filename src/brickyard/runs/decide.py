"""What happens next: the heart. `decide(run, event, now_ms, ids)` is pure; every rule of states lives in this room."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from brickyard.errors import InvalidState
from brickyard.runs import begin, looping, reasons, retry, stop
from brickyard.runs import transitions as moves
from brickyard.runs.decision import Decision, Transition
from brickyard.runs.draft import Draft
from brickyard.runs.effects import Announce, StartAttempt, Wake, WakeAt
from brickyard.runs.events import (
    AttemptEnded,
    AttemptStarted,
    CancelRequested,
    Event,
    LoopBegan,
    RepairRequested,
    RetryDue,
    RunCreated,
    RunQueued,
    Skip,
    TimeoutDue,
)
from brickyard.runs.model import Attempt, Ending, Kind, Run
from brickyard.runs.progress import attempt_over, end_if_over
from brickyard.runs.states import LifeCycle

__all__ = ["Decision", "Transition", "decide"]


def decide(run: Run, event: Event, now_ms: int, new_id: Callable[[], int]) -> Decision:
    """Apply one event to a run. The result has everything that follows.

    An event that comes too late (for an attempt that is over, say) changes nothing. An event costs what it touches:
    its task, the tasks that depend on it and the loop that it belongs to.

    Raises:
        InvalidState: a repair of a run that is not over.
        IllegalMove: the event asks for a change that the tables of `transitions` do not have.
    """
    draft = Draft(run, now_ms, new_id)
    match event:
        case RunQueued() | RunCreated() | Skip():
            _enter(draft, event)
        case AttemptStarted():
            _started(draft, draft.attempt(event.attempt_id))
        case LoopBegan():
            _loop_began(draft, event)
        case AttemptEnded():
            _ended(draft, draft.attempt(event.attempt_id), event.ending)
        case RetryDue():
            _retry_due(draft, draft.attempt(event.attempt_id))
        case TimeoutDue():
            stop.time_is_up(draft, event.attempt_id)
        case CancelRequested():
            stop.cancel(draft, event.attempt_id)
        case RepairRequested():
            if not run.life_cycle.is_terminal:
                raise InvalidState(f"Run {run.run_id} is still active; only a run that is over can be repaired.")
            begin.repair(draft, event)
        case _:
            assert_never(event)
    return draft.decision()


def _enter(draft: Draft, event: RunQueued | RunCreated | Skip) -> None:
    if draft.run.life_cycle not in {LifeCycle.PENDING, LifeCycle.QUEUED}:
        return
    match event:
        case RunQueued():
            begin.queue(draft, event.message)
        case RunCreated():
            begin.start(draft)
        case Skip():
            begin.skip(draft, event.message)


def _started(draft: Draft, attempt: Attempt | None) -> None:
    if attempt is None or attempt.life_cycle is not LifeCycle.PENDING:
        return
    rules = draft.rules(attempt)
    if rules.kind is Kind.LOOP:
        return  # it begins once its inputs are known
    draft.move(attempt, moves.ATTEMPT_BEGIN, started_ms=draft.now_ms)
    if rules.timeout_ms:
        draft.effect(WakeAt(draft.now_ms + rules.timeout_ms, Wake.ATTEMPT_TIMEOUT, attempt.attempt_id))
    draft.effect(Announce("task.started", attempt.attempt_id))


def _loop_began(draft: Draft, event: LoopBegan) -> None:
    ended = looping.begin(draft, event)
    if ended is not None:
        attempt_over(draft, ended)
        end_if_over(draft)


def _ended(draft: Draft, attempt: Attempt | None, reported: Ending) -> None:
    if attempt is None or attempt.is_terminal or looping.has_begun(attempt):
        return
    ended = draft.end(attempt, reasons.ending_after_stop(attempt, reported))
    if not _retry(draft, ended):
        attempt_over(draft, ended)
    end_if_over(draft)


def _retry(draft: Draft, failed: Attempt) -> bool:
    """Make the next attempt where the rules give one; whether they do."""
    rules = draft.rules(failed)
    if failed.ending is None or failed.stop_reason == reasons.CANCEL or not _goes_on(draft, failed):
        return False
    if not retry.allowed(rules, failed.ending, draft.count(failed)):
        return False
    due_ms = retry.due_ms(rules, failed, draft.now_ms)
    following = draft.again(failed, due_ms)
    draft.effect(Announce("task.retrying", following.attempt_id))
    if due_ms > draft.now_ms:
        draft.effect(WakeAt(due_ms, Wake.RETRY, following.attempt_id))
    else:
        _retry_due(draft, following)
    return True


def _goes_on(draft: Draft, failed: Attempt) -> bool:
    """Whether the run, and the loop of an iteration, still lets work begin."""
    loop = draft.attempt(failed.loop_id) if failed.iteration >= 0 else None
    states = {draft.run.life_cycle} if loop is None else {draft.run.life_cycle, loop.life_cycle}
    return states == {LifeCycle.RUNNING}


def _retry_due(draft: Draft, attempt: Attempt | None) -> None:
    if attempt is None or attempt.life_cycle is not LifeCycle.WAITING_FOR_RETRY:
        return
    draft.move(attempt, moves.ATTEMPT_RELEASE)
    draft.effect(StartAttempt(attempt.attempt_id))
