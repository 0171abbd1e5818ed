"""CREATE, DROP and ALTER of catalogs, schemas, tables and views."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from brickyard.workloads.messages import SchemaEntry, TableEntry
from brickyard.workloads.runtime import create_table, delta, errors, names, references, sql
from brickyard.workloads.runtime.context import NAME, Context


def create(context: Context, tree: exp.Create) -> None:
    """CREATE SCHEMA, TABLE, VIEW."""
    kind = (tree.args.get("kind") or "").upper()
    if kind in {"SCHEMA", "DATABASE"}:
        create_schema(context, tree)
    elif kind == "TABLE":
        create_table.create(context, tree)
    elif kind == "VIEW":
        create_view(context, tree)
    else:
        raise errors.refused(f"CREATE {kind}", "Define functions in Python with spark.udf.register.")


def create_schema(context: Context, tree: exp.Create) -> None:
    """CREATE SCHEMA [IF NOT EXISTS] name [COMMENT …] [LOCATION | MANAGED LOCATION …]."""
    parts = [part.name for part in tree.this.parts]
    catalog, name = _schema_parts(context, parts)
    found = properties(tree)
    entry = SchemaEntry(
        catalog=catalog,
        name=name,
        comment=found.comment,
        location=context.resolver.paths.local(found.location) if found.location else "",
    )
    if context.metastore.schema(catalog, name) is not None:
        if not tree.args.get("exists"):
            raise errors.already_exists("SCHEMA", names.written((catalog, name)))
        return
    context.metastore.put_schema(entry, if_absent=bool(tree.args.get("exists")))


def _schema_parts(context: Context, parts: list[str]) -> tuple[str, str]:
    lower = [part.lower() for part in parts]
    catalog = lower[-2] if len(lower) > 1 else context.state.current.catalog
    if catalog not in context.metastore.catalogs():
        raise errors.analysis("CATALOG_NOT_FOUND", f"The catalog {names.quote(catalog)} cannot be found.", "42P08")
    return catalog, lower[-1]


properties = create_table.properties


def create_view(context: Context, tree: exp.Create) -> None:
    """CREATE [OR REPLACE] [TEMPORARY] VIEW [IF NOT EXISTS] name [(columns)] AS query."""
    target = tree.find(exp.Table)
    if target is None or tree.expression is None:
        raise errors.syntax(context.text, "Syntax error: CREATE VIEW needs a name and a query.")
    query = sql.query_of(context.text, target.parts[-1].meta["end"] + 1)
    listed = tree.this.expressions if isinstance(tree.this, exp.Schema) else []
    columns = [each.name for each in listed]
    frame = context.session.sql(query, context.arguments or None)
    if columns:
        frame = frame.toDF(*columns)
    if tree.find(exp.TemporaryProperty):
        if not tree.args.get("replace") and context.resolver.is_temp_view([target.name]):
            raise errors.already_exists("TEMP_TABLE_OR_VIEW", names.quote(target.name))
        frame.createOrReplaceTempView(target.name)
        return
    _keep_view(context, tree, [part.name for part in target.parts], (query, columns), frame.schema)


def _keep_view(context: Context, tree: exp.Create, parts: list[str], body: tuple[str, list[str]], schema: Any) -> None:
    table = context.table(parts)
    known = context.metastore.get(table)
    if known is not None and tree.args.get("exists"):
        return
    if known is not None and (not tree.args.get("replace") or known.kind != "VIEW"):
        raise errors.already_exists("TABLE_OR_VIEW", names.full(table))
    if context.metastore.schema(table.catalog, table.schema) is None:
        raise errors.schema_not_found(names.written((table.catalog, table.schema)))
    query, columns = body
    passing = [
        ref.parts for ref in references.of(query).tables if not ref.cte and context.resolver.is_temp_view(ref.parts)
    ]
    if passing:
        raise errors.analysis(
            "INVALID_TEMP_OBJ_REFERENCE",
            f"Cannot create the persistent object {names.full(table)} because it references the temporary view "
            f"{names.written(passing[0])}. Make the temporary view persistent, or this view temporary.",
            "42K0F",
        )
    if columns:
        query = f"SELECT * FROM ({query}) AS {names.quote(table.name)} ({', '.join(map(names.quote, columns))})"  # noqa: S608  the user's own SQL
    entry = TableEntry(
        table=table,
        kind="VIEW",
        format="",
        view_text=query,
        view_catalog=context.state.current.catalog,
        view_schema=context.state.current.schema,
        comment=properties(tree).comment,
        columns=[{"name": each.name, "type": each.dataType.simpleString()} for each in schema],
    )
    context.metastore.put(entry, mode="replace" if known is not None else "create")


def drop(context: Context, tree: exp.Drop) -> None:
    """DROP SCHEMA, TABLE, VIEW [IF EXISTS]."""
    kind = (tree.args.get("kind") or "").upper()
    target = tree.find(exp.Table)
    if target is None:
        raise errors.syntax(context.text, "Syntax error: DROP needs a name.")
    parts = [part.name for part in target.parts]
    missing_ok = bool(tree.args.get("exists"))
    if kind in {"SCHEMA", "DATABASE"}:
        lower = [part.lower() for part in parts]
        catalog = lower[-2] if len(lower) > 1 else context.state.current.catalog
        entry = context.metastore.schema(catalog, lower[-1])
        if entry is not None:
            context.tables.drop_schema(entry, cascade=bool(tree.args.get("cascade")))
        elif not missing_ok:
            raise errors.schema_not_found(names.written((catalog, lower[-1])))
    elif kind in {"TABLE", "VIEW"}:
        drop_table(context, kind, parts, missing_ok=missing_ok)
    else:
        raise errors.refused(f"DROP {kind}", "Only tables, views, schemas and catalogs can be dropped.")


def drop_table(context: Context, kind: str, parts: list[str], *, missing_ok: bool) -> None:
    """Drop one table or view; a temporary view hides a lasting one."""
    if kind == "VIEW" and context.resolver.is_temp_view(parts):
        context.session.catalog.dropTempView(parts[0])
        return
    table = context.table(parts)
    entry = context.metastore.get(table)
    if entry is None:
        if not missing_ok:
            raise errors.table_not_found(names.written(parts))
        return
    if (kind == "VIEW") != (entry.kind == "VIEW"):
        wanted, is_ = ("view", "table") if kind == "VIEW" else ("table", "view")
        raise errors.analysis("WRONG_COMMAND_FOR_OBJECT_TYPE", f"{names.full(table)} is a {is_}, not a {wanted}.")
    context.tables.drop(entry)


def alter(context: Context, tree: exp.Alter) -> None:
    """ALTER TABLE … ADD COLUMNS, RENAME TO, SET TBLPROPERTIES."""
    target = tree.this
    if (tree.args.get("kind") or "").upper() != "TABLE" or not isinstance(target, exp.Table):
        raise errors.refused(f"ALTER {tree.args.get('kind')}", "Drop it and create it again.")
    parts = [part.name for part in target.parts]
    for action in tree.args.get("actions") or []:
        _alter(context, parts, action)


def _alter(context: Context, parts: list[str], action: exp.Expression) -> None:
    entry = context.tables.writable(parts)
    if isinstance(action, exp.AlterRename):
        _rename(context, entry, [part.name for part in action.this.parts])
    elif isinstance(action, exp.ColumnDef | exp.Schema):
        columns = action.expressions if isinstance(action, exp.Schema) else [action]
        ddl = ", ".join(column.sql("databricks") for column in columns)
        delta.add_columns(entry.location, context.session._parse_ddl(ddl))  # noqa: SLF001  pyspark's own name
        context.tables.refresh(entry)
    else:
        raise errors.refused(
            f"ALTER TABLE … {action.sql('databricks')}", "Create the table anew with CREATE OR REPLACE TABLE."
        )


def _rename(context: Context, entry: TableEntry, parts: list[str]) -> None:
    table = context.table(parts if len(parts) > 1 else [entry.table.catalog, entry.table.schema, parts[0]])
    if context.metastore.get(table) is not None:
        raise errors.already_exists("TABLE_OR_VIEW", names.full(table))
    context.tables.rename(entry, table)


def create_catalog(context: Context, match: re.Match[str]) -> None:
    """CREATE CATALOG [IF NOT EXISTS] name."""
    name = names.split(match["name"])[0].lower()
    if name in context.metastore.catalogs():
        if not match["exists"]:
            raise errors.already_exists("CATALOG", names.quote(name))
        return
    context.metastore.put_schema(SchemaEntry(catalog=name, name=""), if_absent=True)


def drop_catalog(context: Context, match: re.Match[str]) -> None:
    """DROP CATALOG [IF EXISTS] name [CASCADE]."""
    name = names.split(match["name"])[0].lower()
    if name not in context.metastore.catalogs():
        if match["exists"]:
            return
        raise errors.analysis("CATALOG_NOT_FOUND", f"The catalog {names.quote(name)} cannot be found.", "42P08")
    schemas = context.metastore.schemas(name)
    if match["cascade"]:
        for schema in schemas:
            for entry in context.metastore.tables(name, schema.name):
                context.tables.drop(entry)
    context.metastore.drop_schema(name, "", cascade=bool(match["cascade"]))


def set_properties(context: Context, match: re.Match[str]) -> None:
    """ALTER TABLE … SET TBLPROPERTIES (…)."""
    entry = context.tables.writable(names.split(match["name"]))
    pairs = re.findall(r"['\"]?([\w.\-]+)['\"]?\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|([\w.]+))", match["pairs"])
    found = {key: one or two or three for key, one, two, three in pairs}
    delta.set_properties(entry.location, {k: v for k, v in found.items() if k.startswith("delta.")})
    context.tables.put_properties(entry, {**entry.properties, **found})


def comment_on(context: Context, match: re.Match[str]) -> None:
    """COMMENT ON TABLE name IS 'text'."""
    entry = context.metastore.require(context.table(names.split(match["name"])))
    context.tables.put_comment(entry, match["text"])


WORDS: tuple[tuple[str, Callable[[Context, re.Match[str]], Any]], ...] = (
    (rf"CREATE\s+CATALOG\s+(?P<exists>IF\s+NOT\s+EXISTS\s+)?(?P<name>{NAME})(?:\s+COMMENT\s+'[^']*')?", create_catalog),
    (
        rf"DROP\s+CATALOG\s+(?P<exists>IF\s+EXISTS\s+)?(?P<name>{NAME})(?P<cascade>\s+CASCADE)?(?:\s+RESTRICT)?",
        drop_catalog,
    ),
    (rf"ALTER\s+TABLE\s+(?P<name>{NAME})\s+SET\s+TBLPROPERTIES\s*\((?P<pairs>.*)\)", set_properties),
    (rf"COMMENT\s+ON\s+TABLE\s+(?P<name>{NAME})\s+IS\s+'(?P<text>[^']*)'", comment_on),
)
