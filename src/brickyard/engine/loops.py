"""Loops: their inputs are read once, when they begin; their iterations are attempts of their own."""

from __future__ import annotations

from typing import cast

from brickyard.engine.loop_inputs import LoopInputs
from brickyard.engine.mail import Mail
from brickyard.engine.payloads import Payloads
from brickyard.engine.run_loop import RunLoop
from brickyard.jobs.loops import parse_inputs
from brickyard.jobs.tasks import ForEachTask
from brickyard.runs import loops
from brickyard.runs.events import LoopBegan
from brickyard.runs.model import Attempt, Run


class Loops:
    """Begins loops. Used by the run loop's thread only; nothing of it blocks."""

    def __init__(self, payloads: Payloads, inputs: LoopInputs, loop: RunLoop) -> None:
        self._payloads = payloads
        self._inputs = inputs
        self._loop = loop

    def begin(self, run: Run, attempt: Attempt) -> None:
        """Read the inputs, and report how many there are.

        Raises:
            InvalidParameterValue: a reference has no value, or the inputs are no array of primitives or objects.
        """
        work = cast(ForEachTask, self._payloads.resolve(run, attempt))
        self._payloads.keep(attempt, work)
        inputs = parse_inputs(work.inputs)
        self._inputs.put(attempt.attempt_id, inputs)
        before = loops.before(run, attempt)
        same = before is not None and self._inputs.of(before.attempt_id) == inputs
        self._loop.post(Mail(run_id=run.run_id, event=LoopBegan(attempt.attempt_id, len(inputs), same)))
