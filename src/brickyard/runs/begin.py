"""How a run begins: at once, after a wait in the queue, not at all, or once more as a repair."""

from __future__ import annotations

from brickyard.runs import endings
from brickyard.runs import transitions as moves
from brickyard.runs.draft import Draft
from brickyard.runs.effects import Announce, EndClusters, StartAttempt, Wake, WakeAt
from brickyard.runs.events import RepairRequested
from brickyard.runs.model import Ending, Repair, TaskPlan
from brickyard.runs.progress import end_if_over, settle

QUEUE_LIMIT_MS = 48 * 3600 * 1000
"""How long a run may wait in the queue (docs of Databricks "Advanced queueing")."""


def queue(draft: Draft, message: str) -> None:
    """Let the run wait for its turn."""
    draft.move_run(moves.RUN_QUEUE, message)
    draft.effect(WakeAt(draft.now_ms + QUEUE_LIMIT_MS, Wake.QUEUE_TIMEOUT))


def skip(draft: Draft, message: str) -> None:
    """End the run before it began."""
    ending = endings.limit_reached(message)
    draft.move_run(moves.RUN_SKIP, message, ending=ending, ended_ms=draft.now_ms)
    draft.effect(EndClusters())
    draft.effect(Announce("run.ended"))


def start(draft: Draft) -> None:
    """Give every task its first attempt and start those that wait for nothing."""
    draft.move_run(moves.RUN_START, started_ms=draft.now_ms)
    _announce_start(draft)
    selection = draft.run.selection
    for task in draft.run.plan.values():
        if task.disabled:
            _create_ended(draft, task, endings.disabled(), 0)
        elif selection is not None and task.key not in selection:
            _create_ended(draft, task, endings.disabled(endings.NOT_SELECTED), 0)
        else:
            _create(draft, task, 0)
    settle(draft, draft.run.plan)
    end_if_over(draft)


def repair(draft: Draft, event: RepairRequested) -> None:
    """Run the chosen tasks again, under the plan of today; the others keep their last attempt."""
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
    number = len(draft.run.repairs)
    for task in event.plan.values():
        if task.key in event.task_keys:
            _create(draft, task, number)
        elif task.key not in draft.latest:
            # The job has got this task since the run began, and the repair did not ask for it.
            _create_ended(draft, task, endings.disabled(endings.NOT_SELECTED), number)
    settle(draft, event.plan)
    end_if_over(draft)


def _announce_start(draft: Draft) -> None:
    if draft.run.timeout_ms:
        draft.effect(WakeAt(draft.now_ms + draft.run.timeout_ms, Wake.RUN_TIMEOUT))
    draft.effect(Announce("run.started"))


def _create(draft: Draft, task: TaskPlan, repair_number: int) -> None:
    if task.depends_on:
        draft.create(task.key, moves.ATTEMPT_BLOCK, repair_number)
        return
    attempt = draft.create(task.key, moves.ATTEMPT_RELEASE, repair_number)
    draft.effect(StartAttempt(attempt.attempt_id))


def _create_ended(draft: Draft, task: TaskPlan, ending: Ending, repair_number: int) -> None:
    attempt = draft.create(task.key, moves.ATTEMPT_SKIP, repair_number, ending=ending, ended_ms=draft.now_ms)
    draft.effect(Announce("task.ended", attempt.attempt_id))
