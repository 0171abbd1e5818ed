"""`IDENTIFIER(…)`: a name given as a constant string, often built from a parameter.

Databricks allows it wherever a table, view, schema, catalog or column is named. It is replaced by the name itself
before a statement is looked at, so that every kind of statement takes it.
Source: SQL language manual, IDENTIFIER clause.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

from brickyard.workloads.runtime import errors, sql


def replace(text: str, arguments: Any) -> str:
    """The text with every `IDENTIFIER(…)` replaced by the name that it stands for.

    Raises:
        AnalysisException: the expression is not a constant string, or a parameter has no value.
    """
    if "identifier" not in text.lower():
        return text
    pieces, copied = [], 0
    for start, opening in _calls(text):
        if start < copied:
            continue
        end = sql.closing(text, opening)
        pieces += [text[copied:start], _name(text[opening + 1 : end - 1], arguments)]
        copied = end
    return "".join([*pieces, text[copied:]])


def _calls(text: str) -> list[tuple[int, int]]:
    """Where each call starts and where its parenthesis opens."""
    found = sql.tokens(text)
    return [
        (word.start, after.start)
        for word, after in itertools.pairwise(found)
        if word.text.lower() == "identifier" and after.token_type is TokenType.L_PAREN and text[word.start] != "`"
    ]


def _name(inner: str, arguments: Any) -> str:
    try:
        tree = sqlglot.parse_one(inner, dialect="databricks")
    except SqlglotError:
        raise _not_constant(inner) from None
    return _value(tree, inner, arguments if isinstance(arguments, Mapping) else {})


def _value(tree: exp.Expression, inner: str, arguments: Mapping[str, Any]) -> str:
    match tree:
        case exp.Literal(is_string=True):
            return str(tree.this)
        case exp.Placeholder() | exp.Parameter():
            name = tree.name
            if name not in arguments:
                raise errors.analysis("UNBOUND_SQL_PARAMETER", f"The parameter {name} has no value.", "42P02")
            return str(arguments[name])
        case exp.Paren():
            return _value(tree.this, inner, arguments)
        case exp.DPipe():
            return _value(tree.left, inner, arguments) + _value(tree.right, inner, arguments)
        case exp.Concat():
            return "".join(_value(part, inner, arguments) for part in tree.expressions)
        case _:
            raise _not_constant(inner)


def _not_constant(inner: str) -> Exception:
    error: Exception = errors.analysis(
        "NOT_A_CONSTANT_STRING.NOT_CONSTANT",
        f"The expression `{inner.strip()}` of the IDENTIFIER clause must be a constant string.",
        "42601",
    )
    return error
