"""Coming fires, with those that a change of clocks takes away or that clocks show twice."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from brickyard.triggers.quartz import Coming, Mark, coming, fires

NEW_YORK = "America/New_York"


def seen(expression: str, after: str, count: int, zone: str = NEW_YORK) -> list[Coming]:
    return list(itertools.islice(coming(expression, dt.datetime.fromisoformat(after), zone), count))


def test_a_time_that_is_left_out_is_shown_and_marked() -> None:
    days = seen("0 30 2 * * ?", "2026-03-07T00:00:00Z", 3)
    assert [(each.wall.isoformat(), each.mark) for each in days] == [
        ("2026-03-07T02:30:00", Mark.NONE),
        ("2026-03-08T02:30:00", Mark.SKIPPED),
        ("2026-03-09T02:30:00", Mark.NONE),
    ]
    assert days[1].at is None
    assert [each.at.isoformat() for each in days if each.at] == [
        "2026-03-07T02:30:00-05:00",
        "2026-03-09T02:30:00-04:00",
    ]


def test_a_time_that_comes_twice_is_marked_and_fires_the_second_time() -> None:
    nights = seen("0 30 1 * * ?", "2026-10-31T12:00:00Z", 2)
    assert [(each.at.isoformat() if each.at else None, each.mark) for each in nights] == [
        ("2026-11-01T01:30:00-05:00", Mark.DOUBLED),
        ("2026-11-02T01:30:00-05:00", Mark.NONE),
    ]


@pytest.mark.parametrize("zone", ["UTC", NEW_YORK, "Australia/Lord_Howe", "Pacific/Apia"])
@pytest.mark.parametrize("expression", ["0 0/15 * * * ?", "0 30 1,2 * * ?", "0 0 0 ? * SUN"])
def test_what_is_not_skipped_is_what_fires(expression: str, zone: str) -> None:
    after = dt.datetime.fromisoformat("2026-02-20T00:00:00Z")
    shown = [each.at for each in itertools.islice(coming(expression, after, zone), 2000) if each.at is not None]
    assert shown == list(itertools.islice(fires(expression, after, zone), len(shown)))


def test_it_ends_where_nothing_comes_any_more() -> None:
    assert seen("0 0 0 1 1 ? 2027", "2026-01-01T00:00:00Z", 5)[0].wall.year == 2027
    assert len(seen("0 0 0 1 1 ? 2027", "2026-01-01T00:00:00Z", 5)) == 1


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="hour is '24'"):
        seen("0 0 24 * * ?", "2026-01-01T00:00:00Z", 1)
    with pytest.raises(ValueError, match="timezone_id is 'Moon'"):
        seen("0 0 0 * * ?", "2026-01-01T00:00:00Z", 1, zone="Moon")
    with pytest.raises(ValueError, match="aware"):
        seen("0 0 0 * * ?", "2026-01-01T00:00:00", 1)
