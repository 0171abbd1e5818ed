"""Parts of SQL tasks that need no engine: values as text, limits, parameters, places of statements."""

from __future__ import annotations

import datetime as dt
import decimal
import json
from typing import Any

import msgspec
import pytest

from brickyard.workloads import sql_parameters, sql_result
from brickyard.workloads.runtime.sql import placed_statements, split_statements
from brickyard.workloads.sql_parameters import MissingParameterError
from brickyard.workloads.sql_result import Column, SqlResult

UTC = dt.UTC
EAST = dt.timezone(dt.timedelta(hours=5, minutes=30))
COLUMNS = [Column("a", "int"), Column("b", "string")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("é", "é"),
        ("", ""),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-(2**63), "-9223372036854775808"),
        (1.5, "1.5"),
        (1e300, "1e+300"),
        (float("inf"), "inf"),
        (decimal.Decimal("1.50"), "1.50"),
        (decimal.Decimal("1E+3"), "1000"),
        (dt.date(2024, 2, 29), "2024-02-29"),
        (dt.time(1, 2, 3), "01:02:03"),
        (dt.datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None), "2024-01-01T00:00:00.000"),
        (dt.datetime(2024, 1, 1, 2, 3, 4, 567890, tzinfo=UTC), "2024-01-01T02:03:04.567Z"),
        (dt.datetime(2024, 1, 1, tzinfo=EAST), "2023-12-31T18:30:00.000Z"),
        (b"\x00\xff", "AP8="),
        ([1, None, "x"], '[1,null,"x"]'),
        ({"a": dt.date(2024, 1, 1), "b": [decimal.Decimal("0.10")]}, '{"a":"2024-01-01","b":["0.10"]}'),
        ([{"k": b"\x00"}], '[{"k":"AA=="}]'),
    ],
)  # fmt: skip
def test_a_value_as_text(value: Any, text: str) -> None:
    assert sql_result.as_text(value) == text


def test_a_result_is_what_was_dumped() -> None:
    made = sql_result.make(COLUMNS, [(1, "x"), (None, None)], "SELECT 1")
    assert made == SqlResult(columns=COLUMNS, rows=[["1", "x"], [None, None]], truncated=False, query_text="SELECT 1")
    assert sql_result.parse(sql_result.dump(made)) == made
    assert json.loads(sql_result.dump(made)) == {
        "columns": [{"name": "a", "type": "int"}, {"name": "b", "type": "string"}],
        "rows": [["1", "x"], [None, None]],
        "truncated": False,
        "query_text": "SELECT 1",
    }


@pytest.mark.parametrize("text", ["", "{", '{"rows": [[1]]}', '{"columns": [{}]}'])
def test_what_is_no_result_is_an_error(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        sql_result.parse(text)


@pytest.mark.parametrize(("count", "kept", "truncated"), [(999, 999, False), (1000, 1000, False), (1001, 1000, True)])
def test_a_thousand_rows(count: int, kept: int, truncated: bool) -> None:
    made = sql_result.make(COLUMNS[:1], [(number,) for number in range(count)], "")
    assert (len(made.rows), made.truncated) == (kept, truncated)


def test_48_kib_count_in_bytes_of_json() -> None:
    """A row that does not fit is not kept, and none after it: later tasks must not take a gap for the whole."""
    row = '"' * (sql_result.MAX_SIZE // 4)  # escaped, each is two bytes
    made = sql_result.make(COLUMNS[:1], [(row,), (row,), ("x",)], "")
    assert (made.rows, made.truncated) == ([[row]], True)
    assert sql_result.make(COLUMNS[:1], [("é" * sql_result.MAX_SIZE,)], "").rows == []


def test_a_long_query_is_cut() -> None:
    assert len(sql_result.make([], [], "x" * 100_000).query_text) == sql_result.MAX_QUERY


# ---------------------------------------------------------------------------------------------------- parameters


@pytest.mark.parametrize(
    ("statement", "filled"),
    [
        ("{{n}}", "7"),
        ("{{ n }}", "7"),
        ("{{t}}", "'it\\'s'"),
        ("'{{t}}'", "'it\\'s'"),
        ('"{{t}}"', '"it\'s"'),
        ("`{{q}}`", "`a``b`"),
        ("'{{n}} {{t}}'", "'7 it\\'s'"),
        ("-- {{nope}}\n{{n}}", "-- {{nope}}\n7"),
        ("/* {{nope}} */ {{n}}", "/* {{nope}} */ 7"),
        ("'--' {{n}}", "'--' 7"),
        ("{{n}}{{n}}", "77"),
        ("{n} {{}} {{ }}", "{n} {{}} {{ }}"),
        (":n", ":n"),
        ("{{braces}}", "'{{n}}'"),
    ],
)
def test_braces(statement: str, filled: str) -> None:
    parameters = {"n": "7", "t": "it's", "q": "a`b", "braces": "{{n}}"}
    assert sql_parameters.fill(statement, parameters) == filled


@pytest.mark.parametrize("number", ["0", "-1", "+2.5", ".5", "1e10", "1.", "12345678901234567890"])
def test_numbers_have_no_quotes(number: str) -> None:
    assert sql_parameters.fill("{{x}}", {"x": number}) == number


@pytest.mark.parametrize("text", ["", "1 ", "1;", "0x10", "1-1", "NaN", "1e", "\u0661", "1\n", "--1"])
def test_what_only_looks_like_a_number_has_them(text: str) -> None:
    assert sql_parameters.fill("{{x}}", {"x": text}) == f"'{text}'"


def test_only_markers_of_the_statement_get_values() -> None:
    given = {"a": "1", "b": "2"}
    assert sql_parameters.values("SELECT :a, x::int, ':b', m['k']:b -- :b", given) == {"a": "1"}
    with pytest.raises(MissingParameterError, match=r"There is no parameter for :c\. Known are: a, b\."):
        sql_parameters.values("SELECT :c", given)
    with pytest.raises(MissingParameterError, match=r"Known are: none\."):
        sql_parameters.fill("SELECT {{c}}", {})


# ---------------------------------------------------------------------------------------------------- statements


@pytest.mark.parametrize(
    ("text", "placed"),
    [
        ("SELECT 1", [(1, "SELECT 1")]),
        ("SELECT 1;", [(1, "SELECT 1")]),
        ("\n\n SELECT 1;\nSELECT\n 2;\n\n\n  SELECT 3\n", [(3, "SELECT 1"), (4, "SELECT\n 2"), (8, "SELECT 3")]),
        ("-- a;b\n/* c;\nd */ SELECT 1; SELECT 2", [(3, "-- a;b\n/* c;\nd */ SELECT 1"), (3, "SELECT 2")]),
        ("SELECT ';\n;' ; SELECT `;`", [(1, "SELECT ';\n;'"), (2, "SELECT `;`")]),
        (";;\n;SELECT 1;;", [(2, "SELECT 1")]),
        ("-- only\n/* this */", []),
        ("", []),
    ],
)
def test_where_statements_begin(text: str, placed: list[tuple[int, str]]) -> None:
    assert placed_statements(text) == placed
    assert split_statements(text) == [statement for _, statement in placed]
