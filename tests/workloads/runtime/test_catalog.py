"""`spark.catalog` sees the metastore."""

from __future__ import annotations

import pytest
from pyspark.errors import AnalysisException, UnsupportedOperationException

from tests.workloads.runtime.house import House


def test_schemas(house: House) -> None:
    one, two = house.session(), house.session()
    one.catalog.createDatabase("silver")
    one.catalog.createDatabase("silver", ifNotExists=True)
    assert two.catalog.databaseExists("main.Silver")
    assert not two.catalog.databaseExists("gold")
    assert not two.catalog.databaseExists("nowhere.gold")
    assert [each.name for each in two.catalog.listDatabases()] == ["default", "silver"]
    assert two.catalog.getDatabase("silver").catalog == "main"
    two.catalog.setCurrentDatabase("silver")
    assert (two.catalog.currentDatabase(), one.catalog.currentDatabase()) == ("silver", "default")
    with pytest.raises(AnalysisException, match="SCHEMA_NOT_FOUND"):
        two.catalog.setCurrentDatabase("gold")
    two.catalog.dropDatabase("silver", cascade=True)
    assert not one.catalog.databaseExists("silver")


def test_catalogs(house: House) -> None:
    spark = house.session()
    spark.sql("CREATE CATALOG dev COMMENT 'mine'")
    assert {"dev", "main"} <= {each.name for each in spark.catalog.listCatalogs()}
    assert [each.name for each in spark.catalog.listCatalogs("de*")] == ["dev"]
    spark.catalog.setCurrentCatalog("dev")
    spark.sql("CREATE SCHEMA IF NOT EXISTS s")
    spark.range(1).write.saveAsTable("s.t")
    assert spark.catalog.currentCatalog() == "dev"
    spark.sql("USE CATALOG main")
    spark.sql("DROP CATALOG dev CASCADE")
    assert "dev" not in {each.name for each in spark.catalog.listCatalogs()}
    with pytest.raises(AnalysisException, match="CATALOG_NOT_FOUND"):
        spark.catalog.setCurrentCatalog("dev")


def test_tables(house: House) -> None:
    maker, spark = house.session(), house.session()
    maker.sql("CREATE TABLE orders (id BIGINT COMMENT 'key', day DATE) PARTITIONED BY (day) COMMENT 'sold'")
    maker.sql("CREATE VIEW latest AS SELECT id FROM orders")
    maker.range(1).createOrReplaceTempView("Passing")
    assert spark.catalog.tableExists("Orders")
    assert spark.catalog.tableExists("orders", "default")
    assert not spark.catalog.tableExists("passing")
    assert maker.catalog.tableExists("passing")
    found = {each.name: (each.tableType, each.isTemporary) for each in maker.catalog.listTables()}
    assert found == {"orders": ("MANAGED", False), "latest": ("VIEW", False), "Passing": ("TEMPORARY", True)}
    assert [each.name for each in spark.catalog.listViews()] == ["latest"]
    assert spark.catalog.getTable("orders").description == "sold"
    assert [(each.name, each.isPartition) for each in spark.catalog.listColumns("orders")] == [
        ("id", False),
        ("day", True),
    ]
    spark.catalog.refreshTable("orders")
    assert not spark.catalog.isCached("orders")
    spark.catalog.dropView("latest")
    spark.catalog.dropTable("orders")
    assert spark.catalog.listTables() == []
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        spark.catalog.getTable("orders")


def test_global_temp_views_and_functions(house: House) -> None:
    spark = house.session()
    spark.range(2).createOrReplaceGlobalTempView("Shared")
    assert spark.sql("SELECT count(*) FROM global_temp.shared").collect() == [(2,)]
    assert spark.table("global_temp.Shared").count() == 2
    assert spark.catalog.dropGlobalTempView("SHARED")


def test_create_table_points_to_sql(house: House) -> None:
    with pytest.raises(UnsupportedOperationException, match="CREATE TABLE t"):
        house.session().catalog.createTable("t", "/x")
