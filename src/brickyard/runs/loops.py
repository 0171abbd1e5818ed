"""Loops, looked at: which iterations one has, how they stand, and what a repair keeps of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from brickyard.runs.model import Attempt, Run
from brickyard.runs.run_if import Class, class_of
from brickyard.runs.states import Code

MOST_MESSAGES = 3
"""Jobs API 2.2, `error_message_stats`."""


@dataclass(frozen=True, slots=True)
class LoopStats:
    """How the iterations of one attempt of a loop stand; of each only the newest attempt counts."""

    total: int
    """How many inputs there are; 0 where the loop has not begun."""
    scheduled: int
    """Iterations that were started so far, or kept from before a repair."""
    active: int
    completed: int
    succeeded: int
    failed: int
    messages: tuple[tuple[int, str, Code], ...]
    """The most frequent messages of failed iterations: how often, the text, the code. At most three."""


def stats(run: Run, loop: Attempt) -> LoopStats:
    """How the iterations of this attempt of a loop stand, those that it kept included."""
    counted = newest(run, loop) | _kept(run, loop)
    ended = [attempt.ending for attempt in counted.values() if attempt.ending is not None]
    bad = [ending for ending in ended if class_of(ending.result) is not Class.SUCCEEDED]
    return LoopStats(
        total=max(loop.total, 0),
        scheduled=len(counted),
        active=len(counted) - len(ended),
        completed=len(ended),
        succeeded=len(ended) - len(bad),
        failed=len(bad),
        messages=tuple(
            (count, message, code)
            for (message, code), count in Counter((ending.message, ending.code) for ending in bad).most_common(
                MOST_MESSAGES
            )
        ),
    )


def iterations(run: Run, loop: Attempt) -> Sequence[Attempt]:
    """The attempts of every iteration of this attempt of a loop, in the order of the inputs.

    Attempts of one iteration follow each other. Of an iteration that was kept they are those of the loop's
    attempt that ran it.
    """
    sources = {attempt.iteration: attempt.loop_id for attempt in _kept(run, loop).values()}
    found: dict[int, list[Attempt]] = {}
    for attempt in run.attempts:
        if attempt.iteration >= 0 and attempt.loop_id == sources.get(attempt.iteration, loop.attempt_id):
            found.setdefault(attempt.iteration, []).append(attempt)
    return [attempt for index in sorted(found) for attempt in found[index]]


def before(run: Run, loop: Attempt) -> Attempt | None:
    """The attempt whose inputs `LoopBegan.same_inputs` speaks of: the loop's newest one before this that had begun."""
    for attempt in reversed(run.attempts):
        if attempt.task_key == loop.task_key and attempt.number < loop.number and attempt.total >= 0:
            return attempt
    return None


def newest(run: Run, loop: Attempt) -> dict[int, Attempt]:
    """By index: the newest attempt of each iteration that this attempt of a loop started itself."""
    loop_id = loop.attempt_id
    return {attempt.iteration: attempt for attempt in run.attempts if attempt.loop_id == loop_id}


def kept(run: Run, loop: Attempt) -> frozenset[int]:
    """The iterations that this attempt of a loop does not repeat, because they are good already."""
    return frozenset(_kept(run, loop))


def is_good(attempt: Attempt) -> bool:
    """Whether an iteration is over and did what it should."""
    return attempt.ending is not None and class_of(attempt.ending.result) is Class.SUCCEEDED


def _kept(run: Run, loop: Attempt) -> dict[int, Attempt]:
    """By index: the good attempt of each iteration that is kept; of a chain of repairs the newest word counts."""
    counted: dict[int, Attempt] = {}
    earlier = run.attempt(loop.continues) if loop.continues else None
    while earlier is not None:
        counted = newest(run, earlier) | counted
        earlier = run.attempt(earlier.continues) if earlier.continues else None
    return {index: attempt for index, attempt in counted.items() if is_good(attempt) and index < loop.total}
