"""Every option of readers and writers: it does what Spark documents, or it is refused by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import AnalysisException, PySparkException, UnsupportedOperationException

from tests.workloads.runtime.house import House

PLACE = "/Volumes/main/default/v/f"


@pytest.fixture
def folder(house: House) -> Path:
    place = house.root / "volumes/main/default/v/f"
    place.mkdir(parents=True)
    return place


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("1,2\n", {}, [("1", "2")]),
        ("a,b\n1,2\n", {"header": True}, [("1", "2")]),
        ("a,b\n1,2\n", {"header": "TRUE"}, [("1", "2")]),
        ("1;2\n", {"sep": ";"}, [("1", "2")]),
        ("1|2\n", {"delimiter": "|"}, [("1", "2")]),
        ("'1,1',2\n", {"quote": "'"}, [("1,1", "2")]),
        ('"say \\"x\\"",2\n', {"escape": "\\"}, [('say "x"', "2")]),
        ('"say ""x""",2\n', {"escape": '"'}, [('say "x"', "2")]),
        ("#no\n1,2\n#no\n", {"comment": "#"}, [("1", "2")]),
        ('"1\n1",2\n', {"multiLine": True}, [("1\n1", "2")]),
        ("NA,2\n", {"nullValue": "NA"}, [(None, "2")]),
        ("1,\n", {}, [("1", None)]),
        (" 1 , 2 \n", {"ignoreLeadingWhiteSpace": True}, [("1 ", "2 ")]),
        (" 1 , 2 \n", {"ignoreTrailingWhiteSpace": True}, [(" 1", " 2")]),
        ("1,x\n3000000000,y\n", {"inferSchema": True}, [(1, "x"), (3000000000, "y")]),
        ("1,2.5\n,3\n", {"inferSchema": True}, [(1, 2.5), (None, 3.0)]),
        ("1,2\n", {"encoding": "UTF-8", "enforceSchema": True}, [("1", "2")]),
    ],
)
def test_csv(spark: Any, folder: Path, content: str, options: dict[str, Any], expected: list[tuple[Any, ...]]) -> None:
    (folder / "a.csv").write_text(content)
    assert [tuple(row) for row in spark.read.options(**options).csv(PLACE).collect()] == expected


def test_formats_of_dates_and_times_in_csv(spark: Any, folder: Path) -> None:
    (folder / "a.csv").write_text("05.01.2026,05/01/2026 10:00\nbad,bad\n")
    reader = spark.read.schema("d DATE, at TIMESTAMP").options(
        dateFormat="dd.MM.yyyy", timestampFormat="dd/MM/yyyy HH:mm"
    )
    assert [tuple(map(str, row)) for row in reader.csv(PLACE).collect()] == [
        ("2026-01-05", "2026-01-05 10:00:00"),
        ("None", "None"),
    ]


@pytest.mark.parametrize(
    ("kind", "option", "value"),
    [
        ("csv", "emptyValue", "x"),
        ("csv", "encoding", "latin1"),
        ("csv", "lineSep", ";"),
        ("csv", "maxColumns", "5"),
        ("csv", "mode", "LENIENT"),
        ("csv", "columnNameOfCorruptRecord", "bad"),
        ("json", "multiLine", "true"),
        ("json", "mode", "DROPMALFORMED"),
        ("json", "primitivesAsString", "true"),
        ("json", "dateFormat", "dd.MM.yyyy"),
        ("parquet", "mergeSchema", "true"),
        ("parquet", "basePath", "/x"),
        ("text", "wholetext", "true"),
        ("text", "lineSep", ";"),
        ("delta", "readChangeFeed", "true"),
    ],
)
def test_an_option_of_a_reader_that_would_be_ignored_is_refused(
    spark: Any, folder: Path, kind: str, option: str, value: str
) -> None:
    (folder / "a").write_text("1,2\n")
    with pytest.raises(UnsupportedOperationException, match=rf"{option}|{value}.*These|{value}.*Use|{value}.*one of"):
        spark.read.format(kind).option(option, value).load(PLACE)


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        ("delta", "maxRecordsPerFile"),
        ("delta", "userMetadata"),
        ("parquet", "mergeSchema"),
        ("csv", "nullValue"),
        ("csv", "dateFormat"),
        ("csv", "quoteAll"),
        ("json", "ignoreNullFields"),
        ("text", "lineSep"),
    ],
)
def test_an_option_of_a_writer_that_would_be_ignored_is_refused(spark: Any, kind: str, option: str) -> None:
    with pytest.raises(UnsupportedOperationException, match=f"'{option}' of the {kind} writer.*These work"):
        spark.sql("SELECT 'x' AS value").write.format(kind).option(option, "1").save(PLACE)


