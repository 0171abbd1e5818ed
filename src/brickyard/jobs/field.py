"""What one field of the Jobs API is, and what this server does with it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypedDict, Unpack

NOT_EMPTY: Final = r"(?s).+"
"""The pattern of a STRING that may hold anything but nothing."""


class Kind(StrEnum):
    """The type of a field's value on the wire."""

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    STRINGS = "list of strings"
    MAP = "object of strings"
    OBJECT = "object"
    OBJECTS = "list of objects"


class Meaning(StrEnum):
    """The three classes of known fields."""

    WORKS = "works"
    REFUSED = "refused"
    WITHOUT_MEANING = "without_meaning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One known field of one section (`job`, `task`, `new_cluster`, …)."""

    name: str
    kind: Kind
    meaning: Meaning = Meaning.WORKS
    reason: str = ""
    """Why it is refused, why it has no meaning here, or why only the allowed values work: half a sentence."""
    differs: str = ""
    """Of a field that works: in what it works differently from the service; half a sentence."""
    silent: tuple[str, ...] = ()
    """Values of a field without meaning that need no notice: what the service itself fills in."""
    of: str = ""
    """The section that describes the value (kinds OBJECT and OBJECTS); empty: any object."""
    required: bool = False
    allowed: tuple[str, ...] = ()
    """The only values of a STRING; empty: any."""
    lenient: bool = False
    """A STRING that may come as a number or a boolean, as YAML writes it, and is kept as its text."""
    pattern: str = ""
    """A regular expression that a STRING must match in full."""
    minimum: int = 0
    maximum: int = 0
    """The highest INTEGER, the most bytes of a STRING (UTF-8), the most entries of the other kinds; 0: no limit."""


class _More(TypedDict, total=False):
    of: str
    required: bool
    allowed: tuple[str, ...]
    lenient: bool
    pattern: str
    minimum: int
    maximum: int
    silent: tuple[str, ...]
    differs: str


def works(name: str, kind: Kind = Kind.STRING, reason: str = "", **more: Unpack[_More]) -> Field:
    """A field that does what the service does with it, but for what `differs` says."""
    return Field(name=name, kind=kind, reason=reason, **more)


def refused(name: str, kind: Kind, reason: str, **more: Unpack[_More]) -> Field:
    """A field that is refused unless it asks for nothing (null, empty, false)."""
    return Field(name=name, kind=kind, meaning=Meaning.REFUSED, reason=reason, **more)


def kept(name: str, kind: Kind, reason: str, **more: Unpack[_More]) -> Field:
    """A field that is stored and returned, and has no effect."""
    return Field(name=name, kind=kind, meaning=Meaning.WITHOUT_MEANING, reason=reason, **more)


def nearest(given: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?` for the most similar known name, or nothing where none is similar."""
    names = {name.lower(): name for name in known}
    # Similarity of long texts is slow to compute and means nothing.
    close = difflib.get_close_matches(given[:200].lower(), names, n=1)
    return f" Did you mean {names[close[0]]!r}?" if close else ""
