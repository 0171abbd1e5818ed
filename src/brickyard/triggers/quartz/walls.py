"""Wall times (what clocks show, in whole seconds and without a zone) and the moments at which clocks show them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from brickyard.errors import InvalidParameterValue
from brickyard.triggers.intervals import zone_of

Zone = ZoneInfo
SECOND = dt.timedelta(seconds=1)


def zone(name: str) -> Zone:
    """A time zone by its name.

    Raises:
        ValueError: there is no such zone.
    """
    try:
        return zone_of(name, "timezone_id")
    except InvalidParameterValue as error:
        raise ValueError(error.message) from error


def after(moment: dt.datetime, place: Zone) -> dt.datetime:
    """The first wall time that is to be looked at for what comes after a moment.

    Raises:
        ValueError: the moment is not aware of its time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"after is {moment.isoformat()}; it must be aware of its time zone.")
    return (moment + SECOND).astimezone(place).replace(tzinfo=None, microsecond=0, fold=0)


def moment(wall: dt.datetime, place: Zone) -> dt.datetime:
    """When clocks show a time; where they do so twice, the second time."""
    return wall.replace(tzinfo=place, fold=1)


def exists(wall: dt.datetime, place: Zone) -> bool:
    """Whether clocks ever show this time."""
    local = wall.replace(tzinfo=place)
    return local.astimezone(dt.UTC).astimezone(place).replace(tzinfo=None, fold=0) == wall


def is_doubled(wall: dt.datetime, place: Zone) -> bool:
    """Of a time that clocks show: whether they show it twice."""
    first, second = _offsets(wall, place)
    return second < first


def end_of_gap(wall: dt.datetime, place: Zone) -> dt.datetime:
    """Of a time that clocks leave out: the first one after it that they show."""
    before, behind = _offsets(wall, place)
    # The gap is as long as the clocks jump; its end lies within that time from here.
    low, high = 0, int((behind - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if exists(wall + middle * SECOND, place):
            high = middle
        else:
            low = middle
    return wall + high * SECOND


def is_lost_hour(wall: dt.datetime, since: dt.datetime, place: Zone) -> bool:
    """Whether Quartz, which looks from `since` on, never comes to a time because its hour does not begin.

    Where clocks jump within an hour over the begin of the next (Chatham: 02:45 to 03:45), Quartz leaves out what is
    left of that next hour, unless it began to look within it.
    """
    begin = wall.replace(minute=0, second=0)
    return begin > since and not exists(begin, place) and _lenient(begin, place).hour != begin.hour


def next_hour(wall: dt.datetime) -> dt.datetime:
    """The begin of the hour after."""
    return wall.replace(minute=0, second=0) + dt.timedelta(hours=1)


def _lenient(wall: dt.datetime, place: Zone) -> dt.datetime:
    """A time that clocks leave out, moved by as much as they jump."""
    before, behind = _offsets(wall, place)
    return wall + (behind - before)


def _offsets(wall: dt.datetime, place: Zone) -> tuple[dt.timedelta, dt.timedelta]:
    """The offsets from UTC before and after a change of clocks; the same where there is none at this time."""
    first, second = (wall.replace(tzinfo=place, fold=fold).utcoffset() or dt.timedelta() for fold in (0, 1))
    return first, second
