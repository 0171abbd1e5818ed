"""How a loop goes on: it begins with the count of its inputs, starts iterations as there is room, and ends with them.

The attempt of a loop has no worker: from its begin to its end it is what its iterations make of it.
"""

from __future__ import annotations

from dataclasses import replace

from brickyard.runs import endings, loops, reasons, standing
from brickyard.runs import transitions as moves
from brickyard.runs.draft import Draft
from brickyard.runs.effects import Announce, StartAttempt, Wake, WakeAt
from brickyard.runs.events import LoopBegan
from brickyard.runs.model import Attempt, Kind, Round
from brickyard.runs.states import LifeCycle


def begin(draft: Draft, event: LoopBegan) -> Attempt | None:
    """Start the first iterations. The loop's attempt where it is over by that: nothing had to be repeated."""
    loop = draft.attempt(event.attempt_id)
    if loop is None or loop.life_cycle is not LifeCycle.PENDING or draft.rules(loop).kind is not Kind.LOOP:
        return None
    earlier = loops.before(draft.run, loop) if event.same_inputs else None
    continues = earlier.attempt_id if earlier else 0
    loop = draft.move(loop, moves.ATTEMPT_BEGIN, started_ms=draft.now_ms, total=event.total, continues=continues)
    timeout_ms = draft.rules(loop).timeout_ms
    if timeout_ms:
        draft.effect(WakeAt(draft.now_ms + timeout_ms, Wake.ATTEMPT_TIMEOUT, loop.attempt_id))
    draft.effect(Announce("task.started", loop.attempt_id))
    kept = loops.kept(draft.run, loop)
    return _go_on(draft, loop, Round(kept=kept, next=standing.after_kept(kept, 0), good=len(kept)))


def iteration_over(draft: Draft, iteration: Attempt) -> Attempt | None:
    """One iteration is over for good: start the next. The loop's attempt where that was the last."""
    loop = draft.attempt(iteration.loop_id)
    if loop is None or not has_begun(loop) or loop.is_terminal:
        return None
    known = draft.round(loop)
    return _go_on(draft, loop, replace(known, active=known.active - 1, good=known.good + loops.is_good(iteration)))


def has_begun(loop: Attempt) -> bool:
    """Whether this is the attempt of a loop whose iterations have taken over: no one else ends it."""
    return loop.total >= 0


def _go_on(draft: Draft, loop: Attempt, known: Round) -> Attempt | None:
    rules = draft.rules(loop)
    nested = rules.nested
    assert nested is not None, "a loop has a nested task"  # noqa: S101 - jobs.tasks has no other
    while loop.life_cycle is LifeCycle.RUNNING and known.active < rules.concurrency and known.next < loop.total:
        made = draft.create(nested.key, moves.ATTEMPT_RELEASE, iteration=known.next, loop_id=loop.attempt_id)
        draft.effect(StartAttempt(made.attempt_id))
        known = replace(known, active=known.active + 1, next=standing.after_kept(known.kept, known.next + 1))
    if known.active:
        draft.set_round(loop, known)
        return None
    draft.set_round(loop, None)
    natural = endings.succeeded() if known.good == loop.total else endings.failed(endings.ITERATIONS_FAILED)
    return draft.end(loop, reasons.ending_after_stop(loop, natural))
