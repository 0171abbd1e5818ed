"""Between rows and the model: what a column holds, and how the model is rebuilt from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from brickyard.runs.effects import Effect, EndClusters, StartAttempt, StopAttempt, WakeAt
from brickyard.runs.model import Attempt, Ending, Repair, Run, TaskPlan
from brickyard.runs.states import Code, LifeCycle, Result, RunType, TriggerType
from brickyard.workloads.messages import Outcome

_plan_decoder = msgspec.json.Decoder(dict[str, TaskPlan])
_KINDS: dict[str, type[StartAttempt | StopAttempt | WakeAt | EndClusters]] = {
    "start_attempt": StartAttempt,
    "stop_attempt": StopAttempt,
    "wake_at": WakeAt,
    "end_clusters": EndClusters,
}
_NAMES: dict[type[Effect], str] = {kind: name for name, kind in _KINDS.items()}


def to_json(value: Any) -> str:
    """JSON text. Mappings of any kind are written as objects."""
    return msgspec.json.encode(value, enc_hook=_other).decode()


def from_json(text: str) -> Any:
    """What `to_json` wrote."""
    return msgspec.json.decode(text)


def _other(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def plan_from_json(text: str) -> dict[str, TaskPlan]:
    """The plan of a run, in submitted order."""
    return _plan_decoder.decode(text)


def effect_to_json(effect: Effect) -> str:
    """Equal effects give equal text: rows are found by it."""
    kind = type(effect)
    return to_json([_NAMES[kind], *[getattr(effect, name) for name in kind.__slots__]])


def effect_from_json(text: str) -> Effect:
    """What `effect_to_json` wrote."""
    name, *values = from_json(text)
    kind = _KINDS[name]
    return msgspec.convert(dict(zip(kind.__slots__, values, strict=True)), kind)


def ending_values(ending: Ending | None) -> dict[str, Any]:
    """The columns of an ending."""
    if ending is None:
        return _NOT_ENDED
    return {
        "result": ending.result,
        "code": ending.code,
        "message": ending.message,
        "cancelled_or_timed_out": ending.cancelled_or_timed_out,
    }


_NOT_ENDED: dict[str, Any] = {"result": None, "code": None, "message": "", "cancelled_or_timed_out": False}


def ending_of(row: Any, outcome: str = "") -> Ending | None:
    """The ending that a row holds."""
    if row.result is None or row.code is None:
        return None
    return _ending(row.life_cycle, row.result, row.code, row.message, (row.cancelled_or_timed_out, outcome))


@lru_cache(maxsize=2048)
def _ending(life_cycle: str, result: str, code: str, message: str, rest: tuple[bool, str]) -> Ending:
    """Most of a thousand attempts ended alike: an ending that is never changed can be the same object for all."""
    return Ending(
        life_cycle=LifeCycle(life_cycle),
        result=Result(result),
        code=Code(code),
        message=message,
        cancelled_or_timed_out=rest[0],
        outcome=rest[1],
    )


_LIFE_CYCLES = {str(life_cycle): life_cycle for life_cycle in LifeCycle}
"""Looked up for every attempt: half the price of a call of the class."""


def attempt_values(attempt: Attempt) -> dict[str, Any]:
    """The columns of an attempt that may change."""
    return {
        "life_cycle": attempt.life_cycle,
        "started_ms": attempt.started_ms,
        "ended_ms": attempt.ended_ms,
        "retry_at_ms": attempt.retry_at_ms,
        "stop_reason": attempt.stop_reason,
        "outcome": attempt.ending.outcome if attempt.ending else "",
        "total": attempt.total,
        "continues": attempt.continues,
        **ending_values(attempt.ending),
    }


def new_attempt_values(run_id: int, position: int, attempt: Attempt) -> dict[str, Any]:
    """All columns of an attempt."""
    return {
        "attempt_id": attempt.attempt_id,
        "run_id": run_id,
        "position": position,
        "task_key": attempt.slot,
        "number": attempt.number,
        "repair": attempt.repair,
        "created_ms": attempt.created_ms,
        "iteration": attempt.iteration,
        "loop_id": attempt.loop_id,
        **attempt_values(attempt),
    }


def attempt_of(row: Any) -> Attempt:
    """The attempt that a row of `attempts` holds."""
    return Attempt(
        attempt_id=row.attempt_id,
        task_key=row.task_key if row.iteration < 0 else row.task_key.partition("[")[0],
        number=row.number,
        repair=row.repair,
        life_cycle=_LIFE_CYCLES[row.life_cycle],
        ending=ending_of(row, row.outcome),
        created_ms=row.created_ms,
        started_ms=row.started_ms,
        ended_ms=row.ended_ms,
        retry_at_ms=row.retry_at_ms,
        stop_reason=row.stop_reason,
        iteration=row.iteration,
        loop_id=row.loop_id,
        total=row.total,
        continues=row.continues,
    )


def repair_values(repair: Repair) -> dict[str, Any]:
    """The columns of a repair that may change."""
    return {
        "ended_ms": repair.ended_ms,
        "life_cycle": repair.ending.life_cycle if repair.ending else None,
        "attempt_ids": to_json(repair.attempt_ids),
        **ending_values(repair.ending),
    }


def repair_of(row: Any) -> Repair:
    """The repair that a row of `repairs` holds."""
    return Repair(
        repair_id=row.repair_id,
        started_ms=row.started_ms,
        ended_ms=row.ended_ms,
        ending=ending_of(row),
        attempt_ids=tuple(from_json(row.attempt_ids)),
    )


def run_values(run: Run) -> dict[str, Any]:
    """The columns of a run that may change."""
    return {
        "life_cycle": run.life_cycle,
        "timeout_ms": run.timeout_ms,
        "started_ms": run.started_ms,
        "ended_ms": run.ended_ms,
        "listed_ms": run.started_ms or run.created_ms,
        "cancel_requested": run.cancel_requested,
        "timed_out": run.timed_out,
        **ending_values(run.ending),
    }


def run_of(row: Any, attempts: Sequence[Any], repairs: Sequence[Any]) -> Run:
    """The run that a row of `runs` with its plan, and the rows of its attempts and repairs hold."""
    return Run(
        run_id=row.run_id,
        job_id=row.job_id,
        run_type=RunType(row.run_type),
        trigger=TriggerType(row.trigger_type),
        plan=plan_from_json(row.plan),
        timeout_ms=row.timeout_ms,
        life_cycle=LifeCycle(row.life_cycle),
        ending=ending_of(row),
        created_ms=row.created_ms,
        started_ms=row.started_ms,
        ended_ms=row.ended_ms,
        cancel_requested=row.cancel_requested,
        timed_out=row.timed_out,
        attempts=tuple(attempt_of(each) for each in attempts),
        repairs=tuple(repair_of(each) for each in repairs),
        selection=None if row.selection is None else frozenset(from_json(row.selection)),
    )


outcome_from_json = msgspec.json.Decoder(Outcome).decode
