"""Runs, jobs and clusters to store, made by the real rules."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from brickyard.jobs.tasks import Dependency
from brickyard.records import ClusterRecord, Commit, JobRecord, RunRecord
from brickyard.runs import endings
from brickyard.runs.decide import Decision, decide
from brickyard.runs.events import AttemptEnded, AttemptStarted, Event, RunCreated
from brickyard.runs.model import Ending, Kind, Run, TaskPlan
from brickyard.storage.store import SqlStore
from brickyard.workloads.messages import Outcome

_ids = itertools.count(1_000)


def new_id() -> int:
    return next(_ids)


class HandClock:
    """A clock that stands still."""

    def now_ms(self) -> int:
        return 1_700_000_000_000

    def monotonic(self) -> float:
        return 0.0


def plan_of(**after: Sequence[str]) -> dict[str, TaskPlan]:
    """A plan from task keys and the keys that each waits for."""
    return {
        key: TaskPlan(key=key, depends_on=tuple(Dependency(before) for before in befores))
        for key, befores in after.items()
    }


def plan_of_all_kinds(width: int = 2) -> dict[str, TaskPlan]:
    """A condition with its two branches, a loop of `width` iterations at a time, and a task that starts a job."""
    nested = TaskPlan(key="one", max_retries=1, min_retry_interval_ms=40, timeout_ms=9)
    tasks = (
        TaskPlan(key="check", kind=Kind.CONDITION),
        TaskPlan(key="yes", depends_on=(Dependency("check", "true"),)),
        TaskPlan(key="no", depends_on=(Dependency("check", "false"),), disabled=True),
        TaskPlan(key="each", kind=Kind.LOOP, concurrency=width, nested=nested, timeout_ms=9),
        TaskPlan(key="child", kind=Kind.RUN_JOB, depends_on=(Dependency("each"),)),
    )
    return {task.key: task for task in tasks}


def new_run(plan: Mapping[str, TaskPlan] | None = None, **fields: Any) -> Run:
    chosen: dict[str, Any] = {"job_id": 7, "created_ms": 10, "plan": plan or plan_of(first=[], second=["first"])}
    return Run(run_id=new_id(), **(chosen | fields))


def record_of(run: Run, **fields: Any) -> RunRecord:
    chosen: dict[str, Any] = {
        "run_id": run.run_id,
        "job_id": run.job_id,
        "name": "nightly",
        "creator": "me@example.com",
        "settings_by_repair": {0: {"name": "nightly", "tasks": []}},
        "parameters_by_repair": {0: {}},
    }
    return RunRecord(**(chosen | fields))


def create(store: SqlStore, run: Run | None = None, at_ms: int = 10, **fields: Any) -> Decision:
    """Store a run that begins at once; its first decision."""
    decision = decide(run or new_run(), RunCreated(), at_ms, new_id)
    store.runs.create(record_of(decision.run, **fields), decision, at_ms)
    return decision


def create_idle(store: SqlStore, run: Run | None = None, **fields: Any) -> Run:
    """Store a run that has not begun."""
    run = run or new_run()
    store.runs.create(record_of(run, **fields), Decision(run), run.created_ms)
    return run


def commit_of(run: Run, event: Event, at_ms: int = 20, **fields: Any) -> Commit:
    return Commit(before=run, decision=decide(run, event, at_ms, new_id), at_ms=at_ms, **fields)


def apply(store: SqlStore, run: Run, event: Event, at_ms: int = 20, **fields: Any) -> Run:
    """Decide and store; the run after it."""
    commit = commit_of(run, event, at_ms, **fields)
    store.runs.commit([commit])
    return commit.decision.run


def finish(store: SqlStore, run: Run, key: str, ending: Ending | None = None, at_ms: int = 30) -> Run:
    """Start and end the newest attempt of a task."""
    attempt_id = run.latest[key].attempt_id
    run = apply(store, run, AttemptStarted(attempt_id), at_ms)
    outcome = (attempt_id, Outcome(status="success", started_ms=at_ms, ended_ms=at_ms + 5))
    return apply(store, run, AttemptEnded(attempt_id, ending or endings.succeeded()), at_ms + 5, outcome=outcome)


def finished(store: SqlStore, run: Run | None = None, at_ms: int = 10) -> Run:
    """Store a run that has ended well."""
    done = create(store, run, at_ms).run
    for key in done.plan:
        done = finish(store, done, key, at_ms=at_ms)
    return done


def new_job(name: str = "nightly", **fields: Any) -> JobRecord:
    settings = {"name": name, "tasks": [{"task_key": "ä"}], "tags": {"a": None}}
    chosen: dict[str, Any] = {"job_id": new_id(), "settings": settings, "creator": "me", "created_ms": 5}
    return JobRecord(**(chosen | fields))


def new_cluster(cluster_id: str = "c-1", **fields: Any) -> ClusterRecord:
    chosen: dict[str, Any] = {
        "cluster_id": cluster_id,
        "name": "job-1-run-2",
        "state": "PENDING",
        "run_id": 2,
        "job_id": 1,
        "key": "main",
        "spec": None,
        "created_ms": 3,
    }
    return ClusterRecord(**(chosen | fields))
