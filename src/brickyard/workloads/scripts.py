"""Run a Python file the way `python FILE ARGS` would, and tell how it ended.

Success is an end without exception, `sys.exit()` or `sys.exit(0)`; every other exit fails the task, as on Databricks
(jobs reference 10.1).
"""

from __future__ import annotations

import builtins
import sys
import threading
import traceback
from importlib.util import decode_source
from pathlib import Path
from types import CodeType, ModuleType, TracebackType

from brickyard.workloads import places
from brickyard.workloads.bridge import Bridge
from brickyard.workloads.messages import Assignment, Outcome, ScriptWork


def run_script(work: ScriptWork, assignment: Assignment, bridge: Bridge) -> Outcome:
    """Run the file in this process; returns how it ended. `KeyboardInterrupt` passes through."""
    file = places.real(work.path, assignment.paths)
    try:
        source = decode_source(file.read_bytes())
    except FileNotFoundError:
        return Outcome(
            status="failed",
            error=f"The Python file {work.path} does not exist.",
            error_code="RESOURCE_NOT_FOUND",
        )
    sys.argv = [str(file), *work.parameters]
    bridge.started()
    try:
        code = compile(source, str(file), "exec", dont_inherit=True)
        _execute(code, file)
    except SystemExit as leaving:
        return _of_exit(leaving, file)
    except Exception as error:  # noqa: BLE001 -- whatever the user's code raises is the result of the task
        return _of_error(error, file)
    return Outcome(status="success")


def _execute(code: CodeType, file: Path) -> None:
    module = ModuleType("__main__")
    module.__dict__.update(__file__=str(file), __builtins__=builtins, __cached__=None)
    # Stays there after the end: threads and exit handlers of the script may still look at it.
    sys.modules["__main__"] = module
    exec(code, module.__dict__)  # noqa: S102 -- running the user's file is what this module is for
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def _of_exit(leaving: SystemExit, file: Path) -> Outcome:
    if leaving.code is None or leaving.code == 0:
        return Outcome(status="success")
    if isinstance(leaving.code, int):
        return Outcome(status="failed", error=f"SystemExit: {leaving.code}", line=line_in(file, leaving.__traceback__))
    # Python prints any other object and exits with 1.
    print(leaving.code, file=sys.stderr)  # noqa: T201 -- as the interpreter does
    return Outcome(status="failed", error=f"SystemExit: {leaving.code}", line=line_in(file, leaving.__traceback__))


def _of_error(error: Exception, file: Path) -> Outcome:
    text = trace_of(error, file)
    sys.stderr.write(text)
    return Outcome(
        status="failed",
        error="".join(traceback.format_exception_only(error)).strip(),
        trace=text,
        line=(error.lineno or 0) if isinstance(error, SyntaxError) else line_in(file, error.__traceback__),
    )


def trace_of(error: BaseException, file: Path) -> str:
    """The traceback from the first line of the user's file on: our frames above it are left out."""
    found = error.__traceback__
    while found is not None and found.tb_frame.f_code.co_filename != str(file):
        found = found.tb_next
    return "".join(traceback.format_exception(type(error), error, found))


def line_in(file: Path, found: TracebackType | None) -> int:
    """The innermost line of the file itself that the traceback passes; 0 where there is none."""
    line = 0
    while found is not None:
        if found.tb_frame.f_code.co_filename == str(file):
            line = found.tb_lineno
        found = found.tb_next
    return line
