"""SHOW, answered from the metastore."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable
from typing import Any

from brickyard.workloads.messages import TableEntry
from brickyard.workloads.runtime import delta, errors, names
from brickyard.workloads.runtime.context import NAME, Context, answer

_LIKE = r"(?:\s+(?:LIKE\s+)?'(?P<like>[^']*)')?"
_IN = rf"(?:\s+(?:FROM|IN)\s+(?P<name>{NAME}))?"


def matching(found: Iterable[str], pattern: str | None) -> list[str]:
    """Names that match Spark's pattern: `*` is anything, `|` separates choices, case does not matter."""
    if pattern is None:
        return list(found)
    choices = [choice.strip().lower().replace("%", "*") for choice in pattern.split("|")]
    return [name for name in found if any(fnmatch.fnmatchcase(name.lower(), choice) for choice in choices)]


def show_catalogs(context: Context, match: re.Match[str]) -> Any:
    """SHOW CATALOGS."""
    return answer(["catalog"], [[name] for name in matching(context.metastore.catalogs(), match["like"])])


def show_schemas(context: Context, match: re.Match[str]) -> Any:
    """SHOW SCHEMAS, SHOW DATABASES."""
    catalog = names.split(match["name"])[0].lower() if match["name"] else context.state.current.catalog
    found = [entry.name for entry in context.metastore.schemas(catalog)]
    return answer(["databaseName"], [[name] for name in matching(found, match["like"])])


def show_tables(context: Context, match: re.Match[str]) -> Any:
    """SHOW TABLES; temporary views are part of it, as in Spark."""
    catalog, schema = schema_parts(context, match["name"])
    by_name = {entry.table.name: entry for entry in context.metastore.tables(catalog, schema)}
    rows: list[list[Any]] = [[schema, name, False] for name in matching(by_name, match["like"])]
    rows += [["", name, True] for name in matching(context.state.temp_views.values(), match["like"])]
    return answer(["database", "tableName", "isTemporary"], rows)


def show_views(context: Context, match: re.Match[str]) -> Any:
    """SHOW VIEWS."""
    catalog, schema = schema_parts(context, match["name"])
    found = [entry.table.name for entry in context.metastore.tables(catalog, schema) if entry.kind == "VIEW"]
    rows: list[list[Any]] = [[schema, name, False, False] for name in matching(found, match["like"])]
    rows += [["", name, True, False] for name in matching(context.state.temp_views.values(), match["like"])]
    return answer(["namespace", "viewName", "isTemporary", "isMaterialized"], rows)


def schema_parts(context: Context, text: str | None) -> tuple[str, str]:
    """Catalog and schema that a written name means.

    Raises:
        AnalysisException: there is no such schema.
    """
    current = context.state.current
    lower = [part.lower() for part in names.split(text)] if text else [current.schema]
    catalog, schema = (lower[-2] if len(lower) > 1 else current.catalog), lower[-1]
    if context.metastore.schema(catalog, schema) is None:
        raise errors.schema_not_found(names.written((catalog, schema)))
    return catalog, schema


def show_columns(context: Context, match: re.Match[str]) -> Any:
    """SHOW COLUMNS IN table."""
    return answer(["col_name"], [[field.name] for field in context.session.table(match["name"]).schema])


def show_properties(context: Context, match: re.Match[str]) -> Any:
    """SHOW TBLPROPERTIES table [('key')]."""
    entry = context.entry(match["name"])
    found = table_properties(entry)
    if match["key"]:
        value = found.get(match["key"], f"Table {names.full(entry.table)} does not have property: {match['key']}")
        found = {match["key"]: value}
    return answer(["key", "value"], [[key, found[key]] for key in sorted(found)])


def table_properties(entry: TableEntry) -> dict[str, str]:
    """What was declared, and what Delta keeps."""
    kept = delta.open_table(entry.location).metadata().configuration if entry.format == "delta" else {}
    return {**entry.properties, **kept}


def show_partitions(context: Context, match: re.Match[str]) -> Any:
    """SHOW PARTITIONS table."""
    entry = context.tables.writable(names.split(match["name"]))
    columns = delta.layout(entry.location).partitions
    if not columns:
        raise errors.analysis("DELTA_SHOW_PARTITION_IN_NON_PARTITIONED_TABLE", f"{names.full(entry.table)} has none.")
    found = delta.open_table(entry.location).partitions()
    rows = sorted([[str(each[name]) for name in columns] for each in found])
    return answer(columns, rows)


def show_create(context: Context, match: re.Match[str]) -> Any:
    """SHOW CREATE TABLE table or view."""
    entry = context.entry(match["name"])
    full = f"{entry.table.catalog}.{entry.table.schema}.{entry.table.name}"
    if entry.kind == "VIEW":
        return answer(["createtab_stmt"], [[f"CREATE VIEW {full} AS {entry.view_text}"]])
    columns = ",\n  ".join(f"{names.quote(each['name'])} {each['type']}" for each in entry.columns)
    parts = delta.layout(entry.location).partitions if entry.format == "delta" else ()
    lines = [f"CREATE TABLE {full} (\n  {columns})", f"USING {entry.format}"]
    lines += [f"PARTITIONED BY ({', '.join(parts)})"] if parts else []
    lines += [f"LOCATION '{entry.location}'"] if entry.kind == "EXTERNAL" else []
    lines += [f"COMMENT '{entry.comment}'"] if entry.comment else []
    return answer(["createtab_stmt"], [["\n".join(lines)]])


def to_engine(context: Context, match: re.Match[str]) -> Any:
    """What the engine answers from its own knowledge."""
    del match
    return context.session.engine_sql(context.text)


WORDS: tuple[tuple[str, Callable[[Context, re.Match[str]], Any]], ...] = (
    (rf"SHOW\s+CATALOGS{_LIKE}", show_catalogs),
    (rf"SHOW\s+(?:SCHEMAS|DATABASES){_IN}{_LIKE}", show_schemas),
    (rf"SHOW\s+TABLES{_IN}{_LIKE}", show_tables),
    (rf"SHOW\s+VIEWS{_IN}{_LIKE}", show_views),
    (rf"SHOW\s+COLUMNS\s+(?:FROM|IN)\s+(?P<name>{NAME})", show_columns),
    (rf"SHOW\s+TBLPROPERTIES\s+(?P<name>{NAME})(?:\s*\(\s*['\"]?(?P<key>[^'\")]+)['\"]?\s*\))?", show_properties),
    (rf"SHOW\s+PARTITIONS\s+(?P<name>{NAME})", show_partitions),
    (rf"SHOW\s+CREATE\s+TABLE\s+(?P<name>{NAME})", show_create),
    (r"(?:SHOW|DESCRIBE|DESC)\s+(?:\w+\s+)?FUNCTIONS?\b.*", to_engine),
)
