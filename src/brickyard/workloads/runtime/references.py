"""Which tables a SQL text names, and where: so that names can be replaced without printing the text anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from brickyard.workloads.runtime import errors, sql

_REFUSED_FUNCTIONS = {
    "read_files": ("read_files(…)", "Read with spark.read, or SELECT … FROM parquet.`path`."),
    "cloud_files": ("cloud_files(…)", "Read the files as a batch and keep what was read in a table."),
    "table_changes": ("table_changes(…)", "Compare two versions of the table: VERSION AS OF."),
}
_VERSION = re.compile(r"\s*(?:FOR\s+)?(?:SYSTEM_)?(?:VERSION|TIMESTAMP|TIME)\s+AS\s+OF\s+", re.IGNORECASE)
_CURRENT = re.compile(r"current_(catalog|schema|database)\s*\(\s*\)", re.IGNORECASE)
_VERSION_VALUE = re.compile(r"""\d+|(?:DATE|TIMESTAMP)?\s*'[^']*'|"[^"]*"|\w+(?=\s*\()|\w+""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TableRef:
    """A table named in a text."""

    parts: tuple[str, ...]
    start: int
    end: int
    """The name is `text[start:end]`."""
    alias_at: int | None
    """Where an alias has to be inserted so that `name.column` keeps its meaning; None where there is one already."""
    version: str = ""
    """Of `name@v3`, the "3"."""
    cte: str = ""
    """The spelling of the common table expression that is meant."""


@dataclass(frozen=True, slots=True)
class CurrentCall:
    """A call of `current_catalog()` or `current_schema()`."""

    start: int
    end: int
    catalog: bool
    alias: str
    """What the column is called; empty where it has another name or is no column."""


@dataclass(frozen=True, slots=True)
class References:
    """All that is to be replaced in a text."""

    tables: tuple[TableRef, ...]
    qualifiers: tuple[tuple[int, int], ...]
    """Spans of `catalog.schema.` before `table.column`."""
    calls: tuple[CurrentCall, ...]


@lru_cache(maxsize=512)
def of(text: str) -> References:
    """The references of one statement.

    Raises:
        ParseException: the text is no SQL.
    """
    tree = sql.parse(text)
    tables = [_reference(text, table) for table in tree.find_all(exp.Table)]
    found = tuple(sorted((ref for ref in tables if ref is not None), key=lambda ref: ref.start))
    return References(
        tables=found,
        qualifiers=tuple(sorted(_qualifiers(tree, found))),
        calls=tuple(_calls(text, tree)) if _CURRENT.search(text) else (),
    )


def _reference(text: str, table: exp.Table) -> TableRef | None:
    name = table.this
    if isinstance(name, exp.Anonymous) and name.name.lower() in _REFUSED_FUNCTIONS:
        raise errors.refused(*_REFUSED_FUNCTIONS[name.name.lower()])
    if not isinstance(name, exp.Identifier) or "start" not in name.meta:
        return None
    pieces = table.parts
    start = min(piece.meta["start"] for piece in pieces)
    end = max(piece.meta["end"] for piece in pieces) + 1
    version = re.match(r"@v(\d+)\b", text[end:])
    if version:
        end += version.end()
    alias, cte = table.args.get("alias"), _cte(table)
    if cte == table.name:
        return None
    alias_at = None if alias and not version else _after_version(text, end)
    return TableRef(
        tuple(piece.name for piece in pieces), start, end, alias_at, version=version[1] if version else "", cte=cte
    )


def _after_version(text: str, end: int) -> int:
    clause = _VERSION.match(text, end)
    if not clause:
        return end
    value = _VERSION_VALUE.match(text, clause.end())
    if not value:
        return end
    at = value.end()
    call = re.match(r"\s*\(", text[at:])
    return sql.closing(text, at + call.end() - 1) if call else at


def _cte(table: exp.Table) -> str:
    """The name of the common table expression that a table is; "" where it is none."""
    if table.args.get("db"):
        return ""
    name = table.name.lower()
    inner: exp.Expression = table
    for outer in _ancestors(table):
        clause = outer.args.get("with_") or outer.args.get("with")
        for cte in clause.expressions if clause is not None else []:
            # A common table expression sees only those before it.
            if cte is inner and not clause.args.get("recursive"):
                break
            if cte.alias.lower() == name:
                return str(cte.alias)
        inner = outer if isinstance(outer, exp.CTE) else inner
    return ""


def _calls(text: str, tree: exp.Expression) -> Iterator[CurrentCall]:
    for node in tree.find_all(exp.Func):
        start = node.meta.get("start")
        match = _CURRENT.match(text, start) if start is not None else None
        if match:
            alias = match[0].replace(" ", "").lower() if isinstance(node.parent, exp.Select) else ""
            yield CurrentCall(match.start(), match.end(), match[1].lower() == "catalog", alias)


def _ancestors(node: exp.Expression) -> Iterator[exp.Expression]:
    outer = node.parent
    while outer is not None:
        yield outer
        outer = outer.parent


def _qualifiers(tree: exp.Expression, tables: tuple[TableRef, ...]) -> Iterator[tuple[int, int]]:
    known = {tuple(part.lower() for part in ref.parts[-2:]) for ref in tables if len(ref.parts) > 1}
    for column in tree.find_all(exp.Column):
        schema, table = column.args.get("db"), column.args.get("table")
        if schema is None or table is None or (schema.name.lower(), table.name.lower()) not in known:
            continue
        first = column.args.get("catalog") or schema
        yield first.meta["start"], table.meta["start"]
