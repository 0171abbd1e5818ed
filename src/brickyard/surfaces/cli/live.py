"""Follow a run: a live tree in a terminal, one plain line for each change everywhere else."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from brickyard.clock import SystemClock
from brickyard.surfaces.cli.output import ACTIVE, is_over, note, result_of, say
from brickyard.surfaces.cli.progress import counts_line, headline, lines_of
from brickyard.surfaces.cli.tree import TreeView
from brickyard.surfaces.client import ApiError, Client, NoServer

Json = dict[str, Any]
WATCH_SECONDS = 20
PATIENCE_SECONDS = 30.0
"""How long a server may be away: enough to start it again."""
BETWEEN_TRIES_SECONDS = 0.3
STOPPING = 503
"""With this a server that is being stopped sends away who waits for news."""
INTERRUPTED = 130
"""The exit code that shells give to a command that was ended by Ctrl-C."""


class View(Protocol):
    """Shows a run as it changes."""

    def update(self, run: Json) -> None: ...
    def shown(self) -> AbstractContextManager[object]:
        """The time in which the view is on the screen."""
        ...


class PlainView:
    """One line for each change: for logs and pipes."""

    def __init__(self, out: Callable[[str], None] = say) -> None:
        self._out = out
        self._clock = SystemClock()
        self._seen: dict[str, tuple[str, int, int]] = {}
        self._word = ""
        self._tenth = -1

    def update(self, run: Json) -> None:
        if not self._word:
            self._out(f"Run {run.get('run_id')} of {run.get('run_name')}")
        for line in lines_of(run):
            mark = (line.word, line.attempt, line.milestone)
            if self._seen.get(line.key) != mark and line.word != "BLOCKED":
                self._seen[line.key] = mark
                self._out(f"{line.label}: {line.text(self._clock.now_ms() if line.over else None)}")
        self._count(run)
        word = result_of(run)
        if is_over(run) and word != self._word:
            self._out(headline(run))
        self._word = word

    def _count(self, run: Json) -> None:
        """Of a run that is not seen whole: how many tasks stand where, each time that a tenth more are over."""
        counts: dict[str, int] = run.get("task_counts") or {}
        total = sum(counts.values())
        if total <= len(run.get("tasks") or []):
            return
        tenth = 10 * sum(number for word, number in counts.items() if word not in ACTIVE) // total
        if tenth != self._tenth:
            self._tenth = tenth
            self._out(counts_line(counts))

    def shown(self) -> AbstractContextManager[object]:
        return nullcontext()


def view_for_terminal(*, quiet: bool = False) -> View:
    """The tree where a person looks on, else plain lines; with `quiet` those go to standard error."""
    if quiet:
        return PlainView(note)
    return TreeView() if sys.stdout.isatty() else PlainView()


def follow(client: Client, run_id: int, view: View) -> Json:
    """Show a run until it is over; the run as it ended.

    Raises:
        KeyboardInterrupt: the person has seen enough; the run goes on.
        NoServer: the server went away and did not come back in time; the run goes on.
    """
    seen = 0
    with view.shown():
        while True:
            answer = patiently(
                client,
                f"Run {run_id}",
                lambda: client.watch_run(run_id, seen=seen, timeout=WATCH_SECONDS),  # noqa: B023
            )
            seen, run = int(answer["version"]), dict(answer["run"])
            # What our own API tells beside the run: the runs that its tasks started, and the counts of all tasks.
            run |= {name: answer[name] for name in ("children", "task_counts") if name in answer}
            view.update(run)
            if is_over(run):
                return run


def patiently(client: Client, what: str, ask: Callable[[], Json]) -> Json:
    """One answer; a server that is started anew in the meantime is waited for, since `what` goes on."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    told = False
    while True:
        try:
            return ask()
        except (ApiError, NoServer) as error:
            if isinstance(error, ApiError) and error.status != STOPPING:
                raise
            if time.monotonic() > deadline:
                raise
            if not told:
                note(f"The server at {client.host} does not answer; waiting for it. {what} goes on meanwhile.")
            told = True
            threading.Event().wait(BETWEEN_TRIES_SECONDS)
