"""Task runs as entries of a run: the task's definition and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from brickyard.records import ClusterRecord, Json
from brickyard.runs.loops import LoopStats
from brickyard.runs.model import Attempt
from brickyard.runs.states import Code
from brickyard.surfaces.api.wire_clusters import context_id
from brickyard.surfaces.api.wire_facts import Facts, git_source
from brickyard.surfaces.api.wire_states import states
from brickyard.workloads.messages import Outcome

SERVERLESS = "serverless"
"""The key of the compute that tasks without a cluster share."""
ON_THE_SERVER = frozenset({"condition_task", "run_job_task", "for_each_task"})
"""The payloads of tasks that need no compute of their own."""


def in_order(attempts: Iterable[Attempt]) -> list[Attempt]:
    """The attempts of tasks as a run shows them: a task stands where its first attempt does, followed by its others.

    Iterations are left out: the run of their loop shows them.
    """
    of_tasks = [attempt for attempt in attempts if attempt.iteration < 0]
    places: dict[str, int] = {}
    for attempt in of_tasks:
        places.setdefault(attempt.task_key, len(places))
    return sorted(of_tasks, key=lambda attempt: (places[attempt.task_key], attempt.number))


def task_entry(facts: Facts, attempt: Attempt) -> dict[str, Any]:
    """One attempt, as in `tasks` or `iterations` of a run."""
    task = facts.task(attempt)
    entry: dict[str, Any] = {
        "run_if": "ALL_SUCCESS",
        **task,
        **_of_kind(facts, attempt, task),
        **_git(facts, attempt, task),
        "run_id": attempt.attempt_id,
        "attempt_number": attempt.number,
        "run_page_url": facts.page_url(attempt.attempt_id),
        **states(attempt.life_cycle, attempt.ending),
        **attempt_times(attempt, facts.outcomes.get(attempt.attempt_id)),
    }
    cluster = cluster_of(facts.clusters, attempt, entry)
    if cluster is not None:
        entry["cluster_instance"] = {"cluster_id": cluster.cluster_id, "spark_context_id": str(context_id(cluster))}
    if task.get("existing_cluster_id") and attempt.started_ms:
        entry["cluster_instance"] = {"cluster_id": task["existing_cluster_id"]}
    if attempt.attempt_id in facts.resolved:
        entry["resolved_values"] = facts.resolved[attempt.attempt_id]
    return entry


def payload(facts: Facts, attempt: Attempt) -> dict[str, Any]:
    """What the task does, by the kind of it: `{"notebook_task": {…}}`."""
    return {name: value for name, value in facts.task(attempt).items() if name.endswith("_task")}


def _of_kind(facts: Facts, attempt: Attempt, task: Json) -> dict[str, Any]:
    """What only the run of a condition or of a loop has, inside its payload."""
    if "condition_task" in task and attempt.ending is not None and attempt.ending.outcome:
        return {"condition_task": {**task["condition_task"], "outcome": attempt.ending.outcome}}
    if "for_each_task" in task and attempt.attempt_id in facts.loops:
        return {"for_each_task": {**task["for_each_task"], "stats": stats(facts.loops[attempt.attempt_id])}}
    return {}


def stats(loop: LoopStats) -> dict[str, Any]:
    """`for_each_task.stats`, as recorded runs of the service have it."""
    messages = [
        {"count": count, "error_message": text, "termination_category": category(code)}
        for count, text, code in loop.messages
    ]
    return {
        **({"error_message_stats": messages} if messages else {}),
        "task_run_stats": {
            "active_iterations": loop.active,
            "completed_iterations": loop.completed,
            "failed_iterations": loop.failed,
            "scheduled_iterations": loop.scheduled,
            "succeeded_iterations": loop.succeeded,
            "total_iterations": loop.total,
        },
    }


def category(code: Code) -> str:
    """A termination code in the spelling of `termination_category`: `RunExecutionError`."""
    return "".join(word.capitalize() for word in code.value.split("_"))


def _git(facts: Facts, attempt: Attempt, task: Json) -> dict[str, Any]:
    """Where a task's file comes from Git: the source, with the commit."""
    settings = facts.settings(attempt.repair)
    if not settings.get("git_source"):
        return {}
    from_git = any(isinstance(part, dict) and _source(part) == "GIT" for part in task.values())
    return git_source(settings, facts.commit(attempt.repair)) if from_git else {}


def _source(payload: Json) -> str:
    file = payload.get("file")
    inner = file.get("source") if isinstance(file, dict) else None
    return str(payload.get("source") or inner or "")


def cluster_key(attempt: Attempt, task: Json) -> str:
    """The key of the cluster that the attempt runs on; "" for a task that needs none or runs on an all-purpose one."""
    if not ON_THE_SERVER.isdisjoint(task) or task.get("existing_cluster_id"):
        return ""
    if "job_cluster_key" in task:
        return str(task["job_cluster_key"])
    return f"task:{attempt.attempt_id}" if "new_cluster" in task else SERVERLESS


def cluster_of(clusters: Sequence[ClusterRecord], attempt: Attempt, task: Json) -> ClusterRecord | None:
    """The cluster that the attempt ran on: the newest of its key that was there before the attempt ended.

    Serverless compute has no cluster that the service would show.
    """
    key = cluster_key(attempt, task) if clusters else ""
    if key in {"", SERVERLESS} or not attempt.started_ms:
        return None
    found = [cluster for cluster in clusters if cluster.key == key]
    if attempt.ended_ms:
        found = [cluster for cluster in found if cluster.created_ms <= attempt.ended_ms]
    return max(found, key=lambda cluster: cluster.created_ms, default=None)


def attempt_times(attempt: Attempt, outcome: Outcome | None) -> dict[str, int]:
    """Setup until the user's code begins, its execution, and what came after. A skipped task has one moment only."""
    start = attempt.started_ms or attempt.ended_ms
    begun = max(start, outcome.started_ms) if outcome and outcome.started_ms else start
    done = min(outcome.ended_ms, attempt.ended_ms) if outcome and outcome.ended_ms else attempt.ended_ms
    return {
        "start_time": start,
        "end_time": attempt.ended_ms,
        "setup_duration": span(start, begun),
        "execution_duration": span(begun, done),
        "cleanup_duration": span(done, attempt.ended_ms),
    }


def span(start: int, end: int) -> int:
    """Milliseconds between two moments; 0 while one of them is not known."""
    return max(0, end - start) if start and end else 0
