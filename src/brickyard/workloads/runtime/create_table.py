"""CREATE TABLE: empty by its columns, or filled by a query."""

from __future__ import annotations

import itertools
from typing import Any

from sqlglot import exp

from brickyard.workloads.messages import TableEntry, TableName
from brickyard.workloads.runtime import delta, errors, names, sql, writes
from brickyard.workloads.runtime.context import Context
from brickyard.workloads.runtime.tables import Declared

# The engine's own catalog holds a table only while a statement runs; two threads must not use the same name.
_NUMBERS = itertools.count(1)

_WAYS_OUT: dict[type[exp.Expression], str] = {
    exp.LikeProperty: "Use CREATE TABLE … AS SELECT * FROM … WHERE false.",
    exp.MaterializedProperty: "Use a view, or CREATE TABLE … AS in a scheduled task.",
    exp.StreamingTableProperty: "Use a table, and INSERT INTO in a scheduled task.",
    exp.Cluster: "Leave it out, or use PARTITIONED BY or OPTIMIZE … ZORDER BY.",
    exp.ClusteredByProperty: "Leave it out, or use PARTITIONED BY or OPTIMIZE … ZORDER BY.",
}
_RULES = (exp.Constraint, exp.CheckColumnConstraint, exp.PrimaryKeyColumnConstraint, exp.PrimaryKey, exp.ForeignKey)


class Found:
    """What the clauses of a CREATE statement say."""

    def __init__(self) -> None:
        self.location = ""
        self.comment = ""
        self.format = "delta"
        self.partitions: list[str] = []
        self.properties: dict[str, str] = {}


def properties(tree: exp.Create) -> Found:
    """The clauses of a CREATE statement.

    Raises:
        UnsupportedOperationException: a clause does not work here.
    """
    found = Found()
    clauses = tree.args.get("properties")
    for each in clauses.expressions if clauses else []:
        if isinstance(each, exp.LocationProperty):
            found.location = each.name
        elif isinstance(each, exp.SchemaCommentProperty):
            found.comment = each.name
        elif isinstance(each, exp.FileFormatProperty):
            found.format = each.name.lower()
        elif isinstance(each, exp.PartitionedByProperty):
            found.partitions = [part.name for part in each.this.expressions]
        elif type(each) is exp.Property:
            found.properties[each.name] = each.args["value"].name
        elif not isinstance(each, exp.TemporaryProperty):
            way_out = _WAYS_OUT.get(type(each), "See the list of SQL in the docs.")
            raise errors.refused(f"The clause {each.sql('databricks')}", way_out)
    return found


def create(context: Context, tree: exp.Create) -> None:
    """CREATE [OR REPLACE] TABLE [IF NOT EXISTS] … [AS query]."""
    target = tree.find(exp.Table)
    if target is None:
        raise errors.syntax(context.text, "Syntax error: CREATE TABLE needs a name.")
    if tree.args.get("clone"):
        raise errors.refused("CREATE TABLE … CLONE", "Copy the rows: CREATE TABLE … AS SELECT * FROM ….")
    if isinstance(tree.this, exp.Schema) and tree.this.find(*_RULES):
        raise errors.refused(
            "A constraint in CREATE TABLE",
            "Use ALTER TABLE … ADD CONSTRAINT … CHECK after it; leave out keys, which are not enforced.",
        )
    parts = [part.name for part in target.parts]
    found = properties(tree)
    if found.format not in {"delta", "parquet"} or (found.format == "parquet" and not found.location):
        raise errors.refused(f"CREATE TABLE … USING {found.format}", "Use Delta, or read the files with spark.read.")
    table = context.table(parts)
    known = context.metastore.get(table)
    if known is not None and tree.args.get("exists"):
        return
    if known is not None and not tree.args.get("replace"):
        raise errors.already_exists("TABLE_OR_VIEW", names.full(table))
    if tree.expression is not None:
        query = sql.query_of(context.text, target.parts[-1].meta["end"] + 1)
        _from_query(context, table, known, context.relation(query), found)
    elif found.format == "parquet":
        location = context.resolver.paths.existing([found.location])[0]
        context.tables.register(table, location, _declared(context, found, location), source="parquet")
    else:
        _from_columns(context, tree, table, known, found)


