"""INSERT, TRUNCATE, UPDATE, DELETE and MERGE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
from sqlglot import exp

from brickyard.workloads.messages import TableEntry
from brickyard.workloads.runtime import delta, errors, literals, names, sql, subqueries, writes
from brickyard.workloads.runtime.context import Context, answer


def insert(context: Context, tree: exp.Insert) -> None:
    """INSERT INTO | OVERWRITE [TABLE] name [PARTITION (…)] [(columns) | BY NAME] query."""
    target = tree.find(exp.Table)
    if target is None or tree.expression is None:
        raise errors.syntax(context.text, "Syntax error: INSERT needs a table and rows.")
    if tree.args.get("where") is not None:
        raise errors.refused("INSERT … REPLACE WHERE", "Use the option replaceWhere of df.write.")
    entry = context.tables.writable([part.name for part in target.parts])
    fixed, listed = _partition(target)
    into = [each.name for each in tree.this.expressions] if isinstance(tree.this, exp.Schema) else []
    query = sql.query_of(context.text, _end(context.text, target))
    overwrite = bool(tree.args.get("overwrite"))
    where = " AND ".join(f"{names.quote(key)} = {value}" for key, value in fixed.items()) if overwrite else ""
    if fixed:
        query, into = _with_fixed(entry.location, query, into, fixed)
    options = {"partitionOverwriteMode": "dynamic"} if overwrite and listed and not fixed else {}
    rows = writes.Rows(
        relation=context.relation(query),
        mode="overwrite" if overwrite else "append",
        by_position=not tree.args.get("by_name"),
        into=into,
        insert=True,
        options=options,
    )
    writes.into(context.tables, entry.location, rows, where=where)


def _end(text: str, target: exp.Table) -> int:
    end = int(target.parts[-1].meta["end"]) + 1
    if target.args.get("partition") is None:
        return end
    return sql.closing(text, text.index("(", end))


def _partition(target: exp.Table) -> tuple[dict[str, str], list[str]]:
    """The columns with a value, and those without one, of a PARTITION clause."""
    clause = target.args.get("partition")
    fixed, listed = {}, []
    for each in clause.expressions if clause is not None else []:
        if isinstance(each, exp.EQ):
            fixed[each.this.name] = each.expression.sql("databricks")
        else:
            listed.append(each.name)
    return fixed, listed


def _with_fixed(location: str, query: str, into: list[str], fixed: dict[str, str]) -> tuple[str, list[str]]:
    """The query with the values of PARTITION as its last columns, and the columns that it fills."""
    chosen = {name.lower() for name in fixed}
    all_columns = [field.name for field in delta.layout(location).schema]
    targets = into or [name for name in all_columns if name.lower() not in chosen]
    values = ", ".join(fixed.values())
    return f"SELECT *, {values} FROM ({query})", [*targets, *fixed]  # noqa: S608  the user's own SQL


def truncate(context: Context, tree: exp.TruncateTable) -> None:
    """TRUNCATE TABLE name."""
    target = tree.expressions[0]
    if target.args.get("partition") is not None or tree.args.get("partition") is not None:
        raise errors.refused("TRUNCATE … PARTITION", "Use DELETE FROM … WHERE.")
    entry = context.tables.writable([part.name for part in target.parts])
    context.tables.execute(f"DELETE FROM delta.{names.quote(entry.location)}")  # noqa: S608  the user's own SQL


def change(context: Context, tree: exp.Update | exp.Delete | exp.Merge) -> Any:
    """UPDATE, DELETE, MERGE: performed by the engine; the numbers of rows are those of the commit.

    The engine's own answer counts rows that it wrote: none, where all rows of a file were deleted.
    """
    target = tree.this if isinstance(tree.this, exp.Table) else tree.find(exp.Table)
    entry = context.tables.writable([part.name for part in target.parts])
    text = literals.bind(context.text, context.arguments)
    if isinstance(tree, exp.Merge):
        return merged(entry, lambda: context.session.engine_sql(text))
    kind = "Updated" if isinstance(tree, exp.Update) else "Deleted"
    where = tree.args.get("where")
    if where is not None and where.find(exp.Query) is not None:
        text = subqueries.as_merge(text, tree, [field.name for field in delta.layout(entry.location).schema])
        counts = merged(entry, lambda: context.session.engine_sql(text))
        return counts.select(["num_affected_rows"])
    before = delta.open_table(entry.location).version()
    context.session.engine_sql(text)
    metrics = delta.metrics_after(entry.location, before, type(tree).__name__.upper())
    return answer(["num_affected_rows"], [[int(metrics.get(f"num{kind}Rows", 0))]])


def merged(entry: TableEntry, perform: Callable[[], Any]) -> pa.Table:
    """Perform a merge into a table; the numbers of rows are those of its commit."""
    before = delta.open_table(entry.location).version()
    perform()
    metrics = delta.metrics_after(entry.location, before, "MERGE")
    kinds = ("Updated", "Deleted", "Inserted")
    counts = [int(metrics.get(f"numTargetRows{kind}", 0)) for kind in kinds]
    return answer(["num_affected_rows", *(f"num_{kind.lower()}_rows" for kind in kinds)], [[sum(counts), *counts]])
