"""Follow a run: a live tree in a terminal, one plain line for each change everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from brickyard.clock import SystemClock
from brickyard.surfaces.cli.output import is_over, note, result_of, say
from brickyard.surfaces.cli.progress import headline, lines_of
from brickyard.surfaces.cli.tree import TreeView
from brickyard.surfaces.client import Client

Json = dict[str, Any]
WATCH_SECONDS = 20
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
        self._seen: dict[str, tuple[str, int]] = {}
        self._word = ""

    def update(self, run: Json) -> None:
        if not self._word:
            self._out(f"Run {run.get('run_id')} of {run.get('run_name')}: {run.get('run_page_url') or ''}".rstrip(": "))
        for line in lines_of(run):
            mark = (line.word, line.attempt)
            if self._seen.get(line.key) != mark and line.word != "BLOCKED":
                self._seen[line.key] = mark
                self._out(f"{line.key}: {line.text(self._clock.now_ms() if line.over else None)}")
        word = result_of(run)
        if is_over(run) and word != self._word:
            self._out(headline(run))
        self._word = word

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
    """
    seen = 0
    with view.shown():
        while True:
            answer = client.watch_run(run_id, seen=seen, timeout=WATCH_SECONDS)
            seen, run = int(answer["version"]), dict(answer["run"])
            view.update(run)
            if is_over(run):
                return run
