"""Nothing is written that is not what the user meant: types, columns, partitions, modes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import AnalysisException, PySparkException, UnsupportedOperationException

from tests.workloads.runtime.house import House
from tests.workloads.runtime.test_tables import rows


@pytest.fixture
def days(spark: Any) -> Any:
    """A table with two partitions."""
    spark.sql("SELECT 1 AS id, 'a' AS day UNION ALL SELECT 2, 'b'").write.partitionBy("day").saveAsTable("days")
    return spark


def test_a_string_is_not_appended_to_a_bigint_column(spark: Any) -> None:
    spark.sql("CREATE TABLE t (id BIGINT)")
    with pytest.raises(AnalysisException, match=r"DELTA_FAILED_TO_MERGE_FIELDS.*'id'"):
        spark.sql("SELECT 'abc' AS id").write.mode("append").saveAsTable("t")
    assert spark.table("t").count() == 0


def test_a_string_is_not_appended_to_a_bigint_column_of_a_path(spark: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "p")
    spark.range(2).write.format("delta").save(path)
    with pytest.raises(AnalysisException, match="DELTA_FAILED_TO_MERGE_FIELDS"):
        spark.sql("SELECT 'abc' AS id").write.format("delta").mode("append").save(path)
    with pytest.raises(AnalysisException, match="DELTA_FAILED_TO_MERGE_FIELDS"):
        spark.sql("SELECT 'abc' AS id").write.format("delta").mode("overwrite").save(path)
    assert spark.read.load(path).count() == 2


@pytest.mark.parametrize("value", ["'abc'", "3000000000000000000000"])
def test_insert_of_a_value_that_does_not_fit_fails(spark: Any, value: str) -> None:
    spark.sql("CREATE TABLE t (id BIGINT)")
    with pytest.raises(PySparkException):
        spark.sql(f"INSERT INTO t VALUES ({value})")  # noqa: S608  the test's own text
    assert spark.table("t").count() == 0


def test_insert_casts_what_fits(spark: Any) -> None:
    spark.sql("CREATE TABLE t (id BIGINT, d DATE, s STRING)")
    spark.sql("INSERT INTO t VALUES ('5', '2026-01-14', 7)")
    assert [tuple(map(str, row)) for row in spark.table("t").collect()] == [("5", "2026-01-14", "7")]


def test_append_widens_fills_and_reorders_by_name(spark: Any) -> None:
    spark.sql("CREATE TABLE t (id BIGINT, name STRING, extra DOUBLE)")
    spark.sql("SELECT 'x' AS NAME, 1 AS id").write.mode("append").saveAsTable("t")
    assert rows(spark.table("t")) == [(1, "x", None)]


def test_a_new_column_needs_merge_schema(spark: Any) -> None:
    spark.range(1).write.saveAsTable("t")
    more = spark.sql("SELECT 7L AS id, 'n' AS name")
    with pytest.raises(AnalysisException, match=r"DELTA_METADATA_MISMATCH.*`name`"):
        more.write.mode("append").saveAsTable("t")
    more.write.mode("append").option("mergeSchema", "true").saveAsTable("t")
    assert rows(spark.table("t")) == [(0, None), (7, "n")]


def test_overwrite_keeps_or_replaces_the_schema(spark: Any) -> None:
    spark.range(3).write.saveAsTable("t")
    spark.range(1).write.mode("overwrite").saveAsTable("t")
    assert spark.table("t").count() == 1
    with pytest.raises(AnalysisException, match="DELTA_METADATA_MISMATCH"):
        spark.sql("SELECT 'a' AS other").write.mode("overwrite").saveAsTable("t")
    spark.sql("SELECT 'a' AS other").write.mode("overwrite").option("overwriteSchema", True).saveAsTable("t")
    assert spark.table("t").columns == ["other"]
    assert spark.sql("DESCRIBE HISTORY t").count() == 3


def test_modes_of_a_table_that_exists(spark: Any) -> None:
    spark.range(3).write.saveAsTable("t")
    spark.range(5).write.mode("ignore").saveAsTable("t")
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_ALREADY_EXISTS"):
        spark.range(5).write.saveAsTable("t")
    assert spark.table("t").count() == 3


@pytest.mark.parametrize("how", ["option", "conf", "insertInto", "writeTo"])
def test_dynamic_overwrite_touches_only_the_partitions_of_the_rows(days: Any, how: str) -> None:
    frame = days.sql("SELECT 9 AS id, 'a' AS day")
    if how == "writeTo":
        frame.writeTo("days").overwritePartitions()
    elif how == "option":
        frame.write.mode("overwrite").option("partitionOverwriteMode", "dynamic").saveAsTable("days")
    else:
        days.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
        write = frame.write.mode("overwrite")
        write.insertInto("days", overwrite=True) if how == "insertInto" else write.saveAsTable("days")
    assert rows(days.table("days")) == [(2, "b"), (9, "a")]


def test_static_overwrite_replaces_the_table(days: Any) -> None:
    days.sql("SELECT 9 AS id, 'a' AS day").write.mode("overwrite").saveAsTable("days")
    assert rows(days.table("days")) == [(9, "a")]


def test_dynamic_overwrite_with_nulls_and_quotes(days: Any) -> None:
    days.sql('INSERT INTO days VALUES (3, NULL), (4, "it\'s")')
    frame = days.sql('SELECT 30 AS id, CAST(NULL AS STRING) AS day UNION ALL SELECT 40, "it\'s"')
    frame.write.mode("overwrite").option("partitionOverwriteMode", "dynamic").saveAsTable("days")
    assert sorted(days.table("days").collect(), key=lambda row: row.id) == [
        (1, "a"),
        (2, "b"),
        (30, None),
        (40, "it's"),
    ]


def test_insert_overwrite_of_one_partition(days: Any) -> None:
    days.sql("INSERT OVERWRITE TABLE days PARTITION (day = 'a') SELECT 9")
    assert rows(days.table("days")) == [(2, "b"), (9, "a")]


def test_insert_into_a_partition(days: Any) -> None:
    days.sql("INSERT INTO days PARTITION (day = 'c') VALUES (3)")
    assert rows(days.table("days")) == [(1, "a"), (2, "b"), (3, "c")]


def test_replace_where(days: Any) -> None:
    days.sql("SELECT 9 AS id, 'b' AS day").write.mode("overwrite").option("replaceWhere", "day = 'b'").saveAsTable(
        "days"
    )
    assert rows(days.table("days")) == [(1, "a"), (9, "b")]


def test_insert_with_a_wrong_number_of_columns(spark: Any) -> None:
    spark.sql("CREATE TABLE t (a INT, b INT)")
    with pytest.raises(AnalysisException, match="INSERT_COLUMN_ARITY_MISMATCH"):
        spark.sql("INSERT INTO t VALUES (1)")
    with pytest.raises(AnalysisException, match="UNRESOLVED_COLUMN"):
        spark.sql("INSERT INTO t (a, nope) VALUES (1, 2)")


def test_insert_takes_columns_by_position(spark: Any) -> None:
    spark.sql("CREATE TABLE t (a INT, b INT)")
    spark.sql("SELECT 1 AS b, 2 AS a").write.insertInto("t")
    spark.sql("WITH q AS (SELECT 3 AS x, 4 AS x2) INSERT INTO t SELECT * FROM q")
    assert rows(spark.table("t")) == [(1, 2), (3, 4)]


def test_identity_and_generated_columns_fill_themselves(spark: Any) -> None:
    spark.sql(
        "CREATE TABLE t (id BIGINT GENERATED ALWAYS AS IDENTITY, n STRING, up STRING GENERATED ALWAYS AS (upper(n)))"
    )
    spark.sql("INSERT INTO t (n) VALUES ('a')")
    spark.sql("SELECT 'b' AS n").write.mode("append").saveAsTable("t")
    assert [row.up for row in spark.table("t").orderBy("n").collect()] == ["A", "B"]
    assert spark.table("t").select("id").distinct().count() == 2


def test_write_to(spark: Any) -> None:
    spark.range(2).writeTo("t").create()
    spark.range(2).writeTo("t").append()
    assert spark.table("t").count() == 4
    spark.sql("SELECT 'x' AS other").writeTo("t").createOrReplace()
    assert rows(spark.table("t")) == [("x",)]
    with pytest.raises(AnalysisException, match="ALREADY_EXISTS"):
        spark.range(2).writeTo("t").create()


def test_an_option_that_would_be_ignored_is_refused(spark: Any, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedOperationException, match="maxRecordsPerFile"):
        spark.range(1).write.option("maxRecordsPerFile", 1).parquet(str(tmp_path / "x"))


def test_files_go_to_the_folder_behind_the_name(house: House) -> None:
    spark = house.session()
    spark.range(2).write.parquet("/Volumes/main/default/v/numbers")
    assert (house.root / "volumes/main/default/v/numbers").is_dir()
    spark.range(2).write.format("delta").save("dbfs:/tables/t")
    assert spark.sql("SELECT count(*) AS n FROM delta.`dbfs:/tables/t`").collect() == [(2,)]
    assert spark.read.format("delta").load("/dbfs/tables/t").count() == 2


def test_merge_of_an_incompatible_value_is_refused(spark: Any) -> None:
    spark.sql("CREATE TABLE t (id BIGINT, d DATE)")
    spark.sql("INSERT INTO t VALUES (1, '2026-01-01')")
    with pytest.raises(PySparkException):
        spark.sql("MERGE INTO t USING (SELECT 1 AS id, 'x' AS d) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET *")
    with pytest.raises(PySparkException):
        spark.sql("UPDATE t SET id = 'abc'")
    assert [str(row.d) for row in spark.table("t").collect()] == ["2026-01-01"]


def test_data_frame_merge(spark: Any) -> None:
    from pyspark.sql.functions import expr

    spark.sql("SELECT 1L AS id, 'a' AS n").write.saveAsTable("t")
    source = spark.sql("SELECT 1L AS id, 'A' AS n UNION ALL SELECT 2L, 'b'").alias("s")
    source.mergeInto("t", expr("t.id = s.id")).whenMatched().updateAll().whenNotMatched().insertAll().merge()
    assert rows(spark.table("t")) == [(1, "A"), (2, "b")]


def test_changes_answer_with_the_numbers_of_rows(spark: Any) -> None:
    spark.sql("CREATE TABLE t AS SELECT 7 AS id")
    assert spark.sql("UPDATE t SET id = 8 WHERE id = 7").collect() == [(1,)]
    assert spark.sql("DELETE FROM t WHERE id = 9").collect() == [(0,)]
    merged = spark.sql(
        "MERGE INTO t USING (SELECT 8 AS id UNION ALL SELECT 9) s ON t.id = s.id "
        "WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT *"
    )
    assert merged.collect()[0].asDict() == {
        "num_affected_rows": 2,
        "num_updated_rows": 0,
        "num_deleted_rows": 1,
        "num_inserted_rows": 1,
    }


def test_a_data_frame_in_braces(spark: Any) -> None:
    spark.range(1).write.saveAsTable("t")
    more = spark.range(5, 7)
    assert rows(
        spark.sql("SELECT id FROM {frame} WHERE id > {low} AND id < :high", {"high": 7}, frame=more, low=5)
    ) == [(6,)]
    spark.sql("INSERT INTO t SELECT * FROM {frame} WHERE id > {low}", frame=more, low=5)
    spark.sql("CREATE TABLE u AS SELECT {column} FROM {frame}", frame=more, column=more.id)
    spark.sql("MERGE INTO t USING {frame} s ON t.id = s.id WHEN NOT MATCHED THEN INSERT *", frame=more)
    assert rows(spark.table("t")) == [(0,), (5,), (6,)]
    assert rows(spark.table("u")) == [(5,), (6,)]
    assert [each.name for each in spark.catalog.listTables()] == ["t", "u"]
    with pytest.raises(UnsupportedOperationException, match="createOrReplaceTempView"):
        spark.sql("CREATE VIEW v AS SELECT * FROM {frame}", frame=more)
