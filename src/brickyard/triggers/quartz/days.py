"""Which days of a month an expression means."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from brickyard.triggers.quartz import fields
from brickyard.triggers.quartz.fields import DAY_OF_MONTH, DAY_OF_WEEK

_SATURDAY, _SUNDAY = 7, 1
_LAST = re.compile(r"L(?:-(\d{1,9}))?(W)?")
_NEAREST = re.compile(r"(\d{1,9})W")
_OF_WEEK_LAST = re.compile(r"([A-Z]+|\d{1,9})L")
_NTH = re.compile(r"([A-Z]+|\d{1,9})#(\d{1,9})")
_MAX_OFFSET = 30


class Days(Protocol):
    """A rule for days."""

    def of(self, year: int, month: int) -> Iterable[int]:
        """The days of this month, in their order."""
        ...

    def written(self) -> tuple[str, str]:
        """The two day fields of an expression that has this rule."""
        ...


@dataclass(frozen=True, slots=True)
class DaysOfMonth:
    """`1,15`, `*`."""

    days: frozenset[int]

    def of(self, year: int, month: int) -> Iterable[int]:
        last = _last_day(year, month)
        return [day for day in sorted(self.days) if day <= last]

    def written(self) -> tuple[str, str]:
        return fields.shown(DAY_OF_MONTH, self.days), "?"


@dataclass(frozen=True, slots=True)
class LastDay:
    """`L`, `L-3`, `LW`, `L-3W`."""

    before: int = 0
    weekday: bool = False

    def of(self, year: int, month: int) -> Iterable[int]:
        last = _last_day(year, month)
        day = last - self.before
        if day < 1:
            # As Quartz does: a Sunday just before the month goes on to the Monday that begins it.
            begins = self.weekday and day == 0 and _day_of_week(year, month, 1) == _SUNDAY + 1
            return (1,) if begins else ()
        return (_nearest_weekday(year, month, day, last),) if self.weekday else (day,)

    def written(self) -> tuple[str, str]:
        return "L" + (f"-{self.before}" if self.before else "") + ("W" if self.weekday else ""), "?"


@dataclass(frozen=True, slots=True)
class NearestWeekday:
    """`15W`: the weekday nearest to the day, within its month."""

    day: int

    def of(self, year: int, month: int) -> Iterable[int]:
        last = _last_day(year, month)
        if self.day <= last:
            return (_nearest_weekday(year, month, self.day, last),)
        # As Quartz 2.3.2 does: it takes the day after the last for the first of the next month, and where that is a
        # Saturday it goes back to the Friday before.
        follows = self.day == last + 1 and _day_of_week(year, month, last) == _SATURDAY - 1
        return (last,) if follows else ()

    def written(self) -> tuple[str, str]:
        return f"{self.day}W", "?"


@dataclass(frozen=True, slots=True)
class DaysOfWeek:
    """`MON-FRI`; Sunday is 1."""

    days: frozenset[int]

    def of(self, year: int, month: int) -> Iterable[int]:
        first = _day_of_week(year, month, 1)
        last = _last_day(year, month)
        return [day for day in range(1, last + 1) if (first + day - 2) % 7 + 1 in self.days]

    def written(self) -> tuple[str, str]:
        return "?", fields.shown(DAY_OF_WEEK, self.days)


@dataclass(frozen=True, slots=True)
class LastOfWeek:
    """`6L`: the last Friday."""

    day: int

    def of(self, year: int, month: int) -> Iterable[int]:
        last = _last_day(year, month)
        return (last - (_day_of_week(year, month, last) - self.day) % 7,)

    def written(self) -> tuple[str, str]:
        return "?", f"{self.day}L"


@dataclass(frozen=True, slots=True)
class NthOfWeek:
    """`6#3`: the third Friday."""

    day: int
    nth: int

    def of(self, year: int, month: int) -> Iterable[int]:
        found = 1 + (self.day - _day_of_week(year, month, 1)) % 7 + 7 * (self.nth - 1)
        return (found,) if found <= _last_day(year, month) else ()

    def written(self) -> tuple[str, str]:
        return "?", f"{self.day}#{self.nth}"


def parse(of_month: str, of_week: str) -> Days:
    """The rule that the two day fields give; exactly one of them is `?`.

    Raises:
        ValueError: it names the field, what was given and what is allowed.
    """
    if (of_month == "?") == (of_week == "?"):
        raise ValueError(
            f"day-of-month is {of_month[:80]!r} and day-of-week is {of_week[:80]!r}; exactly one of them must be '?'."
        )
    return _of_week(of_week) if of_month == "?" else _of_month(of_month)


def _of_month(text: str) -> Days:
    if last := _LAST.fullmatch(text):
        before = int(last[1] or 0)
        # At 30 days before the end, with W, Quartz searches for ever.
        most = _MAX_OFFSET - 1 if last[2] else _MAX_OFFSET
        if before > most:
            raise DAY_OF_MONTH.wrong(text, f"at most {most} days before the last may be named")
        return LastDay(before, weekday=bool(last[2]))
    if nearest := _NEAREST.fullmatch(text):
        return NearestWeekday(DAY_OF_MONTH.number(nearest[1]))
    if "L" in text or "W" in text:
        raise DAY_OF_MONTH.wrong(text, "L and W stand alone: L, L-3, LW, L-3W or 15W")
    return DaysOfMonth(fields.values(DAY_OF_MONTH, text))


def _of_week(text: str) -> Days:
    if text == "L":
        return DaysOfWeek(frozenset({_SATURDAY}))
    if last := _OF_WEEK_LAST.fullmatch(text):
        return LastOfWeek(DAY_OF_WEEK.number(last[1]))
    if nth := _NTH.fullmatch(text):
        if not 1 <= int(nth[2]) <= 5:
            raise DAY_OF_WEEK.wrong(text, "after # it must be 1 to 5")
        return NthOfWeek(DAY_OF_WEEK.number(nth[1]), int(nth[2]))
    if "#" in text:
        raise DAY_OF_WEEK.wrong(text, "# stands alone: 6#3 or FRI#3")
    return DaysOfWeek(fields.values(DAY_OF_WEEK, text))


def _nearest_weekday(year: int, month: int, day: int, last: int) -> int:
    match _day_of_week(year, month, day):
        case 7:
            return day + 2 if day == 1 else day - 1
        case 1:
            return day - 2 if day == last else day + 1
        case _:
            return day


def _last_day(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _day_of_week(year: int, month: int, day: int) -> int:
    """Sunday is 1."""
    return (calendar.weekday(year, month, day) + 1) % 7 + 1
