"""Why an attempt was asked to stop, and what its end counts as then."""

from __future__ import annotations

from brickyard.runs import endings
from brickyard.runs.model import Attempt, Ending
from brickyard.runs.states import Result

CANCEL = "cancel"
TIMEOUT = "timeout"
RUN_TIMEOUT = "run_timeout"
LOOP_TIMEOUT = "loop_timeout"
"""Of an iteration: the time of its loop was used up."""

_TIMED_OUT = {
    TIMEOUT: "The task was stopped: its timeout was reached.",
    RUN_TIMEOUT: "The task was stopped: the timeout of its run was reached.",
    LOOP_TIMEOUT: "The task was stopped: the timeout of its For each task was reached.",
}


def ending_of(reason: str) -> Ending:
    """The end of an attempt that was stopped for this reason."""
    return endings.timed_out(_TIMED_OUT[reason]) if reason in _TIMED_OUT else endings.cancelled()


def ending_after_stop(attempt: Attempt, reported: Ending) -> Ending:
    """What an attempt's end counts as: work that was done in spite of a stop stays done."""
    if reported.result is Result.SUCCESS or not attempt.stop_reason:
        return reported
    return ending_of(attempt.stop_reason)
