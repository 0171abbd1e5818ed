"""Which runner each kind of work has. A further kind is one class in `messages`, one branch here and one runner.

Importing this costs little: the modules of notebooks and of Spark are loaded when work needs them.
"""

from __future__ import annotations

import importlib
from functools import partial

from brickyard.workloads.bridge import Bridge
from brickyard.workloads.late import when_imported
from brickyard.workloads.messages import Assignment, NotebookWork, Outcome, ScriptWork
from brickyard.workloads.scripts import run_script


def perform(assignment: Assignment, bridge: Bridge) -> Outcome:
    """Do the work in this process. `KeyboardInterrupt` passes through; it means that the server said `Stop`."""
    match assignment.work:
        case NotebookWork():
            runner = importlib.import_module("brickyard.workloads.notebooks.run")
            outcome: Outcome = runner.run_notebook(assignment, bridge)
            return outcome
        case ScriptWork() as work:
            # For `SparkSession.builder.getOrCreate()`; asks for compute at its first use.
            when_imported("pyspark", partial(_open_session, assignment, bridge))
            return run_script(work, assignment, bridge)


def _open_session(assignment: Assignment, bridge: Bridge) -> None:
    importlib.import_module("brickyard.workloads.runtime.session").open_session(assignment, bridge)
