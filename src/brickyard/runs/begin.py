"""How a run begins: at once, after a wait in the queue, not at all, or once more as a repair."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from brickyard.jobs.graph import reach
from brickyard.runs import endings
from brickyard.runs import transitions as moves
from brickyard.runs.draft import Draft
from brickyard.runs.effects import Announce, EndClusters, StartAttempt, Wake, WakeAt
from brickyard.runs.events import RepairRequested
from brickyard.runs.model import Attempt, Ending, Repair, TaskPlan
from brickyard.runs.progress import end_if_over, settle_all
from brickyard.runs.states import Result

QUEUE_LIMIT_MS = 48 * 3600 * 1000
"""How long a run may wait in the queue (docs of Databricks "Advanced queueing")."""


def queue(draft: Draft, message: str) -> None:
    """Let the run wait for its turn."""
    draft.move_run(moves.RUN_QUEUE, message)
    draft.effect(WakeAt(draft.now_ms + QUEUE_LIMIT_MS, Wake.QUEUE_TIMEOUT))


def skip(draft: Draft, message: str) -> None:
    """End the run before it began."""
    _skip(draft, endings.limit_reached(message))


def _skip(draft: Draft, ending: Ending) -> None:
    draft.move_run(moves.RUN_SKIP, ending.message, ending=ending, ended_ms=draft.now_ms)
    draft.effect(EndClusters())
    draft.effect(Announce("run.ended"))


def start(draft: Draft) -> None:
    """Give every task its first attempt and start those that wait for nothing."""
    plan, selection = draft.run.plan, draft.run.selection
    selected = frozenset(plan) if selection is None else selection & plan.keys()
    off = _switched_off(draft, selected, {key for key in selected if plan[key].disabled})
    endings_at_start = {key: endings.disabled(endings.NOT_SELECTED) for key in plan.keys() - selected} | off
    if off and off.keys() == selected:
        _create_all(draft, endings_at_start)
        _skip(draft, endings.all_disabled())
        return
    draft.move_run(moves.RUN_START, started_ms=draft.now_ms)
    _announce_start(draft)
    _create_all(draft, endings_at_start)
    settle_all(draft)
    end_if_over(draft)


def _create_all(draft: Draft, endings_at_start: Mapping[str, Ending]) -> None:
    for task in draft.run.plan.values():
        if task.key in endings_at_start:
            _create_ended(draft, task, endings_at_start[task.key])
        else:
            _create(draft, task)


def repair(draft: Draft, event: RepairRequested) -> None:
    """Run the chosen tasks again, under the plan of today; the others keep their last attempt."""
    draft.begin_repair()
    draft.move_run(
        moves.RUN_REPAIR,
        ending=None,
        ended_ms=0,
        cancel_requested=False,
        timed_out=False,
        plan=event.plan,
        timeout_ms=event.timeout_ms,
        dependents={},
        repairs=(*draft.run.repairs, Repair(repair_id=event.repair_id, started_ms=draft.now_ms)),
    )
    _announce_start(draft)
    kept_off = {key for key in event.plan.keys() - event.task_keys if _is_off(draft.latest(key))}
    off = _switched_off(draft, event.task_keys, kept_off)
    for task in event.plan.values():
        if task.key in off and task.key in event.task_keys:
            _create_ended(draft, task, off[task.key])
        elif task.key in event.task_keys:
            _create(draft, task)
        elif draft.latest(task.key) is None:
            # The job has got this task since the run began, and the repair did not ask for it.
            _create_ended(draft, task, endings.disabled(endings.NOT_SELECTED))
    settle_all(draft)
    end_if_over(draft)


def _switched_off(draft: Draft, selected: Collection[str], disabled: Collection[str]) -> dict[str, Ending]:
    """How the disabled tasks end, and all selected ones downstream of them."""
    dependents = draft.run.dependents
    behind = reach(disabled, lambda key: [each for each in dependents[key] if each in selected])
    return dict.fromkeys(behind, endings.disabled(endings.DOWNSTREAM_OF_DISABLED)) | dict.fromkeys(
        disabled, endings.disabled()
    )


def _is_off(attempt: Attempt | None) -> bool:
    ending = attempt.ending if attempt else None
    return ending is not None and ending.result is Result.DISABLED and not endings.is_unselected(ending)


def _announce_start(draft: Draft) -> None:
    if draft.run.timeout_ms:
        draft.effect(WakeAt(draft.now_ms + draft.run.timeout_ms, Wake.RUN_TIMEOUT))
    draft.effect(Announce("run.started"))


def _create(draft: Draft, task: TaskPlan) -> None:
    if task.depends_on:
        draft.create(task.key, moves.ATTEMPT_BLOCK)
        return
    attempt = draft.create(task.key, moves.ATTEMPT_RELEASE)
    draft.effect(StartAttempt(attempt.attempt_id))


def _create_ended(draft: Draft, task: TaskPlan, ending: Ending) -> None:
    attempt = draft.create(task.key, moves.ATTEMPT_SKIP, ending=ending, ended_ms=draft.now_ms)
    draft.effect(Announce("task.ended", attempt.attempt_id))
