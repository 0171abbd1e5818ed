"""What this machine has to give."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def memory_bytes(limit: Path = _CGROUP_LIMIT) -> int:
    """The memory that may be used: the machine's, or less where a container is limited."""
    total = int(psutil.virtual_memory().total)
    try:
        text = limit.read_text().strip()
    except OSError:
        return total
    return min(total, int(text)) if text.isdigit() else total


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))
