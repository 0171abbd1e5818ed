"""States in the two forms of the wire: `state` (version 1, which every client polls) and `status` (version 2).

The pairs follow runs recorded at the service: `status.state` is TERMINATED wherever the life cycle is terminal, and the
type of a skip or of a user's cancel is SUCCESS, not CLIENT_ERROR.
"""

from __future__ import annotations

from typing import Any

from brickyard.runs.model import Ending
from brickyard.runs.states import Code, LifeCycle

_STATUS = {
    LifeCycle.WAITING_FOR_RETRY: "WAITING",
    LifeCycle.SKIPPED: "TERMINATED",
    LifeCycle.INTERNAL_ERROR: "TERMINATED",
}
_TYPES = {
    Code.SUCCESS: "SUCCESS",
    Code.SUCCESS_WITH_FAILURES: "SUCCESS",
    Code.USER_CANCELED: "SUCCESS",
    Code.SKIPPED: "SUCCESS",
    Code.DISABLED: "SUCCESS",
    Code.INTERNAL_ERROR: "INTERNAL_ERROR",
}


def states(life_cycle: LifeCycle, ending: Ending | None, *, waits_for: str = "") -> dict[str, Any]:
    """`state` and `status` of a run or of an attempt; `waits_for` says why a queued run waits."""
    shown = {"state": _state(life_cycle, ending), "status": _status(life_cycle, ending)}
    if life_cycle is LifeCycle.QUEUED:
        shown["state"]["queue_reason"] = waits_for
        shown["status"]["queue_details"] = {"code": "MAX_CONCURRENT_RUNS_REACHED", "message": waits_for}
    return shown


def _state(life_cycle: LifeCycle, ending: Ending | None) -> dict[str, Any]:
    """`state_message` is always a text: clients search in it."""
    state: dict[str, Any] = {
        "life_cycle_state": life_cycle.value,
        "state_message": "",
        "user_cancelled_or_timedout": False,
    }
    if ending is not None:
        state["result_state"] = ending.result.value
        state["state_message"] = ending.message
        state["user_cancelled_or_timedout"] = ending.cancelled_or_timed_out
    return state


def _status(life_cycle: LifeCycle, ending: Ending | None) -> dict[str, Any]:
    status: dict[str, Any] = {"state": _STATUS.get(life_cycle, life_cycle.value)}
    if ending is not None:
        kind = _TYPES.get(ending.code, "CLIENT_ERROR")
        status["termination_details"] = {"code": ending.code.value, "type": kind, "message": ending.message}
    return status
