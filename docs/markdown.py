"""The little Markdown that the generated pages need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def page(title: str, lead: str, *parts: str) -> str:
    """A page: a heading, a line that says where it comes from, a lead and its parts."""
    note = "<!-- Written by `make docs` from the code. Change the code, not this page. -->"
    return "\n\n".join((f"# {title}", note, lead, *(part for part in parts if part))) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; every cell on one line."""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [f"| {' | '.join(_cell(each) for each in row)} |" for row in rows]
    return "\n".join(lines)


def code(text: str) -> str:
    """Text in code quotes; nothing for no text."""
    return f"`{text}`" if text else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
