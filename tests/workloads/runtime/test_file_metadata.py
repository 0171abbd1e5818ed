"""Which file a row is from."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pyspark.errors import UnsupportedOperationException
from pyspark.sql import functions as F  # noqa: N812  the name that everybody uses

from tests.workloads.runtime.house import House

FOLDER = "/Volumes/main/default/raw"


@pytest.fixture
def spark(house: House) -> Any:
    folder = house.root / "volumes/main/default/raw"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("id,n\n1,x\n2,y\n")
    (folder / "b's.csv").write_text("id,n\n3,z\n")
    (folder / "_ignored.csv").write_text("id,n\n9,9\n")
    (folder / "one.json").write_text('{"id": 1}\n')
    (folder / "two.json").write_text('{"id": 2, "more": "m"}\n')
    return house.session()


def read(spark: Any) -> Any:
    return spark.read.schema("id INT, n STRING").option("header", True).csv(f"{FOLDER}/*.csv")


def test_input_file_name(spark: Any) -> None:
    frame = spark.read.csv([f"{FOLDER}/a.csv", f"{FOLDER}/b's.csv"], header=True)
    found = frame.withColumn("file", F.input_file_name()).withColumn("at", F.current_timestamp())
    assert found.columns == ["id", "n", "file", "at"]
    assert sorted((row.id, row.file) for row in found.collect()) == [
        ("1", f"dbfs:{FOLDER}/a.csv"),
        ("2", f"dbfs:{FOLDER}/a.csv"),
        ("3", f"dbfs:{FOLDER}/b's.csv"),
    ]


def test_metadata_columns_beside_a_star(spark: Any) -> None:
    found = read(spark).where("id > 1").select("*", "_metadata.file_name", F.col("_metadata.file_size").alias("size"))
    assert found.columns == ["id", "n", "file_name", "size"]
    assert sorted(tuple(row) for row in found.collect() if row.id) == [(2, "y", "a.csv", 13), (3, "z", "b's.csv", 9)]


def test_metadata_in_expressions_and_whole(spark: Any) -> None:
    found = read(spark).selectExpr("id", "upper(_metadata.file_name) AS up", "input_file_name()")
    assert found.columns == ["id", "up", "input_file_name()"]
    assert {row.up for row in found.collect()} >= {"A.CSV", "B'S.CSV"}
    whole = spark.read.json(f"{FOLDER}/*.json").select("id", "more", "_metadata").orderBy("id").collect()
    assert [(row.id, row.more, row._metadata.file_name) for row in whole] == [
        (1, None, "one.json"),
        (2, "m", "two.json"),
    ]
    assert isinstance(whole[0]._metadata.file_modification_time, dt.datetime)


def test_it_can_be_written_and_grouped(spark: Any) -> None:
    read(spark).withColumn("file", F.col("_metadata.file_path")).write.saveAsTable("bronze")
    counts = spark.sql("SELECT file, count(*) AS n FROM bronze WHERE id IS NOT NULL GROUP BY file").collect()
    assert sorted(row.n for row in counts) == [1, 2]


def test_where_the_file_is_not_known_it_is_refused(spark: Any) -> None:
    with pytest.raises(UnsupportedOperationException, match="right after"):
        read(spark).groupBy("n").count().withColumn("file", F.input_file_name()).collect()
