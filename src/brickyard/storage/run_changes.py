"""What decisions change in the database: gathered first, so that each kind of row is written by one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from brickyard.errors import Conflict
from brickyard.records import Commit
from brickyard.runs.decide import Decision
from brickyard.runs.effects import Announce, WakeAt
from brickyard.runs.model import Run
from brickyard.runs.series import Series
from brickyard.storage import rows

Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Changes:
    """Rows to write, by statement. Keys of guards start with `old_`, because they name what must still be there."""

    guards: Rows = field(default_factory=list)
    runs: Rows = field(default_factory=list)
    plans: Rows = field(default_factory=list)
    settings: Rows = field(default_factory=list)
    new_attempts: Rows = field(default_factory=list)
    attempts: Rows = field(default_factory=list)
    new_repairs: Rows = field(default_factory=list)
    repairs: Rows = field(default_factory=list)
    events: Rows = field(default_factory=list)
    effects: Rows = field(default_factory=list)
    outcomes: Rows = field(default_factory=list)
    resolved: Rows = field(default_factory=list)


def of_commits(commits: Sequence[Commit]) -> Changes:
    """Gather commits. Those of one run must follow from each other and become one step from the first to the last.

    Raises:
        Conflict: two commits of one run start from different states.
    """
    changes = Changes()
    steps: dict[int, tuple[Run, Run]] = {}
    touched: dict[int, dict[int, None]] = {}
    for commit in commits:
        run_id = commit.before.run_id
        first, last = steps.get(run_id, (commit.before, commit.before))
        if last is not commit.before and last != commit.before:
            raise Conflict(f"Two decisions on run {run_id} start from different states.")
        steps[run_id] = (first, commit.decision.run)
        touched.setdefault(run_id, {}).update(dict.fromkeys(commit.decision.changed_attempts))
        add_said(changes, commit.decision, commit.at_ms)
        _add_attached(changes, commit)
    # In order of ids, so that two servers never wait for each other.
    for run_id in sorted(steps):
        _add_step(changes, *steps[run_id], touched[run_id])
    return changes


def add_said(changes: Changes, decision: Decision, at_ms: int) -> None:
    """The history and the effects of a decision. An `Announce` is not kept: it is told after the commit."""
    run_id = decision.run.run_id
    for change in decision.transitions:
        changes.events.append(
            {
                "run_id": run_id,
                "at_ms": at_ms,
                "subject": change.subject,
                "attempt_id": change.attempt_id,
                "before": change.before,
                "after": change.after,
                "reason": change.reason,
            }
        )
    for effect in decision.effects:
        if not isinstance(effect, Announce):
            due = effect.at_ms if isinstance(effect, WakeAt) else 0
            changes.effects.append({"run_id": run_id, "due_ms": due, "body": rows.effect_to_json(effect)})


def _add_attached(changes: Changes, commit: Commit) -> None:
    if commit.outcome is not None:
        attempt_id, outcome = commit.outcome
        changes.outcomes.append({"attempt_id": attempt_id, "body": rows.to_json(outcome)})
    if commit.resolved is not None:
        attempt_id, values = commit.resolved
        changes.resolved.append({"attempt_id": attempt_id, "body": rows.to_json(values)})
    if commit.repair is not None:
        facts = commit.repair
        changes.settings.append(
            {
                "run_id": commit.before.run_id,
                "repair": facts.number,
                "settings": rows.to_json(facts.settings),
                "parameters": rows.to_json(facts.parameters),
                "overriding": rows.to_json(facts.overriding),
                "job_version": facts.job_version,
                "git_commit": "",
            }
        )


def _add_step(changes: Changes, before: Run, after: Run, touched: Iterable[int]) -> None:
    guard = {"old_run_id": before.run_id, "old_life_cycle": before.life_cycle}
    values = rows.run_values(after)
    if values == rows.run_values(before):
        changes.guards.append(guard)
    else:
        changes.runs.append(guard | values)
    if after.plan is not before.plan or after.selection != before.selection:
        changes.plans.append({"old_run_id": before.run_id} | plan_values(after))
    _add_attempts(changes, before, after, touched)
    _add_repairs(changes, before, after)


def plan_values(run: Run) -> dict[str, Any]:
    """The columns of a run's plan."""
    selection = None if run.selection is None else rows.to_json(sorted(run.selection))
    return {"plan": rows.to_json(run.plan), "selection": selection}


def _add_attempts(changes: Changes, before: Run, after: Run, touched: Iterable[int]) -> None:
    """Only what a decision names is looked at: a run may have thousands of attempts that it did not touch."""
    series = Series.of(after.attempts)
    for attempt_id in touched:
        old, position = before.attempt(attempt_id), series.position(attempt_id)
        if position is None:
            raise ValueError(f"run {after.run_id} has no attempt {attempt_id}, which its decision names as changed")
        if old is None:
            changes.new_attempts.append(rows.new_attempt_values(after.run_id, position, series[position]))
        else:
            guard = {"old_attempt_id": attempt_id, "old_life_cycle": old.life_cycle}
            changes.attempts.append(guard | rows.attempt_values(series[position]))


def _add_repairs(changes: Changes, before: Run, after: Run) -> None:
    known = len(before.repairs)
    for old, new in zip(before.repairs, after.repairs, strict=False):
        if old is not new and old != new:
            changes.repairs.append({"old_repair_id": old.repair_id} | rows.repair_values(new))
    for position, repair in enumerate(after.repairs[known:], known):
        base = {
            "repair_id": repair.repair_id,
            "run_id": after.run_id,
            "position": position,
            "started_ms": repair.started_ms,
        }
        changes.new_repairs.append(base | rows.repair_values(repair))
