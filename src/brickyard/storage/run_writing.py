"""The statements that store runs. Every change is guarded by the state that it started from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Update,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    update,
)

from brickyard.errors import Conflict
from brickyard.records import AclEntry, RunRecord
from brickyard.runs.decide import Decision
from brickyard.runs.model import Run
from brickyard.runs.states import RunType
from brickyard.storage import rows, visible
from brickyard.storage.database import execute_many
from brickyard.storage.run_changes import Changes, Rows, add_said, plan_values
from brickyard.storage.tables import (
    ATTEMPTS,
    EFFECTS,
    OUTCOMES,
    REPAIRS,
    RESOLVED,
    RUN_EVENTS,
    RUN_PLANS,
    RUN_SETTINGS,
    RUNS,
)

_ONE: ColumnElement[int] = literal_column("1")  # written out: `execute_many` takes no values but the rows
_ENDING = ("result", "code", "message", "cancelled_or_timed_out")


def _set(*names: str) -> dict[str, Any]:
    return {name: bindparam(name) for name in names}


GUARD_RUN = (
    update(RUNS)
    .where(RUNS.c.run_id == bindparam("old_run_id"), RUNS.c.life_cycle == bindparam("old_life_cycle"))
    .values(revision=RUNS.c.revision + _ONE)
)
UPDATE_RUN = GUARD_RUN.values(
    _set("life_cycle", "timeout_ms", "started_ms", "ended_ms", "listed_ms", "cancel_requested", "timed_out", *_ENDING)
)
UPDATE_PLAN = update(RUN_PLANS).where(RUN_PLANS.c.run_id == bindparam("old_run_id")).values(_set("plan", "selection"))
UPDATE_ATTEMPT = (
    update(ATTEMPTS)
    .where(ATTEMPTS.c.attempt_id == bindparam("old_attempt_id"), ATTEMPTS.c.life_cycle == bindparam("old_life_cycle"))
    .values(
        _set(
            "life_cycle",
            "started_ms",
            "ended_ms",
            "retry_at_ms",
            "stop_reason",
            "outcome",
            "total",
            "continues",
            *_ENDING,
        )
    )
)
UPDATE_REPAIR = (
    update(REPAIRS)
    .where(REPAIRS.c.repair_id == bindparam("old_repair_id"))
    .values(_set("ended_ms", "life_cycle", "attempt_ids", *_ENDING))
)
_LAST_EVENT = (
    select(func.coalesce(func.max(RUN_EVENTS.c.seq), literal_column("0")))
    .where(RUN_EVENTS.c.run_id == bindparam("run_id"))
    .scalar_subquery()
)
INSERT_EVENT = insert(RUN_EVENTS).values(
    seq=_LAST_EVENT + _ONE, **_set("run_id", "at_ms", "subject", "attempt_id", "before", "after", "reason")
)
INSERT_ATTEMPT = insert(ATTEMPTS)
INSERT_REPAIR = insert(REPAIRS)
INSERT_SETTINGS = insert(RUN_SETTINGS)
INSERT_EFFECT = insert(EFFECTS).values(_set("run_id", "due_ms", "body"))
INSERT_OUTCOME = insert(OUTCOMES)
INSERT_RESOLVED = insert(RESOLVED)


def write_new(
    connection: Connection, record: RunRecord, decision: Decision, at_ms: int, access: Sequence[AclEntry] = ()
) -> None:
    """Store a new run with everything that its first decision brought."""
    run = decision.run
    changes = Changes()
    add_said(changes, decision, at_ms)
    changes.new_attempts = [rows.new_attempt_values(run.run_id, *pair) for pair in enumerate(run.attempts)]
    changes.settings = [
        {
            "run_id": run.run_id,
            "repair": repair,
            "settings": rows.to_json(settings),
            "parameters": rows.to_json(record.parameters_by_repair.get(repair, {})),
            "overriding": rows.to_json(record.overriding_by_repair.get(repair, {})),
            "job_version": record.versions_by_repair.get(repair, 0),
            "git_commit": record.commits_by_repair.get(repair, ""),
        }
        for repair, settings in record.settings_by_repair.items()
    ]
    connection.execute(insert(RUNS), _new_run(record, run))
    if run.run_type is RunType.SUBMIT_RUN:
        visible.write_first(connection, run.job_id, record.creator, access)
    connection.execute(
        insert(RUN_PLANS),
        {"run_id": run.run_id, "overriding": rows.to_json(record.overriding), **plan_values(run)},
    )
    write(connection, changes)


def _new_run(record: RunRecord, run: Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "job_id": run.job_id,
        "run_type": run.run_type,
        "trigger_type": run.trigger,
        "name": record.name,
        "creator": record.creator,
        "idempotency_token": record.idempotency_token,
        "parent_attempt_id": record.parent_attempt_id,
        "cluster_scope": record.cluster_scope,
        "trigger_info": rows.to_json(record.trigger_info),
        "run_as": record.run_as,
        "created_ms": run.created_ms,
        "revision": 1,
        **rows.run_values(run),
    }


def write(connection: Connection, changes: Changes) -> None:
    """Write gathered changes: the guards of runs first, because they lock the runs.

    Raises:
        Conflict: a row was no longer in the expected state.
    """
    _guarded(connection, GUARD_RUN, changes.guards, "run")
    _guarded(connection, UPDATE_RUN, changes.runs, "run")
    _guarded(connection, UPDATE_PLAN, changes.plans, "plan")
    _guarded(connection, UPDATE_ATTEMPT, changes.attempts, "task run")
    _guarded(connection, UPDATE_REPAIR, changes.repairs, "repair")
    _insert(connection, INSERT_ATTEMPT, changes.new_attempts)
    _insert(connection, INSERT_REPAIR, changes.new_repairs)
    _insert(connection, INSERT_SETTINGS, changes.settings)
    _insert(connection, INSERT_EVENT, changes.events)
    _insert(connection, INSERT_EFFECT, changes.effects)
    _insert(connection, INSERT_OUTCOME, changes.outcomes)
    _insert(connection, INSERT_RESOLVED, changes.resolved)


def _guarded(connection: Connection, statement: Update, values: Rows, what: str) -> None:
    if values and execute_many(connection, statement, values) != len(values):
        raise Conflict(f"A {what} was changed by somebody else; nothing was stored.")


def _insert(connection: Connection, statement: Insert, values: Rows) -> None:
    if values:
        execute_many(connection, statement, values)
