"""The tree of tasks in a terminal, drawn again several times a second; of a large run only what matters now."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from brickyard.clock import SystemClock
from brickyard.surfaces.cli.output import COLOURS, console, result_of
from brickyard.surfaces.cli.progress import (
    FAILED,
    MARKS,
    OTHER_MARK,
    SKIPPED,
    TaskLine,
    counts_line,
    counts_of,
    headline,
    lines_of,
    parents,
    urgent,
)

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text
    from rich.tree import Tree

Json = dict[str, Any]
FRAMES_PER_SECOND = 8
_ROUND_ABOUT = 6
"""Lines of the screen that are left free: for the heading, and for what was there before."""
_AT_LEAST = 5


class TreeView:
    """A tree of the tasks that is drawn again several times a second.

    A run that has more tasks than the screen has lines is a list: counts, then what failed, then what runs.
    """

    def __init__(self) -> None:
        self._clock = SystemClock()
        self._run: Json = {}

    def update(self, run: Json) -> None:
        self._run = run

    def shown(self) -> AbstractContextManager[object]:
        from rich.live import Live  # noqa: PLC0415 - slow to import, and only a terminal needs it

        return Live(
            get_renderable=self.draw,
            console=console(),
            refresh_per_second=FRAMES_PER_SECOND,
            vertical_overflow="ellipsis",
        )

    def draw(self) -> RenderableType:
        """The run as it stands now."""
        lines = lines_of(self._run)
        room = max(shutil.get_terminal_size().lines - _ROUND_ABOUT, _AT_LEAST)
        if sum(counts_of(self._run, lines).values()) > room:
            return self._list(lines, room)
        return self._tree(lines)

    def _tree(self, lines: Sequence[TaskLine]) -> Tree:
        from rich.tree import Tree  # noqa: PLC0415 - see shown()

        tree = Tree(self._heading(lines))
        above = parents(lines)
        branches: dict[str | None, Tree] = {None: tree}
        waiting = list(lines)
        while waiting:
            ready = [line for line in waiting if above[line.key] in branches] or waiting
            for line in ready:
                branches[line.key] = branches.get(above[line.key], tree).add(self._label(line, above[line.key]))
            waiting = [line for line in waiting if line.key not in branches]
        return tree

    def _list(self, lines: Sequence[TaskLine], room: int) -> RenderableType:
        from rich.console import Group  # noqa: PLC0415 - see shown()

        counts = counts_of(self._run, lines)
        rows = [self._heading(lines), _coloured(counts_line(counts), "")]
        chosen = urgent(lines)
        rows += [self._label(line, None) for line in chosen[:room]]
        if len(chosen) > room:
            rows.append(_coloured(f"… and {len(chosen) - room:,} more of these", ""))
        for row in rows:
            row.no_wrap, row.overflow = True, "ellipsis"
        return Group(*rows)

    def _heading(self, lines: Sequence[TaskLine]) -> Text:
        run = self._run
        told = any(line.word in FAILED and line.why for line in lines)  # the run would only repeat what its task says
        return _coloured(headline(run, brief=told) if run else "starting …", result_of(run))

    def _label(self, line: TaskLine, parent: str | None) -> Text:
        label = _coloured(f"{MARKS.get(line.word, OTHER_MARK)} ", line.word)
        label.append(line.label, style="dim" if line.word in SKIPPED else "bold").append("  ")
        label.append(line.text(self._clock.now_ms()), style=COLOURS.get(line.word, "dim"))
        others = [key for key in line.after if key != parent]
        if others and not line.over and parent is not None:
            label.append(f"  (also after {', '.join(others)})", style="dim")
        return label


def _coloured(text: str, word: str) -> Text:
    from rich.text import Text  # noqa: PLC0415 - see TreeView.shown

    return Text(text, style=COLOURS.get(word, "dim" if word in SKIPPED else ""))
