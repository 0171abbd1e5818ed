"""SQL tasks on a real engine: statements, parameters, results, and errors as their writer needs them."""

from __future__ import annotations

import msgspec
import pytest

from brickyard.workloads import sql_result
from brickyard.workloads.messages import Outcome, SqlWork
from brickyard.workloads.sql_result import Column, SqlResult
from brickyard.workloads.sql_task import run_sql
from tests.workloads.notebooks.house import Home


def run(home: Home, text: str, *, catalog: str = "", schema: str = "", path: str = "", **parameters: str) -> Outcome:
    work = SqlWork(path=path, text=text, parameters=parameters, catalog=catalog, schema=schema)
    assignment = msgspec.structs.replace(home.assignment("/none", {}), work=work)
    return run_sql(work, assignment, home.server)


def table(outcome: Outcome) -> SqlResult:
    assert outcome.status == "success", outcome.error
    return sql_result.parse(outcome.table)


def test_rows_are_kept_as_text(spark_home: Home) -> None:
    found = table(run(spark_home, "SELECT 1 AS a, 'x' AS b, CAST(NULL AS INT) AS c, true AS d, 1.50 AS e"))
    assert found.columns == [
        Column("a", "int"),
        Column("b", "string"),
        Column("c", "int"),
        Column("d", "boolean"),
        Column("e", "decimal(3,2)"),
    ]
    assert found.rows == [["1", "x", None, "true", "1.50"]]
    assert not found.truncated


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("DATE'2024-02-03'", "2024-02-03"),
        ("TIMESTAMP'2024-02-03 04:05:06.789'", "2024-02-03T04:05:06.789Z"),
        ("array(1, 2)", "[1,2]"),
        ("named_struct('a', 1, 'b', 'é')", '{"a":1,"b":"é"}'),
        ("CAST(12345678901234567890 AS DECIMAL(20,0))", "12345678901234567890"),
        ("9223372036854775807", "9223372036854775807"),
        ("unhex('00FF')", "AP8="),
        ("CAST(2.5 AS DOUBLE)", "2.5"),
    ],
    ids=["date", "timestamp", "array", "struct", "decimal", "bigint", "binary", "double"],
)
def test_values_of_every_kind(spark_home: Home, expression: str, text: str) -> None:
    assert table(run(spark_home, f"SELECT {expression} AS v")).rows == [[text]]


def test_all_statements_run_and_the_last_result_is_kept(spark_home: Home) -> None:
    text = """
    -- the orders; of one day
    CREATE TABLE orders (id INT, day STRING);
    INSERT INTO orders VALUES (1, 'a;b'), (2, 'c');
    SELECT count(*) AS n FROM orders; /* the number; */
    CREATE VIEW v AS SELECT id FROM orders;
    """
    outcome = run(spark_home, text)
    assert table(outcome).rows == [["2"]]
    assert table(outcome).query_text == text
    assert table(run(spark_home, "SELECT id FROM v ORDER BY id")).rows == [["1"], ["2"]]


def test_statements_without_a_result_leave_an_empty_one(spark_home: Home) -> None:
    found = table(run(spark_home, "CREATE TABLE t (id INT)"))
    assert (found.columns, found.rows, found.truncated) == ([], [], False)


def test_names_that_are_there_twice_are_both_kept(spark_home: Home) -> None:
    found = table(run(spark_home, "SELECT 1 AS a, 2 AS a"))
    assert [column.name for column in found.columns] == ["a", "a"]
    assert found.rows == [["1", "2"]]


def test_at_most_a_thousand_rows_are_kept(spark_home: Home) -> None:
    found = table(run(spark_home, "SELECT id FROM range(5000) ORDER BY id"))
    assert (len(found.rows), found.rows[-1], found.truncated) == (1000, ["999"], True)
    exact = table(run(spark_home, "SELECT id FROM range(1000)"))
    assert (len(exact.rows), exact.truncated) == (1000, False)


def test_at_most_48_kib_of_rows_are_kept(spark_home: Home) -> None:
    found = table(run(spark_home, "SELECT repeat('x', 1000) AS text FROM range(100)"))
    assert found.truncated
    assert 46 <= len(found.rows) <= 49
    assert len(msgspec.json.encode(found.rows)) <= sql_result.MAX_SIZE


def test_a_file_is_read_from_the_workspace(spark_home: Home) -> None:
    file = spark_home.workspace / "reports" / "daily.sql"
    file.parent.mkdir()
    file.write_bytes("\ufeffSELECT 'grün' AS colour".encode())
    assert table(run(spark_home, "", path="/Workspace/reports/daily.sql")).rows == [["grün"]]


def test_a_notebook_in_source_format_is_a_file_of_statements(spark_home: Home) -> None:
    spark_home.workspace.joinpath("nb.sql").write_text(
        "-- Databricks notebook source\n-- MAGIC %md\n-- MAGIC # a;b\n\n-- COMMAND ----------\n\nSELECT 1 AS a;\n"
    )
    assert table(run(spark_home, "", path="/nb.sql")).rows == [["1"]]


# ---------------------------------------------------------------------------------------------------- parameters


def test_markers_and_braces_are_filled_in(spark_home: Home) -> None:
    text = """
    -- :nothing and {{nothing}} in a comment
    SELECT :day AS day, {{ limit }} + 1 AS more, '{{day}} :day' AS text, {{day}} AS quoted, "it's" AS two
    """
    found = table(run(spark_home, text, day="2024-01-01", limit="41", other="unused"))
    assert found.rows == [["2024-01-01", "42", "2024-01-01 :day", "2024-01-01", "it's"]]


