"""When a task runs, seen from the ends of the tasks that it depends on.

Source: docs of Databricks "Configure task dependencies" (`run_if`); where they leave a case open, a dependency that
was excluded is treated as successful, and a task whose dependencies are all excluded is excluded itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from brickyard.jobs.tasks import RunIf
from brickyard.runs import endings
from brickyard.runs.model import Ending
from brickyard.runs.states import Result


class Class(Enum):
    """What an ended dependency counts as."""

    SUCCEEDED = "S"
    EXCLUDED = "X"
    FAILED = "F"
    CANCELLED = "C"


_CLASS = {
    Result.SUCCESS: Class.SUCCEEDED,
    Result.SUCCESS_WITH_FAILURES: Class.SUCCEEDED,
    Result.EXCLUDED: Class.EXCLUDED,
    Result.DISABLED: Class.EXCLUDED,
    Result.FAILED: Class.FAILED,
    Result.TIMEDOUT: Class.FAILED,
    Result.UPSTREAM_FAILED: Class.FAILED,
    Result.MAXIMUM_CONCURRENT_RUNS_REACHED: Class.FAILED,
    Result.CANCELED: Class.CANCELLED,
    Result.UPSTREAM_CANCELED: Class.CANCELLED,
}


def class_of(result: Result) -> Class:
    """What a task with this result counts as for the tasks that depend on it."""
    return _CLASS[result]


def evaluate(run_if: RunIf, dependencies: Iterable[Class]) -> Ending | None:
    """None where the task runs, else how it ends without running.

    A task without dependencies runs whatever its `run_if` says.
    """
    seen = tuple(dependencies)
    succeeded, excluded = seen.count(Class.SUCCEEDED), seen.count(Class.EXCLUDED)
    failed, cancelled = seen.count(Class.FAILED), seen.count(Class.CANCELLED)
    if not seen:
        return None
    if excluded == len(seen):
        return endings.excluded()
    bad = failed + cancelled
    match run_if:
        case RunIf.ALL_DONE:
            return None
        case RunIf.AT_LEAST_ONE_FAILED:
            return None if bad else endings.excluded()
        case RunIf.ALL_FAILED:
            return None if bad == len(seen) else endings.excluded()
        case RunIf.AT_LEAST_ONE_SUCCESS:
            runs = succeeded > 0
        case RunIf.ALL_SUCCESS | RunIf.NONE_FAILED:
            # With rule 0 above, "nothing failed" already means that at least one succeeded.
            runs = bad == 0
    if runs:
        return None
    return endings.upstream_failed() if failed else endings.upstream_cancelled()
