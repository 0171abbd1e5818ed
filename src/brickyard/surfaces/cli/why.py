"""`brickyard runs why`: the reason why a run does not move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from brickyard.surfaces.cli.output import AsJson, counted, emit_json, is_over, print_table, result_of, say
from brickyard.surfaces.cli.session import connected

_WAITERS = ("run_job_task", "for_each_task")
"""Tasks that run while others do their work: they do not show that a run moves."""


def why(
    run_id: Annotated[int, typer.Argument(metavar="RUN", help="The run's id.", min=1)], as_json: AsJson = False
) -> None:
    """Say why a run, or tasks of it, wait."""
    with connected() as session:
        run = session.client.get_run(run_id)
        found = session.client.waiting(int(run.get("job_run_id") or run_id))
    if as_json:
        emit_json(found)
    elif found:
        print_table(("what", "why it waits"), [(item["subject"], item["sentence"]) for item in found])
    elif is_over(run):
        say(f"Run {run_id} is over ({result_of(run)}): nothing waits.")
    else:
        say(f"Run {run_id} waits for nothing: its tasks run.")


def moves(run: Mapping[str, Any]) -> bool:
    """Whether a task of the run does something now, or the run is over."""
    return is_over(run) or any(
        result_of(task) == "RUNNING" and not any(task.get(kind) for kind in _WAITERS) for task in run.get("tasks") or []
    )


def waiting_line(run_id: int, found: Sequence[Mapping[str, Any]]) -> str:
    """The first reason why a run waits, and how many more there are."""
    first, more = found[0], len(found) - 1
    subject = "" if first["subject"] == "run" else f"{first['subject']}: "
    rest = f" ({counted(more, 'more reason')}: brickyard runs why {run_id})" if more else ""
    return f"{subject}{first['sentence']}{rest}"
