"""The end of a run, from the ends of its tasks. Only the last attempt of each task counts.

Source: docs of Databricks "Configure task dependencies" (a run's result is that of its leaf tasks) and recorded runs.
"""

from __future__ import annotations

from brickyard.runs import endings
from brickyard.runs.model import Attempt, Ending, Run, downstream
from brickyard.runs.run_if import Class, class_of
from brickyard.runs.states import Code, LifeCycle, Result

TIMED_OUT = "The run was stopped: its timeout was reached."
_DOWNSTREAM_SKIPPED = " This caused all downstream tasks to get skipped."
_EXECUTED = frozenset({Result.SUCCESS, Result.FAILED, Result.TIMEDOUT, Result.CANCELED})


def ending_of(run: Run) -> Ending:
    """How a run ends whose tasks have all ended."""
    if run.timed_out:
        return endings.timed_out(TIMED_OUT)
    if run.cancel_requested:
        return endings.cancelled()
    leaves = {class_of(_result(run, key)) for key in run.plan if _is_leaf(run, key)}
    if Class.FAILED in leaves:
        return _with_failed_leaf(run)
    if Class.CANCELLED in leaves:
        return endings.cancelled()
    failures = sum(_ended_badly(_result(run, key)) for key in run.plan)
    if failures:
        return _with_failures_inside(failures)
    if all(class_of(_result(run, key)) is Class.EXCLUDED for key in run.plan):
        return Ending(
            life_cycle=LifeCycle.TERMINATED, result=Result.SUCCESS, code=Code.SKIPPED, message="No task had to run."
        )
    return endings.succeeded()


def _result(run: Run, key: str) -> Result:
    ending = run.latest[key].ending
    assert ending is not None, f"task {key} has not ended"  # noqa: S101 - the caller looked
    return ending.result


def _is_leaf(run: Run, key: str) -> bool:
    """Whether nothing that took part depends on this task: one that is switched off hides no failure before it."""
    return all(_result(run, dependent) is Result.DISABLED for dependent in run.dependents[key])


def _ended_badly(result: Result) -> bool:
    """Recorded runs count a task that was skipped because of a failure as failed, too."""
    return class_of(result) in {Class.FAILED, Class.CANCELLED}


def _with_failed_leaf(run: Run) -> Ending:
    failed = [run.latest[key] for key in run.plan if _result(run, key) in {Result.FAILED, Result.TIMEDOUT}]
    if not failed:
        # The failed ones are no longer part of the plan (a repair under changed settings): name what is left.
        failed = [run.latest[key] for key in run.plan if _result(run, key) is Result.UPSTREAM_FAILED]
    first = min(failed, key=lambda attempt: attempt.ended_ms)
    return endings.broken(Code.RUN_EXECUTION_ERROR, _text(run, first))


def _text(run: Run, failed: Attempt) -> str:
    message = failed.ending.message if failed.ending else ""
    sentence = f"Task {failed.task_key} failed with message: {message.removesuffix('.')}."
    behind = {_result(run, key) for key in downstream(run.dependents, (failed.task_key,))}
    # Recorded runs in which something behind the failure ran (a clean-up, say) do not have the second sentence.
    all_skipped = Result.UPSTREAM_FAILED in behind and not behind & _EXECUTED
    return sentence + (_DOWNSTREAM_SKIPPED if all_skipped else "")


def _with_failures_inside(failures: int) -> Ending:
    return Ending(
        life_cycle=LifeCycle.TERMINATED,
        result=Result.SUCCESS_WITH_FAILURES,
        code=Code.SUCCESS_WITH_FAILURES,
        message=f"The job run succeeded with {failures} failed task{'' if failures == 1 else 's'}",
    )
