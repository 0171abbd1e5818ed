"""Times as text, always in UTC: Java date patterns, and the time arguments of dynamic value references.

Patterns are those of `java.time.format.DateTimeFormatter` in the US locale: `u` is the year, `e` the day of the week
from 1 (Sunday) to 7. Optional sections in brackets are always written: every time has all fields. Refused are `Y`, `w`
and `W` (what a week is depends on a locale), `B`, `g`, `v` and `p`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.shape import show

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Names are spelled out: strftime would follow the locale of the server.
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_QUARTERS: Final = ("1st quarter", "2nd quarter", "3rd quarter", "4th quarter")
_TOKEN: Final = re.compile(
    r"'(?P<quoted>(?:[^']|'')*)'|(?P<letters>(?P<letter>[A-Za-z])(?P=letter)*)|(?P<other>.)", re.DOTALL
)
_RESERVED: Final = frozenset("{}#'")

Part = Callable[[datetime], str]


def _number(get: Callable[[datetime], int]) -> Callable[[int], Part]:
    return lambda count: lambda at: str(get(at)).zfill(count)


def _year(count: int) -> Part:
    return (lambda at: f"{at.year % 100:02}") if count == 2 else (lambda at: str(at.year).zfill(count))


def _name(names: tuple[str, ...], get: Callable[[datetime], int]) -> Callable[[int], Part]:
    # Up to three letters are the short name, four the full one, five its first letter.
    lengths = {4: None, 5: 1}
    return lambda count: lambda at: names[get(at)][: lengths.get(count, 3)]


def _month(count: int) -> Part:
    name = _name(_MONTHS, lambda at: at.month - 1)
    return name(count) if count > 2 else _number(lambda at: at.month)(count)


def _quarter(count: int) -> Part:
    def text(at: datetime) -> str:
        number = (at.month + 2) // 3
        return (f"Q{number}", _QUARTERS[number - 1], str(number))[count - 3]

    return text if count > 2 else _number(lambda at: (at.month + 2) // 3)(count)


def _fraction(count: int) -> Part:
    return lambda at: f"{at.microsecond:06}".ljust(9, "0")[:count]


def _milli_of_day(at: datetime) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1000 + at.microsecond // 1000


def _fixed(*by_count: str) -> Callable[[int], Part]:
    """What does not depend on the time, as it is always in UTC."""
    return lambda count: lambda _: by_count[count - 1]


_LETTERS: Final[Mapping[str, tuple[int, Callable[[int], Part]]]] = {
    "G": (5, _fixed("AD", "AD", "AD", "Anno Domini", "A")),
    "y": (19, _year),
    "u": (19, _year),
    "Q": (5, _quarter),
    "q": (5, _quarter),
    "M": (5, _month),
    "L": (5, _month),
    "d": (2, _number(lambda at: at.day)),
    "D": (3, _number(lambda at: at.timetuple().tm_yday)),
    "E": (5, _name(_DAYS, lambda at: at.weekday())),
    "e": (2, _number(lambda at: at.isoweekday() % 7 + 1)),
    "a": (1, lambda _: lambda at: "AM" if at.hour < 12 else "PM"),
    "H": (2, _number(lambda at: at.hour)),
    "k": (2, _number(lambda at: at.hour or 24)),
    "K": (2, _number(lambda at: at.hour % 12)),
    "h": (2, _number(lambda at: at.hour % 12 or 12)),
    "m": (2, _number(lambda at: at.minute)),
    "s": (2, _number(lambda at: at.second)),
    "S": (9, _fraction),
    "A": (19, _number(_milli_of_day)),
    "n": (19, _number(lambda at: at.microsecond * 1000)),
    "N": (19, _number(lambda at: _milli_of_day(at) * 1_000_000)),
    "X": (5, _fixed(*["Z"] * 5)),
    "x": (5, _fixed("+00", "+0000", "+00:00", "+0000", "+00:00")),
    "Z": (5, _fixed("+0000", "+0000", "+0000", "GMT", "Z")),
    "z": (4, _fixed("UTC", "UTC", "UTC", "Coordinated Universal Time")),
}
"""Letter to (how often it may stand, the maker of its text)."""
_ONLY_TOGETHER: Final[Mapping[str, str]] = {"VV": "UTC", "O": "GMT", "OOOO": "GMT"}
"""Letters that may stand only so often."""


def check(pattern: str) -> None:
    """That a date pattern can be used.

    Raises:
        InvalidParameterValue: it is empty, has a letter that is not known, or a quote without end.
    """
    _compiled(pattern)


def render(pattern: str, at_ms: int) -> str:
    """The time (epoch ms) by a date pattern.

    Raises:
        InvalidParameterValue: as `check`.
    """
    at = utc(at_ms)
    return "".join(part if isinstance(part, str) else part(at) for part in _compiled(pattern))


def utc(at_ms: int) -> datetime:
    """The time of epoch milliseconds, in UTC, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=at_ms)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> tuple[str | Part, ...]:
    if not pattern:
        raise InvalidParameterValue("the date pattern is empty; a pattern such as yyyy-MM-dd is needed.")
    depth = 0
    parts: list[str | Part] = []
    for match in _TOKEN.finditer(pattern):
        depth += (match["other"] == "[") - (match["other"] == "]")
        if depth < 0:
            break
        if match["other"] not in ("[", "]"):
            parts.append(_part(match, pattern))
    if depth:
        raise InvalidParameterValue(f"the date pattern {show(pattern)} has brackets that do not pair.")
    return tuple(parts)


