"""Properties of cron expressions, and a comparison with a model that looks at every minute of the calendar."""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from brickyard.triggers.quartz import fires, next_fire, parse

ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu"]
_NAMES = {"MON": 2, "WED": 4, "SUN": 1}


def wall(day: str) -> dt.datetime:
    """Midnight of a day, in no zone."""
    return dt.datetime.fromisoformat(day)


def plain(low: int, high: int) -> st.SearchStrategy[str]:
    """A field without special forms."""
    number = st.integers(low, high)
    return st.one_of(
        st.just("*"),
        number.map(str),
        st.lists(number, min_size=1, max_size=4).map(lambda found: ",".join(map(str, found))),
        st.tuples(number, number).map(lambda pair: f"{pair[0]}-{pair[1]}"),
        st.tuples(number, st.integers(1, high - low or 1)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
        st.integers(1, high - low or 1).map(lambda step: f"*/{step}"),
    )


OF_MONTH = st.one_of(
    plain(1, 31),
    st.just("L"),
    st.just("LW"),
    st.integers(1, 30).map(lambda day: f"L-{day}"),
    st.integers(1, 31).map(lambda day: f"{day}W"),
)
OF_WEEK = st.one_of(
    plain(1, 7),
    st.sampled_from(sorted(_NAMES)),
    st.integers(1, 7).map(lambda day: f"{day}L"),
    st.tuples(st.integers(1, 7), st.integers(1, 5)).map(lambda pair: f"{pair[0]}#{pair[1]}"),
)
DAYS = st.one_of(OF_MONTH.map(lambda day: (day, "?")), OF_WEEK.map(lambda day: ("?", day)))

SECONDS = plain(0, 59)


@st.composite
def expressions(draw: st.DrawFn, seconds: st.SearchStrategy[str]) -> str:
    of_month, of_week = draw(DAYS)
    parts = [draw(seconds), draw(plain(0, 59)), draw(plain(0, 23)), of_month, draw(plain(1, 12)), of_week]
    return " ".join(parts)


MOMENTS = st.datetimes(wall("2020-01-01"), wall("2040-01-01"), timezones=st.just(dt.UTC))


@given(expressions(SECONDS), MOMENTS, st.sampled_from(ZONES))
def test_the_next_is_after_now_and_the_one_after_it_later_still(expression: str, now: dt.datetime, zone: str) -> None:
    found = list(itertools.islice(fires(expression, now, zone), 5))
    moments = [each.timestamp() for each in found]
    assert all(each > now.timestamp() for each in moments)
    assert moments == sorted(set(moments))
    for before, after in itertools.pairwise(found):
        assert next_fire(expression, before, zone) == after


@given(expressions(SECONDS))
def test_what_is_written_means_what_was_read(expression: str) -> None:
    cron = parse(expression)
    assert parse(str(cron)) == cron
    assert str(parse(str(cron))) == str(cron)
    assert parse(expression.lower()) == cron


@given(expressions(SECONDS), MOMENTS, st.sampled_from(ZONES), st.integers(1, 500))
def test_asking_later_never_gives_an_earlier_answer(expression: str, now: dt.datetime, zone: str, hours: int) -> None:
    first = next_fire(expression, now, zone)
    later = next_fire(expression, now + dt.timedelta(hours=hours), zone)
    if first is None:
        assert later is None
    elif later is not None:
        assert later.timestamp() >= first.timestamp() or dt.timedelta(hours=hours) < dt.timedelta(hours=2)


# ------------------------------------------------------------------------------------------------------- the model


def _meant(text: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for item in text.split(","):
        body, _, step = item.partition("/")
        first, _, last = body.partition("-")
        if body == "*":
            every = list(range(low, high + 1))
        elif last:
            every = [int(first)]
            while every[-1] != int(last):
                every.append(every[-1] + 1 if every[-1] < high else low)
        else:
            every = list(
                range(
                    _NAMES.get(first, 0) or int(first), high + 1 if step else (_NAMES.get(first, 0) or int(first)) + 1
                )
            )
        found |= set(every[:: int(step or 1)])
    return found


def _is_day(of_month: str, of_week: str, day: dt.date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    weekday = day.isoweekday() % 7 + 1
    if of_month == "?":
        if of_week.endswith("L"):
            return weekday == int(of_week[:-1]) and day.day + 7 > last
        name, sharp, nth = of_week.partition("#")
        if sharp:
            return weekday == int(name) and (day.day - 1) // 7 + 1 == int(nth)
        return weekday in _meant(of_week, 1, 7)
    if of_month in {"L", "LW"} or of_month.startswith("L-"):
        wanted = last - int(of_month.partition("-")[2] or 0)
    elif of_month.endswith("W"):
        wanted = int(of_month[:-1])
        if wanted == last + 1 and day.day == last:
            return (day + dt.timedelta(days=1)).isoweekday() == 6
    else:
        return day.day in _meant(of_month, 1, 31)
    if not of_month.endswith("W"):
        return day.day == wanted
    if not 1 <= wanted <= last:
        return False
    month = [dt.date(day.year, day.month, each) for each in range(1, last + 1)]
    weekdays = [each for each in month if each.isoweekday() < 6]
    nearest = min(weekdays, key=lambda each: (abs(each.day - wanted), each.day))
    return day == nearest


def modelled(expression: str, start: dt.datetime, zone: str, hours: int) -> list[dt.datetime]:
    """Every fire in so many hours of wall time: each minute is looked at."""
    _, minute, hour, of_month, month, of_week = expression.split()
    found = []
    minutes, hours_meant, months = _meant(minute, 0, 59), _meant(hour, 0, 23), _meant(month, 1, 12)
    for offset in range(hours * 60):
        wall = start + dt.timedelta(minutes=offset)
        if wall.minute in minutes and wall.hour in hours_meant and wall.month in months:
            local = wall.replace(tzinfo=ZoneInfo(zone), fold=1)
            back = local.astimezone(dt.UTC).astimezone(ZoneInfo(zone))
            if back.replace(tzinfo=None, fold=0) == wall and _is_day(of_month, of_week, wall.date()):
                found.append(local)
    return found


STARTS = st.one_of(
    st.sampled_from(["2026-03-07", "2026-10-31", "2026-10-24", "2026-04-04"]).map(wall),
    st.dates(dt.date(2024, 1, 1), dt.date(2030, 1, 1)).map(lambda day: wall(day.isoformat())),
)


@settings(max_examples=150, deadline=None)
@given(expressions(st.just("0")), STARTS, st.sampled_from(ZONES))
def test_it_fires_when_the_model_does(expression: str, start: dt.datetime, zone: str) -> None:
    hours = 24 * 9
    before = start.replace(tzinfo=ZoneInfo(zone)) - dt.timedelta(seconds=1)
    last = (start + dt.timedelta(hours=hours)).replace(tzinfo=ZoneInfo(zone))
    found = itertools.takewhile(lambda each: each.timestamp() < last.timestamp(), fires(expression, before, zone))
    expected = [each for each in modelled(expression, start, zone, hours) if each.timestamp() < last.timestamp()]
    assert [each.isoformat() for each in found] == [each.isoformat() for each in expected]
