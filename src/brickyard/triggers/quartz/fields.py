"""The fields of an expression, and the plain values that they may hold: numbers, names, ranges, steps, lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NAMED_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_NAMED_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class FieldKind:
    """One of the seven fields."""

    name: str
    low: int
    high: int
    names: Mapping[str, int] = field(default_factory=dict)
    wraps: bool = True
    """Whether a range may run over the end: FRI-MON, 22-2."""

    @property
    def values(self) -> range:
        """All values."""
        return range(self.low, self.high + 1)

    def wrong(self, given: str, allowed: str) -> ValueError:
        """The error that names the field, what was given and what is allowed."""
        return ValueError(f"{self.name} is {given[:80]!r}; {allowed}.")

    def number(self, text: str) -> int:
        """The value that a number or a name stands for.

        Raises:
            ValueError: it is neither, or out of range.
        """
        if text in self.names:
            return self.names[text]
        if not _NUMBER.fullmatch(text):
            names = f" or {', '.join(self.names)}" if self.names else ""
            raise self.wrong(text, f"it must be {self.low} to {self.high}{names}")
        if int(text) not in self.values:
            raise self.wrong(text, f"it must be from {self.low} to {self.high}")
        return int(text)


SECOND = FieldKind("second", 0, 59)
MINUTE = FieldKind("minute", 0, 59)
HOUR = FieldKind("hour", 0, 23)
DAY_OF_MONTH = FieldKind("day-of-month", 1, 31)
MONTH = FieldKind("month", 1, 12, {name: at for at, name in enumerate(_NAMED_MONTHS, 1)})
DAY_OF_WEEK = FieldKind("day-of-week", 1, 7, {name: at for at, name in enumerate(_NAMED_DAYS, 1)})
YEAR = FieldKind("year", 1970, 2099, wraps=False)


def values(kind: FieldKind, text: str) -> frozenset[int]:
    """The values of a whole field, without the special forms of the day fields.

    Raises:
        ValueError: it names the field, what was given and what is allowed.
    """
    found: set[int] = set()
    for item in text.split(","):
        if not item:
            raise kind.wrong(text, "there is nothing between two commas, or before or after one")
        found |= _item(kind, item)
    return frozenset(found)


def shown(kind: FieldKind, found: frozenset[int]) -> str:
    """The values as a field that has them."""
    return "*" if len(found) == len(kind.values) else ",".join(map(str, sorted(found)))


def _item(kind: FieldKind, item: str) -> set[int]:
    body, slash, step_text = item.partition("/")
    step = _step(kind, item, step_text) if slash else 1
    if body in {"*", ""}:
        if not body and not slash:
            raise kind.wrong(item, "it is empty")
        return set(kind.values[::step])
    low, dash, high = body.partition("-")
    if slash and (low in kind.names or high in kind.names):
        # Quartz takes this and ignores the step, which nobody can mean.
        raise kind.wrong(item, "a step needs numbers, not names")
    first = kind.number(low)
    if dash:
        if (low in kind.names) != (high in kind.names):
            raise kind.wrong(item, "a range is between two numbers or between two names")
        return _range(kind, item, first, kind.number(high), step)
    return set(range(first, kind.high + 1, step)) if slash else {first}


def _range(kind: FieldKind, item: str, first: int, last: int, step: int) -> set[int]:
    if last < first:
        if not kind.wraps:
            raise kind.wrong(item, "a range must not end before it begins")
        last += len(kind.values)
    return {kind.low + (each - kind.low) % len(kind.values) for each in range(first, last + 1, step)}


def _step(kind: FieldKind, item: str, text: str) -> int:
    # Quartz counts from zero in fields that begin at one: there, too, the size of the field is too large a step.
    most = kind.high if kind.low == 0 else len(kind.values)
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= most:
        raise kind.wrong(item, f"the step must be from 1 to {most}")
    return int(text)
