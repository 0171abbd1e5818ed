"""SHOW TABLE EXTENDED: tables and views with all that is known of them in one text. Tools such as dbt read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pyspark.sql.types import StructType

from brickyard.workloads.messages import TableEntry
from brickyard.workloads.runtime import delta, describes, shows
from brickyard.workloads.runtime.context import NAME, Context, answer


def show_table_extended(context: Context, match: re.Match[str]) -> Any:
    """SHOW TABLE EXTENDED [IN schema] LIKE 'pattern'; temporary views are part of it, as in Spark."""
    catalog, schema = shows.schema_parts(context, match["name"])
    entries = {entry.table.name: entry for entry in context.metastore.tables(catalog, schema)}
    rows: list[list[Any]] = [
        [schema, name, False, _information(context, entries[name])] for name in shows.matching(entries, match["like"])
    ]
    views = shows.matching(context.state.temp_views.values(), match["like"])
    rows += [["", name, True, _lines({"Table": name, "Type": "VIEW"})] for name in views]
    return answer(["namespace", "tableName", "isTemporary", "information"], rows)


def _information(context: Context, entry: TableEntry) -> str:
    return f"{_lines(describes.details(entry))}Schema: {_fields(context, entry).treeString()}\n"


def _fields(context: Context, entry: TableEntry) -> StructType:
    if entry.format == "delta" and entry.kind != "VIEW":
        return delta.layout(entry.location).schema
    table = entry.table
    return context.session.table(f"`{table.catalog}`.`{table.schema}`.`{table.name}`").schema


def _lines(details: dict[str, str]) -> str:
    return "".join(f"{key}: {value}\n" for key, value in details.items())


WORDS: tuple[tuple[str, Callable[[Context, re.Match[str]], Any]], ...] = (
    (
        rf"SHOW\s+TABLE\s+EXTENDED(?:\s+(?:FROM|IN)\s+(?P<name>{NAME}))?\s+LIKE\s+'(?P<like>[^']*)'",
        show_table_extended,
    ),
)
