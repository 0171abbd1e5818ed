"""Gathers what the wire forms of runs are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from brickyard.errors import InvalidParameterValue
from brickyard.runs.model import Attempt, Run
from brickyard.surfaces.api import wire_runs
from brickyard.surfaces.api.pages import ARRAY_PAGE, cut_arrays
from brickyard.surfaces.api.services import Services
from brickyard.surfaces.api.wire_runs import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What `runs/get` was asked to show."""

    history: bool = False
    resolved: bool = False
    offset: int = 0
    """Where the page of the arrays begins."""


def no_run(run_id: int) -> InvalidParameterValue:
    """The service says it with 400 and exactly this text; clients look for the text."""
    return InvalidParameterValue(f"Run {run_id} does not exist.")


def facts_of(services: Services, run_id: int, *, clusters: bool = True, loaded: Run | None = None) -> Facts | None:
    """What is known of a job run, on wish without its clusters; None where there is no run of this id.

    `loaded` is the run where the caller has it already.
    """
    run = loaded or services.store.runs.load(run_id)
    record = services.store.runs.record(run_id) if run else None
    if run is None or record is None:
        return None
    found = services.store.clusters.of_run(run_id) if clusters else ()
    return Facts(run=run, record=record, url=services.url, workspace_id=services.workspace_id, clusters=found)


def require(services: Services, run_id: int) -> Facts:
    """What is known of a job run.

    Raises:
        InvalidParameterValue: there is no job run of this id.
    """
    facts = facts_of(services, run_id)
    if facts is None:
        raise no_run(run_id)
    return facts


def locate(services: Services, run_id: int) -> tuple[Facts, Attempt | None]:
    """A job run, or the task run of this id with the run that it is part of.

    Raises:
        InvalidParameterValue: there is neither.
    """
    facts = facts_of(services, run_id)
    if facts is not None:
        return facts, None
    parent = services.store.runs.run_of_attempt(run_id)
    facts = facts_of(services, parent) if parent is not None else None
    if facts is None:
        raise no_run(run_id)
    return facts, next(attempt for attempt in facts.run.attempts if attempt.attempt_id == run_id)


def read(services: Services, run_id: int, shown: Shown) -> dict[str, Any]:
    """The body of `runs/get`, for a job run or a task run."""
    facts, attempt = locate(services, run_id)
    if attempt is not None:
        return wire_runs.task_body(detailed(services, facts, [attempt], resolved=shown.resolved), attempt)
    return job_run(services, facts, shown)


def job_run(services: Services, facts: Facts, shown: Shown) -> dict[str, Any]:
    """The body of `runs/get` for a job run: one page of its arrays."""
    run = facts.run
    page = run.attempts[shown.offset : shown.offset + ARRAY_PAGE]
    facts = detailed(services, facts, page, resolved=shown.resolved)
    body = wire_runs.run_body(facts, attempts=page)
    arrays: dict[str, Any] = {name: body[name] for name in ("job_clusters", "job_parameters") if name in body}
    if shown.history:
        arrays["repair_history"] = wire_runs.repair_history(facts)
    arrays["attempts"] = run.attempts
    more = cut_arrays(arrays, tuple(arrays), shown.offset, question(run.run_id))
    del arrays["attempts"]
    return {**body, **arrays, "has_more": more}


def list_entry(services: Services, run_id: int, *, expand: bool) -> dict[str, Any] | None:
    """A run in a list; None where it was deleted meanwhile."""
    facts = facts_of(services, run_id, clusters=expand)
    if facts is None:
        return None
    if expand:
        return job_run(services, facts, Shown())
    if len(facts.run.plan) == 1:  # such a run shows the times of its task
        facts = detailed(services, facts, facts.run.attempts[-1:], resolved=False)
    body = wire_runs.run_body(facts)
    return {name: value for name, value in body.items() if name not in {"tasks", "job_clusters"}}


def detailed(services: Services, facts: Facts, attempts: Sequence[Attempt], *, resolved: bool) -> Facts:
    """The facts with the outcomes (and resolved values) of these attempts."""
    runs = services.store.runs
    outcomes = runs.outcomes([made.attempt_id for made in attempts if made.is_terminal])
    values = {made.attempt_id: runs.resolved(made.attempt_id) for made in attempts} if resolved else {}
    return replace(
        facts,
        outcomes=outcomes,
        resolved={key: value for key, value in values.items() if value is not None},
    )


def question(run_id: int) -> str:
    """What a page token of this run's arrays is bound to."""
    return f"run {run_id} by {ARRAY_PAGE}"
