"""Files are read as Spark reads them, or the read is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import AnalysisException, PySparkException, UnsupportedOperationException

from tests.workloads.runtime.house import House

ORDERS = "id,name,day,price\n1,a,2026-01-14,1.5\nbad,NA,14/01/2026,\n3,,2026-01-16,2\n"


@pytest.fixture
def orders(tmp_path: Path) -> str:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS)
    return str(file)


def read(spark: Any, path: str, **options: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in spark.read.options(header=True, **options).csv(path).collect()]


def test_null_value(spark: Any, orders: str) -> None:
    assert [row[1] for row in read(spark, orders, nullValue="NA")] == ["a", None, None]


def test_a_bad_value_is_null_dropped_or_an_error(spark: Any, orders: str) -> None:
    reader = spark.read.schema("id INT, name STRING, day DATE, price DOUBLE").option("header", True)
    assert [row.id for row in reader.csv(orders).collect()] == [1, None, 3]
    assert [row.id for row in reader.option("mode", "DROPMALFORMED").csv(orders).collect()] == [1, 3]
    with pytest.raises(PySparkException):
        reader.option("mode", "FAILFAST").csv(orders).collect()


def test_formats_of_dates(spark: Any, orders: str) -> None:
    reader = spark.read.schema("id STRING, name STRING, day DATE, price DOUBLE").option("header", True)
    found = reader.option("dateFormat", "dd/MM/yyyy").csv(orders).collect()
    assert [row.day for row in found] == [None, dt.date(2026, 1, 14), None]


def test_types_are_inferred_from_all_rows(spark: Any, tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    lines = [f"{n},{n}.5,2026-01-01,true,{n}" for n in range(3000)]
    file.write_text("\n".join(["a,b,c,d,e", *lines, "C536379,1,2026-01-02,false,99999999999"]) + "\n")
    frame = spark.read.csv(str(file), header=True, inferSchema=True)
    assert frame.schema.simpleString() == "struct<a:string,b:double,c:date,d:boolean,e:bigint>"
    assert frame.count() == 3001


def test_white_space_is_kept_or_removed(spark: Any, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n x ,1\n")
    assert read(spark, str(tmp_path / "x.csv")) == [(" x ", "1")]
    found = read(spark, str(tmp_path / "x.csv"), ignoreLeadingWhiteSpace=True, ignoreTrailingWhiteSpace=True)
    assert found == [("x", "1")]


def test_a_schema_with_another_number_of_columns_is_an_error(spark: Any, orders: str) -> None:
    with pytest.raises(AnalysisException, match="4 "):
        spark.read.schema("id INT").option("header", True).csv(orders)


def test_json_with_bad_rows(spark: Any, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": 1, "b": {"c": "x"}}\n{broken\n{"a": "oops", "b": null}\n')
    found = spark.read.schema("a INT, b STRUCT<c: STRING>").json(str(tmp_path / "x.json")).collect()
    assert [(row.a, row.b and row.b.c) for row in found] == [(1, "x"), (None, None), (None, None)]
    with pytest.raises(PySparkException):
        spark.read.json(str(tmp_path / "x.json")).collect()


@pytest.mark.parametrize(
    ("kind", "option", "value"),
    [
        ("json", "multiLine", "true"),
        ("json", "dateFormat", "dd/MM/yyyy"),
        ("csv", "samplingRatio", "0.1"),
        ("csv", "encoding", "latin1"),
        ("csv", "pathGlobFilter", "*.csv"),
        ("parquet", "mergeSchema", "true"),
        ("text", "wholetext", "true"),
        ("csv", "mode", "SOMETHING"),
    ],
)
def test_an_option_that_would_be_ignored_is_refused(
    spark: Any, orders: str, kind: str, option: str, value: str
) -> None:
    with pytest.raises(UnsupportedOperationException, match=option if option != "mode" else "SOMETHING"):
        spark.read.format(kind).option(option, value).load(orders)


@pytest.mark.parametrize("kind", ["csv", "json", "parquet", "text", "delta", "binaryFile"])
@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/no/such", "file:/no/such"),
        ("file:/no/such", "file:/no/such"),
        ("dbfs:/no/such", "dbfs:/no/such"),
        ("/Volumes/main/default/v/x", "file:/Volumes/main/default/v/x"),
        ("/no/*.csv", r"file:/no/\*.csv"),
    ],
)
def test_a_missing_path_is_named_as_the_user_wrote_it(spark: Any, kind: str, path: str, shown: str) -> None:
    with pytest.raises(AnalysisException, match=rf"\[PATH_NOT_FOUND\] Path does not exist: {shown}\. SQLSTATE: 42K03"):
        spark.read.format(kind).load(path)


def test_a_missing_path_in_a_list_and_in_sql(spark: Any, orders: str) -> None:
    with pytest.raises(AnalysisException, match="Path does not exist: file:/nope"):
        spark.read.csv([orders, "/nope"])
    with pytest.raises(AnalysisException, match="Path does not exist: dbfs:/nope"):
        spark.sql("SELECT * FROM parquet.`dbfs:/nope`")


def test_globs_and_names_of_volumes(house: House) -> None:
    spark = house.session()
    folder = house.root / "volumes/main/default/v"
    folder.mkdir(parents=True)
    for name in ("a1", "a2", "b1"):
        (folder / f"{name}.csv").write_text("x\n1\n")
    assert spark.read.csv("/Volumes/main/default/v/a*.csv", header=True).count() == 2
    assert spark.read.csv("dbfs:/Volumes/main/default/v/{a1,b1}.csv", header=True).count() == 2
    assert spark.sql("SELECT count(*) FROM text.`/Volumes/main/default/v`").collect() == [(6,)]


def test_formats_that_do_not_work_are_refused(spark: Any, orders: str) -> None:
    for kind in ("cloudFiles", "jdbc", "orc", "xml"):
        with pytest.raises(UnsupportedOperationException, match="not supported by this engine"):
            spark.read.format(kind).load(orders)
