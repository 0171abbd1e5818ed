"""From what a worker reported to how the attempt ended in the words of the Jobs API."""

from __future__ import annotations

from brickyard.errors import (
    BrickyardError,
    CheckoutFailed,
    InstallationFailed,
    InvalidParameterValue,
    NotFound,
    PermissionDenied,
)
from brickyard.runs import endings
from brickyard.runs.model import Ending
from brickyard.runs.states import Code
from brickyard.workloads.messages import Outcome

_CODES = frozenset(Code)
_CODE_OF = {
    InvalidParameterValue: Code.INVALID_RUN_CONFIGURATION,
    NotFound: Code.RESOURCE_NOT_FOUND,
    InstallationFailed: Code.LIBRARY_INSTALLATION_ERROR,
    CheckoutFailed: Code.REPOSITORY_CHECKOUT_FAILED,
    PermissionDenied: Code.UNAUTHORIZED_ERROR,
}


def ending_of(outcome: Outcome) -> Ending:
    """How an attempt with this outcome ended."""
    match outcome.status:
        case "success":
            return endings.succeeded()
        case "cancelled":
            return endings.cancelled()
        case "lost":
            return endings.broken(_code(outcome, Code.INTERNAL_ERROR), outcome.error)
        case "failed":
            code = _code(outcome, Code.RUN_EXECUTION_ERROR)
            return endings.failed() if code is Code.RUN_EXECUTION_ERROR else endings.broken(code, outcome.error)


def _code(outcome: Outcome, default: Code) -> Code:
    if outcome.status == "lost" and outcome.error_code == Code.RUN_EXECUTION_ERROR:
        return default  # the field's own default: whoever found the worker gone gave no code
    return Code(outcome.error_code) if outcome.error_code in _CODES else default


def not_started(error: BrickyardError | OSError, at_ms: int) -> Outcome:
    """The outcome of an attempt that could not be begun."""
    code = next((code for kind, code in _CODE_OF.items() if isinstance(error, kind)), Code.INTERNAL_ERROR)
    return Outcome(status="failed", error=str(error), error_code=code, ended_ms=at_ms)


def withdrawn(at_ms: int) -> Outcome:
    """The outcome of an attempt that was stopped before a worker got it."""
    return Outcome(status="cancelled", ended_ms=at_ms)
