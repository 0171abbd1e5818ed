"""Check constraints, clones, caches and volumes."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.errors import AnalysisException, UnsupportedOperationException

from tests.workloads.runtime.house import House
from tests.workloads.runtime.test_tables import rows


@pytest.fixture
def t(spark: Any) -> Any:
    """A partitioned table of two rows and two versions."""
    spark.sql("CREATE TABLE t (id INT, day STRING) PARTITIONED BY (day) COMMENT 'its' TBLPROPERTIES ('owner' = 'me')")
    spark.sql("INSERT INTO t VALUES (1, 'a')")
    spark.sql("INSERT INTO t VALUES (2, 'b')")
    return spark


@pytest.mark.parametrize(
    "write",
    [
        "INSERT INTO t VALUES (-1, 'x')",
        "UPDATE t SET id = -1",
        "MERGE INTO t USING (SELECT -1 id, 'x' day) s ON t.id = s.id WHEN NOT MATCHED THEN INSERT *",
        "append",
    ],
)
def test_a_constraint_is_kept_by_every_way_to_write(t: Any, write: str) -> None:
    t.sql("ALTER TABLE t ADD CONSTRAINT positive CHECK (id > 0)")
    more = t.sql("SELECT -1 AS id, 'x' AS day")
    with pytest.raises(AnalysisException, match="positive"):
        more.write.mode("append").saveAsTable("t") if write == "append" else t.sql(write)
    assert rows(t.table("t")) == [(1, "a"), (2, "b")]
    assert ("delta.constraints.positive", "id > 0") in t.sql("SHOW TBLPROPERTIES t").collect()


def test_constraints_are_added_and_dropped(t: Any) -> None:
    with pytest.raises(AnalysisException, match="DELTA_NEW_CHECK_CONSTRAINT_VIOLATION"):
        t.sql("ALTER TABLE t ADD CONSTRAINT big CHECK (id > 1)")
    t.sql("ALTER TABLE t ADD CONSTRAINT positive CHECK (id > 0)")
    with pytest.raises(AnalysisException, match="ALREADY_EXISTS"):
        t.sql("ALTER TABLE t ADD CONSTRAINT Positive CHECK (id > 0)")
    t.sql("ALTER TABLE t DROP CONSTRAINT POSITIVE")
    t.sql("INSERT INTO t VALUES (-1, 'x')")
    t.sql("ALTER TABLE t DROP CONSTRAINT IF EXISTS positive")
    with pytest.raises(AnalysisException, match="DOES_NOT_EXIST"):
        t.sql("ALTER TABLE t DROP CONSTRAINT positive")


@pytest.mark.parametrize("text", ["CREATE TABLE c CLONE t", "CREATE TABLE IF NOT EXISTS c DEEP CLONE t"])
def test_a_clone_is_a_table_of_its_own(t: Any, text: str) -> None:
    t.sql(text)
    t.sql("DELETE FROM t")
    assert rows(t.table("c")) == [(1, "a"), (2, "b")]
    assert t.sql("DESCRIBE DETAIL c").collect()[0].partitionColumns == ["day"]
    assert ("owner", "me") in t.sql("SHOW TBLPROPERTIES c").collect()


def test_a_clone_of_an_old_version_replaces_a_table(t: Any) -> None:
    t.sql("CREATE TABLE c AS SELECT 'old' AS x")
    t.sql("CREATE OR REPLACE TABLE c CLONE t VERSION AS OF 1")
    assert rows(t.table("c")) == [(1, "a")]
    with pytest.raises(AnalysisException, match="ALREADY_EXISTS"):
        t.sql("CREATE TABLE c CLONE t")


@pytest.mark.parametrize(
    ("prepare", "text", "words"),
    [
        ("SELECT 1", "CREATE TABLE c SHALLOW CLONE t", "DEEP CLONE"),
        ("ALTER TABLE t ADD CONSTRAINT p CHECK (id > 0)", "CREATE TABLE c CLONE t", "delta.constraints.p"),
        ("CREATE TABLE n (id INT NOT NULL)", "CREATE TABLE c CLONE n", r"rules \(id\)"),
        ("CREATE TABLE n (id BIGINT GENERATED ALWAYS AS IDENTITY)", "CREATE TABLE c CLONE n", r"rules \(id\)"),
        ("SELECT 1", "ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (id)", "not enforced"),
        ("SELECT 1", "ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES t", "not enforced"),
    ],
)
def test_what_a_copy_would_lose_is_refused(t: Any, prepare: str, text: str, words: str) -> None:
    t.sql(prepare)
    with pytest.raises(UnsupportedOperationException, match=words):
        t.sql(text)
    assert not t.catalog.tableExists("c")


def test_caches_change_no_result(t: Any) -> None:
    for text in ("CACHE TABLE t", "CACHE LAZY TABLE t OPTIONS ('storageLevel' = 'DISK_ONLY')", "REFRESH TABLE t", "UNCACHE TABLE t", "UNCACHE TABLE IF EXISTS nope", "CLEAR CACHE"):  # fmt: skip
        t.sql(text)
    t.sql("CACHE TABLE kept AS SELECT max(id) AS m FROM t")
    assert rows(t.table("kept")) == [(2,)]
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        t.sql("UNCACHE TABLE nope")


def test_volumes(house: House) -> None:
    spark = house.session()
    spark.sql("CREATE SCHEMA raw")
    spark.sql("CREATE VOLUME main.raw.Files COMMENT 'all'")
    spark.sql("CREATE VOLUME IF NOT EXISTS raw.files")
    spark.sql("USE raw")
    spark.sql("CREATE VOLUME more")
    assert (house.root / "volumes/main/raw/files").is_dir()
    assert rows(spark.sql("SHOW VOLUMES")) == [("raw", "files"), ("raw", "more")]
    assert rows(spark.sql("SHOW VOLUMES IN main.raw LIKE 'f*'")) == [("raw", "files")]
    assert spark.sql("SHOW VOLUMES IN default").collect() == []
    with pytest.raises(AnalysisException, match="VOLUME_ALREADY_EXISTS"):
        spark.sql("CREATE VOLUME more")
    with pytest.raises(AnalysisException, match="SCHEMA_NOT_FOUND"):
        spark.sql("CREATE VOLUME nowhere.v")
    spark.sql("DROP VOLUME more")
    spark.sql("DROP VOLUME IF EXISTS more")
    with pytest.raises(AnalysisException, match="VOLUME_NOT_FOUND"):
        spark.sql("DROP VOLUME more")
    with pytest.raises(UnsupportedOperationException):
        spark.sql("CREATE EXTERNAL VOLUME v LOCATION 's3://bucket/x'")
