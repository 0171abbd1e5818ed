"""Run a notebook from its first cell to its last, as a task does."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from brickyard.clock import SystemClock
from brickyard.errors import BrickyardError
from brickyard.workloads import real_paths
from brickyard.workloads.bridge import Bridge
from brickyard.workloads.code import CodeLog
from brickyard.workloads.messages import Assignment, NotebookWork, Outcome
from brickyard.workloads.notebooks.control import NotebookExit
from brickyard.workloads.notebooks.dbutils import DBUtils
from brickyard.workloads.notebooks.display import Display, install_on_spark
from brickyard.workloads.notebooks.document import Notebook
from brickyard.workloads.notebooks.files import Located, NotebookNotFound, locate, parse_notebook
from brickyard.workloads.notebooks.json_values import encodable
from brickyard.workloads.notebooks.kernel import Kernel, UnsupportedLanguage, has_nothing_to_run, refuse_foreign_cells
from brickyard.workloads.notebooks.namespace import databricks_runtime, make_names
from brickyard.workloads.notebooks.outputs import CellOutputs
from brickyard.workloads.notebooks.records import CellLog
from brickyard.workloads.notebooks.redact import Redactor
from brickyard.workloads.notebooks.scope import Scope
from brickyard.workloads.notebooks.shell import NotebookShell, installed
from brickyard.workloads.notebooks.streams import Streams
from brickyard.workloads.notebooks.tracebacks import Failure, describe
from brickyard.workloads.notebooks.widgets import Widgets
from brickyard.workloads.runtime.session import open_session

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


class _CurrentCell:
    """The sink of the shell: rich outputs go where printed text goes, in the order in which they came."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def show(
        self, data: Mapping[str, Any], metadata: Mapping[str, Any], *, display_id: str = "", result: int = 0
    ) -> None:
        with self._streams.cell_now() as cell:
            if cell is not None:
                cell.show(data, metadata, display_id=display_id, result=result)

    def update(self, display_id: str, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        with self._streams.cell_now() as cell:
            if cell is not None:
                cell.update(display_id, data, metadata)

    def clear(self, *, wait: bool) -> None:
        with self._streams.cell_now() as cell:
            if cell is not None:
                cell.clear(wait=wait)


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
        self._redactor.add(self._assignment.context.api_token)
        os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
        with ExitStack() as stack:
            log = CellLog(self._attempt, self._notebook, self._now_ms)
            stack.callback(log.close)
            streams = stack.enter_context(Streams(self._attempt, self._redactor))
            spark = open_session(self._assignment, self._bridge)
            stack.callback(spark.close)
            scope = Scope(
                assignment=self._assignment,
                bridge=self._bridge,
                widgets=Widgets(parameters),
                redactor=self._redactor,
                code=self._code,
                spark=spark,
                stack=[self._located],
            )
            shell, kernel = self._prepare(stack, scope, streams)
            self._bridge.started()
            outcome = self._cells(kernel, shell, streams, log)
        return self._finish(outcome, started_ms)

    def _prepare(self, stack: ExitStack, scope: Scope, streams: Streams) -> tuple[NotebookShell, Kernel]:
        dbutils = DBUtils(scope)
        shell = stack.enter_context(installed({}))
        shell.sink = sink = _CurrentCell(streams)
        scope.publish = lambda data: sink.show(data, {})
        display = Display(shell)
        install_on_spark(display)
        names = make_names(scope, dbutils, display)
        shell.user_ns.update(names)
        shell.user_ns_hidden.update(names)
        stack.enter_context(databricks_runtime(names))
        return shell, Kernel(scope, shell, dbutils)

    def _cells(self, kernel: Kernel, shell: NotebookShell, streams: Streams, log: CellLog) -> Outcome:
        for index, cell in enumerate(self._notebook.cells):
            if self._bridge.stop_reason:
                return Outcome(status="cancelled", error=self._bridge.stop_reason)
            if has_nothing_to_run(self._notebook, cell):
                log.nothing_to_run(index)
                self._bridge.cell_ended(index, "ok")
                continue
            ending = self._one_cell(kernel, shell, streams, log, index)
            if ending is not None:
                return ending
        return Outcome(status="success")

    def _one_cell(
        self, kernel: Kernel, shell: NotebookShell, streams: Streams, log: CellLog, index: int
    ) -> Outcome | None:
        """Run a cell; its outcome where the notebook ends with it."""
        outputs = CellOutputs(self._redactor)
        streams.cell = outputs
        log.begin(index)
        ending: Outcome | None = None
        failed = False
        try:
            kernel.run_cell(self._notebook, index)
        except NotebookExit as leaving:
            ending = Outcome(status="success", exit_value=leaving.value)
        except BaseException as error:  # noqa: BLE001 -- whatever the user's code raises is the result of the task
            failed = True
            real_paths.explain(error)
            source = self._notebook.cells[index].source
            failure = describe(error, shell.compile.labels, kernel.label(index), source)
            ending = self._failed(error, failure, index)
            streams.drain()
            outputs.fail(failure.name, failure.value, failure.trace)
        streams.drain()
        streams.cell = None
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
