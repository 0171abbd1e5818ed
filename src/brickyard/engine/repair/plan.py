"""Which tasks a repair runs again, which it keeps, and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from brickyard.engine.repair import reasons
from brickyard.engine.repair.choice import Choice
from brickyard.engine.repair.outlook import Action, PlannedIterations, PlannedTask
from brickyard.runs import loops
from brickyard.runs.model import Attempt, Kind, Run


def tasks_of(choice: Choice, named: frozenset[str], errors: Mapping[int, str]) -> tuple[PlannedTask, ...]:
    """Every task of the job in its order, then those of the run that the job has no more.

    Args:
        choice: the repair.
        named: the tasks that it asks for by name.
        errors: by attempt id what user code failed with, as far as it is known.
    """
    run = choice.run
    planned = [_task(choice, key, named, errors) for key in choice.plan]
    gone = [
        PlannedTask(
            task_key=key, action=Action.GONE, reason=reasons.GONE, result=_result(last), task_run_id=last.attempt_id
        )
        for key, last in run.latest.items()
        if key not in choice.plan
    ]
    return (*planned, *gone)


def _task(choice: Choice, key: str, named: frozenset[str], errors: Mapping[int, str]) -> PlannedTask:
    last = choice.run.latest.get(key)
    again = key in choice.keys
    reason = reasons.again(choice, key, named, errors) if again else reasons.kept(choice, key, errors)
    return PlannedTask(
        task_key=key,
        action=Action.RUN if again else Action.KEEP,
        reason=reason,
        result=_result(last) if last else "",
        task_run_id=last.attempt_id if last else 0,
        iterations=_iterations(choice.run, last) if again and last and choice.plan[key].kind is Kind.LOOP else None,
    )


def _result(attempt: Attempt) -> str:
    return attempt.ending.result.value if attempt.ending else attempt.life_cycle.value


def _iterations(run: Run, last: Attempt) -> PlannedIterations | None:
    """Those of the newest attempt of a loop that had begun: a later one, skipped or failed early, says nothing."""
    begun = last if last.total >= 0 else loops.before(run, last)
    if begun is None:
        return None
    good = {attempt.iteration for attempt in loops.newest(run, begun).values() if loops.is_good(attempt)}
    good |= loops.kept(run, begun)
    again = tuple(index for index in range(begun.total) if index not in good)
    return PlannedIterations(begun.total, again, tuple(sorted(good)))
