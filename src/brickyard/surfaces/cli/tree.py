"""The tree of tasks in a terminal, drawn again several times a second."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from brickyard.clock import SystemClock
from brickyard.surfaces.cli.output import COLOURS, console, result_of
from brickyard.surfaces.cli.progress import FAILED, MARKS, OTHER_MARK, TaskLine, headline, lines_of, parents

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

Json = dict[str, Any]
FRAMES_PER_SECOND = 8


class TreeView:
    """A tree of the tasks that is drawn again several times a second."""

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

    def draw(self) -> Tree:
        """The tree as it stands now."""
        from rich.tree import Tree  # noqa: PLC0415 - see shown()

        run = self._run
        lines = lines_of(run)
        told = any(line.word in FAILED and line.why for line in lines)  # the run would only repeat what its task says
        tree = Tree(_coloured(headline(run, brief=told) if run else "starting …", result_of(run)))
        above = parents(lines)
        branches: dict[str | None, Tree] = {None: tree}
        waiting = list(lines)
        while waiting:
            ready = [line for line in waiting if above[line.key] in branches] or waiting
            for line in ready:
                branches[line.key] = branches.get(above[line.key], tree).add(self._label(line, above[line.key]))
            waiting = [line for line in waiting if line.key not in branches]
        return tree

    def _label(self, line: TaskLine, parent: str | None) -> Text:
        label = _coloured(f"{MARKS.get(line.word, OTHER_MARK)} ", line.word)
        label.append(line.key, style="bold").append("  ")
        label.append(line.text(self._clock.now_ms()), style=COLOURS.get(line.word, "dim"))
        others = [key for key in line.after if key != parent]
        if others and not line.over:
            label.append(f"  (also after {', '.join(others)})", style="dim")
        return label


def _coloured(text: str, word: str) -> Text:
    from rich.text import Text  # noqa: PLC0415 - see TreeView.shown

    return Text(text, style=COLOURS.get(word, ""))
