"""How a program of the user's ends, be it a script or a package: its exit, its error, its threads.

Success is an end without exception, `sys.exit()` or `sys.exit(0)`; every other exit fails the task, as on Databricks
(jobs reference 10.1).
"""

from __future__ import annotations

import builtins
import sys
import threading
import traceback
from collections.abc import Callable
from types import ModuleType, TracebackType

from brickyard.workloads import hints
from brickyard.workloads.messages import Outcome


def run(program: Callable[[], object], *, file: str, users: Callable[[str], bool]) -> Outcome:
    """Run the program to its end, that of its threads included. `KeyboardInterrupt` passes through.

    Args:
        program: called once, with nothing; what it returns is ignored.
        file: the file whose line an error is told by; "" where there is no such file.
        users: whether a file is the user's; tracebacks begin with the first that is.
    """
    try:
        program()
        _wait_for_threads()
    except SystemExit as leaving:
        return _of_exit(leaving, file)
    except Exception as error:  # noqa: BLE001 -- whatever the user's code raises is the result of the task
        return _of_error(error, file, users)
    return Outcome(status="success")


def main_module(**names: object) -> ModuleType:
    """A new `__main__`. It stays there after the end: threads and exit handlers of the program may look at it."""
    module = ModuleType("__main__")
    module.__dict__.update(names, __builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = module
    return module


def _wait_for_threads() -> None:
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def _of_exit(leaving: SystemExit, file: str) -> Outcome:
    if leaving.code is None or leaving.code == 0:
        return Outcome(status="success")
    if not isinstance(leaving.code, int):
        # Python prints any other object and exits with 1.
        print(leaving.code, file=sys.stderr)  # noqa: T201 -- as the interpreter does
    return Outcome(status="failed", error=f"SystemExit: {leaving.code}", line=_line_in(file, leaving.__traceback__))


def _of_error(error: Exception, file: str, users: Callable[[str], bool]) -> Outcome:
    hints.add(error)
    text = _trace_of(error, users)
    sys.stderr.write(text)
    in_file = isinstance(error, SyntaxError) and error.filename == file
    return Outcome(
        status="failed",
        error="".join(traceback.format_exception_only(error)).strip(),
        trace=text,
        line=(error.lineno or 0) if isinstance(error, SyntaxError) and in_file else _line_in(file, error.__traceback__),
    )


def _trace_of(error: BaseException, users: Callable[[str], bool]) -> str:
    """The traceback from the first line of the user's on: the frames above it are left out."""
    found = error.__traceback__
    while found is not None and not users(found.tb_frame.f_code.co_filename):
        found = found.tb_next
    return "".join(traceback.format_exception(type(error), error, found))


def _line_in(file: str, found: TracebackType | None) -> int:
    """The innermost line of the file itself that the traceback passes; 0 where there is none."""
    line = 0
    while found is not None:
        if found.tb_frame.f_code.co_filename == file:
            line = found.tb_lineno
        found = found.tb_next
    return line
