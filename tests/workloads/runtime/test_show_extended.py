"""SHOW TABLE EXTENDED, which tools read to learn what there is."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pyspark.errors import AnalysisException, UnsupportedOperationException

_COLUMN = re.compile(r"^ \|-- (.*): (.*) \(nullable = (true|false)\)", re.MULTILINE)


@pytest.fixture
def shop(spark: Any) -> Any:
    spark.sql("CREATE SCHEMA shop")
    spark.sql("CREATE TABLE shop.orders (id BIGINT, day DATE, price DECIMAL(10, 2))")
    spark.sql("CREATE VIEW shop.latest AS SELECT id FROM shop.orders")
    return spark


def information(spark: Any, pattern: str) -> dict[str, str]:
    rows = spark.sql(f"SHOW TABLE EXTENDED IN shop LIKE '{pattern}'").collect()
    return {row.tableName: row.information for row in rows}


def test_tables_and_views_are_told_apart(shop: Any) -> None:
    found = information(shop, "*")
    assert sorted(found) == ["latest", "orders"]
    assert "Type: VIEW\n" in found["latest"]
    assert "Type: MANAGED\n" in found["orders"]
    assert "Provider: delta\n" in found["orders"]


def test_columns_stand_in_the_schema_as_a_tree(shop: Any) -> None:
    found = information(shop, "*")
    assert _COLUMN.findall(found["orders"]) == [
        ("id", "long", "true"),
        ("day", "date", "true"),
        ("price", "decimal(10,2)", "true"),
    ]
    assert [name for name, _, _ in _COLUMN.findall(found["latest"])] == ["id"]


def test_the_pattern_chooses(shop: Any) -> None:
    assert list(information(shop, "ord*")) == ["orders"]
    assert information(shop, "nothing*") == {}


def test_temporary_views_are_part_of_it(shop: Any) -> None:
    shop.range(1).createOrReplaceTempView("passing")
    rows = shop.sql("SHOW TABLE EXTENDED IN shop LIKE 'pass*'").collect()
    assert [(row.namespace, row.tableName, row.isTemporary) for row in rows] == [("", "passing", True)]


def test_a_schema_that_is_not_there(shop: Any) -> None:
    with pytest.raises(AnalysisException, match="SCHEMA_NOT_FOUND"):
        shop.sql("SHOW TABLE EXTENDED IN nowhere LIKE '*'")


def test_without_a_pattern_it_is_not_sql(shop: Any) -> None:
    with pytest.raises(UnsupportedOperationException, match="SHOW TABLE EXTENDED"):
        shop.sql("SHOW TABLE EXTENDED IN shop")
