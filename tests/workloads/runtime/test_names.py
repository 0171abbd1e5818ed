"""What a name means: case, parts, catalogs, views of views, temporary views, and sessions on two engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import AnalysisException, ParseException

from tests.workloads.runtime.house import Engine, House
from tests.workloads.runtime.test_tables import rows


@pytest.fixture
def far(house: House, tmp_path: Path) -> Iterator[Any]:
    """A session of another task, on an engine of its own."""
    server = Engine(tmp_path)
    yield house.session(server)
    server.kill()


@pytest.mark.parametrize(
    "name", ["t", "T", "`T`", "s.t", "S.T", "main.s.t", "MAIN.`S`.t", "`main`.`s`.`t`", "main . s . t"]
)
@pytest.mark.parametrize("how", ["table", "sql", "read", "insert", "describe", "exists"])
def test_every_spelling_of_a_name(spark: Any, name: str, how: str) -> None:
    spark.sql("CREATE SCHEMA s")
    spark.sql("USE s")
    spark.sql("CREATE TABLE t AS SELECT 1 AS id")
    match how:
        case "table":
            assert spark.table(name).count() == 1
        case "sql":
            assert rows(spark.sql(f"SELECT T.ID FROM {name} WHERE t.id = 1")) == [(1,)]  # noqa: S608  the test's own
        case "read":
            assert spark.read.table(name).columns == ["id"]
        case "insert":
            spark.sql(f"INSERT INTO {name} VALUES (2)")  # noqa: S608  the test's own text
            assert spark.table("t").count() == 2
        case "describe":
            assert spark.sql(f"DESCRIBE {name.replace(' ', '')}").collect()[0].col_name == "id"
        case _:
            assert spark.catalog.tableExists(name)


@pytest.mark.parametrize("name", ["a.b.c.d", "", "a..b", "`a"])
def test_what_is_no_name(spark: Any, name: str) -> None:
    with pytest.raises((ParseException, AnalysisException)):
        spark.table(name)


def test_names_with_spaces_and_dots(spark: Any) -> None:
    spark.sql("CREATE TABLE `my table` AS SELECT 1 AS a_b, 2 AS cd")
    assert rows(spark.sql("SELECT `my table`.a_b, cd FROM `my table`")) == [(1, 2)]
    spark.sql("CREATE VIEW `my view` AS SELECT a_b + 1 AS x FROM `my table`")
    assert rows(spark.table("`my view`")) == [(2,)]


def test_the_same_name_in_two_catalogs(spark: Any) -> None:
    spark.sql("CREATE CATALOG dev")
    spark.sql("CREATE TABLE t AS SELECT 'main' AS home")
    spark.sql("CREATE TABLE dev.default.t AS SELECT 'dev' AS home")
    joined = spark.sql("SELECT a.home, b.home FROM main.default.t a CROSS JOIN dev.default.t b")
    assert rows(joined) == [("main", "dev")]
    spark.sql("USE CATALOG dev")
    assert rows(spark.table("t")) == [("dev",)]
    spark.sql("DROP TABLE t")
    assert rows(spark.table("main.default.t")) == [("main",)]


def test_a_view_of_a_view_of_a_view_on_another_engine(spark: Any, far: Any) -> None:
    """Names in a view mean what they meant where it was made."""
    spark.sql("CREATE SCHEMA a")
    spark.sql("CREATE SCHEMA b")
    spark.sql("USE a")
    spark.sql("CREATE TABLE t AS SELECT 1 AS id")
    spark.sql("CREATE VIEW v1 AS SELECT id + 1 AS id FROM t")
    spark.sql("USE b")
    spark.sql("CREATE TABLE t AS SELECT 100 AS id")
    spark.sql("CREATE VIEW v2 AS SELECT v1.id * 10 AS id FROM a.v1")
    spark.sql("CREATE VIEW v3 AS SELECT max(id) AS id FROM v2")
    assert rows(far.sql("SELECT x.id FROM main.b.v3 AS x")) == [(20,)]
    assert rows(far.table("b.V3")) == [(20,)]
    spark.sql("INSERT INTO a.t VALUES (5)")
    assert rows(far.table("b.v3")) == [(60,)]
    far.sql("CREATE OR REPLACE VIEW a.v1 AS SELECT 7 AS id")
    assert rows(spark.table("v3")) == [(70,)]


def test_two_engines_see_each_others_changes(spark: Any, far: Any) -> None:
    spark.sql("CREATE TABLE t (id INT)")
    far.sql("INSERT INTO t VALUES (1), (2)")
    assert rows(spark.table("t")) == [(1,), (2,)]
    spark.sql("DELETE FROM t WHERE id = 1")
    assert rows(far.sql("SELECT * FROM t")) == [(2,)]
    far.sql("ALTER TABLE t ADD COLUMN n STRING")
    assert spark.table("t").columns == ["id", "n"]
    spark.sql("CREATE OR REPLACE TABLE t AS SELECT 'x' AS other")
    assert rows(far.table("t")) == [("x",)]
    far.sql("ALTER TABLE t RENAME TO u")
    assert rows(spark.table("u")) == [("x",)]
    spark.sql("DROP TABLE u")
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        far.table("u")
    far.sql("CREATE TABLE u AS SELECT 3 AS id")
    assert rows(spark.table("u")) == [(3,)]


def test_temporary_views_belong_to_one_session(spark: Any, far: Any, house: House) -> None:
    near = house.session()
    spark.sql("CREATE TEMP VIEW v AS SELECT 1 AS id")
    near.sql("CREATE TEMP VIEW v AS SELECT 2 AS id")
    assert (rows(spark.table("v")), rows(near.table("V"))) == ([(1,)], [(2,)])
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        far.table("v")
    with pytest.raises(AnalysisException, match="ALREADY_EXISTS"):
        spark.sql("CREATE TEMP VIEW V AS SELECT 3 AS id")
    spark.sql("CREATE OR REPLACE TEMP VIEW V AS SELECT 3 AS id")
    assert rows(spark.sql("SELECT v.id FROM v")) == [(3,)]
    near.sql("DROP VIEW v")
    assert not near.catalog.tableExists("v")
    assert spark.catalog.tableExists("v")


def test_a_lasting_view_cannot_stand_on_a_temporary_one(spark: Any, house: House) -> None:
    """Other sessions would not find it."""
    spark.sql("CREATE TEMP VIEW passing AS SELECT 1 AS id")
    with pytest.raises(AnalysisException, match=r"INVALID_TEMP_OBJ_REFERENCE.*`passing`"):
        spark.sql("CREATE VIEW lasting AS SELECT * FROM passing")
    assert not house.session().catalog.tableExists("lasting")
