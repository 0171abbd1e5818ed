"""Notebooks with a real engine: SQL cells, display, and what real notebooks do first."""

from __future__ import annotations

import pytest

from brickyard.workloads.notebooks.tables import MIME
from tests.workloads.notebooks.house import Home


def test_a_notebook_without_spark_asks_for_no_compute(spark_home: Home) -> None:
    assert spark_home.run("x = spark", "print(1)").status == "success"
    assert spark_home.server.asked == []


def test_an_sql_cell_shows_its_last_result_and_sets_sqldf(spark_home: Home) -> None:
    outcome = spark_home.run(
        "%sql\nselect 1 as a; -- one; two\nselect id, 'x;y' as t from range(3) order by id",
        "print(_sqldf.count(), _sqldf.columns)",
    )
    assert outcome.status == "success", outcome.trace
    (shown,) = spark_home.shown(0)
    assert shown[MIME] == {
        "columns": [{"name": "id", "type": "bigint"}, {"name": "t", "type": "string"}],
        "rows": [[0, "x;y"], [1, "x;y"], [2, "x;y"]],
        "truncated": False,
    }
    assert "<td>x;y</td>" in shown["text/html"]
    assert spark_home.printed() == "3 ['id', 't']\n"


@pytest.mark.parametrize(
    "sql",
    [
        "select * from no_such_table",
        "select * frm x",
        "select no_column from range(3)",
        "select raise_error('bad row') from range(2); select 1",
    ],
)
def test_a_failing_sql_cell_fails_the_notebook(spark_home: Home, sql: str) -> None:
    outcome = spark_home.run(f"%sql\n{sql}", "print('never')")
    assert (outcome.status, outcome.cell) == ("failed", 0)
    assert "Cell In[1]" in outcome.trace
    assert "brickyard" not in outcome.trace
    assert "never" not in spark_home.printed()


def test_a_frame_without_columns_is_not_shown(spark_home: Home) -> None:
    """A command such as USE answers one; a frame with columns still says what it is."""
    outcome = spark_home.run("spark.sql('USE default')", "display(spark.sql('USE default'))", "spark.range(1)")
    assert outcome.status == "success", outcome.trace
    assert spark_home.shown(0) == spark_home.shown(1) == []
    assert spark_home.shown(2)[0]["text/plain"] == "DataFrame[id: bigint]"


def test_widgets_in_sql(spark_home: Home) -> None:
    outcome = spark_home.run(
        '%sql\nCREATE WIDGET TEXT low DEFAULT "1";\nCREATE WIDGET DROPDOWN pick DEFAULT "2" CHOICES SELECT cast(id as string) FROM range(4)',
        "%sql\nselect id, :name as n, '${high}' as t from range(5) where id > :low and id >= $pick and id < getArgument('high')",
        "print([tuple(r) for r in _sqldf.collect()])",
        "%sql REMOVE WIDGET low",
        "dbutils.widgets.get('low')",
        name="O'Brien",
        high="4",
    )
    assert outcome.error == "InputWidgetNotDefined: No input widget named low is defined", outcome.trace
    assert spark_home.printed() == "[(2, \"O'Brien\", '4'), (3, \"O'Brien\", '4')]\n"


def test_a_parameter_marker_is_data_and_not_sql(spark_home: Home) -> None:
    evil = "x'; drop table t; --"
    outcome = spark_home.run("%sql select :p as p", "print(_sqldf.first()[0])", p=evil)
    assert outcome.status == "success", outcome.trace
    assert spark_home.printed() == evil + "\n"


def test_settings_of_spark_in_sql(spark_home: Home) -> None:
    outcome = spark_home.run(
        "spark.conf.set('my.table', 'range(2)')",
        "%sql select count(*) as n from ${my.table}",
        "print(_sqldf.first()[0])",
        "%sql select ${no.such}",
    )
    assert spark_home.printed() == "2\n"
    assert "no widget and no Spark setting" in outcome.error


def test_an_sql_notebook_runs(spark_home: Home) -> None:
    (spark_home.workspace / "q.sql").write_text(
        "-- Databricks notebook source\nCREATE OR REPLACE TEMP VIEW v AS SELECT 1 AS a UNION ALL SELECT 2\n\n-- COMMAND ----------\n\n"
        "SELECT sum(a) AS s FROM v\n\n-- COMMAND ----------\n\n-- MAGIC %python\n-- MAGIC print(_sqldf.first().s)"
    )
    outcome = spark_home.run_path("/q")
    assert outcome.status == "success", outcome.trace
    assert spark_home.printed() == "3\n"


def test_display_of_a_frame_shows_at_most_a_thousand_rows_and_says_so(spark_home: Home) -> None:
    outcome = spark_home.run("display(spark.range(5000))", "spark.range(3).display()", "display(spark.range(1000))")
    assert outcome.status == "success", outcome.trace
    (large,), (small,), (just,) = (spark_home.shown(index) for index in range(3))
    assert len(large[MIME]["rows"]) == 1000
    assert large[MIME]["truncated"]
    assert "Only the first 1,000 rows are shown" in large["text/html"]
    assert small[MIME]["rows"] == [[0], [1], [2]]
    assert not just[MIME]["truncated"]


