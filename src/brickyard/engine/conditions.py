"""Condition tasks: evaluated at once by the server itself."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from brickyard.engine.mail import Mail
from brickyard.engine.payloads import Payloads
from brickyard.engine.run_loop import RunLoop
from brickyard.jobs.conditions import evaluate
from brickyard.jobs.tasks import ConditionTask
from brickyard.runs import endings
from brickyard.runs.events import AttemptEnded, AttemptStarted
from brickyard.runs.model import Attempt, Run


class Conditions:
    """Evaluates conditions. Used by the run loop's thread only; nothing of it blocks."""

    def __init__(self, payloads: Payloads, loop: RunLoop) -> None:
        self._payloads = payloads
        self._loop = loop

    def begin(self, run: Run, attempt: Attempt) -> None:
        """Evaluate the condition, and report its outcome.

        Raises:
            InvalidParameterValue: a reference has no value, or an operand cannot be compared.
        """
        work = cast(ConditionTask, self._payloads.resolve(run, attempt))
        self._payloads.keep(attempt, work)
        outcome = "true" if evaluate(work.op, work.left, work.right) else "false"
        ending = replace(endings.succeeded(), outcome=outcome)
        self._loop.post(Mail(run_id=run.run_id, event=AttemptStarted(attempt.attempt_id)))
        self._loop.post(Mail(run_id=run.run_id, event=AttemptEnded(attempt.attempt_id, ending)))
