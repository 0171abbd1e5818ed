"""Gathers what the wire forms of runs are made from, in a number of questions that does not grow with the runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from brickyard.errors import InvalidParameterValue
from brickyard.records import AttemptsWanted, LoopRef
from brickyard.runs import loops
from brickyard.runs.loops import LoopStats
from brickyard.runs.model import Attempt, Run
from brickyard.surfaces.api.services import Services
from brickyard.surfaces.api.wire_facts import Facts

T = TypeVar("T")


def no_run(run_id: int) -> InvalidParameterValue:
    """The service says it with 400 and exactly this text; clients look for the text."""
    return InvalidParameterValue(f"Run {run_id} does not exist.")


def facts_of_many(
    services: Services, run_ids: Sequence[int], *, attempts: AttemptsWanted = "tasks", clusters: bool = True
) -> dict[int, Facts]:
    """What is known of these job runs, by id; those that there are not are left out."""
    store = services.store
    runs = store.runs.load_many(run_ids, attempts=attempts)
    records = store.runs.records(list(runs))
    found = store.clusters.of_runs(list(runs)) if clusters else {}
    return {
        run_id: Facts(
            run=run,
            record=records[run_id],
            url=services.url,
            workspace_id=services.workspace_id,
            clusters=found.get(run_id, ()),
        )
        for run_id, run in runs.items()
        if run_id in records
    }


def require(services: Services, run_id: int, *, attempts: AttemptsWanted = "all") -> Facts:
    """What is known of a job run, with every attempt unless fewer are wanted.

    Raises:
        InvalidParameterValue: there is no job run of this id.
    """
    facts = facts_of_many(services, [run_id], attempts=attempts).get(run_id)
    if facts is None:
        raise no_run(run_id)
    return facts


def locate(services: Services, run_id: int) -> tuple[Facts, Sequence[Attempt]]:
    """A job run and nothing, or the run that this task run is part of with every attempt of the same task or iteration.

    Raises:
        InvalidParameterValue: there is neither.
    """
    facts = facts_of_many(services, [run_id]).get(run_id)
    if facts is not None:
        return facts, ()
    parent = services.store.runs.run_of_attempt(run_id)
    if parent is None:
        raise no_run(run_id)
    return require(services, parent, attempts="tasks"), services.store.runs.slot(run_id)


def require_attempt(services: Services, attempt_id: int) -> tuple[Facts, Attempt]:
    """A task run or an iteration, with the run that it is part of.

    Raises:
        InvalidParameterValue: there is none of this id.
    """
    facts, attempts = locate(services, attempt_id)
    if not attempts:
        raise no_run(attempt_id)
    return facts, one_of(attempts, attempt_id)


def one_of(attempts: Iterable[Attempt], attempt_id: int) -> Attempt:
    """The attempt of this id, which is among these."""
    return next(attempt for attempt in attempts if attempt.attempt_id == attempt_id)


def watched(services: Services, run: Run) -> Facts | None:
    """What is known of a run that the engine has in memory, with the state of its loops; None where it was deleted."""
    record = services.store.runs.record(run.run_id)
    if record is None:
        return None
    begun = [attempt for attempt in run.attempts if attempt.total >= 0]
    tasks = run if not begun else replace(run, attempts=[made for made in run.attempts if made.iteration < 0])
    return Facts(
        run=tasks,
        record=record,
        url=services.url,
        workspace_id=services.workspace_id,
        clusters=services.store.clusters.of_run(run.run_id),
        loops={loop.attempt_id: loops.stats(run, loop) for loop in begun},
    )


def detailed_many(
    services: Services, pages: Sequence[tuple[Facts, Sequence[Attempt]]], *, resolved: bool = False
) -> list[Facts]:
    """The facts, each with the outcomes, the loops and (on wish) the resolved values of the attempts that are shown."""
    runs = services.store.runs
    shown = [attempt for _, attempts in pages for attempt in attempts]
    outcomes = runs.outcomes([attempt.attempt_id for attempt in shown if attempt.is_terminal])
    values = runs.resolved_many([attempt.attempt_id for attempt in shown]) if resolved else {}
    stats = _loop_stats(services, pages)
    return [
        replace(
            facts,
            outcomes=_of(outcomes, attempts),
            resolved=_of(values, attempts),
            loops={**_of(stats, attempts), **facts.loops},
        )
        for facts, attempts in pages
    ]


def detailed(services: Services, facts: Facts, attempts: Sequence[Attempt], *, resolved: bool = False) -> Facts:
    """As `detailed_many`, for one run."""
    return detailed_many(services, [(facts, attempts)], resolved=resolved)[0]


def loop_ref(run: Run, loop: Attempt) -> LoopRef:
    """The loop with the attempts of it whose good iterations it kept."""
    chain, known = [loop.attempt_id], loop
    while known.continues and (earlier := run.attempt(known.continues)) is not None:
        chain.append(earlier.attempt_id)
        known = earlier
    return LoopRef(run_id=run.run_id, chain=tuple(chain), total=loop.total)


def _loop_stats(services: Services, pages: Sequence[tuple[Facts, Sequence[Attempt]]]) -> Mapping[int, LoopStats]:
    wanted = [
        loop_ref(facts.run, attempt)
        for facts, attempts in pages
        for attempt in attempts
        if attempt.total >= 0 and attempt.attempt_id not in facts.loops
    ]
    return services.store.runs.loop_stats(wanted) if wanted else {}


def _of(values: Mapping[int, T], attempts: Iterable[Attempt]) -> dict[int, T]:
    return {made.attempt_id: values[made.attempt_id] for made in attempts if made.attempt_id in values}
