"""Take a cell with a magic apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MAGIC = re.compile(r"\s*%([A-Za-z][\w-]*)[ \t]*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class MagicCell:
    """A cell that begins with a magic."""

    name: str
    first: str
    """The rest of the magic's line."""
    body: str
    """The lines below."""
    line: int
    """The magic's line in the cell, counted from 1."""

    @property
    def text(self) -> str:
        """Everything but the magic itself."""
        return f"{self.first}\n{self.body}".strip("\n") if self.first.strip() else self.body

    @property
    def padded(self) -> str:
        """`text` on the lines that it has in the cell, so that errors name the right line."""
        return "\n" * (self.line - 1) + f"{self.first}\n{self.body}"


def take_apart(source: str, *, comment: str) -> MagicCell | None:
    """The magic that a cell begins with, after blank lines and comments; None where it begins with none."""
    lines = source.split("\n")
    for number, line in enumerate(lines):
        if not line.strip() or line.strip().startswith(comment):
            continue
        match = _MAGIC.match(line)
        return MagicCell(match[1], match[2].rstrip(), "\n".join(lines[number + 1 :]), number + 1) if match else None
    return None
