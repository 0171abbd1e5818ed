"""The files that hold what an attempt printed: written by the process and its children directly, kept within bounds.

Output goes straight from the writer to the file, so nothing is lost when the process is killed. A file that grew too
large keeps its beginning and its latest part, with a mark between them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from brickyard.workloads import folder

LIMIT = 64 * 1024 * 1024
_TAIL_SHARE = 8


def redirect(attempt: Path) -> None:
    """Send this process's standard output and error (and its children's) to the attempt's log files."""
    for name, number in ((folder.STDOUT, 1), (folder.STDERR, 2)):
        # O_APPEND: after a file was cut every writer goes on at its new end.
        opened = os.open(attempt / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr  # type: ignore[misc]


def bound(log: Path, limit: int = LIMIT) -> None:
    """Cut the middle out of a log that is larger than `limit` bytes: half of that is kept of its beginning."""
    try:
        size = log.stat().st_size
    except FileNotFoundError:
        return
    if size <= limit:
        return
    head, tail = limit // 2, limit // _TAIL_SHARE
    with log.open("r+b") as file:
        file.seek(size - tail)
        latest = file.read(tail)
        file.truncate(head)
    dropped = size - head - len(latest)
    mark = f"\n... {dropped} bytes of output were left out here: a log keeps {limit} bytes ...\n".encode()
    with log.open("ab") as file:
        file.write(mark + latest)


def bound_all(attempt: Path) -> None:
    """`bound` for both logs of an attempt."""
    for name in (folder.STDOUT, folder.STDERR):
        bound(attempt / name)