@pytest.mark.parametrize("value", ["'; DROP TABLE t; --", '"', "\\", "\\'", "a'b\"c`d", "{{x}}", ":x", "1; SELECT 2"])
@pytest.mark.parametrize("place", [":x", "{{x}}", "'{{x}}'", '"{{x}}"'])
def test_a_value_is_never_read_as_sql(spark_home: Home, place: str, value: str) -> None:
    assert table(run(spark_home, f"SELECT {place} AS v", x=value)).rows == [[value]]


def test_a_value_names_a_table_only_where_that_is_asked_for(spark_home: Home) -> None:
    run(spark_home, "CREATE TABLE main.default.sales (id INT); INSERT INTO sales VALUES (7)")
    assert table(run(spark_home, "SELECT * FROM IDENTIFIER(:t)", t="main.default.sales")).rows == [["7"]]
    assert table(run(spark_home, "SELECT * FROM `{{t}}`", t="sales")).rows == [["7"]]
    assert run(spark_home, "SELECT * FROM `{{t}}`", t="sales` WHERE `id").status == "failed"


@pytest.mark.parametrize("marker", [":nope", "{{nope}}", "'{{ nope }}'"])
def test_a_parameter_that_is_not_there_is_named(spark_home: Home, marker: str) -> None:
    outcome = run(spark_home, f"SELECT 1;\nSELECT {marker}", day="x", hour="y")
    assert outcome.status == "failed"
    assert outcome.line == 2
    assert outcome.error.startswith("Statement 2 of 2 (line 2): There is no parameter for ")
    assert outcome.error.endswith(
        "nope" + marker.removeprefix("'").removesuffix("'").partition("nope")[2] + ". Known are: day, hour."
    )


def test_it_begins_in_the_catalog_and_schema_of_the_query(spark_home: Home) -> None:
    run(spark_home, "CREATE SCHEMA main.shop; CREATE TABLE main.shop.t (id INT); INSERT INTO main.shop.t VALUES (1)")
    assert table(run(spark_home, "SELECT * FROM t", catalog="main", schema="shop")).rows == [["1"]]
    assert run(spark_home, "SELECT 1", schema="nope").status == "failed"


# -------------------------------------------------------------------------------------------------------- errors


def test_the_failing_statement_is_told_with_its_line(spark_home: Home) -> None:
    text = "SELECT 1;\n\n-- the second\nSELECT *\nFROM no_such_table;\nCREATE TABLE never (id INT)"
    outcome = run(spark_home, text)
    assert (outcome.status, outcome.error_code, outcome.line) == ("failed", "RUN_EXECUTION_ERROR", 4)
    assert outcome.error.startswith("Statement 2 of 3 (line 4): [TABLE_OR_VIEW_NOT_FOUND] ")
    assert outcome.table == ""
    assert outcome.trace.startswith(
        "    3 -- the second\n    4 SELECT *\n    5 FROM no_such_table\n\nAnalysisException: "
    )
    assert table(run(spark_home, "SHOW TABLES")).rows == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELEKT 1", "SELEKT"),
        ("SELECT no_column FROM range(3)", "no_column"),
        ("SELECT raise_error('bad row') FROM range(2)", "bad row"),
        ("SELECT 'open", ""),
    ],
)
def test_errors_have_the_engines_words(spark_home: Home, text: str, words: str) -> None:
    outcome = run(spark_home, text)
    assert outcome.status == "failed"
    assert outcome.error.startswith("Statement 1 of 1 (line 1): ")
    assert words in outcome.error


def test_an_error_in_a_result_that_is_not_kept_counts(spark_home: Home) -> None:
    outcome = run(spark_home, "SELECT raise_error('bad row') FROM range(2); SELECT 1")
    assert outcome.error.startswith("Statement 1 of 2")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("SELECT 1;\nBEGIN\n SELECT 2;\nEND", "Statement 2 of 3 (line 2): SQL scripts (BEGIN … END) cannot run here."),
        ("-- nothing", "There is no SQL statement."),
        ("", "There is no SQL statement."),
    ],
)
def test_what_cannot_run_is_refused_before_anything_runs(home: Home, text: str, error: str) -> None:
    outcome = run(home, text)
    assert (outcome.status, outcome.error_code) == ("failed", "INVALID_RUN_CONFIGURATION")
    assert outcome.error.startswith(error)
    assert home.server.told == []
    assert home.server.asked == []


def test_a_file_that_is_not_there(home: Home) -> None:
    outcome = run(home, "", path="/none.sql")
    assert (outcome.error_code, outcome.error) == ("RESOURCE_NOT_FOUND", "The SQL file /none.sql does not exist.")


@pytest.mark.parametrize("kind", ["folder", "bytes"])
def test_a_file_that_is_none(home: Home, kind: str) -> None:
    place = home.workspace / "x.sql"
    if kind == "folder":
        place.mkdir()
    else:
        place.write_bytes(b"SELECT '\xff'")
    outcome = run(home, "", path="/x.sql")
    assert outcome.error_code == "INVALID_RUN_CONFIGURATION"
    assert outcome.error.startswith("The SQL file /x.sql cannot be read: ")


def test_a_stop_ends_it_as_cancelled(spark_home: Home) -> None:
    spark_home.server.stop_reason = "Run cancelled by user"
    outcome = run(spark_home, "SELECT raise_error('late')")
    assert (outcome.status, outcome.error) == ("cancelled", "Run cancelled by user")


def test_the_log_shows_how_far_it_came(spark_home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    run(spark_home, "SELECT 1;\nSELECT nope;\nSELECT 3")
    assert capsys.readouterr().out == "Statement 1 of 3 (line 1)\nStatement 2 of 3 (line 2)\n"
