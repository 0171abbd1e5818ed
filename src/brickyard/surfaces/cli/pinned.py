"""Which version of its job and which code a run ran, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DIGITS = 12
"""Of a hash; the whole of it is in the JSON."""


def versions_line(pinned: Mapping[str, Any]) -> str:
    """The version of the job that the run and each of its repairs ran under."""
    first, *repairs = [start["job_version"] for start in pinned["starts"]]
    if not first:
        return "a run of its own, without a job"
    later = "".join(f"; repair {number}: version {version}" for number, version in enumerate(repairs, start=1))
    return f"job {pinned['job_id']}, version {first}{later}"


def code_hashes(pinned: Mapping[str, Any]) -> dict[int, str]:
    """By task run: the beginning of the hash of its code."""
    return {int(task["task_run_id"]): str(task["code_hash"])[:_DIGITS] for task in pinned["tasks"]}
