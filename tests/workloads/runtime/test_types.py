"""Every common type into a column of every other: kept, cast as Spark casts, or refused; never something else."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from pyspark.errors import AnalysisException, PySparkException

VALUES = {
    "string": "'5'",
    "int": "5",
    "bigint": "5L",
    "double": "5.5D",
    "date": "DATE'2026-01-01'",
    "timestamp": "TIMESTAMP'2026-01-01 10:00:00'",
    "boolean": "true",
}
DAY, NOON = dt.date(2026, 1, 1), dt.datetime(2026, 1, 1, 10)  # noqa: DTZ001  as Spark gives it
INSERTED = {
    ("string", "int"): 5,
    ("string", "bigint"): 5,
    ("string", "double"): 5.0,
    ("int", "string"): "5",
    ("int", "bigint"): 5,
    ("int", "double"): 5.0,
    ("bigint", "string"): "5",
    ("bigint", "int"): 5,
    ("bigint", "double"): 5.0,
    ("double", "string"): "5.5",
    ("double", "int"): 5,
    ("double", "bigint"): 5,
    ("date", "string"): "2026-01-01",
    ("date", "timestamp"): dt.datetime(2026, 1, 1),  # noqa: DTZ001  as Spark gives it
    ("timestamp", "string"): "2026-01-01 10:00:00",
    ("timestamp", "date"): DAY,
    ("boolean", "string"): "true",
}
"""What INSERT stores; any other pair is refused."""
APPENDED = {("int", "bigint"): 5, ("int", "double"): 5.0, ("bigint", "double"): 5.0}
"""What a data frame appends; any other pair is refused."""
PAIRS = list(itertools.permutations(VALUES, 2))


@pytest.mark.parametrize("have", VALUES)
def test_insert_and_append_of_every_other_type(spark: Any, have: str) -> None:
    """One table for each type of column; all other types are written into it."""
    spark.sql(f"CREATE TABLE t (v {have})")
    for given in (each for each in VALUES if each != have):
        for stored, write in ((INSERTED, insert), (APPENDED, append)):
            if (given, have) in stored:
                write(spark, VALUES[given])
                assert [row.v for row in spark.table("t").collect()] == [stored[given, have]], (given, write.__name__)
                spark.sql("TRUNCATE TABLE t")
            else:
                with pytest.raises(PySparkException):
                    write(spark, VALUES[given])
                assert spark.table("t").count() == 0, (given, write.__name__)


def insert(spark: Any, value: str) -> None:
    spark.sql(f"INSERT INTO t SELECT {value} AS v")


def append(spark: Any, value: str) -> None:
    spark.sql(f"SELECT {value} AS v").write.mode("append").saveAsTable("t")


@pytest.mark.parametrize(
    ("value", "have", "stored"),
    [
        ("NULL", "int", None),
        ("' 7 '", "int", 7),
        ("3.9D", "int", 3),
        ("'2026-01-05'", "date", dt.date(2026, 1, 5)),
        ("'2026-01-05 01:02:03'", "timestamp", dt.datetime(2026, 1, 5, 1, 2, 3)),  # noqa: DTZ001  as Spark gives it
        ("'true'", "boolean", True),
        ("array(1, 2)", "array<bigint>", [1, 2]),
        ("1.239BD", "decimal(10,2)", "1.24"),
    ],
)
def test_a_value_that_fits_is_cast_by_insert(spark: Any, value: str, have: str, stored: Any) -> None:
    spark.sql(f"CREATE TABLE t (v {have})")
    insert(spark, value)
    found = spark.table("t").collect()[0].v
    assert (str(found) if have.startswith("decimal") else found) == stored


@pytest.mark.parametrize(
    ("value", "have"),
    [
        ("'x'", "int"),
        ("''", "int"),
        ("'7.9'", "int"),
        ("'x'", "double"),
        ("'2026-13-01'", "date"),
        ("'x'", "timestamp"),
        ("'x'", "boolean"),
        ("3000000000L", "int"),
        ("40000", "smallint"),
        ("300", "tinyint"),
        ("1e30D", "bigint"),
        ("CAST('NaN' AS DOUBLE)", "int"),
        ("123456789012.5BD", "decimal(10,2)"),
        ("array('x')", "array<int>"),
    ],
)
def test_a_value_that_does_not_fit_is_an_error(spark: Any, value: str, have: str) -> None:
    """Nothing is stored, least of all null."""
    spark.sql(f"CREATE TABLE t (v {have})")
    with pytest.raises(PySparkException):
        insert(spark, value)
    assert spark.table("t").count() == 0


def test_columns_that_differ_in_case_only_are_refused(spark: Any) -> None:
    """Into a new table and into files; a reader could not tell them apart."""
    twice = spark.sql("SELECT 1 AS a, 2 AS A")
    with pytest.raises(AnalysisException, match="COLUMN_ALREADY_EXISTS"):
        twice.write.saveAsTable("t")
    with pytest.raises(AnalysisException, match="COLUMN_ALREADY_EXISTS"):
        twice.write.parquet("/Volumes/main/default/v/p")
    assert not spark.catalog.tableExists("t")


def test_a_missing_value_in_a_column_that_needs_one(spark: Any) -> None:
    spark.sql("CREATE TABLE t (id INT NOT NULL, n STRING)")
    writes: tuple[Callable[[], Any], ...] = (
        lambda: spark.sql("INSERT INTO t VALUES (NULL, 'x')"),
        lambda: spark.sql("INSERT INTO t (n) VALUES ('x')"),
        lambda: spark.sql("SELECT CAST(NULL AS INT) id, 'x' n").write.mode("append").saveAsTable("t"),
        lambda: spark.sql(
            "MERGE INTO t USING (SELECT 'x' n) s ON t.n = s.n WHEN NOT MATCHED THEN INSERT (n) VALUES (s.n)"
        ),
    )
    for write in writes:
        with pytest.raises(AnalysisException, match="NOT_NULL"):
            write()
    assert spark.table("t").count() == 0


def test_columns_that_fill_themselves(spark: Any) -> None:
    spark.sql("CREATE TABLE i (id BIGINT GENERATED ALWAYS AS IDENTITY, n STRING)")
    spark.sql("INSERT INTO i (n) VALUES ('a'), ('b')")
    spark.sql("INSERT INTO i (n) VALUES ('c')")
    assert sorted(row.id for row in spark.table("i").collect()) == [1, 2, 3]
    spark.sql("CREATE TABLE g (id INT, twice INT GENERATED ALWAYS AS (id * 2))")
    spark.sql("INSERT INTO g (id) VALUES (4)")
    assert spark.table("g").collect() == [(4, 8)]
