"""SQL text is split and cut without a change of meaning."""

from __future__ import annotations

import pytest

from brickyard.workloads.messages import TableName
from brickyard.workloads.runtime import names, references
from brickyard.workloads.runtime.names import Namespace
from brickyard.workloads.runtime.sql import query_of, split_statements


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1;", ["SELECT 1"]),
        ("SELECT 1; SELECT 2 ;\n", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';' ; SELECT \";\"", ["SELECT ';'", 'SELECT ";"']),
        ("SELECT 'it''s; a' AS x; SELECT 2", ["SELECT 'it''s; a' AS x", "SELECT 2"]),
        (r"SELECT 'a\'; b'; SELECT 2", [r"SELECT 'a\'; b'", "SELECT 2"]),
        ("SELECT `a;b` FROM t; SELECT 2", ["SELECT `a;b` FROM t", "SELECT 2"]),
        ("-- one; two\nSELECT 1; -- the end;", ["-- one; two\nSELECT 1"]),
        ("/* a; b */ SELECT 1; /* only; this */", ["/* a; b */ SELECT 1"]),
        (";;", []),
        ("", []),
    ],
)
def test_split(text: str, statements: list[str]) -> None:
    assert split_statements(text) == statements


@pytest.mark.parametrize(
    ("text", "after", "query"),
    [
        ("INSERT INTO t VALUES (1)", "t", "VALUES (1)"),
        ("INSERT INTO t (a, b) SELECT * FROM (SELECT 1)", "t", "SELECT * FROM (SELECT 1)"),
        ("INSERT INTO t TABLE u", "INTO t", "SELECT * FROM u"),
        ("INSERT INTO t (SELECT 1)", "t", "(SELECT 1)"),
        ("WITH q AS (SELECT 1) INSERT INTO t SELECT * FROM q", "INTO t", "WITH q AS (SELECT 1) SELECT * FROM q"),
        ("CREATE TABLE t COMMENT 'AS SELECT' AS SELECT 2", "TABLE t", "SELECT 2"),
        ("CREATE VIEW v (a) AS WITH q AS (SELECT 1) SELECT * FROM q", "VIEW v", "WITH q AS (SELECT 1) SELECT * FROM q"),
    ],
)
def test_the_query_in_a_statement(text: str, after: str, query: str) -> None:
    assert query_of(text, text.index(after) + len(after)) == query


def found(text: str) -> list[tuple[str, ...]]:
    return [ref.parts for ref in references.of(text).tables]


def test_references_are_tables_and_nothing_else() -> None:
    assert found("SELECT * FROM a.b, range(3), (SELECT 1) x JOIN `c d` y") == [("a", "b"), ("c d",)]
    assert found("WITH a AS (SELECT * FROM a), b AS (SELECT * FROM a) SELECT * FROM b, a, c") == [("a",), ("c",)]
    assert found("SELECT * FROM VALUES (1) AS t(x)") == []
    assert found("UPDATE t SET a = (SELECT max(x) FROM u)") == [("t",), ("u",)]


def test_places_are_those_of_the_text() -> None:
    text = "SELECT /* x */ t.id\n  FROM main.`a b`.t -- end\n"
    (ref,) = references.of(text).tables
    assert text[ref.start : ref.end] == "main.`a b`.t"


def test_names() -> None:
    assert names.split("a.`b.c`.d") == ("a", "b.c", "d")
    assert names.qualify(("T",), Namespace("c", "s")) == TableName(catalog="c", schema="s", name="t")
    assert names.written(("a", "b`c")) == "`a`.`b``c`"
