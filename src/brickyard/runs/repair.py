"""Which tasks a repair runs again, and whether it is allowed at all.

Source: jobs API 2.2 `runs/repair`; texts from recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from brickyard.errors import InvalidParameterValue, InvalidState
from brickyard.runs.model import Run, TaskPlan, dependents_of, downstream
from brickyard.runs.states import LifeCycle, Result

_UNHARMED = frozenset({Result.SUCCESS, Result.EXCLUDED, Result.DISABLED})


def select(
    run: Run,
    plan: Mapping[str, TaskPlan],
    *,
    rerun_tasks: Sequence[str] = (),
    rerun_all_failed_tasks: bool = False,
    rerun_dependent_tasks: bool = False,
    latest_repair_id: int | None = None,
) -> frozenset[str]:
    """The keys of the tasks that run again.

    Args:
        run: the run to repair.
        plan: the tasks as the job declares them now: a repair runs with current settings.
        rerun_tasks: tasks by name; also ones that succeeded, also disabled ones.
        rerun_all_failed_tasks: every task that did not end well, or was skipped because of another that did not.
        rerun_dependent_tasks: also everything downstream of these.
        latest_repair_id: the id of the last repair; must be given if there was one.

    Raises:
        InvalidState: the run is active, or never began.
        InvalidParameterValue: the selection is empty, contradicts itself, or names what does not exist.
    """
    _check_state(run)
    _check_sequence(run, latest_repair_id)
    if bool(rerun_tasks) == rerun_all_failed_tasks:
        raise InvalidParameterValue("Give exactly one of rerun_tasks and rerun_all_failed_tasks.")
    unknown = [key for key in rerun_tasks if key not in plan]
    if unknown:
        raise InvalidParameterValue(
            f"rerun_tasks names {unknown[0]!r}, which is no task of the job. Its tasks are: {', '.join(plan)}."
        )
    chosen = set(rerun_tasks) if rerun_tasks else {key for key in plan if _needs_repair(run, plan, key)}
    if rerun_dependent_tasks:
        chosen |= {key for key in downstream(dependents_of(plan), chosen) if not plan[key].disabled}
    if not chosen:
        raise InvalidParameterValue(f"Run {run.run_id} has no failed or skipped task: there is nothing to repair.")
    return frozenset(chosen)


def _check_state(run: Run) -> None:
    if not run.life_cycle.is_terminal:
        raise InvalidState(f"Run {run.run_id} is still active; only a run that is over can be repaired.")
    if run.life_cycle is LifeCycle.SKIPPED or not run.attempts:
        raise InvalidState(f"Run {run.run_id} never began: there is nothing to repair. Start a new run of the job.")


def _check_sequence(run: Run, latest_repair_id: int | None) -> None:
    """The order of repairs is guarded: who repairs must have seen the repair before."""
    last = run.repairs[-1].repair_id if run.repairs else None
    if last is not None and latest_repair_id is None:
        raise InvalidParameterValue("The latest repair ID needs to be provided in order to create a new repair")
    if latest_repair_id is not None and latest_repair_id != last:
        raise InvalidParameterValue(
            f"latest_repair_id is {latest_repair_id}, but the latest repair of run {run.run_id} is {last or 'none'}."
        )


def _needs_repair(run: Run, plan: Mapping[str, TaskPlan], key: str) -> bool:
    if plan[key].disabled:
        return False  # forced by name only
    last = run.latest.get(key)
    return last is None or last.ending is None or last.ending.result not in _UNHARMED
