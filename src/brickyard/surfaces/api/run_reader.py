"""The bodies of `runs/get` and `runs/list`: what of a run is on which page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from brickyard.runs.model import Attempt
from brickyard.runs.states import LifeCycle, Result
from brickyard.surfaces.api import run_facts, wire_repairs, wire_runs, wire_tasks
from brickyard.surfaces.api.pages import ARRAY_PAGE, cut_arrays, token
from brickyard.surfaces.api.run_facts import no_run, require
from brickyard.surfaces.api.services import Services
from brickyard.surfaces.api.wire_facts import Facts

__all__ = ["Shown", "entries", "job_run", "no_run", "question", "read", "require", "watched_run"]

_NOT_LISTED = frozenset({"tasks", "job_clusters"})
"""What a run in a list shows only where it was asked for (`expand_tasks`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What `runs/get` was asked to show."""

    history: bool = False
    resolved: bool = False
    offset: int = 0
    """Where the page of the arrays begins."""
    whole: bool = False
    """All entries of the arrays of a job run, as before API 2.2; iterations of a loop come in pages all the same."""


def read(services: Services, run_id: int, shown: Shown) -> dict[str, Any]:
    """The body of `runs/get`, for a job run, a task run, or an iteration of a loop.

    Raises:
        InvalidParameterValue: there is no run of this id.
    """
    facts, attempts = run_facts.locate(services, run_id)
    if not attempts:
        return job_run(services, facts, shown)
    attempt = run_facts.one_of(attempts, run_id)
    if "for_each_task" in facts.task(attempt):
        return _loop_run(services, facts, attempts, attempt, shown)
    facts = run_facts.detailed(services, facts, [attempt], resolved=shown.resolved)
    return wire_runs.task_body(facts, attempt, attempts)


def job_run(services: Services, facts: Facts, shown: Shown) -> dict[str, Any]:
    """The body of `runs/get` for a job run: one page of its arrays."""
    ordered = wire_tasks.in_order(facts.run.attempts)
    page = ordered if shown.whole else ordered[shown.offset : shown.offset + ARRAY_PAGE]
    return _paged(run_facts.detailed(services, facts, page, resolved=shown.resolved), ordered, page, shown)


def watched_run(services: Services, facts: Facts) -> dict[str, Any]:
    """As `job_run` with the history; of a run with more attempts than a page has, the most telling ones.

    Those are the newest attempts of the tasks that failed, then of those that run or are about to, then the others.
    """
    shown = Shown(history=True)
    if len(facts.run.attempts) <= ARRAY_PAGE:
        return job_run(services, facts, shown)
    page = sorted(facts.run.latest.values(), key=_urgency)[:ARRAY_PAGE]
    body = _paged(run_facts.detailed(services, facts, page), (), page, shown)
    return {**body, "has_more": True}


def _urgency(attempt: Attempt) -> int:
    if attempt.ending is not None:
        return 0 if attempt.ending.result in {Result.FAILED, Result.TIMEDOUT} else 3
    return {LifeCycle.PENDING: 2, LifeCycle.BLOCKED: 4}.get(attempt.life_cycle, 1)


def entries(services: Services, run_ids: Sequence[int], *, expand: bool) -> list[dict[str, Any]]:
    """Runs of a list, in this order; what was deleted meanwhile is left out.

    The number of questions to the database does not depend on the number of runs, nor on what they are made of.
    """
    return _expanded(services, run_ids) if expand else _listed(services, run_ids)


def question(run_id: int) -> str:
    """What a page token of this run's arrays is bound to."""
    return f"run {run_id} by {ARRAY_PAGE}"


def _paged(facts: Facts, ordered: Sequence[Attempt], page: Sequence[Attempt], shown: Shown) -> dict[str, Any]:
    body = wire_runs.run_body(facts, attempts=page)
    arrays: dict[str, Any] = {name: body[name] for name in ("job_clusters", "job_parameters") if name in body}
    if shown.history:
        arrays["repair_history"] = wire_repairs.repair_history(facts)
    arrays["attempts"] = ordered
    more = not shown.whole and cut_arrays(arrays, tuple(arrays), shown.offset, question(facts.run.run_id))
    del arrays["attempts"]
    return {**body, **arrays, "has_more": more}


def _loop_run(
    services: Services, facts: Facts, attempts: Sequence[Attempt], loop: Attempt, shown: Shown
) -> dict[str, Any]:
    """The run of a loop: `tasks` is the loop, `iterations` one page of the runs of its nested task."""
    asked = run_facts.loop_ref(facts.run, loop)
    found = services.store.runs.iterations(asked, offset=shown.offset, limit=ARRAY_PAGE + 1)
    page = found[:ARRAY_PAGE]
    facts = run_facts.detailed(services, facts, [loop, *page], resolved=shown.resolved)
    body = wire_runs.task_body(facts, loop, attempts)
    iterations = [wire_tasks.task_entry(facts, iteration) for iteration in page]
    more = len(found) > ARRAY_PAGE
    following = {"next_page_token": token(shown.offset + ARRAY_PAGE, question(loop.attempt_id))} if more else {}
    return {**body, "iterations": iterations, **following, "has_more": more}


def _listed(services: Services, run_ids: Sequence[int]) -> list[dict[str, Any]]:
    found = run_facts.facts_of_many(services, run_ids, attempts="none", clusters=False)
    alone = [run_id for run_id, facts in found.items() if len(facts.run.plan) == 1]
    if alone:  # such a run shows the times of its task
        whole = services.store.runs.load_many(alone, attempts="tasks")
        of_tasks = [replace(found[run_id], run=run) for run_id, run in whole.items()]
        pages = [(facts, wire_tasks.in_order(facts.run.attempts)[-1:]) for facts in of_tasks]
        found |= {facts.run.run_id: facts for facts in run_facts.detailed_many(services, pages)}
    return [_head(found[run_id]) for run_id in run_ids if run_id in found]


def _head(facts: Facts) -> dict[str, Any]:
    return {name: value for name, value in wire_runs.run_body(facts).items() if name not in _NOT_LISTED}


def _expanded(services: Services, run_ids: Sequence[int]) -> list[dict[str, Any]]:
    found = run_facts.facts_of_many(services, run_ids)
    ordered = {run_id: wire_tasks.in_order(facts.run.attempts) for run_id, facts in found.items()}
    pages = [(found[run_id], ordered[run_id][:ARRAY_PAGE]) for run_id in run_ids if run_id in found]
    return [
        _paged(facts, ordered[facts.run.run_id], page, Shown())
        for facts, (_, page) in zip(run_facts.detailed_many(services, pages), pages, strict=True)
    ]
