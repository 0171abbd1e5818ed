"""What follows from the attempts of a run, computed once for a run that was loaded; `draft` then carries it on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from brickyard.jobs.graph import reach
from brickyard.runs import endings, loops
from brickyard.runs.model import Attempt, Round, Run, Standing, needs
from brickyard.runs.states import LifeCycle


def of(run: Run) -> Standing:
    """The standing that the run carries, or where it was loaded or changed by hand a new one."""
    carried = run.standing
    return carried if carried is not None and carried.attempts is run.attempts else derive(run)


def derive(run: Run) -> Standing:
    """The standing of a run from its attempts alone."""
    now = len(run.repairs)
    return Standing(
        attempts=run.attempts,
        unfinished=sum(not attempt.is_terminal for attempt in run.attempts),
        waiting=waiting(run, run.latest),
        earlier={attempt.slot: attempt.number for attempt in run.attempts if attempt.repair < now},
        rounds={
            attempt.attempt_id: _round(run, attempt)
            for attempt in run.latest.values()
            if attempt.total >= 0 and not attempt.is_terminal
        },
    )


def waiting(run: Run, latest: Mapping[str, Attempt]) -> dict[str, int]:
    """By key of a task that is BLOCKED, or passes on what it would wait for: how many tasks that are."""
    passing = _passing(run, latest)
    return {
        key: sum(latest[needed].ending is None or needed in passing for needed in needs(run.plan[key]))
        for key, attempt in latest.items()
        if attempt.life_cycle is LifeCycle.BLOCKED or key in passing
    }


def _passing(run: Run, latest: Mapping[str, Attempt]) -> frozenset[str]:
    """The tasks that were not selected and stand behind one that is not over.

    They keep the order of the tasks around them: with `only` a and c of a chain a, b, c, the last waits for the first.
    """
    ahead = [key for key, attempt in latest.items() if attempt.ending is None]
    return reach(ahead, lambda key: [each for each in run.dependents.get(key, ()) if _is_passed(latest[each])])


def _is_passed(attempt: Attempt) -> bool:
    return attempt.ending is not None and endings.is_unselected(attempt.ending)


def waits_for(run: Run, task_key: str) -> list[str]:
    """The tasks that are not over and that a BLOCKED task waits for, also through those that were not selected."""

    def before(key: str) -> Sequence[str]:
        return needs(run.plan[key]) if key == task_key or _is_passed(run.latest[key]) else ()

    ahead = reach((task_key,), before)
    return [key for key in run.plan if key in ahead and run.latest[key].ending is None]


def after_kept(kept: frozenset[int], index: int) -> int:
    """The first index from this one on that is not kept."""
    while index in kept:
        index += 1
    return index


def _round(run: Run, loop: Attempt) -> Round:
    kept = loops.kept(run, loop)
    own = loops.newest(run, loop)
    return Round(
        kept=kept,
        next=after_kept(kept, max(own, default=-1) + 1),
        active=sum(not attempt.is_terminal for attempt in own.values()),
        good=len(kept) + sum(loops.is_good(attempt) for attempt in own.values()),
    )
