"""Start, follow, report: the end of every command that runs something."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import typer

from brickyard.surfaces.cli.failures import print_failures
from brickyard.surfaces.cli.live import INTERRUPTED, follow, view_for_terminal
from brickyard.surfaces.cli.output import emit_json, note, say
from brickyard.surfaces.cli.progress import counts_of, lines_of, succeeded
from brickyard.surfaces.cli.returns import returned
from brickyard.surfaces.cli.session import Session
from brickyard.surfaces.client import ApiError, Client

Json = dict[str, Any]
SHOWN_CHARACTERS = 200
MOST_VALUES = 20
"""So many tasks tell what they returned at the end of a run; each is a question to the server."""


def follow_to_end(session: Session, run_id: int, *, as_json: bool = False) -> Json:
    """Show a run until it is over, with what failed. Ctrl-C leaves the run alone, or cancels it if asked to.

    Raises:
        typer.Exit: the person detached from the run.
    """
    try:
        run = follow(session.client, run_id, view_for_terminal(quiet=as_json))
    except KeyboardInterrupt:
        _detach(session, run_id)
        raise typer.Exit(INTERRUPTED) from None
    if not as_json:
        print_failures(session.client, run)
        if not succeeded(run):
            say()
            say(f"To run failed and skipped tasks again: brickyard runs repair {run_id}")
    return run


def report(session: Session, run: Json, *, as_json: bool = False, whole: bool = False) -> None:
    """Print what the tasks returned, and leave with 0 for success and 1 for everything else.

    Long values are shortened unless the `whole` is wanted.

    Raises:
        typer.Exit: always.
    """
    if as_json:
        emit_json(session.client.get_run(int(run["run_id"])))
    else:
        lines = lines_of(run)
        told = [line.key for line in lines if line.word == "SUCCESS" and not line.is_loop]
        more = counts_of(run, lines).get("SUCCESS", 0) - MOST_VALUES
        for key, value in exit_values(session.client, run, told[:MOST_VALUES]).items():
            shown = value if whole else shortened(value, int(run["run_id"]))
            say(shown if len(lines) == 1 else labelled(key, shown))
        if more > 0:
            say(f"… and what {more:,} more tasks returned: brickyard runs output {run['run_id']}")
    raise typer.Exit(0 if succeeded(run) else 1)


def labelled(key: str, value: str) -> str:
    """A value behind its task; one of several lines, such as a table, below it, so that its columns stay aligned."""
    return f"{key}:\n{value}" if "\n" in value else f"{key}: {value}"


def shortened(value: str, run_id: int) -> str:
    """The beginning of a long value, and where all of it is."""
    if len(value) <= SHOWN_CHARACTERS:
        return value
    return f"{value[:SHOWN_CHARACTERS]}… ({len(value):,} characters; all of it: brickyard runs output {run_id})"


def exit_values(client: Client, run: Json, only: Sequence[str] = ()) -> dict[str, str]:
    """What each successful task returned (a notebook to `dbutils.notebook.exit`), by task key."""
    values: dict[str, str] = {}
    for line in lines_of(run):
        if line.word != "SUCCESS" or (only and line.key not in only):
            continue
        try:
            output = client.run_output(line.task_run_id)
        except ApiError as error:
            note(f"The output of {line.key} cannot be read: {error.message}")
            continue
        if result := returned(output):
            values[line.key] = result
    return values


def _detach(session: Session, run_id: int) -> None:
    """One question where somebody can answer it; the run goes on unless the answer is yes."""
    if sys.stdin.isatty() and typer.confirm(f"\nCancel run {run_id}?", default=False, err=True):
        session.client.cancel_run(run_id)
        note(f"Run {run_id} is being cancelled.")
        return
    session.keep_server()
    note(f"Run {run_id} goes on. To see it: brickyard runs get {run_id}   To stop it: brickyard runs cancel {run_id}")
