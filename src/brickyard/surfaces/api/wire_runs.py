"""Runs and task runs as the API shows them (jobs API 2.2; the same for older versions, which know fewer fields)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from brickyard.jobs.overriding import over
from brickyard.records import Json
from brickyard.runs.model import Attempt
from brickyard.runs.states import TriggerType
from brickyard.surfaces.api.wire_facts import Facts, git_source
from brickyard.surfaces.api.wire_parameters import job_parameters
from brickyard.surfaces.api.wire_states import states
from brickyard.surfaces.api.wire_tasks import attempt_times, payload, span, task_entry

_SNAPSHOT = ("job_clusters", "environments", "schedule", "description")
"""What a run shows of the settings that it was started with."""
_COPIED = ("state", "status", "start_time", "end_time", "setup_duration", "execution_duration", "cleanup_duration")
"""What a task run, asked for by its own id, has in common with its entry in the job run."""


def run_body(facts: Facts, *, attempts: Iterable[Attempt] = ()) -> dict[str, Any]:
    """A job run, with one entry for each of `attempts`."""
    run = facts.run
    number = len(run.repairs)
    latest = facts.settings(number)
    overriding = overriding_parameters(facts)
    return {
        "job_id": run.job_id,
        "run_id": run.run_id,
        "number_in_job": run.run_id,
        "job_run_id": run.run_id,
        "original_attempt_run_id": run.run_id,
        "attempt_number": 0,
        "run_name": facts.record.name,
        "run_page_url": facts.page_url(run.run_id),
        "run_type": run.run_type.value,
        **_trigger(facts),
        "creator_user_name": facts.record.creator,
        "run_as_user_name": facts.record.identity,
        "format": "MULTI_TASK",
        **states(run.life_cycle, run.ending, waits_for=_waits_for(latest)),
        **_run_times(facts),
        **{name: latest[name] for name in _SNAPSHOT if latest.get(name)},
        **git_source(latest, facts.commit(number)),
        "job_parameters": job_parameters(facts, number),
        **({"overriding_parameters": overriding} if overriding else {}),
        "tasks": [task_entry(facts, attempt) for attempt in attempts],
    }


def task_body(facts: Facts, attempt: Attempt, attempts: Sequence[Attempt]) -> dict[str, Any]:
    """A task run or an iteration, asked for by its own id: a run of its own whose `tasks` is just this one.

    `attempts` has every attempt of the same task or iteration, oldest first.
    """
    is_retry = any(made.number < attempt.number and made.repair == attempt.repair for made in attempts)
    entry = task_entry(facts, attempt)
    cluster = {"cluster_instance": entry["cluster_instance"]} if "cluster_instance" in entry else {}
    return {
        "job_id": facts.run.job_id,
        "run_id": attempt.attempt_id,
        "number_in_job": attempt.attempt_id,
        "job_run_id": facts.run.run_id,
        "parent_run_id": attempt.loop_id or facts.run.run_id,
        "original_attempt_run_id": attempts[0].attempt_id,
        "attempt_number": attempt.number,
        "task_key": attempt.task_key,
        "run_name": attempt.task_key,
        "run_page_url": facts.page_url(attempt.attempt_id),
        "run_type": facts.run.run_type.value,
        **({"trigger": TriggerType.RETRY.value} if is_retry else _trigger(facts)),
        "creator_user_name": facts.record.creator,
        "run_as_user_name": facts.record.identity,
        "format": "MULTI_TASK",
        **{name: entry[name] for name in _COPIED},
        **cluster,
        "run_duration": span(attempt.started_ms, attempt.ended_ms),
        "job_parameters": job_parameters(facts, attempt.repair),
        "task": payload(facts, attempt),
        "tasks": [entry],
    }


def overriding_parameters(facts: Facts) -> dict[str, Any]:
    """The legacy parameters that are in force in the newest start or repair; a repair says only what it changes."""
    repairs = facts.record.overriding_by_repair
    return over(facts.record.overriding, repairs.get(len(facts.run.repairs), {}))


def _trigger(facts: Facts) -> dict[str, Any]:
    """What started the run; of a child the task run that did."""
    trigger = facts.run.trigger
    if trigger is TriggerType.RUN_JOB_TASK and facts.record.parent_attempt_id is not None:
        return {"trigger": trigger.value, "trigger_info": {"run_id": facts.record.parent_attempt_id}}
    return {"trigger": trigger.value}


def _waits_for(settings: Json) -> str:
    return f"Queued due to reaching maximum concurrent runs of {settings.get('max_concurrent_runs', 1)}."


def _run_times(facts: Facts) -> dict[str, int]:
    run = facts.run
    times = {"setup_duration": 0, "execution_duration": 0, "cleanup_duration": 0}
    last = next((attempt for attempt in reversed(run.attempts) if attempt.iteration < 0), None)
    if len(run.plan) == 1 and last is not None:
        # A run of one task has the times of its task.
        known = attempt_times(last, facts.outcomes.get(last.attempt_id))
        times = {name: known[name] for name in times}
    return {
        "start_time": run.started_ms or run.created_ms,
        "end_time": run.ended_ms,
        **times,
        "run_duration": span(run.started_ms or run.created_ms, run.ended_ms),
        "queue_duration": span(run.created_ms, run.started_ms),
    }
