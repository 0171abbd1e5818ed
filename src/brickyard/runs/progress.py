"""What follows from a change inside a run: tasks become free or are skipped, and at last the run itself ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from brickyard.runs import rollup
from brickyard.runs import transitions as moves
from brickyard.runs.draft import Draft
from brickyard.runs.effects import Announce, EndClusters, StartAttempt
from brickyard.runs.model import TaskPlan
from brickyard.runs.run_if import Class, class_of, evaluate
from brickyard.runs.states import LifeCycle, Result


def settle(draft: Draft, task_keys: Iterable[str]) -> None:
    """Look at these tasks, and at the dependents of each that ends by it, until nothing changes."""
    waiting = deque(task_keys)
    while waiting:
        key = waiting.popleft()
        attempt = draft.latest.get(key)
        if attempt is None or attempt.life_cycle is not LifeCycle.BLOCKED:
            continue
        task = draft.run.plan[key]
        classes = dependency_classes(draft, task)
        if classes is None:
            continue
        ending = evaluate(task.run_if, classes)
        if ending is None:
            draft.move(attempt, moves.ATTEMPT_RELEASE)
            draft.effect(StartAttempt(attempt.attempt_id))
        else:
            draft.end(attempt, ending)
            waiting.extend(draft.run.dependents[key])


def dependency_classes(draft: Draft, task: TaskPlan) -> list[Class] | None:
    """What the task's dependencies count as, or None while one of them is not over.

    A dependency that was not selected for this run is no dependency in it: the task was asked for without it.
    """
    classes = []
    # Backwards, because the dependency that is declared last mostly ends last.
    for dependency in reversed(task.depends_on):
        ending = draft.latest[dependency.task_key].ending
        if ending is None:
            return None
        unselected = ending.result is Result.DISABLED and not draft.run.plan[dependency.task_key].disabled
        if not unselected:
            classes.append(class_of(ending.result))
    return classes


def end_if_over(draft: Draft) -> None:
    """End the run once every attempt is over."""
    if draft.run.life_cycle.is_terminal or not draft.all_over:
        return
    ending = rollup.ending_of(draft.settled())
    if draft.run.repairs:
        *earlier, last = draft.run.repairs
        draft.change(repairs=(*earlier, replace(last, ended_ms=draft.now_ms, ending=ending)))
    move = moves.RUN_ENDS[ending.life_cycle]
    draft.move_run(move, ending.message, ending=ending, ended_ms=draft.now_ms)
    draft.effect(EndClusters())
    draft.effect(Announce("run.ended"))
