"""SQL that the engine does not read: turned into SQL with the rows that Databricks gives, or refused."""

# ruff: noqa: S608  the tests' own text

from __future__ import annotations

from typing import Any

import pytest
from pyspark.errors import AnalysisException, UnsupportedOperationException

from brickyard.workloads.runtime import dialect


@pytest.fixture
def t(spark: Any) -> Any:
    """`t` has three rows in two groups, `j` a column of JSON."""
    spark.sql("CREATE TABLE t AS SELECT * FROM VALUES (1, 'a', 10), (2, 'a', 20), (3, 'b', 5) v(id, g, x)")
    spark.sql("""CREATE TABLE j AS SELECT '{"a": {"b": [7]}, "c": 5}' AS doc""")
    return spark


BEST = "row_number() OVER (PARTITION BY g ORDER BY x DESC) = 1"
CASES = [
    (f"SELECT id FROM t QUALIFY {BEST} ORDER BY id", "id", [(2,), (3,)]),
    (f"SELECT * FROM t QUALIFY {BEST} ORDER BY id LIMIT 1", "id g x", [(2, "a", 20)]),
    (f"SELECT * FROM t WHERE x < 20 QUALIFY {BEST} ORDER BY id", "id g x", [(1, "a", 10), (3, "b", 5)]),
    ("SELECT id, rank() OVER (ORDER BY x) AS r FROM t QUALIFY r > 1 ORDER BY r", "id r", [(1, 2), (2, 3)]),
    ("SELECT *, rank() OVER (ORDER BY x) AS r FROM t QUALIFY r = 1", "id g x r", [(3, "b", 5, 1)]),
    ("SELECT g, sum(x) s FROM t GROUP BY g QUALIFY rank() OVER (ORDER BY sum(x)) = 1", "g s", [("b", 5)]),
    (f"WITH q AS (SELECT * FROM t QUALIFY {BEST}) SELECT count(*) AS n FROM q", "n", [(2,)]),
    (f"SELECT id FROM t QUALIFY {BEST} UNION ALL SELECT 9 ORDER BY 1", "id", [(2,), (3,), (9,)]),
    ("SELECT * EXCEPT (x) FROM t WHERE id = 1", "id g", [(1, "a")]),
    ("SELECT * EXCLUDE (x) FROM t WHERE id = 1", "id g", [(1, "a")]),
    ("SELECT t.* EXCEPT (`X`, g), 7 AS y FROM t WHERE t.id = 1", "id y", [(1, 7)]),
    ("SELECT 0 AS z, a.* EXCEPT (x) FROM t a JOIN t b ON a.id = b.id WHERE b.id = 3", "z id g", [(0, 3, "b")]),
    ("WITH a AS (SELECT * FROM t), b AS (SELECT * EXCEPT (x) FROM a) SELECT * EXCEPT (g) FROM b WHERE id = 1", "id", [(1,)]),
    ("SELECT n FROM (SELECT count(*) AS n, max(id) AS m FROM (SELECT * EXCEPT (g) FROM t))", "n", [(3,)]),
    ("SELECT id FROM t EXCEPT SELECT 1 ORDER BY id", "id", [(2,), (3,)]),
    ("SELECT id FROM t EXCEPT (SELECT 1) ORDER BY id", "id", [(2,), (3,)]),
    ("SELECT g, sum(x) AS s FROM t GROUP BY ALL ORDER BY g", "g s", [("a", 30), ("b", 5)]),
    ("SELECT sum(x) AS s, upper(g) AS u FROM t GROUP BY ALL HAVING s > 5 ORDER BY ALL", "s u", [(30, "A")]),
    ("SELECT sum(x) AS s FROM t GROUP BY ALL", "s", [(35,)]),
    ("SELECT g, id FROM t ORDER BY ALL DESC LIMIT 2", "g id", [("b", 3), ("a", 2)]),
    ("SELECT * FROM (SELECT g, x FROM t) PIVOT (sum(x) FOR g IN ('a', 'b'))", "a b", [(30, 5)]),
    ("SELECT * FROM (SELECT g, x FROM t) PIVOT (sum(x) AS s, max(x) AS m FOR g IN ('a' AS p, 'c' AS q))", "p_s p_m q_s q_m", [(30, 20, None, None)]),
    ("SELECT doc:a.b[0] AS b, j.doc:c::int AS c FROM j", "b c", [("7", 5)]),
    ("SELECT CAST(named_struct('a', 1) AS STRUCT<a:INT>).a AS a", "a", [(1,)]),
    ("TABLE j", "doc", [('{"a": {"b": [7]}, "c": 5}',)]),
    ("SELECT id, e.v FROM t LATERAL VIEW explode(array(1, 2)) e AS v WHERE id = 1 ORDER BY v", "id v", [(1, 1), (1, 2)]),
    ("SELECT id, v FROM t, LATERAL explode(array(id, id + 1)) AS e(v) WHERE id = 1 ORDER BY v", "id v", [(1, 1), (1, 2)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "columns", "expected"), CASES)
def test_rows_and_columns(t: Any, text: str, columns: str, expected: list[tuple[Any, ...]]) -> None:
    """Both the rows and the names of the columns are those of Databricks."""
    frame = t.sql(text)
    assert frame.columns == columns.split()
    assert [tuple(row) for row in frame.collect()] == expected


def test_with_parameters(t: Any) -> None:
    text = f"SELECT * EXCEPT (x) FROM t WHERE id > :low QUALIFY {BEST} ORDER BY id"
    assert t.sql(text, {"low": 1}).collect() == [(2, "a"), (3, "b")]
    assert t.sql("SELECT * EXCEPT (x) FROM t WHERE id = ?", [3]).collect() == [(3, "b")]


def test_in_views_and_inserts(t: Any) -> None:
    """The text of a view stays as it was written; its columns are found anew at each use."""
    t.sql(f"CREATE VIEW best AS SELECT * EXCEPT (x) FROM t QUALIFY {BEST}")
    t.sql("CREATE TEMP VIEW sums AS SELECT g, sum(x) AS s FROM t GROUP BY ALL")
    t.sql(f"CREATE TABLE kept AS SELECT * FROM t QUALIFY {BEST}")
    t.sql(f"INSERT INTO kept SELECT * FROM t QUALIFY {BEST}")
    assert sorted(t.table("best").collect()) == [(2, "a"), (3, "b")]
    assert sorted(t.sql("SELECT g FROM best").collect()) == [("a",), ("b",)]
    assert sorted(t.table("sums").collect()) == [("a", 30), ("b", 5)]
    assert t.table("kept").count() == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT * FROM t GROUP BY ALL", "List the columns"),
        ("SELECT * FROM t ORDER BY ALL", "List the columns"),
        ("SELECT g, id + sum(x) FROM t GROUP BY ALL", "beside an aggregate"),
        ("SELECT g, sum(sum(x)) OVER () FROM t GROUP BY ALL", "window function"),
        (f"SELECT DISTINCT g FROM t QUALIFY {BEST}", "Use a subquery"),
        (f"SELECT id, upper(g) AS g FROM t QUALIFY {BEST}", "alias g"),
        ("SELECT * FROM t UNPIVOT (v FOR k IN (id, x))", "df.unpivot"),
    ],
)
def test_what_cannot_be_turned_is_refused(t: Any, text: str, words: str) -> None:
    with pytest.raises(UnsupportedOperationException, match=words):
        t.sql(text).collect()


def test_a_column_that_is_not_there_cannot_be_left_out(t: Any) -> None:
    with pytest.raises(AnalysisException, match="`nope`; there are `id`, `g`, `x`"):
        t.sql("SELECT * EXCEPT (nope) FROM t").collect()
    with pytest.raises(AnalysisException, match="leaves no column"):
        t.sql("SELECT * EXCEPT (doc) FROM j").collect()


def test_a_data_frame_in_braces_is_refused(t: Any) -> None:
    with pytest.raises(UnsupportedOperationException, match="temporary view"):
        t.sql("SELECT * EXCEPT (id) FROM {frame}", frame=t.table("t")).collect()


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "SELECT 'QUALIFY x' AS a -- GROUP BY ALL",
        "SELECT 'a:b', * FROM t /* PIVOT (x FOR y IN (1)) */",
        "SELECT map('a', 1), :p, x::int FROM t",
        "SELECT count(*) FROM t UNION ALL SELECT 1",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    """Not a character changes where nothing has to."""
    assert dialect.plain(text, lambda _: []) == text
