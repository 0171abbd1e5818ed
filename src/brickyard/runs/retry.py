"""Whether a failed attempt is followed by another, and when.

Source: jobs API 2.2, `max_retries`, `min_retry_interval_millis`, `retry_on_timeout`.
"""

from __future__ import annotations

from brickyard.runs.model import Attempt, Ending, TaskPlan
from brickyard.runs.states import Code, Result


def allowed(task: TaskPlan, ending: Ending, attempts_so_far: int) -> bool:
    """Whether one more attempt follows an attempt with this ending.

    Args:
        task: the rules of the task.
        ending: how the last attempt ended.
        attempts_so_far: how many attempts there were since the run (or its last repair) started, with this one.
    """
    if task.max_retries != -1 and attempts_so_far > task.max_retries:
        return False
    if ending.result is Result.TIMEDOUT:
        return task.retry_on_timeout
    # A wrong configuration is as wrong the second time; with endless retries it would spin.
    return ending.result is Result.FAILED and ending.code is not Code.INVALID_RUN_CONFIGURATION


def due_ms(task: TaskPlan, failed: Attempt, now_ms: int) -> int:
    """When the next attempt may start (epoch ms): the interval counts from the start of the failed one."""
    begun = failed.started_ms or failed.ended_ms or now_ms
    return max(now_ms, begun + task.min_retry_interval_ms)
