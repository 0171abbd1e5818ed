"""`from delta.tables import DeltaTable`, used as notebooks use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pyspark.errors import AnalysisException, PySparkTypeError, UnsupportedOperationException
from pyspark.sql import functions as F  # noqa: N812  as everybody writes it

from tests.workloads.runtime.house import House


@pytest.fixture
def table(spark: Any) -> Any:
    """`shop.t` with four rows, two of them equal and one without a key."""
    from delta.tables import DeltaTable

    spark.sql("CREATE SCHEMA shop")
    spark.sql("CREATE TABLE shop.t (id INT, n STRING)")
    spark.sql("INSERT INTO shop.t VALUES (1, 'a'), (2, 'b'), (2, 'b'), (NULL, 'c')")
    return DeltaTable.forName(spark, "shop.t")


@pytest.fixture
def source(spark: Any) -> Any:
    """One row that is in the table and one that is not."""
    return spark.createDataFrame([(1, "A"), (9, "Z")], "id INT, n STRING").alias("s")


def content(table: Any) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in table.toDF().collect()), key=str)


OLD = [(2, "b"), (2, "b"), (None, "c")]


@pytest.mark.parametrize(
    ("clauses", "expected", "counts"),
    [
        (
            lambda m: m.whenMatchedUpdate(set={"n": "s.n"}).whenNotMatchedInsertAll(),
            [(1, "A"), *OLD[:2], (9, "Z"), OLD[2]],
            (2, 1, 0, 1),
        ),
        (lambda m: m.whenMatchedUpdateAll(), [(1, "A"), *OLD], (1, 1, 0, 0)),
        (lambda m: m.whenMatchedUpdateAll("s.n = 'no'"), [(1, "a"), *OLD], (0, 0, 0, 0)),
        (lambda m: m.whenMatchedUpdateAll(condition=F.col("s.n") == "A"), [(1, "A"), *OLD], (1, 1, 0, 0)),
        (lambda m: m.whenMatchedDelete(), OLD, (1, 0, 1, 0)),
        (lambda m: m.whenMatchedDelete("t.n = 'a'"), OLD, (1, 0, 1, 0)),
        (
            lambda m: m.whenNotMatchedInsert(values={"id": "s.id"}),
            [(1, "a"), *OLD[:2], (9, None), OLD[2]],
            (1, 0, 0, 1),
        ),
        (
            lambda m: m.whenNotMatchedInsert("s.id > 5", {"id": F.col("s.id") + 1, "n": F.lit("it's")}),
            [(1, "a"), (10, "it's"), *OLD],
            (1, 0, 0, 1),
        ),
        (lambda m: m.whenNotMatchedBySourceDelete("t.id = 2"), [(1, "a"), OLD[2]], (2, 0, 2, 0)),
        (
            lambda m: m.whenNotMatchedBySourceUpdate("t.id IS NULL", {"n": "'none'"}),
            [(1, "a"), *OLD[:2], (None, "none")],
            (1, 1, 0, 0),
        ),
    ],
)
@pytest.mark.parametrize("by_path", [False, True])
def test_merge(  # noqa: PLR0917  two tables of cases
    spark: Any,
    table: Any,
    source: Any,
    clauses: Callable[[Any], Any],
    expected: list[tuple[Any, ...]],
    counts: tuple[int, ...],
    by_path: bool,
) -> None:
    """Every clause, by name and by path; the answer has the numbers of rows."""
    target = type(table).forPath(spark, table.detail().collect()[0].location) if by_path else table
    answer = clauses(target.alias("t").merge(source, "t.id = s.id")).execute()
    assert tuple(answer.collect()[0]) == counts
    assert content(table) == expected


def test_merge_without_an_alias_names_the_table_by_its_last_part(table: Any, source: Any) -> None:
    table.merge(source, F.col("t.id") == F.col("s.id")).whenMatchedUpdateAll().execute()
    assert (1, "A") in content(table)


def test_two_source_rows_for_one_row_are_an_error(table: Any, spark: Any) -> None:
    twice = spark.createDataFrame([(1, "x"), (1, "y")], "id INT, n STRING").alias("s")
    with pytest.raises(AnalysisException, match="CARDINALITY"):
        table.alias("t").merge(twice, "t.id = s.id").whenMatchedUpdateAll().execute()
    assert content(table) == [(1, "a"), *OLD]


@pytest.mark.parametrize("condition", ["id = 1", F.col("id") == 1], ids=["text", "column"])
@pytest.mark.parametrize("value", ["concat(n, '!')", F.concat(F.col("n"), F.lit("!"))], ids=["text", "column"])
def test_update(table: Any, condition: Any, value: Any) -> None:
    table.update(condition, {"n": value})
    assert content(table) == [(1, "a!"), *OLD]


def test_update_of_all_rows(table: Any) -> None:
    assert table.update(set={"n": "'x'"}).collect()[0].num_affected_rows == 4
    table.update(set={"n": F.lit("y")})
    assert {row[1] for row in content(table)} == {"y"}


@pytest.mark.parametrize("condition", ["id = 2", F.col("id") == 2], ids=["text", "column"])
def test_delete(table: Any, condition: Any) -> None:
    assert table.delete(condition).collect()[0].num_affected_rows == 2
    assert content(table) == [(1, "a"), (None, "c")]
    table.delete()
    assert content(table) == []


def test_an_alias_in_update_and_delete(table: Any) -> None:
    table.alias("q").update("q.id = 1", {"n": "upper(q.n)"})
    table.alias("q").delete("q.id = 2")
    assert content(table) == [(1, "A"), (None, "c")]
    assert table.alias("q").toDF().select("q.id").count() == 2


def test_history_detail_and_restore(table: Any) -> None:
    table.delete("id = 2")
    assert [row.operation for row in table.history(1).collect()] == ["DELETE"]
    assert table.history().count() == 3
    assert table.detail().collect()[0].name == "main.shop.t"
    table.restoreToVersion(1)
    assert len(content(table)) == 4


def test_restore_to_a_time(table: Any) -> None:
    before = table.history(1).collect()[0].timestamp
    table.delete()
    table.restoreToTimestamp(before.isoformat())
    assert len(content(table)) == 4


def test_optimize_and_vacuum(table: Any, spark: Any) -> None:
    spark.sql("INSERT INTO shop.t VALUES (5, 'e')")
    assert table.optimize().executeCompaction().collect()[0].numFilesRemoved == 2
    assert table.optimize().executeZOrderBy("id", "n").collect()[0].numFilesAdded == 1
    table.vacuum()
    with pytest.raises(AnalysisException, match="RETENTION"):
        table.vacuum(0)
    assert len(content(table)) == 5


def test_is_delta_table(table: Any, spark: Any, house: House) -> None:
    spark.range(1).write.format("delta").save("/Volumes/main/default/v/d")
    spark.range(1).write.parquet("/Volumes/main/default/v/p")
    for path, expected in (
        ("/Volumes/main/default/v/d", True),
        ("dbfs:/Volumes/main/default/v/p", False),
        ("/no", False),
    ):
        assert type(table).isDeltaTable(spark, path) is expected
    with pytest.raises(AnalysisException, match="DELTA_MISSING_DELTA_TABLE"):
        type(table).forPath(spark, "/Volumes/main/default/v/p")
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        type(table).forName(spark, "shop.nope")
    assert house.root.exists()


def test_a_view_is_no_delta_table(table: Any, spark: Any) -> None:
    spark.sql("CREATE VIEW shop.v AS SELECT * FROM shop.t")
    with pytest.raises(AnalysisException, match="is a view"):
        type(table).forName(spark, "shop.v")


def test_the_builder_of_tables(table: Any, spark: Any, source: Any) -> None:
    kind = type(table)
    new = (
        kind.createIfNotExists(spark)
        .tableName("shop.new")
        .addColumn("id", "INT", comment="it's the key")
        .addColumn("double", "INT", generatedAlwaysAs="id * 2")
        .addColumn("day", "DATE", nullable=False)
        .partitionedBy("day")
        .property("delta.appendOnly", "false")
        .comment("made here")
        .execute()
    )
    spark.sql("INSERT INTO shop.new (id, day) VALUES (4, DATE'2026-01-01')")
    assert [row.double for row in new.toDF().collect()] == [8]
    assert spark.sql("DESCRIBE shop.new").collect()[0].comment == "it's the key"
    assert new.detail().collect()[0].partitionColumns == ["day"]
    assert kind.createIfNotExists(spark).tableName("shop.new").addColumn("x", "INT").execute().toDF().count() == 1
    with pytest.raises(AnalysisException, match="ALREADY_EXISTS"):
        kind.create(spark).tableName("shop.new").addColumn("id", "INT").execute()
    other = kind.createOrReplace(spark).tableName("shop.t").addColumns(source.schema).execute()
    assert (other.toDF().columns, other.toDF().count()) == (["id", "n"], 0)


def test_the_builder_with_a_location(table: Any, spark: Any) -> None:
    place = "/Volumes/main/default/v/ext"
    type(table).create(spark).tableName("ext").addColumn("id", "BIGINT").location(place).execute()
    spark.sql("INSERT INTO ext VALUES (3)")
    assert type(table).forPath(spark, place).toDF().collect() == [(3,)]


@pytest.mark.parametrize(
    "use",
    [
        lambda table, source: table.merge(source, "true").withSchemaEvolution(),
        lambda table, _: table.optimize().where("id = 1"),
        lambda table, _: table.generate("symlink_format_manifest"),
        lambda table, _: table.upgradeTableProtocol(3, 7),
        lambda table, _: type(table).convertToDelta(None, "parquet.`/x`"),
        lambda table, _: type(table).replace(None),
        lambda table, _: type(table).create(None).clusterBy("id"),
        lambda table, _: type(table).create(None).addColumn("id", "INT", generatedByDefaultAs=object()),
        lambda table, _: type(table).forPath(None, "/x", {"a": "b"}),
    ],
)
def test_what_does_not_work_is_refused(table: Any, source: Any, use: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(UnsupportedOperationException, match=r"is not supported by this engine\. \w+"):
        use(table, source)


def test_arguments_of_a_wrong_type_are_named(table: Any, source: Any) -> None:
    with pytest.raises(PySparkTypeError, match="text or a column, not int"):
        table.merge(source, 5)
    with pytest.raises(PySparkTypeError, match="dictionary of columns, not str"):
        table.update("id = 1", "n = 5")
    with pytest.raises(AnalysisException, match="tableName"):
        type(table).create(None).execute()


def test_both_imports_find_the_same_class(table: Any) -> None:
    import delta
    from delta import DeltaTable

    assert DeltaTable is type(table) is delta.tables.DeltaTable
