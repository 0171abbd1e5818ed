"""What an attempt has used, and the end of whatever it has left running."""

from __future__ import annotations

import contextlib
import os
import resource

import psutil

from brickyard.workloads import kernel

_ROUNDS = 20


def cpu_seconds() -> float:
    """Processor time of this process and of its children that have ended and were waited for."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def peak_memory_bytes() -> int:
    """The largest resident size this process had; the preloaded libraries, which workers share, are in it."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def end_descendants() -> None:
    """Kill and reap every process that comes from this one, also those that tried to leave as daemons.

    Whoever loses its parent becomes a child of this process (it is a subreaper), so a few rounds reach all of them.
    """
    for _ in range(_ROUNDS):
        children = kernel.child_pids()
        if not children:
            return
        for pid in children:
            for process in _tree(pid):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        for pid in children:
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                continue  # somebody else in this process has waited for it


def _tree(pid: int) -> list[psutil.Process]:
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
