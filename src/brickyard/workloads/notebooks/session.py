"""A shell that performs commands one after the other, as the server hands them out, and keeps its state between them.

It is the shell of notebook tasks: what is drafted here runs the same way in a job.
"""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from types import FrameType

import msgspec

from brickyard.workloads import hints
from brickyard.workloads.bridge import Bridge
from brickyard.workloads.code import CodeLog
from brickyard.workloads.messages import Assignment, Outcome
from brickyard.workloads.notebooks.control import NotebookExit
from brickyard.workloads.notebooks.document import Cell, Notebook
from brickyard.workloads.notebooks.files import Located
from brickyard.workloads.notebooks.outputs import CellOutputs
from brickyard.workloads.notebooks.session_results import of_error, of_outputs
from brickyard.workloads.notebooks.stage import Stage, stage
from brickyard.workloads.notebooks.tracebacks import describe
from brickyard.workloads.session_messages import CommandResult, EndCommand, NextCommand, SessionCommand
from brickyard.workloads.session_sql import run_statements

_CANCELLED = CommandResult(kind="error", summary="The command was cancelled.", error_code="CANCELLED")


def run_session(assignment: Assignment, bridge: Bridge) -> Outcome:
    """Perform commands in this process until the server has no more; errors of users are in the commands' results."""
    home = f"/Users/{assignment.context.user_name}/session"
    located = Located(home, Path(assignment.paths.workspace, home.lstrip("/")))
    with stage(assignment, bridge, located, parameters={}, code=CodeLog(Path(assignment.folder))) as on:
        bridge.started()
        return _Session(bridge, on).perform()


class _Session:
    """The commands of one session."""

    def __init__(self, bridge: Bridge, on: Stage) -> None:
        self._bridge = bridge
        self._on = on
        self._cells: list[Cell] = []
        self._current = ""
        self._unwanted = ""
        """The command that is to be interrupted."""

    def perform(self) -> Outcome:
        # As for a task, an interrupt by the server ends the code that runs; between commands there is none to end.
        signal.signal(signal.SIGINT, self._on_signal)
        self._bridge.on_interrupt(self._interrupt)
        while (given := self._bridge.ask(NextCommand())) is not None:
            command = msgspec.convert(given, SessionCommand)
            self._bridge.ask(self._one(command))
        return Outcome(status="success")

    def _interrupt(self, command_id: str) -> None:
        """On the link's thread."""
        self._unwanted = command_id
        main = threading.main_thread().ident
        if self._current == command_id and main is not None:
            signal.pthread_kill(main, signal.SIGINT)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 -- the system's signature
        if self._bridge.stop_reason:
            raise KeyboardInterrupt
        self._check()

    def _check(self) -> None:
        """Interrupt the current command if that is wanted, once."""
        if self._current and self._current == self._unwanted:
            self._unwanted = ""
            raise KeyboardInterrupt

    def _one(self, command: SessionCommand) -> EndCommand:
        cancelled = False
        try:
            self._current = command.command_id
            self._check()
            result = self._sql(command) if command.language == "sql" else self._python(command)
            self._current = ""
        except KeyboardInterrupt:
            self._current = ""
            if self._bridge.stop_reason:
                raise
            # It may have been raised by the code itself; to the client that makes no difference.
            result, cancelled = _CANCELLED, True
        return EndCommand(command_id=command.command_id, result=result, cancelled=cancelled)

    def _python(self, command: SessionCommand) -> CommandResult:
        self._cells.append(Cell(source=command.text))
        notebook = Notebook(language="python", cells=tuple(self._cells))
        index = len(self._cells) - 1
        outputs = CellOutputs(self._on.scope.redactor)
        self._on.streams.cell = outputs
        try:
            self._on.kernel.run_cell(notebook, index)
        except NotebookExit as leaving:
            return CommandResult(kind="text", text=self._on.scope.redactor.text(leaving.value))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 -- whatever the user's code raises is the command's result
            hints.add(error)
            failure = describe(error, self._on.shell.compile.labels, self._on.kernel.label(index), command.text)
            self._on.streams.drain()
            return of_error(failure, error, outputs, self._on.scope.redactor)
        finally:
            self._on.streams.drain()
            self._on.streams.cell = None
        return of_outputs(outputs.items())

    def _sql(self, command: SessionCommand) -> CommandResult:
        hide = self._on.scope.redactor
        try:
            result = run_statements(self._on.scope.spark, command)
        except KeyboardInterrupt:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever the user's SQL raises is the command's result
            return of_error(describe(error, (), ""), error, None, hide)
        return msgspec.structs.replace(result, rows=hide.value(result.rows))
