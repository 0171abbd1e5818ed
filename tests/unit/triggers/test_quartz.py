"""Cron expressions against what the real Quartz was seen to do."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import time

import pytest

from brickyard.triggers.quartz import fires, next_fire, parse

NEW_YORK = "America/New_York"


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text if "+" in text or text.endswith("Z") else f"{text}Z")


def shown(expression: str, after: str, zone: str = "UTC", count: int = 3) -> list[str]:
    found = itertools.islice(fires(expression, at(after), zone), count)
    return [each.isoformat() for each in found]


def days(expression: str, after: str = "2026-01-01T00:00:00", count: int = 3) -> list[str]:
    return [each[:10] for each in shown(expression, after, count=count)]


FIELDS = {
    "every second": ("* * * * * ?", ["00:00:01", "00:00:02", "00:00:03"]),
    "list": ("0 0 1,3,2 * * ?", ["01:00:00", "02:00:00", "03:00:00"]),
    "range": ("0 5-7 0 * * ?", ["00:05:00", "00:06:00", "00:07:00"]),
    "steps from the start": ("0 */25 * * * ?", ["00:25:00", "00:50:00", "01:00:00"]),
    "steps from a number": ("0 5/20 * * * ?", ["00:05:00", "00:25:00", "00:45:00"]),
    "steps in a range": ("0 10-40/15 * * * ?", ["00:10:00", "00:25:00", "00:40:00"]),
    "hours over midnight": ("0 0 22-2 * * ?", ["01:00:00", "02:00:00", "22:00:00"]),
    "hours over midnight in steps": ("0 0 22-3/2 * * ?", ["02:00:00", "22:00:00", "00:00:00"]),
    "minutes over the hour": ("0 58-1 * * * ?", ["00:01:00", "00:58:00", "00:59:00"]),
}


@pytest.mark.parametrize("case", FIELDS)
def test_values_of_a_field(case: str) -> None:
    expression, times = FIELDS[case]
    assert [each[11:19] for each in shown(expression, "2026-01-01T00:00:00")] == times


DAYS = {
    "day of month": ("0 0 0 31 * ?", ["2026-01-31", "2026-03-31", "2026-05-31"]),
    "days over the end of the month": ("0 0 0 30-2 * ?", ["2026-01-02", "2026-01-30", "2026-01-31"]),
    "last day": ("0 0 0 L * ?", ["2026-01-31", "2026-02-28", "2026-03-31"]),
    "days before the last": ("0 0 0 L-3 * ?", ["2026-01-28", "2026-02-25", "2026-03-28"]),
    "a month that has no such day": ("0 0 0 L-29 * ?", ["2026-01-02", "2026-03-02", "2026-04-01"]),
    "last weekday": ("0 0 0 LW * ?", ["2026-01-30", "2026-02-27", "2026-03-31"]),
    "weekday nearest to one before the last": ("0 0 0 L-2W * ?", ["2026-01-29", "2026-02-26", "2026-03-30"]),
    "nearest weekday back": ("0 0 0 15W 8 ?", ["2026-08-14", "2027-08-16", "2028-08-15"]),
    "nearest weekday not into the month before": ("0 0 0 1W 8 ?", ["2026-08-03", "2027-08-02", "2028-08-01"]),
    "nearest weekday not into the next month": ("0 0 0 31W 5 ?", ["2026-05-29", "2027-05-31", "2028-05-31"]),
    "day 31 of short months": ("0 0 0 31W 4,6 ?", ["2027-04-30", "2028-06-30", "2032-04-30"]),
    "day of week": ("0 0 0 ? * MON", ["2026-01-05", "2026-01-12", "2026-01-19"]),
    "Sunday is 1": ("0 0 0 ? * 1", ["2026-01-04", "2026-01-11", "2026-01-18"]),
    "days over the end of the week": ("0 0 0 ? * FRI-MON", ["2026-01-02", "2026-01-03", "2026-01-04"]),
    "every second day of the week": ("0 0 0 ? * 2/2", ["2026-01-02", "2026-01-05", "2026-01-07"]),
    "L alone is Saturday": ("0 0 0 ? * L", ["2026-01-03", "2026-01-10", "2026-01-17"]),
    "last Friday": ("0 0 0 ? * 6L", ["2026-01-30", "2026-02-27", "2026-03-27"]),
    "last Friday by name": ("0 0 0 ? * fril", ["2026-01-30", "2026-02-27", "2026-03-27"]),
    "third Friday": ("0 0 0 ? * 6#3", ["2026-01-16", "2026-02-20", "2026-03-20"]),
    "fifth Friday": ("0 0 0 ? * FRI#5", ["2026-01-30", "2026-05-29", "2026-07-31"]),
    "months by name, over the year": ("0 0 0 1 nov-feb ?", ["2026-02-01", "2026-11-01", "2026-12-01"]),
    "months in steps": ("0 0 0 1 2/5 ?", ["2026-02-01", "2026-07-01", "2026-12-01"]),
    "leap day": ("0 0 0 29 2 ?", ["2028-02-29", "2032-02-29", "2036-02-29"]),
    "years": ("0 0 0 1 1 ? 2027,2030-2032/2", ["2027-01-01", "2030-01-01", "2032-01-01"]),
}


@pytest.mark.parametrize("case", DAYS)
def test_rules_for_days(case: str) -> None:
    expression, expected = DAYS[case]
    assert days(expression) == expected


def test_day_31_of_a_short_month_fires_on_its_last_day_where_the_next_begins_on_a_saturday() -> None:
    # 1 May 2027 is a Saturday; 1 May 2026 is a Friday.
    assert days("0 0 0 31W 4 ?", count=1) == ["2027-04-30"]
    # 1 March 2025 is a Saturday.
    assert days("0 0 0 29W 2 ? 2025", "2025-01-01T00:00:00") == ["2025-02-28"]
    assert days("0 0 0 29W 2 ? 2026") == []


# --------------------------------------------------------------------------------------------------- time zones


def test_a_wall_time_that_is_left_out_does_not_fire() -> None:
    assert shown("0 30 2 * * ?", "2026-03-07T12:00:00", NEW_YORK, 2) == [
        "2026-03-09T02:30:00-04:00",
        "2026-03-10T02:30:00-04:00",
    ]
    assert shown("0 0/30 * * * ?", "2026-03-08T06:20:00", NEW_YORK) == [
        "2026-03-08T01:30:00-05:00",
        "2026-03-08T03:00:00-04:00",
        "2026-03-08T03:30:00-04:00",
    ]


def test_where_midnight_is_left_out_nothing_fires_at_midnight() -> None:
    # Clocks in Beirut went from 00:00 to 01:00 on 31 March 2024.
    assert shown("0 0 0 * * ?", "2024-03-29T20:00:00", "Asia/Beirut", 2) == [
        "2024-03-30T00:00:00+02:00",
        "2024-04-01T00:00:00+03:00",
    ]


def test_a_date_that_is_left_out_vanishes() -> None:
    assert shown("0 0 12 29-31 12 ? 2011", "2011-12-01T00:00:00", "Pacific/Apia") == [
        "2011-12-29T12:00:00-10:00",
        "2011-12-31T12:00:00+14:00",
    ]


def test_a_wall_time_that_comes_twice_fires_the_second_time() -> None:
    assert shown("0 0/20 * * * ?", "2026-11-01T04:30:00", NEW_YORK, 5) == [
        "2026-11-01T00:40:00-04:00",
        "2026-11-01T01:00:00-05:00",
        "2026-11-01T01:20:00-05:00",
        "2026-11-01T01:40:00-05:00",
        "2026-11-01T02:00:00-05:00",
    ]
    assert shown("0 10 1 * * ?", "2026-11-01T05:20:00", NEW_YORK, 1) == ["2026-11-02T01:10:00-05:00"]
    assert shown("0 30 1 * * ?", "2026-11-01T05:20:00", NEW_YORK, 1) == ["2026-11-01T01:30:00-05:00"]


def test_clocks_that_move_by_half_an_hour() -> None:
    # Lord Howe: 02:00 becomes 02:30 on 4 October 2026, and 02:00 becomes 01:30 on 5 April 2026.
    assert shown("0 15 * * * ?", "2026-10-03T14:30:00", "Australia/Lord_Howe", 2) == [
        "2026-10-04T01:15:00+10:30",
        "2026-10-04T03:15:00+11:00",
    ]
    assert shown("0 45 1 * * ?", "2026-04-04T12:00:00", "Australia/Lord_Howe", 1) == ["2026-04-05T01:45:00+10:30"]


def test_an_hour_whose_begin_is_left_out_is_left_out_where_clocks_jump_over_it() -> None:
    # Chatham: 02:45 becomes 03:45 on 29 September 2024.
    assert shown("0 * 3,9 ? * SUN", "2024-09-28T09:00:00", "Pacific/Chatham", 1) == ["2024-09-29T09:00:00+13:45"]
    assert shown("0 40-50 2 * * ?", "2024-09-28T09:00:00", "Pacific/Chatham", 6)[4:] == [
        "2024-09-29T02:44:00+12:45",
        "2024-09-30T02:40:00+13:45",
    ]
    # Asked within that hour, it is there.
    assert shown("0 * 3 * * ?", "2024-09-28T14:06:00", "Pacific/Chatham", 1) == ["2024-09-29T03:52:00+13:45"]


def test_a_sunday_just_before_a_month_goes_on_to_its_first_monday() -> None:
    # 28 days before the last of February 2021 is 31 January, a Sunday.
    assert days("0 0 0 L-28W 2 ?", "2021-01-01T00:00:00", count=2) == ["2021-02-01", "2024-02-01"]


def test_parts_of_seconds_do_not_count() -> None:
    assert next_fire("0/1 * * * * ?", at("2026-01-01T00:00:00.900"), "UTC") == at("2026-01-01T00:00:01")
    assert next_fire("0 0 0 * * ?", at("2026-01-01T00:00:00"), "UTC") == at("2026-01-02T00:00:00")
    assert next_fire("0 0 0 * * ?", at("2025-12-31T23:59:59"), "UTC") == at("2026-01-01T00:00:00")


def test_the_answer_is_aware_and_in_the_zone() -> None:
    found = next_fire("0 0 8 * * ?", at("2026-07-01T00:00:00"), "Europe/Berlin")
    assert found is not None
    assert (found.isoformat(), str(found.tzinfo)) == ("2026-07-01T08:00:00+02:00", "Europe/Berlin")


# ----------------------------------------------------------------------------------------------------- refusals


REFUSED = {
    "nothing": ("", "has 0 fields"),
    "five fields": ("0 5 * * *", "has 5 fields; it must have six or seven"),
    "eight fields": ("0 0 0 * * ? 2026 x", "has 8 fields"),
    "a word": ("@daily", "has 1 fields"),
    "too long": ("0 " * 300, "at most 500"),
    "both days": ("0 0 0 1 * 2", "exactly one of them must be '?'"),
    "both every day": ("0 0 0 * * *", "exactly one of them must be '?'"),
    "neither day": ("0 0 0 ? * ?", "exactly one of them must be '?'"),
    "no day in seconds": ("? 0 0 * * ?", "second is '?'"),
    "second": ("60 0 0 * * ?", "second is '60'; it must be from 0 to 59"),
    "minute": ("0 60 0 * * ?", "minute is '60'"),
    "hour": ("0 0 24 * * ?", "hour is '24'; it must be from 0 to 23"),
    "day": ("0 0 0 32 * ?", "day-of-month is '32'; it must be from 1 to 31"),
    "day zero": ("0 0 0 0 * ?", "day-of-month is '0'"),
    "month": ("0 0 0 1 13 ?", "month is '13'; it must be from 1 to 12"),
    "name of no month": ("0 0 0 1 JANUARY ?", "month is 'JANUARY'; it must be 1 to 12 or JAN"),
    "day of week zero": ("0 0 0 ? * 0", "day-of-week is '0'; it must be from 1 to 7"),
    "year": ("0 0 0 * * ? 2100", "year is '2100'; it must be from 1970 to 2099"),
    "years that wrap": ("0 0 0 * * ? 2030-2020", "year is '2030-2020'; a range must not end before it begins"),
    "name and number": ("0 0 0 ? * MON-6", "day-of-week is 'MON-6'"),
    "step of a name": ("0 0 0 ? * MON-FRI/2", "a step needs numbers"),
    "step zero": ("0 */0 * * * ?", "minute is '*/0'; the step must be from 1 to 59"),
    "step too large": ("0/60 * * * * ?", "second is '0/60'"),
    "step of hours too large": ("0 0 0/24 * * ?", "hour is '0/24'; the step must be from 1 to 23"),
    "step below zero": ("0 */-5 * * * ?", "minute is '*/-5'"),
    "letters behind a number": ("0 0 12PM * * ?", "hour is '12PM'"),
    "star and letters": ("0 0 *ABC * * ?", "hour is '*ABC'"),
    "comma": ("0 0 0 , * ?", "day-of-month is ','"),
    "comma at the end": ("0,1, 0 0 * * ?", "second is '0,1,'"),
    "L in a list": ("0 0 0 L,15 * ?", "L and W stand alone"),
    "W in a list": ("0 0 0 1W,15W * ?", "L and W stand alone"),
    "L in hours": ("0 0 L * * ?", "hour is 'L'"),
    "0W": ("0 0 0 0W * ?", "day-of-month is '0'"),
    "L-31": ("0 0 0 L-31 * ?", "at most 30 days"),
    "L-30W": ("0 0 0 L-30W * ?", "at most 29 days"),
    "sixth": ("0 0 0 ? * 6#6", "after # it must be 1 to 5"),
    "zeroth": ("0 0 0 ? * 6#0", "after # it must be 1 to 5"),
    "two #": ("0 0 0 ? * 2#1,3#2", "# stands alone"),
    "eighth day": ("0 0 0 ? * 8#1", "day-of-week is '8'"),
    "last of week in a list": ("0 0 0 ? * 6L,2", "day-of-week is '6L'"),
    "long number": (f"{'9' * 400} 0 0 * * ?", "second is '999"),
    "other digits": ("٣ 0 0 * * ?", "second is '٣'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_expression_is_refused_with_its_field(case: str) -> None:
    expression, said = REFUSED[case]
    with pytest.raises(ValueError, match=re.escape(said)):
        parse(expression)


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../etc/passwd", "europe/berlin"])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="timezone_id is"):
        next_fire("0 0 0 * * ?", at("2026-01-01T00:00:00"), zone)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        next_fire("0 0 0 * * ?", dt.datetime(2026, 1, 1), "UTC")  # noqa: DTZ001  the case


@pytest.mark.parametrize(
    ("expression", "after", "zone"),
    [
        ("0 0 0 31 2 ?", "2026-01-01T00:00:00", "UTC"),
        ("0 0 0 30 2 ? 1970-2099", "2026-01-01T00:00:00", "UTC"),
        ("0 0 0 ? 2 FRI#5", "2098-01-01T00:00:00", "UTC"),
        ("0 0 0 * * ? 1970-2025", "2026-01-01T00:00:00", "UTC"),
        ("* * * 30 12 ? 2011", "2011-12-01T00:00:00", "Pacific/Apia"),
        ("0 0 0 L-29W 2 ? 2027-2043", "2026-01-01T00:00:00", "UTC"),
    ],
)
def test_what_never_fires_is_known_at_once(expression: str, after: str, zone: str) -> None:
    begun = time.perf_counter()
    assert next_fire(expression, at(after), zone) is None
    assert time.perf_counter() - begun < 0.05
