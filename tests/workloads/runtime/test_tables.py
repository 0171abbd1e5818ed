"""Tables last: they are found by other sessions, on other engines, and by any spelling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import AnalysisException

from tests.workloads.runtime.house import Engine, House


def rows(frame: Any) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in frame.collect())


def test_a_table_is_found_by_a_session_on_another_engine(house: House, tmp_path: Path) -> None:
    first = house.session()
    first.sql("CREATE SCHEMA main.silver")
    first.range(3).write.saveAsTable("main.silver.numbers")
    other = Engine(tmp_path)
    try:
        second = house.session(other)
        assert second.table("main.silver.numbers").count() == 3
        assert rows(second.sql("SELECT Numbers.ID FROM Main.Silver.NUMBERS WHERE numbers.id > 0")) == [(1,), (2,)]
        second.sql("DROP TABLE main.silver.numbers")
    finally:
        other.kill()
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        first.table("main.silver.numbers")


def test_nothing_is_connected_before_the_first_use(house: House) -> None:
    session = house.session()
    session.read.format("delta")
    assert not session.connected


def test_create_insert_merge_update_delete(spark: Any) -> None:
    spark.sql("CREATE TABLE t (id BIGINT, name STRING) USING delta")
    spark.sql("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    spark.sql("INSERT INTO t (name) VALUES ('only a name')")
    spark.sql("""MERGE INTO t USING (SELECT 2L id, 'B' name UNION ALL SELECT 3L, 'c') s ON t.id = s.id
                 WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *""").collect()
    spark.sql("UPDATE t SET name = 'A' WHERE t.id = 1")
    spark.sql("DELETE FROM t WHERE id IS NULL")
    assert rows(spark.table("T")) == [(1, "A"), (2, "B"), (3, "c")]


def test_create_table_as_and_replace_with_other_columns(spark: Any) -> None:
    spark.sql("CREATE TABLE t AS SELECT 1 AS id")
    spark.sql("CREATE OR REPLACE TABLE t AS WITH q AS (SELECT 'x' AS a) SELECT a, 2 AS b FROM q")
    assert rows(spark.table("t")) == [("x", 2)]
    spark.sql("CREATE OR REPLACE TABLE t (k STRING, v DATE)")
    assert [field.name for field in spark.table("t").schema] == ["k", "v"]
    assert spark.table("t").count() == 0


def test_views_see_what_is_committed_and_keep_their_home(house: House) -> None:
    one, two = house.session(), house.session()
    one.sql("CREATE SCHEMA gold")
    one.sql("USE gold")
    one.sql("CREATE TABLE base AS SELECT 1 AS id")
    one.sql("CREATE VIEW v AS SELECT id, id + 1 AS next FROM base")
    assert rows(two.sql("SELECT v.next FROM gold.v")) == [(2,)]
    one.sql("INSERT INTO base VALUES (5)")
    assert rows(two.table("main.gold.v")) == [(1, 2), (5, 6)]
    one.sql("CREATE OR REPLACE VIEW v AS SELECT count(*) AS n FROM base")
    assert rows(two.table("gold.v")) == [(2,)]


def test_a_column_made_of_literals_may_be_null_later(spark: Any) -> None:
    spark.sql("SELECT 1 AS id, current_timestamp() AS at").write.saveAsTable("t")
    spark.sql("INSERT INTO t VALUES (NULL, NULL)")
    assert spark.table("t").where("at IS NULL").count() == 1


def test_a_missing_path_is_an_error_at_the_line_that_reads(spark: Any) -> None:
    with pytest.raises(AnalysisException, match="Path does not exist: file:/no/such/path") as caught:
        spark.read.format("parquet").load("/no/such/path")
    assert caught.value.getCondition() == "PATH_NOT_FOUND"
    assert caught.value.getSqlState() == "42K03"


def test_a_renamed_table_is_not_touched_by_a_new_one_of_its_old_name(spark: Any) -> None:
    spark.range(3).write.saveAsTable("t")
    spark.sql("ALTER TABLE t RENAME TO u")
    spark.range(1).write.saveAsTable("t")
    spark.sql("DROP TABLE t")
    spark.sql("CREATE TABLE t (x INT)")
    assert (spark.table("u").count(), spark.table("t").count()) == (3, 0)


def test_files_that_a_dead_task_left_are_not_part_of_a_new_table(house: House) -> None:
    spark = house.session()
    spark.range(5).write.format("delta").save(f"{house.paths.warehouse}/main/default/t")
    spark.range(1).write.mode("append").saveAsTable("t")
    assert spark.table("t").count() == 1


def test_two_tasks_cannot_both_create_a_table(house: House) -> None:
    one, two = house.session(), house.session()
    one.range(3).write.saveAsTable("t")
    lookup = two.resolver.metastore.get
    two.resolver.metastore.get = lambda table: None  # as if it had asked a moment earlier
    with pytest.raises(AnalysisException, match="ALREADY_EXISTS"):
        two.range(9).write.saveAsTable("t")
    two.resolver.metastore.get = lookup
    assert two.table("t").count() == 3


def test_a_table_is_seen_by_delta_rs(house: House) -> None:
    import deltalake

    house.session().sql("CREATE TABLE t AS SELECT 1 AS id")
    assert deltalake.DeltaTable(f"{house.paths.warehouse}/main/default/t").to_pyarrow_table().num_rows == 1
