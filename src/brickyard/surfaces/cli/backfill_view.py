"""What people see of a backfill: its progress while it runs, and what is left to do when intervals failed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import typer

from brickyard.surfaces.cli.live import INTERRUPTED, WATCH_SECONDS, patiently
from brickyard.surfaces.cli.output import counted, emit_json, note, say
from brickyard.surfaces.cli.session import Session
from brickyard.surfaces.client import Client

Json = dict[str, Any]
OVER = frozenset({"DONE", "CANCELLED"})
SHOWN_FAILURES = 10
_WORDS = {
    "succeeded": "succeeded",
    "failed": "failed",
    "started": "running",
    "waiting": "waiting",
    "skipped": "kept",
    "cancelled": "cancelled",
}


def counts_text(backfill: Json) -> str:
    """`20 succeeded, 1 failed, 2 running, 8 waiting`; what there is none of is left out."""
    counts = backfill["intervals"]
    return ", ".join(f"{counts[name]} {word}" for name, word in _WORDS.items() if counts[name]) or "nothing to do"


def headline(backfill: Json) -> str:
    """Which backfill, and its state with the reason for it."""
    reason = f": {backfill['reason']}" if backfill["reason"] else ""
    return f"Backfill {backfill['backfill_id']} of job {backfill['job_id']}: {backfill['state']}{reason}"


def range_text(backfill: Json) -> str:
    """What was asked for."""
    at_once = "one at a time" if backfill["parallel"] == 1 else f"{backfill['parallel']} at a time"
    return (
        f"from {backfill['from']} to {backfill['to']} (not included) every {backfill['every']}, {backfill['zone']},"
        f" {backfill['order']} first, {at_once}, rerun {backfill['rerun']}"
    )


def say_failures(client: Client, backfill: Json) -> None:
    """The intervals that failed with their runs, and what can be done about them."""
    number = backfill["intervals"]["failed"]
    if not number:
        return
    failed: list[Json] = []
    for shown in client.backfill_intervals(backfill["backfill_id"], "FAILED"):
        failed.append(shown)
        if len(failed) == SHOWN_FAILURES:
            break
    say(f"failed: {counted(number, 'interval')}")
    for shown in failed:
        say(f"  {shown['at']}  run {shown['run_id']}  {shown['result'] or shown['reason']}")
    if number > len(failed):
        say(f"  … and {number - len(failed)} more: brickyard backfills get {backfill['backfill_id']} --intervals")
    run_id = failed[0]["run_id"]
    say(f"To see why: brickyard runs get {run_id}   To repair it: brickyard runs repair {run_id}")
    say(f"To run what has not succeeded again: brickyard backfills retry {backfill['backfill_id']}")


class View(Protocol):
    """Shows a backfill as it goes on."""

    def update(self, backfill: Json) -> None: ...


class LineView:
    """A line now and then: for logs and pipes. Of a long backfill it says each hundredth part."""

    def __init__(self, *, to_error: bool) -> None:
        self._out = note if to_error else say
        self._said = -1

    def update(self, backfill: Json) -> None:
        counts = backfill["intervals"]
        done, total = _done(backfill), counts["total"]
        if self._said < 0:
            self._out(f"{headline(backfill)}; {counted(total, 'interval')}")
        if self._said < 0 or done - self._said >= max(1, total // 100) or backfill["state"] in OVER:
            self._said = done
            self._out(f"{done} of {total} done: {counts_text(backfill)}")


class BarView:
    """A bar that fills, for a person who looks on."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 - see console()

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[said]}"),
        )
        self.progress = Progress(*columns)
        self._task = self.progress.add_task("backfill", total=None, said="")

    def update(self, backfill: Json) -> None:
        self.progress.update(
            self._task,
            total=backfill["intervals"]["total"],
            completed=_done(backfill),
            said=counts_text(backfill),
            description=backfill["state"].lower(),
        )


def follow(session: Session, backfill_id: int, *, as_json: bool) -> None:
    """Show a backfill until it is over, or paused; then leave with 0 where every interval is well, else with 1.

    Raises:
        typer.Exit: always.
    """
    client = session.client
    try:
        with _view(quiet=as_json) as view:
            backfill = _to_end(client, backfill_id, view)
    except KeyboardInterrupt:
        session.keep_server()
        note(f"Backfill {backfill_id} goes on. To see it: brickyard backfills get {backfill_id}")
        note(f"To stop it: brickyard backfills cancel {backfill_id}")
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        emit_json(backfill)
    else:
        say(headline(backfill))
        say_failures(client, backfill)
        if backfill["state"] == "PAUSED":
            say(f"To go on: brickyard backfills resume {backfill_id}")
    raise typer.Exit(0 if is_well(backfill) else 1)


def is_well(backfill: Json) -> bool:
    """Whether it is done and no run of it failed."""
    return bool(backfill["state"] == "DONE" and not backfill["intervals"]["failed"])


def _to_end(client: Client, backfill_id: int, view: View) -> Json:
    seen = 0
    while True:
        backfill = patiently(
            client,
            f"Backfill {backfill_id}",
            lambda: client.watch_backfill(backfill_id, seen=seen, timeout=WATCH_SECONDS),  # noqa: B023 - asked at once
        )
        seen = int(backfill["revision"])
        view.update(backfill)
        # One that is paused is left once its active runs are over: nothing more happens until somebody resumes it.
        if backfill["state"] in OVER or (backfill["state"] == "PAUSED" and not backfill["intervals"]["started"]):
            return backfill


def _done(backfill: Json) -> int:
    counts = backfill["intervals"]
    return int(counts["total"] - counts["waiting"] - counts["started"])


@contextmanager
def _view(*, quiet: bool) -> Iterator[View]:
    if quiet or not sys.stdout.isatty():
        yield LineView(to_error=quiet)
        return
    bar = BarView()
    with bar.progress:
        yield bar
