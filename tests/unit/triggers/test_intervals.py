"""Ranges cut into intervals: steps, zones, days on which the clocks change, ends of months."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.errors import InvalidParameterValue
from brickyard.triggers.intervals import Step, local, local_text, moment_of, starts, step_of, zone_of

BERLIN = ZoneInfo("Europe/Berlin")
UTC_ZONE = ZoneInfo("UTC")
HOUR = 3_600_000
DAY = 24 * HOUR


def cut(first: str, end: str, every: str, zone: ZoneInfo = UTC_ZONE) -> list[int]:
    return list(starts(moment_of(first, zone, "from"), moment_of(end, zone, "to"), step_of(every), zone))


def texts(first: str, end: str, every: str, zone: ZoneInfo = UTC_ZONE) -> list[str]:
    return [local_text(at_ms, zone) for at_ms in cut(first, end, every, zone)]


# ----------------------------------------------------------------------------------------------------------- steps


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("15m", Step(15, "m")),
        ("1h", Step(1, "h")),
        ("1d", Step(1, "d")),
        ("2w", Step(2, "w")),
        ("1mo", Step(1, "mo")),
        ("1000d", Step(1000, "d")),
    ],
)
def test_steps(text: str, step: Step) -> None:
    assert step_of(text) == step
    assert step.is_calendar == (step.unit in ("d", "w", "mo"))


@pytest.mark.parametrize("text", ["", "d", "0d", "1", "-1d", "1.5h", "1 d", "1D", "1M", "1y", "1001d", "01d", "1d\n"])
def test_what_is_no_step(text: str) -> None:
    with pytest.raises(InvalidParameterValue, match=r"every is .*; it must be a number from 1 to 1000 with a unit"):
        step_of(text)


def test_a_cron_expression_is_said_not_to_be_there() -> None:
    with pytest.raises(InvalidParameterValue, match="A cron expression is not supported here"):
        step_of("0 0 6 * * ?")


# --------------------------------------------------------------------------------------------------------- moments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-01", "2025-12-31T23:00:00+00:00"),
        ("2026-07-01", "2026-06-30T22:00:00+00:00"),
        ("2026-01-01T06:30", "2026-01-01T05:30:00+00:00"),
        ("2026-01-01 06:30:15", "2026-01-01T05:30:15+00:00"),
        ("2026-01-01T06:30:15.250", "2026-01-01T05:30:15.250000+00:00"),
        ("2026-01-01T06:30Z", "2026-01-01T06:30:00+00:00"),
        ("2026-01-01T06:30-08:00", "2026-01-01T14:30:00+00:00"),
        ("1970-01-01", "1969-12-31T23:00:00+00:00"),
        ("2026-03-29T02:30", "2026-03-29T01:30:00+00:00"),  # skipped: the clock shows 03:30 then
        ("2026-10-25T02:30", "2026-10-25T00:30:00+00:00"),  # twice: the first
    ],
)
def test_moments_in_berlin(text: str, expected: str) -> None:
    assert local(moment_of(text, BERLIN, "from"), UTC_ZONE).isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "today", "2026-1-1", "20260101", "2026-W01-1", "2026-13-01", "2026-02-30", "2026-01-01\n", "1969-12-31"),
        *("3000-01-01", "2026-01-01T25:00", "2026-01-01T6", "2026-01-01T06:30+25:00", "2026-01-01T06:30:15.2500"),
    ],
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(InvalidParameterValue, match=r"to is .*; it must be a date"):
        moment_of(text, BERLIN, "to")


@pytest.mark.parametrize("name", ["", "Mars", "europe/berlin", "../etc/passwd", "+01:00", "/etc/localtime"])
def test_what_is_no_zone(name: str) -> None:
    with pytest.raises(InvalidParameterValue, match=r"zone is .*; it must be the IANA name"):
        zone_of(name)


def test_zones() -> None:
    assert zone_of("Europe/Berlin") == BERLIN
    assert zone_of("UTC") == UTC_ZONE


# ------------------------------------------------------------------------------------------------------- intervals


@pytest.mark.parametrize(
    ("first", "end", "every", "expected"),
    [
        ("2026-01-01", "2026-01-04", "1d", ["2026-01-01", "2026-01-02", "2026-01-03"]),
        ("2026-01-01", "2026-01-04", "2d", ["2026-01-01", "2026-01-03"]),
        ("2026-01-01", "2026-01-01T12:00", "1d", ["2026-01-01"]),
        ("2026-01-01", "2026-01-02T00:01", "1d", ["2026-01-01", "2026-01-02"]),
        ("2026-01-01", "2026-01-16", "1w", ["2026-01-01", "2026-01-08", "2026-01-15"]),
        ("2026-01-01", "2026-01-01T01:00", "30m", ["2026-01-01", "2026-01-01T00:30:00"]),
        ("2026-01-01T06:00", "2026-01-02", "12h", ["2026-01-01T06:00:00", "2026-01-01T18:00:00"]),
        ("2026-01-31", "2026-05-01", "1mo", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        ("2028-01-30", "2028-04-01", "1mo", ["2028-01-30", "2028-02-29", "2028-03-30"]),
        ("2025-11-15", "2026-06-01", "3mo", ["2025-11-15", "2026-02-15", "2026-05-15"]),
        ("2026-12-01", "2027-02-02", "1mo", ["2026-12-01", "2027-01-01", "2027-02-01"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_starts(first: str, end: str, every: str, expected: list[str]) -> None:
    assert texts(first, end, every) == expected


@pytest.mark.parametrize(("first", "hours"), [("2026-03-28", [24, 23, 24]), ("2026-10-24", [24, 25, 24])])
def test_a_day_is_a_day_of_the_zone(first: str, hours: list[int]) -> None:
    """Each begins at midnight, however long the one before was."""
    end = (datetime.fromisoformat(first) + timedelta(days=4)).date().isoformat()
    found = cut(first, end, "1d", BERLIN)
    assert [(after - before) // HOUR for before, after in pairwise(found)] == hours
    assert {local(at_ms, BERLIN).hour for at_ms in found} == {0}


@pytest.mark.parametrize(("day", "number"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)])
def test_an_hour_is_always_sixty_minutes(day: str, number: int) -> None:
    end = (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
    found = cut(day, end, "1h", BERLIN)
    assert len(found) == number
    assert {after - before for before, after in pairwise(found)} == {HOUR}


def test_a_time_that_is_skipped_on_one_day_comes_back_on_the_next() -> None:
    found = texts("2026-03-28T02:30", "2026-03-31", "1d", BERLIN)
    assert found == ["2026-03-28T02:30:00", "2026-03-29T03:30:00", "2026-03-30T02:30:00"]


def test_a_time_that_comes_twice_is_the_first_and_a_start_that_is_the_second_stays_so() -> None:
    found = cut("2026-10-24T02:30", "2026-10-26", "1d", BERLIN)
    assert [local(at_ms, BERLIN).isoformat() for at_ms in found][1] == "2026-10-25T02:30:00+02:00"
    second = cut("2026-10-25T02:30+01:00", "2026-10-26", "1d", BERLIN)
    assert local(second[0], BERLIN).isoformat() == "2026-10-25T02:30:00+01:00"


def test_a_day_that_a_zone_has_skipped_is_no_interval() -> None:
    """Samoa had no 30th of December in 2011."""
    assert texts("2011-12-29", "2012-01-01", "1d", ZoneInfo("Pacific/Apia")) == ["2011-12-29", "2011-12-31"]


def test_a_range_that_ends_where_it_begins_has_none() -> None:
    assert cut("2026-01-01", "2026-01-01", "1d") == []


def test_a_long_range_costs_only_what_is_taken_of_it() -> None:
    first, end = moment_of("1970-01-01", UTC_ZONE, "from"), moment_of("2999-01-01", UTC_ZONE, "to")
    assert list(islice(starts(first, end, Step(1, "m"), UTC_ZONE), 3)) == [0, 60_000, 120_000]
    assert sum(1 for _ in starts(first, end, Step(1000, "mo"), UTC_ZONE)) == 13


_DAYS = st.dates(datetime(1975, 1, 1).date(), datetime(2090, 1, 1).date())  # noqa: DTZ001 - days of any zone
_ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"])


@given(_DAYS, st.integers(1, 400), st.sampled_from(["m", "h", "d", "w", "mo"]), st.integers(1, 40), _ZONES)
def test_starts_ascend_within_the_range(first: datetime, days: int, unit: str, number: int, name: str) -> None:
    zone = ZoneInfo(name)
    begin = moment_of(first.isoformat(), zone, "from")
    end = begin + days * DAY
    found = list(islice(starts(begin, end, Step(number, unit), zone), 500))
    assert found[0] == begin
    assert all(before < after < end for before, after in pairwise(found))


def test_a_moment_as_people_of_the_zone_write_it() -> None:
    at_ms = (datetime(2026, 1, 1, 23, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert local_text(at_ms, BERLIN) == "2026-01-02"
    assert local_text(at_ms, UTC_ZONE) == "2026-01-01T23:00:00"
