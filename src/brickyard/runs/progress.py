"""What follows from a change inside a run: tasks become free or are skipped, and at last the run itself ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from brickyard.jobs.tasks import Dependency
from brickyard.runs import endings, looping, rollup
from brickyard.runs import transitions as moves
from brickyard.runs.draft import Draft
from brickyard.runs.effects import Announce, EndClusters, StartAttempt
from brickyard.runs.model import Attempt, Ending, TaskPlan
from brickyard.runs.run_if import Class, class_of, evaluate


def attempt_over(draft: Draft, ended: Attempt) -> None:
    """No other attempt follows this one: look at what waited for it."""
    over: Attempt | None = ended
    if ended.iteration >= 0:
        over = looping.iteration_over(draft, ended)
    if over is not None:
        _settle(draft, [over.task_key])


def settle_all(draft: Draft) -> None:
    """Look at every task that waits, once the attempts of a run or a repair are made."""
    free = [key for key, left in draft.count_waiting().items() if not left]
    _settle(draft, [key for key in free if _decide(draft, key)])


def _settle(draft: Draft, over: Iterable[str]) -> None:
    """These tasks are over: look at their dependents, and at the dependents of each that ends by it."""
    waiting = deque(over)
    while waiting:
        for key in draft.run.dependents.get(waiting.popleft(), ()):
            if draft.one_less(key) == 0 and _decide(draft, key):
                waiting.append(key)


def _decide(draft: Draft, task_key: str) -> bool:
    """Start a task that waits for nothing any more, or skip it; whether those behind it need not wait for it."""
    attempt = draft.latest(task_key)
    assert attempt is not None, f"{task_key} waits and has no attempt"  # noqa: S101 - only attempts wait
    if attempt.is_terminal:
        draft.pass_on(task_key)
        return True
    task = draft.run.plan[task_key]
    ending = evaluate(task.run_if, dependency_classes(draft, task))
    if ending is not None:
        draft.end(attempt, ending)
        return True
    draft.move(attempt, moves.ATTEMPT_RELEASE)
    draft.effect(StartAttempt(attempt.attempt_id))
    return False


def dependency_classes(draft: Draft, task: TaskPlan) -> list[Class]:
    """What the task's dependencies, which are all over, count as.

    A dependency that was not selected for this run is no dependency in it: the task was asked for without it.
    """
    ends = [(edge, attempt.ending) for edge in task.depends_on if (attempt := draft.latest(edge.task_key))]
    return [_class(edge, ending) for edge, ending in ends if ending is not None and not endings.is_unselected(ending)]


def _class(edge: Dependency, ending: Ending) -> Class:
    found = class_of(ending.result)
    if edge.outcome is not None and found is Class.SUCCEEDED and ending.outcome != edge.outcome:
        return Class.EXCLUDED
    return found


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
