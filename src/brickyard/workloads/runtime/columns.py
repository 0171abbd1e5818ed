"""Fits the columns of rows to those of a table, or says why they do not fit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pyspark.sql.connect import proto

from brickyard.workloads.runtime import compat, delta, errors, names


@dataclass(frozen=True, slots=True)
class Pair:
    """A column of the table, and the column of the rows that goes into it."""

    have: Any
    """A pyspark `StructField`."""
    source: str | None
    """Its name in the rows; None where they have no such column."""
    given: Any
    """Its type in the rows."""


def new_columns(given: Any, layout: delta.Layout) -> list[Any]:
    """The columns of the rows that the table does not have."""
    known = {field.name.lower() for field in layout.schema}
    return [field for field in given if field.name.lower() not in known]


def check_names(given: Any) -> None:
    """Refuse rows with several columns of the same name: a reader could not tell them apart.

    Raises:
        AnalysisException: `COLUMN_ALREADY_EXISTS`.
    """
    lower = [field.name.lower() for field in given]
    twice = sorted({name for name in lower if lower.count(name) > 1})
    if twice:
        raise errors.analysis("COLUMN_ALREADY_EXISTS", f"The rows have several columns {', '.join(twice)}.", "42711")


def by_name(given: Any, layout: delta.Layout) -> list[Pair]:
    """Pairs of equal name; a column that the rows lack becomes null, or fills itself."""
    fields = {field.name.lower(): field for field in given}
    check_names(given)
    pairs = []
    for have in layout.schema:
        field = fields.get(have.name.lower())
        if field is not None:
            pairs.append(Pair(have, field.name, field.dataType))
        elif have.name not in layout.computed:
            pairs.append(Pair(have, None, None))
    return pairs


def by_position(relation: Any, given: Any, layout: delta.Layout, into: list[str]) -> tuple[Any, list[Pair]]:
    """The rows with neutral column names, and pairs in the order of `into` (empty: of the table).

    Raises:
        AnalysisException: the numbers of columns differ, or a listed column is not there.
    """
    fields = {field.name.lower(): field for field in layout.schema}
    unknown = [name for name in into if name.lower() not in fields]
    if unknown:
        raise errors.analysis(
            "UNRESOLVED_COLUMN.WITH_SUGGESTION",
            f"A column with name {names.quote(unknown[0])} cannot be resolved. Did you mean one of "
            f"{', '.join(names.quote(field.name) for field in layout.schema)}?",
            "42703",
        )
    targets = [fields[name.lower()] for name in into] or [f for f in layout.schema if f.name not in layout.computed]
    if len(given) != len(targets):
        kind = "NOT_ENOUGH_DATA_COLUMNS" if len(given) < len(targets) else "TOO_MANY_DATA_COLUMNS"
        raise errors.analysis(
            f"INSERT_COLUMN_ARITY_MISMATCH.{kind}",
            f"Cannot write to the table: it takes the columns {', '.join(names.quote(f.name) for f in targets)}, "
            f"the data has {', '.join(names.quote(f.name) for f in given)}.",
            "21S01",
        )
    neutral = [f"c{index}" for index in range(len(given))]
    renamed = proto.Relation()
    renamed.to_df.input.CopyFrom(relation)
    renamed.to_df.column_names.extend(neutral)
    found = [Pair(have, name, field.dataType) for have, name, field in zip(targets, neutral, given, strict=True)]
    listed = {pair.have.name for pair in found}
    absent = [f for f in layout.schema if f.name not in listed and f.name not in layout.computed]
    return renamed, found + [Pair(have, None, None) for have in absent]


def project(relation: Any, pairs: list[Pair], *, insert: bool) -> Any:
    """The relation with exactly the paired columns.

    Raises:
        AnalysisException: a type does not fit; nothing was written.
    """
    result = proto.Relation()
    result.project.input.CopyFrom(relation)
    for pair in pairs:
        result.project.expressions.add().expression_string.expression = _expression(pair, insert=insert)
    return result


def _expression(pair: Pair, *, insert: bool) -> str:
    name, kind = names.quote(pair.have.name), pair.have.dataType.simpleString()
    if pair.source is None:
        return f"CAST(NULL AS {kind}) AS {name}"
    source = names.quote(pair.source)
    if compat.same(pair.given, pair.have.dataType):
        return source if source == name else f"{source} AS {name}"
    fits = compat.castable if insert else compat.widens
    if not fits(pair.given, pair.have.dataType):
        raise errors.failed_to_merge(pair.have.name, kind, pair.given.simpleString())
    return f"CAST({source} AS {kind}) AS {name}"


def nullable(relation: Any, given: Any) -> Any:
    """The relation with every column nullable, as Spark writes all tables.

    The engine keeps it in a table's schema that a literal or `current_timestamp()` is never null, and would refuse
    later rows without a value. A union with no rows of nullable columns makes it forget that.
    """
    if all(field.nullable for field in given):
        return relation
    document = given.jsonValue()
    _relax(document)
    result = proto.Relation()
    result.set_op.set_op_type = proto.SetOperation.SET_OP_TYPE_UNION
    result.set_op.is_all = True
    result.set_op.left_input.CopyFrom(relation)
    result.set_op.right_input.local_relation.schema = json.dumps(document)
    return result


def _relax(node: Any) -> None:
    if isinstance(node, dict):
        node.update(dict.fromkeys({"nullable", "containsNull", "valueContainsNull"} & node.keys(), True))
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            _relax(child)