def _part(match: re.Match[str], pattern: str) -> str | Part:
    if match["quoted"] is not None:
        return match["quoted"].replace("''", "'") or "'"
    if match["other"] is not None:
        if match["other"] in _RESERVED:
            raise InvalidParameterValue(
                f"the date pattern {show(pattern)} has {match['other']!r} at position {match.start()};"
                " put literal text into single quotes, and close every quote."
            )
        return match["other"]
    letters = match["letters"]
    if letters in _ONLY_TOGETHER:
        return _ONLY_TOGETHER[letters]
    most, make = _LETTERS.get(match["letter"], (0, _year))
    if len(letters) > most:
        raise InvalidParameterValue(
            f"the date pattern {show(pattern)} has {show(letters)}, which is not supported;"
            f" allowed letters are {' '.join((*_LETTERS, *_ONLY_TOGETHER))}, other text goes into single quotes."
        )
    return make(len(letters))


_ARGUMENTS: Final[Mapping[str, str | Callable[[datetime], str]]] = {
    "iso_date": "yyyy-MM-dd",
    "iso_datetime": "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
    "iso_weekday": lambda at: str(at.isoweekday()),
    "is_weekday": lambda at: "true" if at.isoweekday() < 6 else "false",
    "year": "y",
    "month": "M",
    "day": "d",
    "hour": "H",
    "minute": "m",
    "second": "s",
}

TIME_ARGUMENTS: Final = (*_ARGUMENTS, "timestamp_ms")
"""What may follow a time in a reference: `{{job.start_time.iso_date}}`."""


def time_argument(argument: str, at_ms: int, zone: str = "UTC") -> str:
    """The text of a time (epoch ms) for one of `TIME_ARGUMENTS`, as clocks of the zone show it.

    The service's own times are always in UTC; only the intervals of a backfill have a zone.
    """
    if argument == "timestamp_ms":
        return str(at_ms)
    how = _ARGUMENTS[argument]
    at = utc(at_ms).astimezone(ZoneInfo(zone))
    if argument == "iso_datetime" and zone != "UTC":
        return at.isoformat(timespec="milliseconds")
    on_clock = at.replace(tzinfo=UTC)
    return how(on_clock) if callable(how) else render(how, (on_clock - _EPOCH) // timedelta(milliseconds=1))
