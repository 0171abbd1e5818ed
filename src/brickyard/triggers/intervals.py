"""Ranges of time cut into intervals: the starts of all intervals from one moment up to, and without, another.

Minutes and hours are lengths of time: an hour is sixty minutes, also on the day on which the clocks change. Days, weeks
and months are those of the calendar of a time zone: each starts at the same time on the clock as the first one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from brickyard.errors import InvalidParameterValue

MAX_STEP: Final = 1000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_YEAR: Final = 2999
_STEP: Final = re.compile(r"([1-9]\d{0,3})(m|h|d|w|mo)")
_MOMENT: Final = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)(?:[T ](?P<time>\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(?P<offset>Z|[+-]\d\d:\d\d)?)?"
)
_LENGTHS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}


@dataclass(frozen=True, slots=True)
class Step:
    """From the start of one interval to that of the next: so many units (`m`, `h`, `d`, `w` or `mo`)."""

    number: int
    unit: str

    @property
    def is_calendar(self) -> bool:
        """Whether it goes by the calendar of a zone; else it is a length of time."""
        return self.unit not in _LENGTHS


def step_of(text: str, field: str = "every") -> Step:
    """`15m`, `1h`, `1d`, `1w`, `1mo`.

    Raises:
        InvalidParameterValue: it is nothing of this kind.
    """
    match = _STEP.fullmatch(text)
    if match is None or int(match[1]) > MAX_STEP:
        cron = " A cron expression is not supported here." if len(text.split()) > 4 else ""
        raise InvalidParameterValue(
            f"{field} is {text[:100]!r}; it must be a number from 1 to {MAX_STEP} with a unit: m (minutes), h, d, w or"
            f" mo (months), such as 15m or 1d.{cron}"
        )
    return Step(int(match[1]), match[2])


def zone_of(name: str, field: str = "zone") -> ZoneInfo:
    """A time zone by its IANA name.

    Raises:
        InvalidParameterValue: there is no such zone.
    """
    if name not in _zones():
        raise InvalidParameterValue(
            f"{field} is {name[:100]!r}; it must be the IANA name of a time zone, such as Europe/Berlin or UTC."
        )
    return ZoneInfo(name)


def moment_of(text: str, zone: ZoneInfo, field: str) -> int:
    """Epoch ms of a date (its midnight in the zone) or an ISO date-time (in the zone, unless it says its own offset).

    A time that the clocks of the zone skip is the one that they show after the jump; one that they show twice is the
    first of the two.

    Raises:
        InvalidParameterValue: it is neither, or not from 1970 to 2999.
    """
    match = _MOMENT.fullmatch(text)
    try:
        at = datetime.fromisoformat(text) if match else None
    except ValueError:
        at = None
    if at is None or not _EPOCH.year <= at.year <= _LAST_YEAR:
        raise InvalidParameterValue(
            f"{field} is {text[:100]!r}; it must be a date (2026-01-31) or a date with a time (2026-01-31T06:00, at its"
            f" end Z or an offset such as +02:00 if wanted), from {_EPOCH.year} to {_LAST_YEAR}."
        )
    return _epoch_ms(at if at.tzinfo else at.replace(tzinfo=zone))


def starts(first_ms: int, end_ms: int, step: Step, zone: ZoneInfo) -> Iterator[int]:
    """The starts (epoch ms) of all intervals from `first_ms` on and before `end_ms`, in ascending order.

    Each is counted from the first one, so that a month from the 31st is the last day of a shorter month and the 31st
    again after it. The last interval may reach beyond the end.
    """
    start_at = _nth(first_ms, step, zone)
    last = first_ms - 1
    for number in count():
        at_ms = start_at(number)
        if at_ms >= end_ms:
            return
        # Twice the same moment: a zone has skipped a whole day.
        if at_ms > last:
            yield at_ms
        last = at_ms


def local_text(at_ms: int, zone: ZoneInfo) -> str:
    """The moment as people of the zone write it: a date where it is midnight, else with the time."""
    at = local(at_ms, zone)
    return at.strftime("%Y-%m-%d") if not (at.hour or at.minute or at.second) else at.strftime("%Y-%m-%dT%H:%M:%S")


def local(at_ms: int, zone: ZoneInfo) -> datetime:
    """The moment in the zone."""
    return (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _nth(first_ms: int, step: Step, zone: ZoneInfo) -> Callable[[int], int]:
    if not step.is_calendar:
        length = step.number * _LENGTHS[step.unit] // timedelta(milliseconds=1)
        return lambda number: first_ms + number * length
    first = local(first_ms, zone)
    on_clock = first.replace(tzinfo=None)
    days = step.number * (7 if step.unit == "w" else 1)

    def start_at(number: int) -> int:
        if number == 0:
            return first_ms
        months = step.unit == "mo"
        at = _months_later(on_clock, number * step.number) if months else on_clock + timedelta(days=number * days)
        return _epoch_ms(at.replace(tzinfo=zone))

    return start_at


def _months_later(at: datetime, months: int) -> datetime:
    index = at.year * 12 + at.month - 1 + months
    year, month = divmod(index, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, _days_of(year, month + 1)))


def _days_of(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def _epoch_ms(at: datetime) -> int:
    return (at.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)
