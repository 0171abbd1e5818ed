"""A notebook as cells, whatever file it was read from and will be written to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Language = Literal["python", "sql", "scala", "r"]
"""The language of a whole notebook: of every cell that names no other."""

CellLanguage = Literal["python", "sql", "md", "run", "sh", "pip", "fs", "scala", "r", "other"]
"""What a cell is, as `CellRecord` keeps it."""

# The magics that take a whole cell, and what the cell then is.
CELL_MAGICS: Mapping[str, CellLanguage] = {
    "python": "python",
    "sql": "sql",
    "md": "md",
    "md-sandbox": "md",
    "run": "run",
    "sh": "sh",
    "pip": "pip",
    "fs": "fs",
    "scala": "scala",
    "r": "r",
}
NOT_RUN = frozenset({"scala", "r"})
"""Languages that are known and refused."""

_MAGIC = re.compile(r"%([A-Za-z][\w-]*)(?=\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell. `source` has no prefixes of the file's format; a magic stands on its first line, as it was typed."""

    source: str
    title: str = ""
    show_title: bool = True
    kind: Literal["code", "markdown", "raw"] = "code"
    """`markdown` and `raw` only where an `.ipynb` said so; their source has no magic."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Metadata of an `.ipynb` cell."""
    written: str | None = field(default=None, compare=False)
    """The cell exactly as its source file had it, where that differs from how it would be written."""
    gap: str | None = field(default=None, compare=False)
    """The separator before the cell exactly as its source file had it, where that is unusual."""
    ipynb: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The other fields of the `.ipynb` cell: id, attachments, outputs."""

    def language(self, default: Language) -> CellLanguage:
        """What the cell is in a notebook of this language."""
        if self.kind == "markdown":
            return "md"
        if self.kind == "raw":
            return "other"
        name = first_magic(self.source, comment="--" if default == "sql" else "#")
        return default if name is None else CELL_MAGICS.get(name, "python" if default == "python" else "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """A notebook: its language and its cells in order."""

    language: Language = "python"
    cells: tuple[Cell, ...] = ()
    newline: Literal["\n", "\r\n"] = "\n"
    """How the lines of its source file end."""
    final_newline: bool = True
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Metadata of an `.ipynb` notebook."""
    ipynb: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The other fields of the `.ipynb` file: nbformat and nbformat_minor."""


def first_magic(source: str, *, comment: str = "#") -> str | None:
    """The name of the magic that a cell begins with, or None. Blank lines and comments before it do not count."""
    for line in source.split("\n"):
        text = line.strip()
        if text and not text.startswith(comment):
            match = _MAGIC.match(text)
            return match[1] if match else None
    return None
