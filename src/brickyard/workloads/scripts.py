"""Run a Python file the way `python FILE ARGS` would, and tell how it ended."""

from __future__ import annotations

import sys
from importlib.util import decode_source
from pathlib import Path

from brickyard.workloads import places, programs
from brickyard.workloads.bridge import Bridge
from brickyard.workloads.code import CodeLog
from brickyard.workloads.messages import Assignment, Outcome, ScriptWork


def run_script(work: ScriptWork, assignment: Assignment, bridge: Bridge) -> Outcome:
    """Run the file in this process; returns how it ended. `KeyboardInterrupt` passes through."""
    file = places.real(work.path, assignment.paths)
    try:
        data = file.read_bytes()
        source = decode_source(data)
    except FileNotFoundError:
        return Outcome(
            status="failed",
            error=f"The Python file {work.path} does not exist.",
            error_code="RESOURCE_NOT_FOUND",
        )
    CodeLog(Path(assignment.folder)).add(places.seen(file, assignment.paths), data)
    sys.argv = [str(file), *work.parameters]
    bridge.started()
    return programs.run(lambda: _execute(source, file), file=str(file), users=str(file).__eq__)


def _execute(source: str, file: Path) -> None:
    code = compile(source, str(file), "exec", dont_inherit=True)
    module = programs.main_module(__file__=str(file))
    exec(code, module.__dict__)  # noqa: S102 -- running the user's file is what this module is for
