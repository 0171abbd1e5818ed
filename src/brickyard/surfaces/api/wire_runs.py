"""Runs and task runs as the API shows them (jobs API 2.2; the same for older versions, which know fewer fields)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.references import resolve
from brickyard.jobs.scope import Scope
from brickyard.ports import ClusterRecord, Json, RunRecord
from brickyard.runs import rollup
from brickyard.runs.model import Attempt, Ending, Run
from brickyard.runs.states import LifeCycle
from brickyard.surfaces.api.wire_clusters import context_id
from brickyard.surfaces.api.wire_states import states
from brickyard.workloads.messages import Outcome

_SNAPSHOT = ("job_clusters", "git_source", "environments", "schedule", "description")
"""What a run shows of the settings that it was started with."""
SERVERLESS = "serverless"
"""The key of the compute that tasks without a cluster share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known of one run, from which its wire forms are made."""

    run: Run
    record: RunRecord
    url: str
    workspace_id: int
    clusters: Sequence[ClusterRecord] = ()
    outcomes: Mapping[int, Outcome] = field(default_factory=dict)
    """By attempt id, where an attempt has ended."""
    resolved: Mapping[int, Json] = field(default_factory=dict)
    """By attempt id: the values that the task's references had."""

    def settings(self, repair: int) -> Json:
        """The settings that the attempts of this repair were started with."""
        known = self.record.settings_by_repair
        return known[max(number for number in known if number <= repair)]

    def task(self, attempt: Attempt) -> Json:
        """The definition of the attempt's task; a task that a later edit removed is shown by its key alone."""
        for task in self.settings(attempt.repair).get("tasks", ()):
            if task.get("task_key") == attempt.task_key:
                return dict(task)
        return {"task_key": attempt.task_key}


def run_body(facts: Facts, *, attempts: Iterable[Attempt] = ()) -> dict[str, Any]:
    """A job run, with one entry for each of `attempts`."""
    run = facts.run
    latest = facts.settings(len(run.repairs))
    return {
        "job_id": run.job_id,
        "run_id": run.run_id,
        "number_in_job": run.run_id,
        "job_run_id": run.run_id,
        "original_attempt_run_id": run.run_id,
        "attempt_number": 0,
        "run_name": facts.record.name,
        "run_page_url": page_url(facts, run.run_id),
        "run_type": run.run_type.value,
        "trigger": run.trigger.value,
        "creator_user_name": facts.record.creator,
        "format": "MULTI_TASK",
        **states(run.life_cycle, run.ending, waits_for=_waits_for(latest)),
        **_run_times(facts),
        **{name: latest[name] for name in _SNAPSHOT if latest.get(name)},
        "job_parameters": job_parameters(facts, len(run.repairs)),
        **({"overriding_parameters": dict(facts.record.overriding)} if facts.record.overriding else {}),
        "tasks": [task_entry(facts, attempt) for attempt in attempts],
    }


def task_body(facts: Facts, attempt: Attempt) -> dict[str, Any]:
    """A task run, asked for by its own id: a run of its own whose `tasks` is just this one."""
    entry = task_entry(facts, attempt)
    copied = ("state", "status", "start_time", "end_time", "setup_duration", "execution_duration", "cleanup_duration")
    first = next(known for known in facts.run.attempts if known.task_key == attempt.task_key)
    cluster = {"cluster_instance": entry["cluster_instance"]} if "cluster_instance" in entry else {}
    return {
        "job_id": facts.run.job_id,
        "run_id": attempt.attempt_id,
        "number_in_job": attempt.attempt_id,
        "job_run_id": facts.run.run_id,
        "original_attempt_run_id": first.attempt_id,
        "attempt_number": attempt.number,
        "run_name": attempt.task_key,
        "run_page_url": page_url(facts, attempt.attempt_id),
        "run_type": facts.run.run_type.value,
        "trigger": facts.run.trigger.value,
        "creator_user_name": facts.record.creator,
        "format": "MULTI_TASK",
        **{name: entry[name] for name in copied},
        **cluster,
        "run_duration": _span(attempt.started_ms, attempt.ended_ms),
        "job_parameters": job_parameters(facts, attempt.repair),
        "task": {name: value for name, value in facts.task(attempt).items() if name.endswith("_task")},
        "tasks": [entry],
    }


def task_entry(facts: Facts, attempt: Attempt) -> dict[str, Any]:
    """One attempt, as in `tasks` of a run: the task's definition and what became of it."""
    entry: dict[str, Any] = {
        "run_if": "ALL_SUCCESS",
        **facts.task(attempt),
        "run_id": attempt.attempt_id,
        "attempt_number": attempt.number,
        "run_page_url": page_url(facts, attempt.attempt_id),
        **states(attempt.life_cycle, attempt.ending),
        **_attempt_times(attempt, facts.outcomes.get(attempt.attempt_id)),
    }
    cluster = cluster_of(facts.clusters, attempt, entry)
    if cluster is not None:
        entry["cluster_instance"] = {"cluster_id": cluster.cluster_id, "spark_context_id": str(context_id(cluster))}
    if attempt.attempt_id in facts.resolved:
        entry["resolved_values"] = facts.resolved[attempt.attempt_id]
    return entry


def cluster_key(attempt: Attempt, task: Json) -> str:
    """The key of the cluster that the attempt runs on."""
    if "job_cluster_key" in task:
        return str(task["job_cluster_key"])
    return f"task:{attempt.attempt_id}" if "new_cluster" in task else SERVERLESS


