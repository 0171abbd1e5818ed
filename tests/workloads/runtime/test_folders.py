"""Folders of files: types that stand in their names, empty folders, and every spelling of a path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import AnalysisException, PySparkException, UnsupportedOperationException

from brickyard.workloads.runtime import partitions
from tests.workloads.runtime.house import House

PLACE = "/Volumes/main/default/v/f"


@pytest.fixture
def folder(house: House) -> Path:
    place = house.root / "volumes/main/default/v/f"
    place.mkdir(parents=True)
    return place


@pytest.mark.parametrize("kind", ["parquet", "csv", "json"])
def test_columns_in_names_of_folders_have_their_types_and_nulls(spark: Any, kind: str) -> None:
    """A row without a value goes to the folder that Spark names for it, not to that of 0 or of 1970."""
    frame = spark.sql(
        """SELECT 'r1' AS id, 7 AS k, DATE'2026-01-02' AS day, 'x/ y=z' AS word, 1.5D AS d
           UNION ALL SELECT 'r2', NULL, NULL, NULL, NULL"""
    )
    options = {"header": True} if kind == "csv" else {}
    frame.write.partitionBy("k", "day", "word", "d").options(**options).format(kind).save(PLACE)
    back = spark.read.options(**options).format(kind).load(PLACE)
    assert dict(back.dtypes) == {"id": "string", "k": "int", "day": "date", "word": "string", "d": "double"}
    assert sorted(back.select(*frame.columns).collect()) == sorted(frame.collect())
    assert back.where("k = 7").count() == 1


def test_a_time_in_the_name_of_a_folder(spark: Any) -> None:
    frame = spark.sql("SELECT 1 AS id, TIMESTAMP'2026-01-02 10:11:12' AS at")
    frame.write.partitionBy("at").parquet(PLACE)
    assert spark.read.parquet(PLACE).collect() == frame.collect()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2"], "int"),
        (["1", "3000000000"], "bigint"),
        (["1", "2.5"], "double"),
        (["2026-01-01"], "date"),
        (["2026-01-01 10:00:00", "2026-01-01 11:00"], "timestamp"),
        (["1", "x"], "string"),
        (["1", "__HIVE_DEFAULT_PARTITION__"], "int"),
        (["__HIVE_DEFAULT_PARTITION__"], "string"),
    ],
)
def test_the_type_of_names(tmp_path: Path, values: list[str], kind: str) -> None:
    for value in values:
        (tmp_path / f"k={value}").mkdir()
    assert partitions.kinds([str(tmp_path)]) == {"k": kind}


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_an_empty_folder_has_no_columns(spark: Any, folder: Path, kind: str) -> None:
    (folder / "_SUCCESS").touch()
    with pytest.raises(AnalysisException, match="UNABLE_TO_INFER_SCHEMA"):
        spark.read.format(kind).load(PLACE)


@pytest.mark.parametrize("kind", ["csv", "json", "parquet", "text"])
def test_an_empty_folder_with_a_schema_has_no_rows(spark: Any, folder: Path, kind: str) -> None:
    schema = "value STRING" if kind == "text" else "a INT, b STRING"
    frame = spark.read.schema(schema).format(kind).load(PLACE)
    assert folder.is_dir()
    assert frame.collect() == []
    assert len(frame.columns) == len(schema.split(","))


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("/Volumes/main/default/v/x", "volumes/main/default/v/x"),
        ("dbfs:/Volumes/main/default/v/x", "volumes/main/default/v/x"),
        ("/dbfs/Volumes/main/default/v/x", "volumes/main/default/v/x"),
        ("file:/Volumes/main/default/v/x", "volumes/main/default/v/x"),
        ("dbfs:/tmp/x", "dbfs/tmp/x"),
        ("/dbfs/tmp/x", "dbfs/tmp/x"),
        ("file:/dbfs/tmp/x", "dbfs/tmp/x"),
        ("/Workspace/Users/me/x", "workspace/Users/me/x"),
        ("file:/Workspace/Users/me/x", "workspace/Users/me/x"),
        ("file:///Workspace/Users/me/x", "workspace/Users/me/x"),
    ],
)
def test_every_spelling_of_a_path_reads_and_writes_the_same_place(house: House, written: str, place: str) -> None:
    spark = house.session()
    spark.range(3).write.parquet(written)
    assert (house.root / place).is_dir()
    assert spark.read.parquet(written).count() == 3
    assert spark.sql(f"SELECT * FROM parquet.`{written}`").count() == 3  # noqa: S608  the test's own text
    spark.range(1).write.format("delta").save(f"{written}/delta")
    assert spark.sql(f"SELECT * FROM delta.`{written}/delta`").count() == 1  # noqa: S608  the test's own text


def test_a_glob_and_a_list_of_paths(spark: Any) -> None:
    for name in ("a1", "a2", "b1"):
        spark.range(2).write.parquet(f"{PLACE}/{name}")
    assert spark.read.parquet(f"{PLACE}/a*").count() == 4
    assert spark.read.parquet(f"{PLACE}/{{a1,b1}}").count() == 4
    assert spark.read.parquet(f"{PLACE}/a1", f"{PLACE}/b1").count() == 4
    with pytest.raises(AnalysisException, match="PATH_NOT_FOUND"):
        spark.read.parquet(f"{PLACE}/c*")


@pytest.mark.parametrize(
    ("options", "schema", "expected"),
    [
        ({}, None, [("1", "x", "2026-01-01"), ("2", "NA", "bad"), ("z", None, None)]),
        ({"nullValue": "NA"}, None, [("1", "x", "2026-01-01"), ("2", None, "bad"), ("z", None, None)]),
        ({}, "id INT, n STRING, d STRING", [(1, "x", "2026-01-01"), (2, "NA", "bad"), (None, None, None)]),
        ({"mode": "DROPMALFORMED"}, "id INT, n STRING, d STRING", [(1, "x", "2026-01-01"), (2, "NA", "bad")]),
        ({"mode": "FAILFAST"}, "id INT, n STRING, d STRING", None),
    ],
)
def test_csv_with_bad_values(
    spark: Any, folder: Path, options: dict[str, str], schema: str | None, expected: Any
) -> None:
    (folder / "a.csv").write_text("id,n,d\n1,x,2026-01-01\n2,NA,bad\nz,,\n")
    reader = spark.read.options(header=True, **options)
    frame = (reader.schema(schema) if schema else reader).csv(PLACE)
    if expected is None:
        with pytest.raises(PySparkException):
            frame.collect()
    else:
        assert sorted(map(tuple, frame.collect()), key=str) == sorted(expected, key=str)


@pytest.mark.parametrize("name", ["my table", "50%"])
def test_a_place_that_the_engine_would_spell_otherwise_is_refused(spark: Any, name: str) -> None:
    with pytest.raises(UnsupportedOperationException, match="Use another path"):
        spark.range(1).write.format("delta").save(f"{PLACE}/{name}")
