"""Parameters of a backfill: texts in which `{{backfill.iso_date}}` and its like stand for the start of an interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.dates import TIME_ARGUMENTS, time_argument
from brickyard.jobs.field import nearest
from brickyard.jobs.references import Name, Now, Template, parse

KNOWN: Final = tuple(f"backfill.{argument}" for argument in TIME_ARGUMENTS)


def templates(parameters: Mapping[str, str]) -> dict[str, Template]:
    """The values, read once.

    Raises:
        InvalidParameterValue: a value refers to anything but the interval. Job parameters of a run are texts, so
            nothing would ever resolve it; what only looks like a reference would go into the run as it is.
    """
    return {name: _template(name, text) for name, text in parameters.items()}


def resolve(parameters: Mapping[str, Template], at_ms: int, zone: str) -> dict[str, str]:
    """The values for the interval that starts at `at_ms`; dates are those of the zone."""
    named = {piece.parts[1] for pieces in parameters.values() for piece in pieces if isinstance(piece, Name)}
    # Each once: a text may name the same date thousands of times, in ten thousand intervals.
    dates = {argument: time_argument(argument, at_ms, zone) for argument in named}
    return {name: "".join(_text(piece, dates) for piece in pieces) for name, pieces in parameters.items()}


def _template(name: str, text: str) -> Template:
    pieces = parse(text, f"in parameters.{name[:100]}")
    for piece in pieces:
        if isinstance(piece, Name) and ".".join(piece.parts) in KNOWN:
            continue
        unknown = _in_braces(piece) if isinstance(piece, str) else piece.text
        if unknown is not None:
            raise _refusal(name, text, unknown)
    return pieces


def _in_braces(text: str) -> str | None:
    """What stands between the first pair of double braces; None where there is no pair.

    Two searches and no pattern: one would look for an end again after each of a million beginnings.
    """
    _, begun, rest = text.partition("{{")
    inner, ended, _ = rest.partition("}}")
    return inner.strip() if begun and ended else None


def _inside(piece: str | Name | Now) -> str:
    return piece if isinstance(piece, str) else piece.text


def _text(piece: str | Name | Now, dates: Mapping[str, str]) -> str:
    return dates[piece.parts[1]] if isinstance(piece, Name) else _inside(piece)


def _refusal(name: str, text: str, reference: str) -> InvalidParameterValue:
    allowed = ", ".join("{{" + known + "}}" for known in KNOWN)
    return InvalidParameterValue(
        f"parameters.{name[:100]} is {text[:200]!r}: '{{{{{reference[:100]}}}}}' has no value in a backfill."
        f"{nearest(reference, KNOWN)} Allowed are {allowed}."
    )
