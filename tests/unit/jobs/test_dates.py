"""Java date patterns and the time arguments of references, all in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.dates import TIME_ARGUMENTS, check, render, time_argument, utc

# Monday 2026-11-23, 14:05:09.042 UTC, and the first moment of 2000 (a Saturday)
AFTERNOON = 1_795_442_709_042
MIDNIGHT = 946_684_800_000


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd", "2026-11-23"),
        ("yyyyMMdd", "20261123"),
        ("yy", "26"),
        ("y", "2026"),
        ("yyyyy", "02026"),
        ("uuuu", "2026"),
        ("M/d/yyyy", "11/23/2026"),
        ("d MMM yyyy", "23 Nov 2026"),
        ("MMMM", "November"),
        ("LLL", "Nov"),
        ("E EEE EEEE", "Mon Mon Monday"),
        ("e", "2"),
        ("MMMMM EEEEE", "N M"),
        ("G GGGG GGGGG", "AD Anno Domini A"),
        ("Q QQ QQQ QQQQ QQQQQ q", "4 04 Q4 4th quarter 4 4"),
        ("X XX XXX XXXX XXXXX", "Z Z Z Z Z"),
        ("x xx xxx", "+00 +0000 +00:00"),
        ("ZZZZ ZZZZZ", "GMT Z"),
        ("zzzz VV O OOOO", "Coordinated Universal Time UTC GMT GMT"),
        ("A", "50709042"),
        ("n N", "42000000 50709042000000"),
        ("yyyy[-MM[-dd]]", "2026-11-23"),
        ("D DDD", "327 327"),
        ("HH:mm:ss", "14:05:09"),
        ("H:m:s", "14:5:9"),
        ("hh:mm a", "02:05 PM"),
        ("K k", "2 14"),
        ("ss.SSS", "09.042"),
        ("S SS SSSSSS SSSSSSSSS", "0 04 042000 042000000"),
        ("yyyy-MM-dd'T'HH:mm:ssXXX", "2026-11-23T14:05:09Z"),
        ("HH:mm z Z", "14:05 UTC +0000"),
        ("h 'o''clock'", "2 o'clock"),
        ("yyyy''MM", "2026'11"),
        ("'year' yyyy", "year 2026"),
        ("''", "'"),
        ("yyyy年MM月", "2026年11月"),
        ("%Y \\ \n", None),
        ("%d", "%23"),
    ],
)
def test_patterns_in_the_afternoon(pattern: str, text: str | None) -> None:
    if text is None:
        with pytest.raises(InvalidParameterValue):
            render(pattern, AFTERNOON)
    else:
        assert render(pattern, AFTERNOON) == text


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yy yyyy", "00 2000"),
        ("h hh K H k a", "12 12 0 0 24 AM"),
        ("D DDD d dd", "1 001 1 01"),
        ("E e", "Sat 7"),
        ("SSS", "000"),
    ],
)
def test_patterns_at_midnight(pattern: str, text: str) -> None:
    assert render(pattern, MIDNIGHT) == text


def test_noon_and_the_hour_after() -> None:
    noon = MIDNIGHT + 12 * 3_600_000
    assert render("h a K k", noon) == "12 PM 0 12"
    assert render("h a K k", noon + 3_600_000) == "1 PM 1 13"


def test_sunday_is_the_first_day_of_the_week() -> None:
    """As java.time has it in the US."""
    assert [render("e", MIDNIGHT + day * 86_400_000) for day in range(3)] == ["7", "1", "2"]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "empty"),
        ("YYYY-MM-dd", "'YYYY', which is not supported; allowed letters are G y"),
        ("ww", "'ww'"),
        ("EEEEEE", "'EEEEEE'"),
        ("MMMMMM", "'MMMMMM'"),
        ("V", "'V'"),
        ("OO", "'OO'"),
        ("XXXXXX", "'XXXXXX'"),
        ("ddd", "'ddd'"),
        ("DDDD", "'DDDD'"),
        ("HHH", "'HHH'"),
        ("aa", "'aa'"),
        ("SSSSSSSSSS", "'SSSSSSSSSS'"),
        ("y" * 20, f"'{'y' * 20}'"),
        ("yyyy b", "'b'"),
        ("yyyy 'open", '"\'" at position 5'),
        ("[yyyy", "brackets that do not pair"),
        ("]yyyy[", "brackets that do not pair"),
        ("{yyyy", "'{' at position 0"),
        ("yyyy#", "'#' at position 4"),
    ],
)
def test_patterns_that_cannot_be_used_are_refused(pattern: str, words: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        check(pattern)
    assert words in caught.value.message


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_a_full_pattern_loses_nothing(at_ms: int) -> None:
    text = render("yyyy-MM-dd'T'HH:mm:ss.SSS'+00:00'", at_ms)
    assert datetime.fromisoformat(text) == utc(at_ms)


@given(st.text(max_size=20))
def test_any_text_is_a_pattern_or_a_clear_error(pattern: str) -> None:
    assert "date pattern" in refusal(pattern) or isinstance(render(pattern, AFTERNOON), str)


def refusal(pattern: str) -> str:
    try:
        check(pattern)
    except InvalidParameterValue as refused:
        return refused.message
    return ""


def test_quoted_text_is_taken_literally() -> None:
    assert render("'{{job.id}}'", MIDNIGHT) == "{{job.id}}"


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ("iso_date", "2026-11-23"),
        ("iso_datetime", "2026-11-23T14:05:09.042Z"),
        ("iso_weekday", "1"),
        ("is_weekday", "true"),
        ("year", "2026"),
        ("month", "11"),
        ("day", "23"),
        ("hour", "14"),
        ("minute", "5"),
        ("second", "9"),
        ("timestamp_ms", "1795442709042"),
    ],
)
def test_time_arguments(argument: str, text: str) -> None:
    assert argument in TIME_ARGUMENTS
    assert time_argument(argument, AFTERNOON) == text


def test_the_weekend() -> None:
    assert [time_argument("is_weekday", MIDNIGHT + day * 86_400_000) for day in range(3)] == ["false", "false", "true"]
    assert time_argument("iso_weekday", MIDNIGHT + 86_400_000) == "7"


def test_the_epoch_in_utc() -> None:
    assert utc(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert utc(-1).microsecond == 999_000
