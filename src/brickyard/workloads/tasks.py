"""Which runner each kind of work has. A further kind is one class in `messages`, one branch here and one runner."""

from __future__ import annotations

from brickyard.workloads.bridge import Bridge
from brickyard.workloads.messages import Assignment, NotebookWork, Outcome, ScriptWork
from brickyard.workloads.notebooks.run import run_notebook
from brickyard.workloads.runtime.session import open_session
from brickyard.workloads.scripts import run_script


def perform(assignment: Assignment, bridge: Bridge) -> Outcome:
    """Do the work in this process. `KeyboardInterrupt` passes through; it means that the server said `Stop`."""
    match assignment.work:
        case NotebookWork():
            return run_notebook(assignment, bridge)
        case ScriptWork() as work:
            open_session(assignment, bridge)  # for `SparkSession.builder.getOrCreate()`; asks for compute at first use
            return run_script(work, assignment, bridge)