def _declared(context: Context, found: Found, location: str = "") -> Declared:
    return Declared(
        location=location or (context.resolver.paths.local(found.location) if found.location else ""),
        comment=found.comment,
        properties=found.properties,
        partitions=found.partitions,
    )


def _from_query(context: Context, table: TableName, known: TableEntry | None, relation: Any, found: Found) -> None:
    declared = _declared(context, found)
    if known is None:
        context.tables.create(table, relation, declared)
    else:
        rows = writes.Rows(
            relation=relation, mode="overwrite", partitions=found.partitions, options={"overwriteSchema": "true"}
        )
        entry = context.tables.writable([table.catalog, table.schema, table.name])
        writes.into(context.tables, entry.location, rows)
        _replaced(context, entry, declared)


def _from_columns(context: Context, tree: exp.Create, table: TableName, known: TableEntry | None, found: Found) -> None:
    declared = _declared(context, found)
    location = known.location if known is not None else declared.location or context.tables.free_home(table)
    if not isinstance(tree.this, exp.Schema):
        # A table without columns takes those of the Delta table at its location.
        if not delta.exists(location):
            raise errors.analysis("DELTA_SCHEMA_NOT_PROVIDED", f"{names.full(table)} has no columns.", "42908")
        context.tables.register(table, location, declared)
        return
    if known is not None:
        _replace(context, tree, known, declared)
        return
    _make(context, tree, location, if_absent=delta.exists(location))
    context.tables.register(table, location, declared, mode="create")


def _replace(context: Context, tree: exp.Create, known: TableEntry, declared: Declared) -> None:
    """Replace a table by an empty one of new columns, in one commit of the same table."""
    draft = f"{known.location}.draft"
    _make(context, tree, draft, if_absent=False)
    try:
        layout = delta.layout(draft)
        if layout.computed:
            raise errors.refused(
                "CREATE OR REPLACE TABLE with computed columns over a table that exists", "Drop the table first."
            )
        rows = writes.Rows(
            relation=context.relation(f"SELECT * FROM delta.{names.quote(draft)}"),  # noqa: S608  the user's own SQL
            mode="overwrite",
            partitions=layout.partitions,
            options={"overwriteSchema": "true"},
        )
        writes.into(context.tables, known.location, rows)
    finally:
        context.tables.forget_files(draft)
    _replaced(context, known, declared)


def _make(context: Context, tree: exp.Create, location: str, *, if_absent: bool) -> None:
    name = f"default.brickyard_{next(_NUMBERS)}"
    context.tables.execute(_statement(tree, name, location, if_absent=if_absent))
    context.tables.execute(f"DROP TABLE {name}")


def _statement(tree: exp.Create, name: str, location: str, *, if_absent: bool) -> str:
    """The same statement for the engine: under a passing name, with the location that the runtime has chosen."""
    copy = tree.copy()
    copy.set("replace", False)
    copy.set("exists", if_absent)
    copy.find(exp.Table).replace(exp.to_table(name, dialect="databricks"))
    clauses = copy.args.get("properties") or exp.Properties(expressions=[])
    kept = [each for each in clauses.expressions if not isinstance(each, exp.LocationProperty | exp.FileFormatProperty)]
    place = exp.LocationProperty(this=exp.Literal.string(location))
    source = exp.FileFormatProperty(this=exp.var("DELTA"))
    copy.set("properties", exp.Properties(expressions=[source, *kept, place]))
    return str(copy.sql("databricks"))


def _replaced(context: Context, entry: TableEntry, declared: Declared) -> None:
    """Tell the metastore what a replaced table is now; its kind and its place stay."""
    location = entry.location if entry.kind == "EXTERNAL" else ""
    context.tables.register(
        entry.table,
        entry.location,
        Declared(location=location, comment=declared.comment, properties=declared.properties),
    )
