"""`IDENTIFIER(…)` stands for a name wherever a name may stand."""

from __future__ import annotations

import pytest
from pyspark.errors import AnalysisException

from brickyard.workloads.runtime import identifiers


@pytest.mark.parametrize(
    ("text", "arguments", "replaced"),
    [
        ("USE CATALOG IDENTIFIER(:c)", {"c": "main"}, "USE CATALOG main"),
        ("SELECT * FROM identifier('a.b' )", {}, "SELECT * FROM a.b"),
        ("DROP TABLE IDENTIFIER(:s || '.t')", {"s": "gold"}, "DROP TABLE gold.t"),
        ("SELECT * FROM IDENTIFIER(concat(:s, '.', :t)) x", {"s": "a", "t": "b"}, "SELECT * FROM a.b x"),
        ("SELECT 'identifier(:c)', `identifier` FROM t", {}, "SELECT 'identifier(:c)', `identifier` FROM t"),
        ("SELECT 1", None, "SELECT 1"),
    ],
)
def test_the_name_takes_the_place_of_the_clause(text: str, arguments: dict[str, str] | None, replaced: str) -> None:
    """Strings, parameters and their concatenation; words in quotes stay."""
    assert identifiers.replace(text, arguments) == replaced


@pytest.mark.parametrize(
    ("text", "word"), [("USE IDENTIFIER(:c)", "c has no value"), ("USE IDENTIFIER(x)", "constant")]
)
def test_what_is_no_constant_is_refused(text: str, word: str) -> None:
    """A parameter without a value and a column are errors that name them."""
    with pytest.raises(AnalysisException, match=word):
        identifiers.replace(text, {})
