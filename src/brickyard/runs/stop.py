"""How work is stopped: cancel and timeouts. A stop is asked for; it is over only when the worker's end is reported."""

from __future__ import annotations

from brickyard.runs import endings
from brickyard.runs import transitions as moves
from brickyard.runs.draft import Draft
from brickyard.runs.effects import StopAttempt, Wake, WakeAt
from brickyard.runs.model import Attempt, Ending, Run
from brickyard.runs.progress import end_if_over, settle
from brickyard.runs.states import LifeCycle, Result

CANCEL = "cancel"
TIMEOUT = "timeout"
RUN_TIMEOUT = "run_timeout"

TASK_TIMED_OUT = "The task was stopped: its timeout was reached."
RUN_TIMED_OUT = "The task was stopped: the timeout of its run was reached."

_WITH_WORKER = frozenset({LifeCycle.PENDING, LifeCycle.RUNNING})


def ending_after_stop(attempt: Attempt, reported: Ending) -> Ending:
    """What an attempt's end counts as: work that was done in spite of a stop stays done."""
    if reported.result is Result.SUCCESS or not attempt.stop_reason:
        return reported
    return _ending(attempt.stop_reason)


def _ending(stop_reason: str) -> Ending:
    match stop_reason:
        case "timeout":
            return endings.timed_out(TASK_TIMED_OUT)
        case "run_timeout":
            return endings.timed_out(RUN_TIMED_OUT)
        case _:
            return endings.cancelled()


def cancel(draft: Draft, attempt_id: int | None) -> None:
    """Cancel the run, or one attempt of it. What is over stays as it is."""
    if draft.run.life_cycle.is_terminal:
        return
    if attempt_id is None:
        if not draft.run.cancel_requested:
            draft.change(cancel_requested=True)
            _stop_run(draft, CANCEL)
        return
    attempt = draft.attempt(attempt_id)
    if attempt is None or attempt.is_terminal:
        return
    _stop(draft, attempt, CANCEL)
    settle(draft, draft.run.dependents.get(attempt.task_key, ()))
    end_if_over(draft)


def time_is_up(draft: Draft, attempt_id: int | None) -> None:
    """Stop the attempt, or the whole run, whose time is used up."""
    if attempt_id is None:
        _run_time_is_up(draft)
        return
    attempt = draft.attempt(attempt_id)
    if attempt is not None and attempt.life_cycle is LifeCycle.RUNNING:
        _stop(draft, attempt, TIMEOUT)


def _run_time_is_up(draft: Draft) -> None:
    run = draft.run
    if run.life_cycle is not LifeCycle.RUNNING or not run.timeout_ms:
        return
    deadline_ms = _begun_ms(run) + run.timeout_ms
    if draft.now_ms < deadline_ms:
        # A timer from before a repair, or a clock that was set back: wait on.
        draft.effect(WakeAt(deadline_ms, Wake.RUN_TIMEOUT))
        return
    draft.change(timed_out=True)
    _stop_run(draft, RUN_TIMEOUT)


def _begun_ms(run: Run) -> int:
    return run.repairs[-1].started_ms if run.repairs else run.started_ms


def _stop_run(draft: Draft, reason: str) -> None:
    """Nothing new starts; what runs is stopped; the run ends when the last attempt is over."""
    if draft.run.life_cycle is LifeCycle.RUNNING:
        draft.move_run(moves.RUN_STOP, reason)
    for attempt in draft.active:
        if attempt.life_cycle is LifeCycle.BLOCKED:
            draft.end(attempt, endings.upstream_cancelled())
        else:
            _stop(draft, attempt, reason)
    end_if_over(draft)


def _stop(draft: Draft, attempt: Attempt, reason: str) -> None:
    if attempt.life_cycle in _WITH_WORKER:
        draft.move(attempt, moves.ATTEMPT_STOP, reason, stop_reason=reason)
        draft.effect(StopAttempt(attempt.attempt_id, reason))
    elif attempt.life_cycle is LifeCycle.TERMINATING:
        if reason == CANCEL and attempt.stop_reason != CANCEL:
            # A cancel is the stronger wish: a timeout might be followed by a retry.
            draft.note(attempt, stop_reason=CANCEL)
            draft.effect(StopAttempt(attempt.attempt_id, CANCEL))
    else:
        # It had no worker: nobody will report its end.
        draft.end(attempt, _ending(reason))
