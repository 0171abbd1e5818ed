"""Which runner each kind of work has. A further kind is one class in `messages`, one branch here and one runner.

Importing this costs little: the modules of notebooks and of Spark are loaded when work needs them.
"""

from __future__ import annotations

import importlib
from functools import partial

from brickyard.workloads.bridge import Bridge
from brickyard.workloads.late import when_imported
from brickyard.workloads.messages import Assignment, DbtWork, NotebookWork, Outcome, ScriptWork, SqlWork, WheelWork
from brickyard.workloads.program_runtime import program_runtime
from brickyard.workloads.scripts import run_script
from brickyard.workloads.session_messages import SessionWork
from brickyard.workloads.wheels import run_wheel


def perform(assignment: Assignment, bridge: Bridge) -> Outcome:
    """Do the work in this process. `KeyboardInterrupt` passes through; it means that the server said `Stop`."""
    match assignment.work:
        case NotebookWork():
            runner = importlib.import_module("brickyard.workloads.notebooks.run")
            outcome: Outcome = runner.run_notebook(assignment, bridge)
            return outcome
        case ScriptWork() as work:
            with program_runtime(assignment, bridge) as hide:
                return hide(run_script(work, assignment, bridge))
        case SqlWork() as work:
            sql: Outcome = importlib.import_module("brickyard.workloads.sql_task").run_sql(work, assignment, bridge)
            return sql
        case WheelWork() as work:
            with program_runtime(assignment, bridge) as hide:
                return hide(run_wheel(work, assignment, bridge))
        case DbtWork() as work:
            # For `SparkSession.builder.getOrCreate()`; asks for compute at its first use.
            when_imported("pyspark", partial(_open_session, assignment, bridge))
            dbt: Outcome = importlib.import_module("brickyard.workloads.dbt_task").run_dbt(work, assignment, bridge)
            return dbt
        case SessionWork():
            session = importlib.import_module("brickyard.workloads.notebooks.session")
            ended: Outcome = session.run_session(assignment, bridge)
            return ended


def _open_session(assignment: Assignment, bridge: Bridge) -> None:
    importlib.import_module("brickyard.workloads.runtime.session").open_session(assignment, bridge)
