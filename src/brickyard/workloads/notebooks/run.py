"""Run a notebook from its first cell to its last, as a task does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from brickyard.clock import SystemClock
from brickyard.errors import BrickyardError
from brickyard.workloads import hints
from brickyard.workloads.bridge import Bridge
from brickyard.workloads.code import CodeLog
from brickyard.workloads.messages import Assignment, NotebookWork, Outcome
from brickyard.workloads.notebooks.control import NotebookExit
from brickyard.workloads.notebooks.document import Notebook
from brickyard.workloads.notebooks.files import Located, NotebookNotFound, locate, parse_notebook
from brickyard.workloads.notebooks.json_values import encodable
from brickyard.workloads.notebooks.kernel import UnsupportedLanguage, has_nothing_to_run, refuse_foreign_cells
from brickyard.workloads.notebooks.outputs import CellOutputs
from brickyard.workloads.notebooks.records import CellLog
from brickyard.workloads.notebooks.redact import Redactor
from brickyard.workloads.notebooks.stage import Stage, stage
from brickyard.workloads.notebooks.tracebacks import Failure, describe

_now_ms = SystemClock().now_ms


def run_notebook(assignment: Assignment, bridge: Bridge, *, now_ms: Callable[[], int] = _now_ms) -> Outcome:
    """Run the assignment's notebook in this process, for which it is the only one. Errors of users are in the outcome.

    `sys.exit()` fails a notebook whatever its code: cells would be left out, and a run that leaves something out is no
    success. `dbutils.notebook.exit(value)` is the way to end early.
    """
    work = assignment.work
    if not isinstance(work, NotebookWork):
        raise TypeError(f"run_notebook runs notebooks, not {type(work).__name__}")
    started_ms = now_ms()
    try:
        located = locate(Path(assignment.paths.workspace), work.path, checkouts=assignment.paths.checkouts)
        data = located.file.read_bytes()
        code = CodeLog(Path(assignment.folder))
        code.add(located.file_path, data)
        notebook = parse_notebook(data, located.file.suffix)
        refuse_foreign_cells(notebook, located.path)
    except NotebookNotFound as error:
        return _refused(error, "RESOURCE_NOT_FOUND", started_ms, now_ms())
    except (BrickyardError, UnsupportedLanguage) as error:
        return _refused(error, "INVALID_RUN_CONFIGURATION", started_ms, now_ms())
    return _Run(assignment, bridge, located, notebook, code=code, now_ms=now_ms).perform(work.parameters, started_ms)


def _refused(error: Exception, code: str, started_ms: int, ended_ms: int) -> Outcome:
    text = f"{type(error).__name__}: {error}"
    return Outcome(status="failed", error=text, error_code=code, started_ms=started_ms, ended_ms=ended_ms)


class _Run:
    """One run of one notebook."""

    def __init__(
        self,
        assignment: Assignment,
        bridge: Bridge,
        located: Located,
        notebook: Notebook,
        *,
        code: CodeLog,
        now_ms: Callable[[], int],
    ) -> None:
        self._assignment = assignment
        self._bridge = bridge
        self._located = located
        self._notebook = notebook
        self._code = code
        self._now_ms = now_ms
        self._attempt = Path(assignment.folder)
        self._redactor = Redactor()

    def perform(self, parameters: Mapping[str, str], started_ms: int) -> Outcome:
        with ExitStack() as stack:
            log = CellLog(self._attempt, self._notebook, self._now_ms)
            stack.callback(log.close)
            on = stack.enter_context(
                stage(self._assignment, self._bridge, self._located, parameters=parameters, code=self._code)
            )
            self._redactor = on.scope.redactor
            self._bridge.started()
            outcome = self._cells(on, log)
        return self._finish(outcome, started_ms)

    def _cells(self, on: Stage, log: CellLog) -> Outcome:
        for index, cell in enumerate(self._notebook.cells):
            if self._bridge.stop_reason:
                return Outcome(status="cancelled", error=self._bridge.stop_reason)
            if has_nothing_to_run(self._notebook, cell):
                log.nothing_to_run(index)
                self._bridge.cell_ended(index, "ok")
                continue
            ending = self._one_cell(on, log, index)
            if ending is not None:
                return ending
        return Outcome(status="success")

    def _one_cell(self, on: Stage, log: CellLog, index: int) -> Outcome | None:
        """Run a cell; its outcome where the notebook ends with it."""
        outputs = CellOutputs(self._redactor)
        on.streams.cell = outputs
        log.begin(index)
        ending: Outcome | None = None
        failed = False
        try:
            on.kernel.run_cell(self._notebook, index)
        except NotebookExit as leaving:
            ending = Outcome(status="success", exit_value=leaving.value)
        except BaseException as error:  # noqa: BLE001 -- whatever the user's code raises is the result of the task
            failed = True
            hints.add(error)
            source = self._notebook.cells[index].source
            failure = describe(error, on.shell.compile.labels, on.kernel.label(index), source)
            ending = self._failed(error, failure, index)
            on.streams.drain()
            outputs.fail(failure.name, failure.value, failure.trace)
        on.streams.drain()
        on.streams.cell = None
        log.end(index, "failed" if failed else "ok", outputs.items())
        self._bridge.cell_ended(index, "failed" if failed else "ok")
        return ending

    def _failed(self, error: BaseException, failure: Failure, index: int) -> Outcome:
        if isinstance(error, KeyboardInterrupt) and self._bridge.stop_reason:
            return Outcome(status="cancelled", error=self._bridge.stop_reason, cell=index)
        text = failure.summary
        if isinstance(error, SystemExit):
            text += " (a notebook ends early by dbutils.notebook.exit; sys.exit fails it)"
        cell = self._notebook.cells[index]
        return Outcome(
            status="failed",
            error=text,
            trace=failure.trace,
            cell=index,
            cell_title=cell.title,
            line=failure.line or _first_line(cell.source),
        )

    def _finish(self, outcome: Outcome, started_ms: int) -> Outcome:
        hide = self._redactor.text
        return Outcome(
            status=outcome.status,
            started_ms=started_ms,
            ended_ms=self._now_ms(),
            exit_value=None if outcome.exit_value is None else hide(encodable(outcome.exit_value)),
            error=hide(outcome.error),
            trace=hide(outcome.trace),
            cell=outcome.cell,
            cell_title=outcome.cell_title,
            line=outcome.line,
        )


def _first_line(source: str) -> int:
    """The first line of a cell that has something on it, counted from 1."""
    return next((number for number, line in enumerate(source.split("\n"), 1) if line.strip()), 1)
