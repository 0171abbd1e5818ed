"""The same work in the simplest way there is: what the figures are to be seen beside."""

from __future__ import annotations

import os
import time


def bare_processes(code: str, times: int) -> float:
    """Seconds to run code in that many forked processes, one after the other, nothing kept."""
    compiled = compile(code, "<bare>", "exec")
    start = time.perf_counter()
    for _ in range(times):
        pid = os.fork()
        if pid == 0:
            exec(compiled, {})  # noqa: S102 - the code is a constant of this benchmark
            os._exit(0)
        os.waitpid(pid, 0)
    return time.perf_counter() - start


def bare_cells(count: int) -> float:
    """Seconds to run that many trivial cells in this process."""
    start = time.perf_counter()
    space: dict[str, object] = {}
    for number in range(count):
        exec(compile(f"x{number} = {number}", "<cell>", "exec"), space)  # noqa: S102
    return time.perf_counter() - start