def test_display_of_every_type(spark_home: Home) -> None:
    outcome = spark_home.run(
        "display(spark.sql(\"select cast(1.50 as decimal(5,2)) d, date'2024-01-02' e, timestamp'2024-01-02 03:04:05' t, array(1,2) a, \"\n"
        "  \"map('k', 1) m, named_struct('x', 1) s, cast('nan' as double) f, null n, true b, 9007199254740993 l, '<b>' h\"))"
    )
    assert outcome.status == "success", outcome.trace
    (shown,) = spark_home.shown(0)
    (row,) = shown[MIME]["rows"]
    assert row[:2] == ["1.50", "2024-01-02"]
    assert row[2].startswith("2024-01-02T03:04:05")
    assert row[3:] == [[1, 2], {"k": 1}, {"x": 1}, "nan", None, True, "9007199254740993", "<b>"]
    assert "&lt;b&gt;" in shown["text/html"]


def test_summarize(spark_home: Home) -> None:
    outcome = spark_home.run(
        "dbutils.data.summarize(spark.sql(\"select * from values (1, 'a'), (3, null), (null, 'b') as t(n, s)\"), precise=True)"
    )
    assert outcome.status == "success", outcome.trace
    (shown,) = spark_home.shown(0)
    number, text = shown[MIME]["rows"]
    assert number[2:6] == [2, 1, 2, 2.0]
    assert number[7:] == [1, 2.0, 3] or number[7:] == ["1", 2.0, "3"]
    assert text[2:6] == [2, 1, 2, None]


def test_a_missing_path_raises_at_its_line_and_the_notebook_leaves_in_success(spark_home: Home) -> None:
    outcome = spark_home.run(
        "dbutils.widgets.text('raw_path', '/Volumes/main/raw/none')",
        "try:\n"
        "    bronze_df = spark.read.format('parquet').load(dbutils.widgets.get('raw_path'))\n"
        "except Exception as e:\n"
        "    if 'Path does not exist' in str(e):\n"
        "        dbutils.jobs.taskValues.set(key='processing_date', value='2024-01-01')\n"
        "        dbutils.notebook.exit('Success: No data to process')\n"
        "    raise",
        "print('never')",
    )
    assert (outcome.status, outcome.exit_value) == ("success", "Success: No data to process"), outcome.trace
    assert spark_home.server.values == {("this_task", "processing_date"): '"2024-01-01"'}


def test_a_widget_with_a_default_filters_a_frame_by_date(spark_home: Home) -> None:
    outcome = spark_home.run(
        "from pyspark.sql.functions import col\ndbutils.widgets.text('run_date', '2024-05-01')\nrun_date = dbutils.widgets.get('run_date')",
        "bronze_df = spark.sql(\"select timestamp'2024-05-01 10:00:00' as event_time union all select timestamp'2024-05-02 00:00:00'\")",
        'day = bronze_df.filter(col("event_time").cast("date") == run_date)\nprint(day.count())',
    )
    assert outcome.status == "success", outcome.trace
    assert spark_home.printed() == "1\n"


def test_names_that_need_no_import(spark_home: Home) -> None:
    outcome = spark_home.run(
        "spark.range(2).createOrReplaceTempView('v')\nprint(table('v').count(), sql('select 5').first()[0])",
        "@udf('int')\ndef plus(x):\n    return x + 1\nprint(spark.range(1).select(plus('id')).first()[0])",
    )
    assert outcome.status == "success", outcome.trace
    assert spark_home.printed() == "2 5\n1\n"


@pytest.mark.parametrize("code", ["sc.parallelize([1])", "sqlContext.sql('x')", "spark.sparkContext"])
def test_the_spark_context_is_refused_where_it_is_used(home: Home, code: str) -> None:
    outcome = home.run("x = sc", code)
    assert (outcome.status, outcome.cell) == ("failed", 1)
    assert "SparkContext" in outcome.error


def test_two_notebooks_do_not_see_each_others_views(spark_home: Home) -> None:
    assert spark_home.run("spark.range(1).createOrReplaceTempView('mine')").status == "success"
    assert spark_home.run("%sql select * from mine").status == "failed"


def test_a_secret_in_a_frame_is_redacted(spark_home: Home) -> None:
    import base64

    spark_home.server.secrets = {("s", "k"): base64.b64encode(b"hunter2secret").decode()}
    outcome = spark_home.run(
        "v = dbutils.secrets.get('s', 'k')\ndf = spark.createDataFrame([(v,)], ['p'])\ndisplay(df)\ndf.show()"
    )
    assert outcome.status == "success", outcome.trace
    whole = (
        (spark_home.attempt / "output.ipynb").read_text()
        + spark_home.printed()
        + (spark_home.attempt / "cells.ndjson").read_text()
    )
    assert "hunter2" not in whole
    assert "[REDACTED]" in spark_home.printed()