@pytest.mark.parametrize("kind", ["orc", "avro", "xml", "jdbc", "noop"])
def test_a_format_that_cannot_be_written_is_refused(spark: Any, kind: str) -> None:
    with pytest.raises(UnsupportedOperationException, match=f"Writing the format {kind}.*Write one of"):
        spark.range(1).write.format(kind).save(PLACE)


@pytest.mark.parametrize("kind", ["cloudFiles", "jdbc", "orc", "kafka", "rate", "xml"])
def test_a_format_that_cannot_be_read_is_refused(spark: Any, kind: str) -> None:
    with pytest.raises(UnsupportedOperationException, match=r"is not supported by this engine\. \w+"):
        spark.read.format(kind).load(PLACE)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("csv", {"header": True, "sep": ";", "quote": "'", "compression": "gzip"}),
        ("json", {"compression": "gzip"}),
        ("parquet", {"compression": "snappy"}),
    ],
)
def test_what_is_written_with_options_is_read_back(spark: Any, kind: str, options: dict[str, Any]) -> None:
    frame = spark.sql("SELECT '1' AS a, 'x;y' AS b UNION ALL SELECT '2', NULL")
    frame.write.format(kind).options(**options).save(PLACE)
    reading = {key: value for key, value in options.items() if key != "compression"}
    back = spark.read.format(kind).options(**reading).load(PLACE)
    assert sorted(back.select("a", "b").collect(), key=str) == sorted(frame.collect(), key=str)


@pytest.mark.parametrize("kind", ["delta", "parquet", "csv", "json"])
def test_the_modes_of_writing_a_path(spark: Any, kind: str) -> None:
    def write(number: int, mode: str) -> None:
        spark.range(number).write.format(kind).mode(mode).save(PLACE)

    write(2, "error")
    with pytest.raises(PySparkException, match="exist"):
        write(1, "errorifexists")
    write(5, "ignore")
    assert spark.read.format(kind).load(PLACE).count() == 2
    write(1, "append")
    assert spark.read.format(kind).load(PLACE).count() == 3
    write(1, "overwrite")
    assert spark.read.format(kind).load(PLACE).count() == 1


@pytest.mark.parametrize("option", ["replaceWhere", "replacewhere"])
def test_replace_where_takes_only_rows_of_its_part(spark: Any, option: str) -> None:
    spark.sql("CREATE TABLE t AS SELECT * FROM VALUES (1, 'a'), (2, 'b') v(id, day)")

    def replace(day: str) -> None:
        spark.sql(f"SELECT 9 AS id, {day} AS day").write.mode("overwrite").option(option, "day = 'a'").saveAsTable("t")

    for outside in ("'b'", "CAST(NULL AS STRING)"):
        with pytest.raises(AnalysisException, match="DELTA_REPLACE_WHERE_MISMATCH"):
            replace(outside)
    assert sorted(spark.table("t").collect()) == [(1, "a"), (2, "b")]
    replace("'a'")
    assert sorted(spark.table("t").collect()) == [(2, "b"), (9, "a")]
    spark.conf.set("spark.databricks.delta.replaceWhere.constraintCheck.enabled", "false")
    replace("'c'")
    assert sorted(spark.table("t").collect()) == [(2, "b"), (9, "c")]


def test_dynamic_overwrite_of_the_partition_without_a_value(spark: Any) -> None:
    spark.sql("CREATE TABLE p (id INT, day DATE) PARTITIONED BY (day)")
    spark.sql("INSERT INTO p VALUES (1, NULL), (2, DATE'2026-01-01')")
    more = spark.sql("SELECT 9 AS id, CAST(NULL AS DATE) AS day")
    more.write.mode("overwrite").option("partitionOverwriteMode", "dynamic").saveAsTable("p")
    assert sorted(row.id for row in spark.table("p").collect()) == [2, 9]
    spark.sql("INSERT OVERWRITE p PARTITION (day = DATE'2026-01-01') SELECT 7")
    assert sorted(row.id for row in spark.table("p").collect()) == [7, 9]
