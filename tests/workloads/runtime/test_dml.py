"""UPDATE, DELETE and MERGE: their conditions, parameters, counts, and what they refuse to store."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import pytest
from pyspark.errors import AnalysisException, PySparkException, UnsupportedOperationException

from brickyard.workloads.runtime import literals


@pytest.fixture
def t(spark: Any) -> Any:
    """A table `s.t` of four rows; two are equal, one has no key."""
    spark.sql("CREATE SCHEMA s")
    spark.sql("CREATE TABLE s.t (id INT, n STRING)")
    spark.sql("INSERT INTO s.t VALUES (1, 'a'), (2, 'b'), (2, 'b'), (NULL, 'c')")
    return spark


def content(spark: Any) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in spark.table("s.t").collect()), key=str)


@pytest.mark.parametrize(
    ("text", "arguments", "count", "expected"),
    [
        ("DELETE FROM s.t WHERE id = 2", None, 2, [(1, "a"), (None, "c")]),
        ("DELETE FROM s.t", None, 4, []),
        ("DELETE FROM s.t AS x WHERE x.id = 1", None, 1, [(2, "b"), (2, "b"), (None, "c")]),
        ("DELETE FROM s.t WHERE id = :id", {"id": 1}, 1, [(2, "b"), (2, "b"), (None, "c")]),
        ("DELETE FROM s.t WHERE id = ? OR n = ?", [1, "c"], 2, [(2, "b"), (2, "b")]),
        ("DELETE FROM s.t WHERE id IN (:a, :b)", {"a": 1, "b": 2}, 3, [(None, "c")]),
        ("DELETE FROM s.t WHERE id IN (SELECT 2)", None, 2, [(1, "a"), (None, "c")]),
        ("DELETE FROM s.t WHERE id IN (SELECT :id)", {"id": 2}, 2, [(1, "a"), (None, "c")]),
        ("DELETE FROM s.t WHERE id NOT IN (SELECT 2)", None, 1, [(2, "b"), (2, "b"), (None, "c")]),
        ("DELETE FROM s.t x WHERE NOT EXISTS (SELECT 1 FROM s.t o WHERE o.id = x.id)", None, 1, [(1, "a"), (2, "b"), (2, "b")]),
        ("DELETE FROM s.t WHERE id = (SELECT max(id) FROM s.t)", None, 2, [(1, "a"), (None, "c")]),
        ("UPDATE s.t SET n = 'x' WHERE id = 2", None, 2, [(1, "a"), (2, "x"), (2, "x"), (None, "c")]),
        ("UPDATE s.t SET n = :n WHERE id = :id", {"n": "it's \\ new", "id": 1}, 1, [(1, "it's \\ new"), (2, "b"), (2, "b"), (None, "c")]),
        ("UPDATE s.t SET n = upper(n) WHERE id IN (SELECT 2)", None, 2, [(1, "a"), (2, "B"), (2, "B"), (None, "c")]),
        ("UPDATE s.t AS x SET x.n = concat(x.n, n) WHERE x.id IN (SELECT 1)", None, 1, [(1, "aa"), (2, "b"), (2, "b"), (None, "c")]),
        ("UPDATE s.t SET n = 'n', id = id + 1 WHERE id = (SELECT 1)", None, 1, [(2, "b"), (2, "b"), (2, "n"), (None, "c")]),
    ],
)  # fmt: skip
def test_rows_are_changed_and_counted(
    t: Any, text: str, arguments: Any, count: int, expected: list[tuple[Any, ...]]
) -> None:
    """Plain conditions, queries in conditions, and parameters of both kinds."""
    answer = t.sql(text, arguments) if arguments is not None else t.sql(text)
    assert answer.collect() == [(count,)]
    assert answer.columns == ["num_affected_rows"]
    assert content(t) == expected


def test_merge_with_parameters(t: Any) -> None:
    text = """MERGE INTO s.t USING (SELECT :id AS id, :n AS n) x ON t.id = x.id
              WHEN MATCHED THEN UPDATE SET n = x.n WHEN NOT MATCHED THEN INSERT *"""
    assert t.sql(text, {"id": 1, "n": "new"}).collect() == [(1, 1, 0, 0)]
    assert t.sql(text, {"id": 7, "n": "more"}).collect() == [(1, 0, 0, 1)]
    assert {(1, "new"), (7, "more")} <= set(content(t))


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE s.t SET id = 'abc' WHERE id = 1",
        "UPDATE s.t SET id = 3000000000 WHERE id = 1",
        "UPDATE s.t SET nope = 1",
        "MERGE INTO s.t USING (SELECT 1 id, 'abc' k) x ON t.id = x.id WHEN MATCHED THEN UPDATE SET id = x.k",
        "MERGE INTO s.t USING (SELECT 9 id, 'abc' k) x ON t.id = x.id WHEN NOT MATCHED THEN INSERT (id) VALUES (x.k)",
        "MERGE INTO s.t USING (SELECT 1 id UNION ALL SELECT 1) x ON t.id = x.id WHEN MATCHED THEN UPDATE SET n = 'z'",
    ],
)
def test_a_value_that_does_not_fit_changes_nothing(t: Any, text: str) -> None:
    before = content(t)
    with pytest.raises(PySparkException):
        t.sql(text)
    assert content(t) == before


@pytest.mark.parametrize(
    ("text", "arguments"),
    [("DELETE FROM s.t WHERE id = :x", {"y": 1}), ("DELETE FROM s.t WHERE id = ? AND n = ?", [1])],
)
def test_a_parameter_without_a_value(t: Any, text: str, arguments: Any) -> None:
    with pytest.raises(AnalysisException, match="UNBOUND_SQL_PARAMETER"):
        t.sql(text, arguments)
    assert len(content(t)) == 4


@pytest.mark.parametrize(
    "text",
    [
        "MERGE WITH SCHEMA EVOLUTION INTO s.t USING s.t x ON t.id = x.id WHEN MATCHED THEN DELETE",
        "UPDATE s.t SET n = (SELECT 'q') WHERE id IN (SELECT 1)",
    ],
)
def test_refused(t: Any, text: str) -> None:
    with pytest.raises(UnsupportedOperationException, match=r"not supported by this engine\. \w+"):
        t.sql(text)


@pytest.mark.parametrize("write", ["view", "files"])
def test_only_tables_are_changed(t: Any, write: str) -> None:
    if write == "view":
        t.sql("CREATE VIEW s.o AS SELECT 1 AS id")
    else:
        t.range(1).createOrReplaceTempView("o")
    with pytest.raises(AnalysisException, match="view"):
        t.sql(f"DELETE FROM {'s.o' if write == 'view' else 'o'}")  # noqa: S608  the test's own text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "NULL"),
        (True, "true"),
        (5, "5"),
        (2**40, f"{2**40}L"),
        (1.5, "1.5D"),
        (float("inf"), "CAST('inf' AS DOUBLE)"),
        ("o'x\\", "'o\\'x\\\\'"),
        (decimal.Decimal("1.50"), "1.50BD"),
        (dt.date(2026, 1, 2), "DATE '2026-01-02'"),
        (dt.datetime(2026, 1, 2, 3, 4), "TIMESTAMP '2026-01-02 03:04:00'"),  # noqa: DTZ001  as Spark gives it
        (b"\x01", "X'01'"),
        ([1, "a"], "array(1, 'a')"),
    ],
)
def test_values_as_sql_that_the_engine_reads_back(spark: Any, value: Any, written: str) -> None:
    assert literals.of(value) == written
    if not isinstance(value, list):
        assert spark.sql(f"SELECT {written}").collect()[0][0] == value


@pytest.mark.parametrize("value", [{"a": 1}, {1, 2}, object()])
def test_a_value_without_a_text_is_refused(value: Any) -> None:
    with pytest.raises(UnsupportedOperationException, match=type(value).__name__):
        literals.of(value)


@pytest.mark.parametrize(
    ("text", "arguments", "bound"),
    [
        ("x = :a AND y = ':a' -- :a", {"a": 1}, "x = 1 AND y = ':a' -- :a"),
        ("x:a = :a", {"a": "b"}, "x:a = 'b'"),
        ("x = ? AND y = '?'", [2], "x = 2 AND y = '?'"),
        ("x::int = :a", {"a": 1}, "x::int = 1"),
        ("x = 1", None, "x = 1"),
    ],
)
def test_parameters_are_put_in_only_where_they_stand(text: str, arguments: Any, bound: str) -> None:
    assert literals.bind(text, arguments) == bound
