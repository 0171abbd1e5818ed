"""What every command prints: JSON for programs, tables and plain lines for people."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
_NUMBER = re.compile(r"-?[\d,]+(?:\.\d+)?|-?[\d.]+ s|\d+ min \d+ s|\d+ h \d+ min")
"""Numbers and lengths of time; a column of nothing else, or of a dash for none, is aligned to the right."""
ACTIVE = frozenset({"QUEUED", "PENDING", "BLOCKED", "RUNNING", "WAITING_FOR_RETRY", "TERMINATING"})
COLOURS = {
    "SUCCESS": "green",
    "SUCCESS_WITH_FAILURES": "yellow",
    "RUNNING": "cyan",
    "PENDING": "cyan",
    "FAILED": "red",
    "TIMEDOUT": "red",
    "INTERNAL_ERROR": "red",
    "CANCELED": "yellow",
    "WAITING_FOR_RETRY": "yellow",
}
WIDTH_OF_A_PIPE = 160
"""Tables that go to a file or a pipe are not cut to the size of a terminal."""


def console() -> Console:
    """A console on the standard output of this moment."""
    from rich.console import Console  # noqa: PLC0415 - a third of the start of a command; plain output does without

    width = None if sys.stdout.isatty() else WIDTH_OF_A_PIPE
    return Console(file=sys.stdout, width=width, highlight=False, soft_wrap=width is not None)


def say(line: str = "") -> None:
    """One plain line on the standard output, as it is."""
    typer.echo(line)


def note(line: str) -> None:
    """One line for the person who looks on: to standard error, so that output stays parseable."""
    typer.echo(line, err=True)


def emit_json(value: object) -> None:
    """Print a value as JSON."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> None:
    """Print a table. Cells are text, never markup."""
    from rich.table import Table  # noqa: PLC0415 - see console()
    from rich.text import Text  # noqa: PLC0415 - see console()

    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    listed = [list(row) for row in rows]
    for place, column in enumerate(columns):
        cells = {str(row[place]) for row in listed} - {"-", ""}
        numbers = bool(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)
        table.add_column(column, overflow="fold", justify="right" if numbers else "left")
    for row in listed:
        table.add_row(*(Text(str(cell), style=COLOURS.get(str(cell), "")) for cell in row))
    screen = console()
    with screen.capture() as drawn:
        screen.print(table)
    for line in drawn.get().splitlines():
        say(line.rstrip())


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def result_of(item: Mapping[str, Any]) -> str:
    """The one word for a run or a task run: its result if it has one, else where it stands."""
    state = item.get("state") or {}
    return str(state.get("result_state") or state.get("life_cycle_state") or "PENDING")


def is_over(item: Mapping[str, Any]) -> bool:
    """True where nothing more happens without a repair."""
    return (item.get("state") or {}).get("life_cycle_state", "PENDING") not in ACTIVE


def clock_time(epoch_ms: int | None) -> str:
    """A time of the API for people, in the time zone of this machine."""
    if not epoch_ms:
        return "-"
    return datetime.fromtimestamp(epoch_ms / 1000, tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def duration(milliseconds: float) -> str:
    """A length of time for people: `0.42 s`, `12.3 s`, `3 min 05 s`, `2 h 07 min`."""
    seconds = max(milliseconds, 0) / 1000
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
