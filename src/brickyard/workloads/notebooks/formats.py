"""Databricks' source format: a notebook as a `.py`, `.sql`, `.scala` or `.r` file with comments that mark its cells.

The format: a header line; cells between `COMMAND ----------` lines; an optional `DBTITLE` line first in a cell; each
line of a cell that begins with a magic is a `MAGIC` comment. Reading and writing again gives the same bytes for every
file with uniform line ends: what is not as Databricks writes it is kept beside the cell until the cell is changed.
Source: exports of notebooks in public repositories.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from brickyard.errors import InvalidParameterValue
from brickyard.workloads.notebooks.document import Cell, Language, Notebook

HEADER = "Databricks notebook source"
_MAGIC_LINE = re.compile(r"[%!]")


@dataclass(frozen=True)
class SourceFormat:
    """The comments of one language."""

    language: Language
    comment: str

    @cached_property
    def header(self) -> str:
        """The first line of every notebook."""
        return f"{self.comment} {HEADER}"

    @cached_property
    def gap(self) -> str:
        """What stands between two cells."""
        return f"\n\n{self.comment} COMMAND ----------\n\n"

    @cached_property
    def _separator(self) -> re.Pattern[str]:
        line = rf"{re.escape(self.comment)} COMMAND -{{10}}[ \t]*"
        return re.compile(rf"(?:\n\n|\n|^){line}(?=\n|\Z)(?:\n\n|\n|\Z)", re.MULTILINE)

    @cached_property
    def _title(self) -> re.Pattern[str]:
        return re.compile(rf"{re.escape(self.comment)} DBTITLE ([01]),(.*)")

    def parse(self, text: str) -> Notebook:
        """Read a notebook; `text` must begin with the header."""
        newline = "\r\n" if "\r\n" in text else "\n"
        lines = text.replace("\r\n", "\n")
        rest = lines[len(self.header) :]
        whole = rest.removeprefix("\n")
        body = whole.removesuffix("\n")
        cells: list[Cell] = []
        start, gap = 0, None
        for match in self._separator.finditer(body):
            cells.append(self._read_cell(body[start : match.start()], gap))
            start, gap = match.end(), match[0]
        if whole:
            cells.append(self._read_cell(body[start:], gap))
        return Notebook(
            language=self.language,
            cells=tuple(cells),
            newline=newline,  # type: ignore[arg-type]  # one of the two literals
            final_newline=rest.endswith("\n"),
        )

    def render(self, notebook: Notebook) -> str:
        """Write a notebook."""
        parts = [self.header]
        for number, cell in enumerate(notebook.cells):
            usual = self.gap if number else "\n"
            parts.append(cell.gap if cell.gap is not None and number else usual)
            parts.append(cell.written if cell.written is not None else self._write_cell(cell))
        text = "".join(parts) + ("\n" if notebook.final_newline else "")
        return text.replace("\n", "\r\n") if notebook.newline == "\r\n" else text

    def _read_cell(self, block: str, gap: str | None) -> Cell:
        lines = block.split("\n")
        title, show_title = "", True
        match = self._title.fullmatch(lines[0])
        if match:
            title, show_title = match[2], match[1] == "1"
            lines = lines[1:]
        cell = Cell(source="\n".join(self._without_prefix(lines)), title=title, show_title=show_title)
        return replace(
            cell,
            written=None if self._write_cell(cell) == block else block,
            gap=None if gap == self.gap else gap,
        )

    def _without_prefix(self, lines: list[str]) -> list[str]:
        prefix = f"{self.comment} MAGIC"
        first = next((line for line in lines if line.strip()), "")
        whole = self._is_magic(first, prefix)
        # In a cell of the notebook's own language only a line with a magic is marked; another is a user's comment.
        return [
            line[len(prefix) + 1 :]
            if self._is_magic(line, prefix) and (whole or _MAGIC_LINE.match(line[len(prefix) + 1 :]))
            else line
            for line in lines
        ]

    @staticmethod
    def _is_magic(line: str, prefix: str) -> bool:
        return line == prefix or line.startswith(prefix + " ")

    def _write_cell(self, cell: Cell) -> str:
        lines = cell.source.split("\n")
        if cell.kind != "code":
            lines = ["%md", *lines]
        first = next((line for line in lines if line.strip()), "")
        whole = first.startswith("%")
        prefix = f"{self.comment} MAGIC"
        marked = [(f"{prefix} {line}" if line else prefix) if whole else line for line in lines]
        written = [f"{prefix} {line}" if line.startswith(("%", "!")) else line for line in marked]
        if cell.title or not cell.show_title:
            written.insert(0, f"{self.comment} DBTITLE {int(cell.show_title)},{cell.title}")
        return "\n".join(written)


FORMATS: Mapping[str, SourceFormat] = {
    ".py": SourceFormat("python", "#"),
    ".sql": SourceFormat("sql", "--"),
    ".scala": SourceFormat("scala", "//"),
    ".r": SourceFormat("r", "#"),
}


def is_source_notebook(data: bytes, suffix: str) -> bool:
    """True where a file of this suffix begins with the header line of a notebook."""
    form = FORMATS.get(suffix.lower())
    return (
        form is not None and data.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].rstrip(b"\r") == form.header.encode()
    )


def parse_source(text: str, suffix: str) -> Notebook:
    """Read a notebook in source format.

    Raises:
        InvalidParameterValue: the first line is not the header.
    """
    form = FORMATS[suffix.lower()]
    first, _, _ = text.partition("\n")
    if first.rstrip("\r") != form.header:
        raise InvalidParameterValue(f"This is no notebook: its first line is {first[:80]!r}, not {form.header!r}.")
    return form.parse(text)


def render_source(notebook: Notebook, suffix: str) -> str:
    """Write a notebook in source format."""
    return FORMATS[suffix.lower()].render(notebook)
