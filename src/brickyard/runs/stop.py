"""How work is stopped: cancel and timeouts. A stop is asked for; it is over only when the worker's end is reported."""

from __future__ import annotations

from collections.abc import Iterable

from brickyard.runs import endings, looping
from brickyard.runs import transitions as moves
from brickyard.runs.draft import Draft
from brickyard.runs.effects import StopAttempt, Wake, WakeAt
from brickyard.runs.model import Attempt, Run
from brickyard.runs.progress import attempt_over, end_if_over
from brickyard.runs.reasons import CANCEL, LOOP_TIMEOUT, RUN_TIMEOUT, TIMEOUT, ending_of
from brickyard.runs.states import LifeCycle

_STOPPABLE = frozenset({LifeCycle.PENDING, LifeCycle.RUNNING})


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
    end_if_over(draft)


def time_is_up(draft: Draft, attempt_id: int | None) -> None:
    """Stop the attempt, or the whole run, whose time is used up."""
    if attempt_id is None:
        _run_time_is_up(draft)
        return
    attempt = draft.attempt(attempt_id)
    if attempt is not None and attempt.life_cycle is LifeCycle.RUNNING:
        _stop(draft, attempt, TIMEOUT)
        end_if_over(draft)  # a loop ends at once where all its iterations wait for a retry


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
    active = draft.active()
    # First all that wait, so that the end of another lets none of them begin.
    for attempt in active:
        if attempt.life_cycle is LifeCycle.BLOCKED:
            draft.end(attempt, endings.upstream_cancelled())
    draft.count_waiting()
    _stop_each(draft, active, reason)
    end_if_over(draft)


def _stop_each(draft: Draft, attempts: Iterable[Attempt], reason: str) -> None:
    for known in attempts:
        attempt = draft.attempt(known.attempt_id)
        if attempt is not None and not attempt.is_terminal:
            _stop(draft, attempt, reason)


def _stop(draft: Draft, attempt: Attempt, reason: str) -> None:
    if attempt.life_cycle in _STOPPABLE:
        _end_work(draft, draft.move(attempt, moves.ATTEMPT_STOP, reason, stop_reason=reason), reason)
    elif attempt.life_cycle is LifeCycle.TERMINATING:
        if reason == CANCEL and attempt.stop_reason != CANCEL:
            # A cancel is the stronger wish: a timeout might be followed by a retry.
            draft.note(attempt, stop_reason=CANCEL)
            _end_work(draft, attempt, CANCEL)
    else:
        # It had no worker: nobody will report its end.
        attempt_over(draft, draft.end(attempt, ending_of(reason)))


def _end_work(draft: Draft, attempt: Attempt, reason: str) -> None:
    """Ask who does the work to stop: its worker or, of a loop, its iterations."""
    if not looping.has_begun(attempt):
        draft.effect(StopAttempt(attempt.attempt_id, reason))
        return
    iterations = [known for known in draft.active() if known.loop_id == attempt.attempt_id]
    _stop_each(draft, iterations, LOOP_TIMEOUT if reason == TIMEOUT else reason)
