"""A whole expression."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from brickyard.triggers.quartz import days, fields
from brickyard.triggers.quartz.days import Days
from brickyard.triggers.quartz.fields import HOUR, MINUTE, MONTH, SECOND, YEAR

_MAX_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Cron:
    """What an expression means. Two that mean the same values are equal; `str` gives an expression with them."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: Days
    months: frozenset[int]
    years: frozenset[int]

    def __str__(self) -> str:
        of_month, of_week = self.days.written()
        parts = [
            fields.shown(SECOND, self.seconds),
            fields.shown(MINUTE, self.minutes),
            fields.shown(HOUR, self.hours),
            of_month,
            fields.shown(MONTH, self.months),
            of_week,
        ]
        if len(self.years) < len(YEAR.values):
            parts.append(fields.shown(YEAR, self.years))
        return " ".join(parts)

    def first_from(self, wall: dt.datetime) -> dt.datetime | None:
        """The first wall time that is not before `wall` (whole seconds, without a zone); None where there is none."""
        later = self._later_that_day(wall)
        if later is not None:
            return later
        for year in sorted(each for each in self.years if each >= wall.year):
            for month in sorted(self.months):
                if (year, month) >= (wall.year, wall.month):
                    for day in self.days.of(year, month):
                        if (year, month, day) > (wall.year, wall.month, wall.day):
                            return dt.datetime(year, month, day, *self._first)  # noqa: DTZ001  a wall time has no zone
        return None

    @property
    def _first(self) -> tuple[int, int, int]:
        return min(self.hours), min(self.minutes), min(self.seconds)

    def _later_that_day(self, wall: dt.datetime) -> dt.datetime | None:
        today = wall.year in self.years and wall.month in self.months
        if not today or wall.day not in self.days.of(wall.year, wall.month):
            return None
        for hour in sorted(each for each in self.hours if each >= wall.hour):
            if hour > wall.hour:
                return wall.replace(hour=hour, minute=min(self.minutes), second=min(self.seconds))
            for minute in sorted(each for each in self.minutes if each >= wall.minute):
                if minute > wall.minute:
                    return wall.replace(minute=minute, second=min(self.seconds))
                second = min((each for each in self.seconds if each >= wall.second), default=None)
                if second is not None:
                    return wall.replace(second=second)
        return None


@lru_cache(maxsize=20_000)
def parse(expression: str) -> Cron:
    """What an expression of six or seven fields means.

    Raises:
        ValueError: it names the field, what was given and what is allowed.
    """
    if len(expression) > _MAX_LENGTH:
        raise ValueError(f"The expression has {len(expression)} characters; at most {_MAX_LENGTH} are allowed.")
    parts = expression.upper().split()
    if len(parts) not in {6, 7}:
        raise ValueError(
            f"The expression {expression[:80]!r} has {len(parts)} fields; it must have six or seven: second, minute, "
            "hour, day-of-month, month, day-of-week and, if wanted, year."
        )
    for part, kind in zip((*parts[:3], parts[4], *parts[6:]), (SECOND, MINUTE, HOUR, MONTH, YEAR), strict=False):
        if "?" in part:
            raise kind.wrong(part, "'?' is for day-of-month or day-of-week")
    return Cron(
        seconds=fields.values(SECOND, parts[0]),
        minutes=fields.values(MINUTE, parts[1]),
        hours=fields.values(HOUR, parts[2]),
        days=days.parse(parts[3], parts[5]),
        months=fields.values(MONTH, parts[4]),
        years=fields.values(YEAR, parts[6] if len(parts) == 7 else "*"),
    )
