"""What only some kinds of tasks have to tell: a condition its outcome, a loop its counts, a run-job task its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from brickyard.surfaces.cli.output import result_of

Json = Mapping[str, Any]


def outcome_of(task: Json) -> str:
    """The outcome of a condition, "true" or "false"; "" for what is none, or was not evaluated."""
    return str((task.get("condition_task") or {}).get("outcome") or "")


def loop_stats(task: Json) -> Mapping[str, int]:
    """How the iterations of a loop stand; empty for every other task, and before the loop begins."""
    stats: Mapping[str, int] = ((task.get("for_each_task") or {}).get("stats") or {}).get("task_run_stats") or {}
    return stats


def loop_text(stats: Mapping[str, int]) -> str:
    """`3/5,000 done, 1 failed, 20 running`."""
    parts = [f"{stats.get('completed_iterations', 0):,}/{stats.get('total_iterations', 0):,} done"]
    for name, word in (("failed_iterations", "failed"), ("active_iterations", "running")):
        if stats.get(name):
            parts.append(f"{stats[name]:,} {word}")
    return ", ".join(parts)


def milestone_of(task: Json) -> int:
    """How many tenths of a loop are done: one line for each is enough where nothing can be drawn again."""
    stats = loop_stats(task)
    total = stats.get("total_iterations", 0)
    return 10 * stats.get("completed_iterations", 0) // total if total else 0


def child_text(task: Json, children: Sequence[Json]) -> str:
    """`run 17 of other job: RUNNING`, for the newest run that the task has started."""
    mine = [child for child in children if child.get("task_run_id") == task.get("run_id")]
    if "run_job_task" not in task or not mine:
        return ""
    child = mine[-1]
    return f"run {child['run_id']} of {child['run_name']}: {child['result'] or child['state']}"


def detail_of(task: Json, children: Sequence[Json]) -> str:
    """What is told of the task beside its state."""
    stats = loop_stats(task)
    return loop_text(stats) if stats else child_text(task, children)


def word_of(task: Json) -> str:
    """Its result or state; of a condition the outcome, which is what those after it wait for."""
    return outcome_of(task) or result_of(task)