def cluster_of(clusters: Sequence[ClusterRecord], attempt: Attempt, task: Json) -> ClusterRecord | None:
    """The cluster that the attempt ran on: the newest of its key that was there before the attempt ended.

    Serverless compute has no cluster that the service would show.
    """
    key = cluster_key(attempt, task)
    if key == SERVERLESS or not attempt.started_ms:
        return None
    found = [cluster for cluster in clusters if cluster.key == key]
    if attempt.ended_ms:
        found = [cluster for cluster in found if cluster.created_ms <= attempt.ended_ms]
    return max(found, key=lambda cluster: cluster.created_ms, default=None)


def job_parameters(facts: Facts, repair: int) -> list[dict[str, str]]:
    """Every job parameter with its default and the value that it has after this repair."""
    given = facts.record.parameters_by_repair
    values = {**given.get(0, {}), **given.get(repair, {})}
    declared = {item["name"]: item["default"] for item in facts.settings(repair).get("parameters", ())}
    scope = _scope(facts)
    shown = [
        {"name": name, "default": default, "value": values[name] if name in values else _resolved(default, scope)}
        for name, default in declared.items()
    ]
    return shown + [{"name": name, "value": value} for name, value in values.items() if name not in declared]


def repair_history(facts: Facts) -> list[dict[str, Any]]:
    """The original run and each repair, oldest first. It always has at least one entry: clients read the last."""
    run = facts.run
    original = [attempt.attempt_id for attempt in run.attempts if attempt.repair == 0]
    entries: list[dict[str, Any]] = [
        {
            "type": "ORIGINAL",
            "start_time": run.started_ms or run.created_ms,
            "end_time": run.ended_ms if not run.repairs else _original_end(run),
            **_original_states(run),
            "task_run_ids": original,
        }
    ]
    for number, repair in enumerate(run.repairs, start=1):
        newest = number == len(run.repairs)
        ending = repair.ending or (run.ending if newest else None)
        life_cycle = ending.life_cycle if ending else run.life_cycle
        ids = repair.attempt_ids or tuple(made.attempt_id for made in run.attempts if made.repair == number)
        entries.append(
            {
                "type": "REPAIR",
                "id": repair.repair_id,
                "start_time": repair.started_ms,
                "end_time": repair.ended_ms,
                **states(life_cycle, ending),
                "task_run_ids": list(ids),
            }
        )
    return entries


def page_url(facts: Facts, run_id: int) -> str:
    """The address of a run or task run, in the form that clients take apart (`/run/<digits>`)."""
    return f"{facts.url}/?o={facts.workspace_id}#job/{facts.run.job_id}/run/{run_id}"


def _resolved(default: str, scope: Scope) -> str:
    """A default as its tasks see it; one that has no value, which failed them, is shown as it was written."""
    try:
        return resolve(default, scope)
    except InvalidParameterValue:
        return default


def _scope(facts: Facts) -> Scope:
    """What references in defaults of job parameters mean: they see the run, and no task."""
    run = facts.run
    return Scope(
        job_id=run.job_id,
        job_name=facts.record.name,
        run_id=run.run_id,
        repair_count=len(run.repairs),
        start_ms=run.started_ms or run.created_ms,
        trigger_ms=run.created_ms,
        trigger_type=run.trigger.value,
        workspace_id=facts.workspace_id,
        workspace_url=facts.url,
        now_ms=run.started_ms or run.created_ms,
    )


def _waits_for(settings: Json) -> str:
    return f"Queued due to reaching maximum concurrent runs of {settings.get('max_concurrent_runs', 1)}."


def _original_end(run: Run) -> int:
    """A run ends with the last of its tasks."""
    return max((made.ended_ms for made in run.attempts if made.repair == 0), default=0)


def _original_states(run: Run) -> dict[str, Any]:
    if not run.repairs:
        return states(run.life_cycle, run.ending)
    ending = _original_ending(run)
    return states(ending.life_cycle if ending else LifeCycle.TERMINATED, ending)


def _original_ending(run: Run) -> Ending | None:
    """How the run ended before its first repair: the same roll-up, over the first attempts only."""
    before = replace(
        run,
        attempts=tuple(made for made in run.attempts if made.repair == 0),
        latest={},
        timed_out=False,
        cancel_requested=False,
    )
    complete = all(key in before.latest and before.latest[key].ending for key in run.plan)
    return rollup.ending_of(before) if complete else None


def _run_times(facts: Facts) -> dict[str, int]:
    run = facts.run
    times = {"setup_duration": 0, "execution_duration": 0, "cleanup_duration": 0}
    if len(run.plan) == 1 and run.attempts:
        # A run of one task has the times of its task.
        known = _attempt_times(run.attempts[-1], facts.outcomes.get(run.attempts[-1].attempt_id))
        times = {name: known[name] for name in times}
    return {
        "start_time": run.started_ms or run.created_ms,
        "end_time": run.ended_ms,
        **times,
        "run_duration": _span(run.started_ms or run.created_ms, run.ended_ms),
        "queue_duration": _span(run.created_ms, run.started_ms),
    }


def _attempt_times(attempt: Attempt, outcome: Outcome | None) -> dict[str, int]:
    """Setup until the user's code begins, its execution, and what came after. A skipped task has one moment only."""
    start = attempt.started_ms or attempt.ended_ms
    begun = outcome.started_ms if outcome and outcome.started_ms else start
    done = outcome.ended_ms if outcome and outcome.ended_ms else attempt.ended_ms
    return {
        "start_time": start,
        "end_time": attempt.ended_ms,
        "setup_duration": _span(start, begun),
        "execution_duration": _span(begun, done),
        "cleanup_duration": _span(done, attempt.ended_ms),
    }


def _span(start: int, end: int) -> int:
    """Milliseconds between two moments; 0 while one of them is not known."""
    return max(0, end - start) if start and end else 0
