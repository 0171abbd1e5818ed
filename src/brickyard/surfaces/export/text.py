"""Text of strangers as HTML: escaped, with colours of terminals as classes and hidden characters shown."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import msgspec

_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""They make text read otherwise than it is."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")
# Colours; titles and links of a terminal up to their end; what else begins with the escape character.
_ESCAPE = re.compile(r"\x1b(?:\[([0-9;:?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.?)", re.DOTALL)
_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_MARKS = {1: "bold", 3: "italic", 4: "underline"}
_ENDS = {22: "bold", 23: "italic", 24: "underline"}


def visible(text: str) -> str:
    """The text, in which characters that change the direction of reading are shown by their number."""
    return _BIDI.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def escaped(text: str) -> str:
    """Plain text as HTML, also within an attribute."""
    return html.escape(_CONTROL.sub("\ufffd", visible(text)), quote=True)


def plain(value: Any) -> str:
    """What nbformat allows where a text is expected: a text or its lines; anything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def without_escapes(text: str) -> str:
    """The text without what only a terminal understands."""
    return _ESCAPE.sub("", text)


def terminal(text: str) -> str:
    """What was written to a terminal as HTML; of a line that was written over and over, the last."""
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return "".join(_spans("\n".join(lines)))


def _spans(text: str) -> Iterator[str]:
    style: dict[str, str] = {}
    classes, at, run = "", 0, ""
    for found in _ESCAPE.finditer(text):
        run += text[at : found.start()]
        at = found.end()
        if found[2] != "m":
            continue
        _change(style, found[1])
        now = " ".join(sorted(style.values()))
        if now != classes:
            yield _span(run, classes)
            classes, run = now, ""
    yield _span(run + text[at:], classes)


def _span(text: str, classes: str) -> str:
    if not text or not classes:
        return escaped(text)
    return f'<span class="{classes}">{escaped(text)}</span>'


def _change(style: dict[str, str], codes: str) -> None:
    """Follow one sequence of colour codes; colours beyond the sixteen of every terminal are left out."""
    numbers = iter([int(code) if code.isdecimal() and len(code) < 4 else 0 for code in codes.split(";")])
    for number in numbers:
        if number in {38, 48}:
            for _ in range({5: 1, 2: 3}.get(next(numbers, 0), 0)):
                next(numbers, None)
        elif number == 0:
            style.clear()
        elif number in _MARKS:
            style[_MARKS[number]] = f"a-{_MARKS[number]}"
        elif number in _ENDS:
            style.pop(_ENDS[number], None)
        else:
            _colour(style, number)


def _colour(style: dict[str, str], number: int) -> None:
    if number in {39, 49}:
        style.pop("fore" if number == 39 else "back", None)
    elif 30 <= number <= 37 or 90 <= number <= 97:
        style["fore"] = f"a-{_NAMES[number % 10]}"
    elif 40 <= number <= 47 or 100 <= number <= 107:
        style["back"] = f"a-on-{_NAMES[number % 10]}"
