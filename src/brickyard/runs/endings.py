"""One constructor for every way in which an attempt or a run can end, with the texts of the service.

Source of states, codes and texts: payloads of recorded runs (see docs), jobs API 2.2 `TerminationCodeCode`.
"""

from __future__ import annotations

from brickyard.runs.model import Ending
from brickyard.runs.states import Code, LifeCycle, Result

WORKLOAD_FAILED = "Workload failed, see run output for details"
CANCELLED = "Run cancelled by user"
NOT_SELECTED = "This task was not selected in the partial run."
DOWNSTREAM_OF_DISABLED = "This task was disabled because it is downstream of a disabled task"
ALL_DISABLED = "Skipped because every task is disabled. Re-enable at least one task to be able to run the job."
ITERATIONS_FAILED = "An error occurred during execution of task For each: Some iterations failed"


def succeeded() -> Ending:
    """The work was done."""
    return Ending(life_cycle=LifeCycle.TERMINATED, result=Result.SUCCESS, code=Code.SUCCESS)


def failed(message: str = WORKLOAD_FAILED) -> Ending:
    """The user's code failed."""
    return Ending(life_cycle=LifeCycle.TERMINATED, result=Result.FAILED, code=Code.RUN_EXECUTION_ERROR, message=message)


def broken(code: Code, message: str) -> Ending:
    """It could not be done for a reason outside of the user's code: configuration, cluster, a lost worker."""
    return Ending(life_cycle=LifeCycle.INTERNAL_ERROR, result=Result.FAILED, code=code, message=message)


def cancelled(message: str = CANCELLED) -> Ending:
    """Somebody cancelled it."""
    return Ending(
        life_cycle=LifeCycle.TERMINATED,
        result=Result.CANCELED,
        code=Code.USER_CANCELED,
        message=message,
        cancelled_or_timed_out=True,
    )


def timed_out(message: str) -> Ending:
    """Its time was used up. The service's code for that is CANCELED: the platform cancelled it."""
    return Ending(
        life_cycle=LifeCycle.TERMINATED,
        result=Result.TIMEDOUT,
        code=Code.CANCELED,
        message=message,
        cancelled_or_timed_out=True,
    )


def excluded() -> Ending:
    """The task's `run_if` was not met, without any failure."""
    return _skipped(Result.EXCLUDED, "The run_if condition of this task was not met.")


def upstream_failed() -> Ending:
    """A task that it needs failed."""
    return _skipped(Result.UPSTREAM_FAILED, "An upstream task failed.")


def upstream_cancelled() -> Ending:
    """A task that it needs was cancelled."""
    return _skipped(Result.UPSTREAM_CANCELED, "An upstream task was canceled.")


def disabled(message: str = "This task is disabled.") -> Ending:
    """The task is switched off, or was not selected."""
    return Ending(life_cycle=LifeCycle.SKIPPED, result=Result.DISABLED, code=Code.DISABLED, message=message)


def is_unselected(ending: Ending) -> bool:
    """Whether a task took no part in the run because nobody asked for it."""
    return ending.result is Result.DISABLED and ending.message == NOT_SELECTED


def all_disabled() -> Ending:
    """For a run: every task that was asked for is switched off."""
    return Ending(life_cycle=LifeCycle.SKIPPED, result=Result.DISABLED, code=Code.SKIPPED, message=ALL_DISABLED)


def limit_reached(message: str) -> Ending:
    """For a run: the limit of concurrent runs of its job is reached."""
    return Ending(
        life_cycle=LifeCycle.SKIPPED,
        result=Result.MAXIMUM_CONCURRENT_RUNS_REACHED,
        code=Code.MAX_CONCURRENT_RUNS_EXCEEDED,
        message=message,
    )


def _skipped(result: Result, message: str) -> Ending:
    return Ending(life_cycle=LifeCycle.SKIPPED, result=result, code=Code.SKIPPED, message=message)
