"""What a repair will run and what it keeps, before it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brickyard.errors import InvalidParameterValue, InvalidState
from brickyard.jobs.field import nearest
from brickyard.surfaces.cli.output import is_over
from brickyard.surfaces.cli.progress import TaskLine, lines_of

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """Task keys, in the order of the job."""

    again: list[str]
    kept: list[str]


def plan_repair(run: Json, wanted: Sequence[str], *, dependents: bool = False) -> Plan:
    """What a repair of `run` does; with no task wanted by name, all that did not succeed run again.

    Raises:
        InvalidState: the run is not over, or nothing is left to repair.
        InvalidParameterValue: a task of this name is not in the run.
    """
    if not is_over(run):
        raise InvalidState(f"Run {run.get('run_id')} is still active; wait for its end, or cancel it first.")
    lines = lines_of(run)
    keys = [line.key for line in lines]
    for key in wanted:
        if key not in keys:
            raise InvalidParameterValue(
                f"The run has no task {key!r}.{nearest(key, keys)} Its tasks: {', '.join(keys)}."
            )
    chosen = set(wanted) or {line.key for line in lines if line.word != "SUCCESS"}
    if not chosen:
        raise InvalidState(f"Every task of run {run.get('run_id')} succeeded; name tasks with --rerun-tasks.")
    if dependents:
        chosen = _with_dependents(lines, chosen)
    return Plan([key for key in keys if key in chosen], [key for key in keys if key not in chosen])


def request(run: Json, wanted: Sequence[str], parameters: Mapping[str, str], *, dependents: bool) -> dict[str, Any]:
    """The body of `runs/repair`."""
    body: dict[str, Any] = {"run_id": run["run_id"]}
    if wanted:
        body["rerun_tasks"] = list(wanted)
    else:
        body["rerun_all_failed_tasks"] = True
    if dependents:
        body["rerun_dependent_tasks"] = True
    repairs = [entry for entry in run.get("repair_history") or [] if entry.get("type") == "REPAIR"]
    if repairs:
        body["latest_repair_id"] = repairs[-1]["id"]
    if parameters:
        body["job_parameters"] = dict(parameters)
    return body


def _with_dependents(lines: Sequence[TaskLine], chosen: set[str]) -> set[str]:
    grown = set(chosen)
    while True:
        more = {line.key for line in lines if grown.intersection(line.after)} - grown
        if not more:
            return grown
        grown |= more
