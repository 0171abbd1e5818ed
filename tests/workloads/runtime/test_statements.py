"""Statements that the runtime performs itself, seen from a notebook."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pyspark.errors import AnalysisException, ParseException, UnsupportedOperationException

from tests.workloads.runtime.house import House
from tests.workloads.runtime.test_tables import rows


def names(frame: Any, column: str) -> list[str]:
    return [row[column] for row in frame.collect()]


def test_use_in_all_its_forms(spark: Any) -> None:
    spark.sql("CREATE SCHEMA silver")
    spark.sql("USE silver")
    assert spark.catalog.currentDatabase() == "silver"
    spark.sql("CREATE CATALOG IF NOT EXISTS Dev")
    spark.sql("USE CATALOG dev")
    assert spark.sql("SELECT current_catalog(), current_schema()").collect() == [("dev", "default")]
    spark.sql("CREATE SCHEMA raw")
    spark.sql("USE main.silver")
    assert (spark.catalog.currentCatalog(), spark.catalog.currentDatabase()) == ("main", "silver")
    spark.sql("USE SCHEMA default")
    spark.sql("USE dev")
    assert spark.catalog.currentCatalog() == "dev"
    spark.sql("USE DATABASE raw")
    spark.range(1).write.saveAsTable("t")
    assert spark.table("dev.raw.t").count() == 1
    with pytest.raises(AnalysisException, match="SCHEMA_NOT_FOUND"):
        spark.sql("USE nowhere")


def test_set(spark: Any) -> None:
    spark.sql("SET spark.sql.shuffle.partitions = 8")
    assert spark.conf.get("spark.sql.shuffle.partitions") == "8"
    assert spark.sql("SET spark.sql.shuffle.partitions").collect() == [("spark.sql.shuffle.partitions", "8")]
    spark.sql("SET my.own.key = 'some text'")
    assert spark.conf.get("my.own.key") == "some text"


def test_show_and_describe_see_the_metastore(house: House) -> None:
    maker, spark = house.session(), house.session()
    maker.sql("CREATE SCHEMA shop COMMENT 'all of it'")
    maker.sql("CREATE TABLE shop.orders (id BIGINT COMMENT 'key', day DATE) PARTITIONED BY (day) COMMENT 'sold'")
    maker.sql("CREATE VIEW shop.latest AS SELECT * FROM shop.orders")
    spark.range(1).createOrReplaceTempView("Passing")
    assert names(spark.sql("SHOW TABLES IN shop"), "tableName") == ["latest", "orders", "Passing"]
    assert names(spark.sql("SHOW TABLES IN main.shop LIKE 'ord*'"), "tableName") == ["orders"]
    assert names(spark.sql("SHOW VIEWS IN shop"), "viewName") == ["latest", "Passing"]
    assert names(spark.sql("SHOW SCHEMAS"), "databaseName") == ["default", "shop"]
    assert "main" in names(spark.sql("SHOW CATALOGS"), "catalog")
    assert names(spark.sql("SHOW COLUMNS IN shop.orders"), "col_name") == ["id", "day"]
    described = spark.sql("DESCRIBE TABLE EXTENDED shop.orders").collect()
    assert described[0] == ("id", "bigint", "key")
    assert {"# Partition Information", "Location", "Comment"} <= {row.col_name for row in described}
    assert names(spark.sql("DESCRIBE passing"), "col_name") == ["id"]
    assert ("Comment", "all of it") in spark.sql("DESCRIBE SCHEMA shop").collect()
    assert "PARTITIONED BY (day)" in spark.sql("SHOW CREATE TABLE shop.orders").collect()[0][0]


def test_describe_history_and_detail(spark: Any) -> None:
    spark.range(3).write.saveAsTable("t")
    spark.sql("DELETE FROM t WHERE id = 1")
    history = spark.sql("DESCRIBE HISTORY t").collect()
    assert (history[0].version, history[0].operation) == (1, "DELETE")
    detail = spark.sql("DESCRIBE DETAIL t").collect()[0]
    assert (detail["format"], detail["name"]) == ("delta", "main.default.t")
    assert detail.numFiles >= 1
    assert spark.sql("DESCRIBE HISTORY t LIMIT 1").count() == 1


def test_time_travel(spark: Any) -> None:
    spark.range(3).write.saveAsTable("t")
    spark.sql("DELETE FROM t")
    assert spark.sql("SELECT count(t.id) FROM t VERSION AS OF 0").collect() == [(3,)]
    assert spark.sql("SELECT count(*) FROM t@v0").collect() == [(3,)]
    assert spark.read.option("versionAsOf", 0).table("t").count() == 3
    spark.sql("RESTORE TABLE t TO VERSION AS OF 0")
    assert spark.table("t").count() == 3


def test_optimize_and_vacuum(spark: Any) -> None:
    for _ in range(3):
        spark.range(3).coalesce(1).write.mode("append").saveAsTable("t")
    before = spark.sql("DESCRIBE DETAIL t").collect()[0].numFiles
    removed = spark.sql("OPTIMIZE t ZORDER BY (id)").collect()[0].numFilesRemoved
    assert removed == before >= 3
    assert spark.table("t").count() == 9
    assert spark.sql("VACUUM t DRY RUN").count() == 0
    with pytest.raises(AnalysisException, match="RETENTION"):
        spark.sql("VACUUM t RETAIN 0 HOURS")
    spark.conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
    spark.sql("VACUUM t RETAIN 0 HOURS")
    assert spark.table("t").count() == 9


def test_alter_table(spark: Any) -> None:
    spark.range(1).write.saveAsTable("t")
    spark.sql("ALTER TABLE t ADD COLUMNS (name STRING COMMENT 'what', n INT)")
    spark.sql("ALTER TABLE t ADD COLUMN d DATE")
    assert spark.table("t").columns == ["id", "name", "n", "d"]
    spark.sql("ALTER TABLE t SET TBLPROPERTIES ('delta.appendOnly' = 'false', 'owner' = 'me')")
    assert ("owner", "me") in spark.sql("SHOW TBLPROPERTIES t").collect()
    spark.sql("ALTER TABLE t RENAME TO u")
    assert spark.table("u").count() == 1
    assert not spark.catalog.tableExists("t")
    with pytest.raises(UnsupportedOperationException, match="ALTER TABLE"):
        spark.sql("ALTER TABLE u DROP COLUMN name")


def test_drop(house: House) -> None:
    spark = house.session()
    spark.sql("CREATE SCHEMA s")
    spark.range(1).write.saveAsTable("s.t")
    spark.sql("CREATE VIEW s.v AS SELECT * FROM s.t")
    with pytest.raises(AnalysisException, match="SCHEMA_NOT_EMPTY"):
        spark.sql("DROP SCHEMA s")
    with pytest.raises(AnalysisException, match="is a table, not a view"):
        spark.sql("DROP VIEW s.t")
    spark.sql("DROP VIEW s.v")
    spark.sql("DROP TABLE s.t PURGE")
    assert not (house.root / "warehouse/main/s/t").exists()
    spark.sql("DROP TABLE IF EXISTS s.t")
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        spark.sql("DROP TABLE s.t")
    spark.range(1).write.saveAsTable("s.t")
    spark.sql("DROP SCHEMA s CASCADE")
    assert not spark.catalog.databaseExists("s")
    spark.sql("DROP SCHEMA IF EXISTS s")


def test_an_external_table_keeps_its_files(house: House) -> None:
    spark = house.session()
    spark.sql("CREATE TABLE e (id BIGINT) USING delta LOCATION '/Volumes/main/default/v/e'")
    spark.sql("INSERT INTO e VALUES (1)")
    spark.sql("DROP TABLE e")
    spark.sql("CREATE TABLE again USING DELTA LOCATION 'dbfs:/Volumes/main/default/v/e'")
    assert rows(spark.table("again")) == [(1,)]


def test_a_parquet_table_can_be_read_and_not_changed(spark: Any) -> None:
    spark.range(4).write.parquet("/Volumes/main/default/v/p")
    spark.sql("CREATE TABLE p USING parquet LOCATION '/Volumes/main/default/v/p'")
    assert spark.table("p").count() == 4
    with pytest.raises(UnsupportedOperationException, match="parquet"):
        spark.sql("INSERT INTO p VALUES (1)")


def test_truncate(spark: Any) -> None:
    spark.range(3).write.saveAsTable("t")
    spark.sql("TRUNCATE TABLE t")
    assert spark.table("t").count() == 0


def test_parameters_and_identifier(spark: Any) -> None:
    spark.range(3).write.saveAsTable("t")
    found = spark.sql("SELECT id FROM IDENTIFIER(:name) WHERE id > :low", {"name": "main.default.T", "low": 1})
    assert rows(found) == [(2,)]
    assert rows(spark.sql("SELECT max(id) FROM {frame}", frame=spark.table("t"))) == [(2,)]
    assert rows(spark.sql("SELECT t.id FROM IDENTIFIER('t') WHERE t.id = ?", [0])) == [(0,)]


def test_names_with_qualified_columns(spark: Any) -> None:
    spark.sql("CREATE SCHEMA s")
    spark.sql("CREATE TABLE s.t AS SELECT 1 AS id, named_struct('x', 2) AS st")
    assert rows(spark.sql("SELECT s.t.id, main.s.t.id, t.st.x FROM main.s.t")) == [(1, 1, 2)]
    assert rows(spark.sql("SELECT a.id FROM s.t a JOIN S.T AS b ON a.id = b.id")) == [(1,)]
    assert rows(spark.sql("WITH t AS (SELECT 5 AS id) SELECT t.id FROM t")) == [(5,)]
    assert rows(spark.sql("WITH t AS (SELECT id + 1 AS id FROM s.t) SELECT id FROM T")) == [(2,)]
    assert rows(spark.sql("SELECT 1 WHERE EXISTS (SELECT 1 FROM s.t WHERE id = 1)")) == [(1,)]


def test_temp_views_do_not_leak_and_hide_tables(house: House) -> None:
    one, two = house.session(), house.session()
    one.sql("CREATE TABLE t AS SELECT 1 AS id")
    one.sql("CREATE OR REPLACE TEMP VIEW T AS SELECT 2 AS id")
    assert rows(one.table("t")) == [(2,)]
    assert rows(one.sql("SELECT T.id FROM t")) == [(2,)]
    assert rows(two.table("t")) == [(1,)]
    one.sql("DROP VIEW t")
    assert rows(one.table("t")) == [(1,)]
    one.range(1).createOrReplaceTempView("MyView")
    assert rows(one.sql("SELECT * FROM myview")) == [(0,)]
    assert one.catalog.dropTempView("MYVIEW")
    assert not one.catalog.tableExists("MyView")


def test_a_view_with_columns_and_a_view_on_a_view(spark: Any) -> None:
    spark.sql("CREATE TABLE t AS SELECT 1 AS id")
    spark.sql("CREATE VIEW v (a COMMENT 'first') AS SELECT id FROM t")
    spark.sql("CREATE VIEW w AS SELECT v.a + 1 AS b FROM v")
    assert rows(spark.sql("SELECT w.b FROM w")) == [(2,)]
    spark.sql("DROP TABLE t")
    with pytest.raises(AnalysisException, match=re.escape("`t`")):
        spark.table("w")


@pytest.mark.parametrize(
    "text",
    [
        "GRANT SELECT ON t TO me",
        "COPY INTO t FROM '/x' FILEFORMAT = CSV",
        "CREATE FUNCTION f() RETURNS INT RETURN 1",
        "CREATE TABLE t2 (id INT) USING csv",
        "CREATE TABLE t2 (id INT) CLUSTER BY (id)",
        "ANALYZE TABLE t COMPUTE STATISTICS",
        "CREATE TABLE t2 (id INT, CONSTRAINT p CHECK (id > 0))",
        "CREATE TABLE t2 (id INT NOT NULL PRIMARY KEY)",
        "CREATE TABLE t2 (id INT NOT NULL, CONSTRAINT k PRIMARY KEY (id))",
        "CREATE TABLE t2 LIKE t",
        "CREATE STREAMING TABLE t2 AS SELECT 1 AS id",
        "CREATE MATERIALIZED VIEW v AS SELECT 1 AS id",
        "CREATE TEMPORARY FUNCTION f AS 'x'",
        "DECLARE VARIABLE x INT",
        "EXECUTE IMMEDIATE 'SELECT 1'",
        "REVOKE SELECT ON t FROM me",
        "MSCK REPAIR TABLE t",
        "CALL system.run()",
    ],
)
def test_what_does_not_work_is_refused(spark: Any, text: str) -> None:
    with pytest.raises(UnsupportedOperationException, match="not supported by this engine"):
        spark.sql(text)


def test_a_syntax_error(spark: Any) -> None:
    with pytest.raises(ParseException, match="PARSE_SYNTAX_ERROR"):
        spark.sql("SELEKT 1 FRM x")


def test_a_volume_is_a_folder(house: House) -> None:
    spark = house.session()
    spark.sql("CREATE VOLUME IF NOT EXISTS main.default.files")
    assert (house.root / "volumes/main/default/files").is_dir()
    spark.sql("DROP VOLUME main.default.files")
    assert not (house.root / "volumes/main/default/files").exists()


def test_explain_and_functions(spark: Any) -> None:
    spark.range(1).write.saveAsTable("t")
    assert spark.sql("EXPLAIN SELECT * FROM t").collect()[0][0]
    assert spark.sql("SHOW FUNCTIONS").count() > 100
