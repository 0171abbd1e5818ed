"""DESCRIBE: of tables, views, schemas, and of a Delta table's history and files."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from brickyard.workloads.messages import TableEntry
from brickyard.workloads.runtime import delta, names, shows
from brickyard.workloads.runtime.context import NAME, Context, answer

_TEXTS = pa.map_(pa.string(), pa.string())
_TIME = pa.timestamp("us", tz="UTC")


def describe_table(context: Context, match: re.Match[str]) -> Any:
    """DESCRIBE [TABLE] [EXTENDED | FORMATTED] name."""
    parts = names.split(match["name"])
    entry = None if context.resolver.is_temp_view(parts) else context.entry(match["name"])
    if entry is not None and entry.format == "delta":
        # The engine's schema has no comments.
        schema = delta.layout(entry.location).schema
    else:
        schema = context.session.table(match["name"]).schema
    rows: list[list[Any]] = [
        [field.name, field.dataType.simpleString(), (field.metadata or {}).get("comment")] for field in schema
    ]
    if entry is not None and entry.format == "delta":
        rows += _partition_rows(entry, {row[0]: row for row in rows})
    if match["extended"] and entry is not None:
        rows += _detail_rows(entry)
    return answer(["col_name", "data_type", "comment"], rows)


def _partition_rows(entry: TableEntry, columns: dict[str, list[Any]]) -> list[list[Any]]:
    partitions = delta.layout(entry.location).partitions
    if not partitions:
        return []
    return [
        ["# Partition Information", "", ""],
        ["# col_name", "data_type", "comment"],
        *[columns[name] for name in partitions],
    ]


def details(entry: TableEntry) -> dict[str, str]:
    """What is known of a table or view beside its columns, by the names that Spark gives it; without what is empty."""
    properties = ",".join(f"{key}={value}" for key, value in sorted(entry.properties.items()))
    known = {
        "Catalog": entry.table.catalog,
        "Database": entry.table.schema,
        "Table": entry.table.name,
        "Owner": entry.owner,
        "Created Time": _moment(entry.created_ms).isoformat() if entry.created_ms else "",
        "Type": entry.kind,
        "Comment": entry.comment,
        "Location": f"file:{entry.location}" if entry.location.startswith("/") else entry.location,
        "Provider": entry.format,
        "View Text": entry.view_text,
        "Table Properties": f"[{properties}]" if properties else "",
    }
    return {key: value for key, value in known.items() if value}


def _detail_rows(entry: TableEntry) -> list[list[Any]]:
    rows = [[key, value, ""] for key, value in details(entry).items()]
    return [["", "", ""], ["# Detailed Table Information", "", ""], *rows]


def describe_schema(context: Context, match: re.Match[str]) -> Any:
    """DESCRIBE SCHEMA [EXTENDED] name."""
    catalog, name = shows.schema_parts(context, match["name"])
    entry = context.metastore.schema(catalog, name)
    rows = [["Catalog Name", catalog], ["Namespace Name", name]]
    if entry is not None:
        rows += [["Comment", entry.comment], ["Location", entry.location]]
    return answer(["database_description_item", "database_description_value"], rows)


def describe_history(context: Context, match: re.Match[str]) -> Any:
    """DESCRIBE HISTORY name [LIMIT n]."""
    entry = context.tables.writable(names.split(match["name"]))
    commits = delta.open_table(entry.location).history(int(match["limit"]) if match["limit"] else None)
    return pa.table(
        {
            "version": pa.array([each["version"] for each in commits], pa.int64()),
            "timestamp": pa.array([_moment(each["timestamp"]) for each in commits], _TIME),
            "userId": pa.array([each.get("userId") for each in commits], pa.string()),
            "userName": pa.array([each.get("userName") for each in commits], pa.string()),
            "operation": pa.array([each.get("operation") for each in commits], pa.string()),
            "operationParameters": pa.array([_texts(each.get("operationParameters")) for each in commits], _TEXTS),
            "readVersion": pa.array([each.get("readVersion") for each in commits], pa.int64()),
            "isolationLevel": pa.array([each.get("isolationLevel") for each in commits], pa.string()),
            "isBlindAppend": pa.array([each.get("isBlindAppend") for each in commits], pa.bool_()),
            "operationMetrics": pa.array([_texts(each.get("operationMetrics")) for each in commits], _TEXTS),
            "userMetadata": pa.array([each.get("userMetadata") for each in commits], pa.string()),
            "engineInfo": pa.array([each.get("engineInfo") for each in commits], pa.string()),
        }
    )


def describe_detail(context: Context, match: re.Match[str]) -> Any:
    """DESCRIBE DETAIL name."""
    entry = context.tables.writable(names.split(match["name"]))
    table = delta.open_table(entry.location)
    about, protocol, layout = table.metadata(), table.protocol(), delta.layout(entry.location)
    sizes = delta.file_sizes(table)
    named = f"{entry.table.catalog}.{entry.table.schema}.{entry.table.name}" if entry.table.catalog else None
    last = table.history(1)[0]["timestamp"]
    return pa.table(
        {
            "format": pa.array(["delta"]),
            "id": pa.array([str(about.id)]),
            "name": pa.array([named], pa.string()),
            "description": pa.array([entry.comment or about.description], pa.string()),
            "location": pa.array([f"file:{entry.location}" if entry.location.startswith("/") else entry.location]),
            "createdAt": pa.array([_moment(about.created_time or 0)], _TIME),
            "lastModified": pa.array([_moment(last)], _TIME),
            "partitionColumns": pa.array([list(layout.partitions)], pa.list_(pa.string())),
            "numFiles": pa.array([len(sizes)], pa.int64()),
            "sizeInBytes": pa.array([sum(sizes)], pa.int64()),
            "properties": pa.array([_texts(about.configuration)], _TEXTS),
            "minReaderVersion": pa.array([protocol.min_reader_version], pa.int32()),
            "minWriterVersion": pa.array([protocol.min_writer_version], pa.int32()),
        }
    )


def describe_query(context: Context, match: re.Match[str]) -> Any:
    """DESCRIBE QUERY query."""
    schema = context.session.sql(match["query"], context.arguments or None).schema
    return answer(["col_name", "data_type", "comment"], [[f.name, f.dataType.simpleString(), None] for f in schema])


def explain(context: Context, match: re.Match[str]) -> Any:
    """EXPLAIN query."""
    frame = context.session.sql(match["query"], context.arguments or None)
    mode = (match["mode"] or "simple").lower()
    return answer(["plan"], [[frame._explain_string(extended=mode if mode != "simple" else None)]])  # noqa: SLF001


def _moment(epoch_ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(epoch_ms / 1000, tz=dt.UTC)


def _texts(found: dict[str, Any] | None) -> list[tuple[str, str]]:
    return [(key, value if isinstance(value, str) else str(value)) for key, value in (found or {}).items()]


_WORD = r"(?:DESCRIBE|DESC)"
WORDS: tuple[tuple[str, Callable[[Context, re.Match[str]], Any]], ...] = (
    (rf"{_WORD}\s+HISTORY\s+(?P<name>{NAME})(?:\s+LIMIT\s+(?P<limit>\d+))?", describe_history),
    (rf"{_WORD}\s+DETAIL\s+(?P<name>{NAME})", describe_detail),
    (rf"{_WORD}\s+(?:SCHEMA|DATABASE|NAMESPACE)\s+(?:EXTENDED\s+)?(?P<name>{NAME})", describe_schema),
    (rf"{_WORD}\s+(?:QUERY\s+)?(?P<query>(?:SELECT|WITH|VALUES|FROM)\b.*)", describe_query),
    (rf"{_WORD}\s+(?:TABLE\s+)?(?:(?P<extended>EXTENDED|FORMATTED)\s+)?(?P<name>{NAME})", describe_table),
    (r"EXPLAIN\s+(?:(?P<mode>EXTENDED|FORMATTED|CODEGEN|COST)\s+)?(?P<query>(?:SELECT|WITH|VALUES|FROM)\b.*)", explain),
)
