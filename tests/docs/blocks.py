"""Reads the fenced blocks of a Markdown page, and the commands with their output in its `console` blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block; `section` is the heading above it."""

    section: str
    info: str
    text: str


@dataclass(frozen=True)
class Command:
    """A command of a `console` block and the lines that the page shows below it."""

    section: str
    text: str
    shown: tuple[str, ...]


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for part in re.split(r"^(?=## )", page.read_text(), flags=re.MULTILINE):
        section = part.partition("\n")[0].removeprefix("## ")
        for match in _FENCE.finditer(part):
            yield Block(section, match["info"], match["text"])


def commands(page: Path) -> Iterator[Command]:
    """The commands of the `console` blocks of a page, in order."""
    for block in blocks(page):
        if block.info != "console":
            continue
        for entry in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            first, *shown = entry.rstrip("\n").split("\n")
            yield Command(block.section, first, tuple(line for line in shown if line.strip() not in {"", "…"}))


def rows(page: Path, heading: str) -> Iterator[str]:
    """The code in the first column of the table of a page whose head begins with this word."""
    table = page.read_text().partition(f"\n| {heading} |")[2].partition("\n\n")[0]
    for line in table.strip().split("\n")[2:]:
        cell = line.partition("|")[2].replace("\\|", "\0").partition("|")[0].replace("\0", "|")
        yield cell.strip().strip("`")
