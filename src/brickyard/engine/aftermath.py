"""What other parts of the engine must hear when attempts and runs begin, stop and end."""

from __future__ import annotations

from collections.abc import Callable

from brickyard.engine.admission import Admission
from brickyard.engine.children import Children
from brickyard.engine.compute_asks import ComputeAsks
from brickyard.engine.job_runs import JobRuns
from brickyard.engine.mail import Call
from brickyard.engine.run_loop import RunLoop
from brickyard.runs.model import Run
from brickyard.runs.states import RunType


class Aftermath:
    """Frees places, ends clusters, cancels what an ended attempt had started."""

    def __init__(
        self, *, admission: Admission, children: Children, job_runs: JobRuns, compute: ComputeAsks, loop: RunLoop
    ) -> None:
        self._admission = admission
        self._children = children
        self._job_runs = job_runs
        self._compute = compute
        self._loop = loop

    def run_started(self, run: Run) -> None:
        """A run, or a repair of one, has begun: it counts against the limit of its job."""
        if run.run_type is RunType.JOB_RUN:
            self._admission.occupy(run.job_id, run.run_id)

    def run_over(self, run: Run) -> None:
        """A run has ended: the next one of its job may begin, and the task that waits for it ends."""
        if run.run_type is RunType.JOB_RUN:
            self._admission.leave(run.job_id, run.run_id)
            self._job_runs.run_over(run)

    def attempt_stopping(self, attempt_id: int) -> None:
        """An attempt is being stopped: the notebooks that it has started are stopped with it."""
        self._children.parent_over(attempt_id)

    def attempt_over(self, attempt_id: int) -> None:
        """An attempt has ended."""
        self._children.parent_over(attempt_id)
        self._job_runs.attempt_over(attempt_id)
        self._compute.attempt_over(attempt_id)

    def end_clusters(self, run: Run, done: Callable[[], None]) -> None:
        """End the clusters of a run on another thread; `done` is called on the loop's when that has happened."""
        self._compute.run_over(run, lambda: self._loop.post(Call(done)))
