"""Writing a data frame or the rows of an INSERT: mode by mode, with every column checked before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql.connect import proto

from brickyard.workloads.runtime import columns, delta, errors, literals, names, partitions, write_options
from brickyard.workloads.runtime.paths import is_remote
from brickyard.workloads.runtime.tables import Declared, Tables, delta_only

_MODE_NAMES = {0: "error", 1: "append", 2: "overwrite", 3: "error", 4: "ignore"}
_DYNAMIC = "spark.sql.sources.partitionOverwriteMode"
_CHECKED = "spark.databricks.delta.replaceWhere.constraintCheck.enabled"
_MOST_PARTITIONS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows that are to be written, and how."""

    relation: Any
    """Resolved."""
    mode: str
    options: Mapping[str, str] = field(default_factory=dict)
    partitions: Sequence[str] = ()
    by_position: bool = False
    into: Sequence[str] = ()
    """With `by_position`: the columns that INSERT lists; empty: all."""
    insert: bool = False
    """Rows of INSERT are cast; others are only widened."""

    def flag(self, option: str) -> bool:
        """Whether an option is set to true."""
        return {key.lower(): value for key, value in self.options.items()}.get(option.lower(), "") == "true"


def save(tables: Tables, write: Any) -> None:
    """Perform `df.write…save/saveAsTable/insertInto`."""
    if write.HasField("bucket_by") or write.sort_column_names:
        raise errors.refused("bucketBy and sortBy", "Use partitionBy, or OPTIMIZE … ZORDER BY.")
    if write.clustering_columns:
        raise errors.refused("clusterBy (liquid clustering)", "Use partitionBy, or OPTIMIZE … ZORDER BY.")
    source = write.source.lower() or "delta"
    options = dict(write.options)
    rows = Rows(
        relation=write.input,
        mode=_MODE_NAMES[write.mode],
        options=options,
        partitions=list(write.partitioning_columns),
    )
    write_options.check(source, options)
    if write.WhichOneof("save_type") == "table":
        _save_table(tables, write.table, rows, source)
    else:
        path = write.path or options.pop("path", "")
        _save_path(tables, tables.resolver.paths.local(path), rows, source)


def _save_path(tables: Tables, location: str, rows: Rows, source: str) -> None:
    if source != "delta" or is_remote(location):
        if source != "delta" and rows.mode == "overwrite" and dynamic(tables, rows):
            raise errors.refused(f"Dynamic partition overwrite of {source} files", "Write a Delta table.")
        given = tables.schema(rows.relation)
        columns.check_names(given)
        relation = rows.relation
        if rows.partitions and source != "delta":
            relation = partitions.written(relation, [field.name for field in given], rows.partitions)
        tables.write_path(
            relation, location, mode=rows.mode, source=source, partitions=rows.partitions, options=rows.options
        )
    elif not delta.exists(location):
        tables.write_new(
            rows.relation, location, mode=rows.mode, partitions=rows.partitions, options=_kept(rows.options)
        )
    elif rows.mode == "error":
        raise errors.analysis("DELTA_PATH_EXISTS", f"Cannot write to already existent path {location}.", "42K04")
    elif rows.mode != "ignore":
        into(tables, location, rows)


def _save_table(tables: Tables, target: Any, rows: Rows, source: str) -> None:
    parts = names.split(target.table_name)
    if source not in {"delta", "parquet"}:
        raise errors.refused(f"saveAsTable in the format {source}", "Write a Delta table, or files with save(path).")
    if target.save_method == proto.WriteOperation.SaveTable.TABLE_SAVE_METHOD_INSERT_INTO:
        mode = "overwrite" if rows.mode == "overwrite" else "append"
        rows = Rows(relation=rows.relation, mode=mode, options=rows.options, by_position=True, insert=True)
        into(tables, tables.writable(parts).location, rows)
        return
    if source == "parquet":
        raise errors.refused("saveAsTable in the format parquet", "Write a Delta table: leave out the format.")
    save_as_table(tables, parts, rows)


def save_as_table(tables: Tables, parts: Sequence[str], rows: Rows) -> None:
    """Perform `saveAsTable`: create the table, or write into the one that is there."""
    if len(parts) == 2 and parts[0].lower() == "delta" and "/" in parts[1]:
        _save_path(tables, tables.resolver.paths.local(parts[1]), rows, "delta")
        return
    table = names.qualify(parts, tables.resolver.state.current)
    entry = tables.metastore.get(table)
    if entry is None:
        path = rows.options.get("path", "")
        location = tables.resolver.paths.local(path) if path else ""
        options = _kept(rows.options)
        tables.create(table, rows.relation, Declared(location=location, partitions=rows.partitions, options=options))
    elif rows.mode == "error":
        raise errors.already_exists("TABLE_OR_VIEW", names.full(table))
    elif rows.mode != "ignore":
        into(tables, delta_only(entry).location, rows)
        tables.refresh(entry)


def into(tables: Tables, location: str, rows: Rows, *, where: str = "") -> None:
    """Write rows into a Delta table that is there.

    `where` limits an overwrite to the rows that match (`replaceWhere`).

    Raises:
        AnalysisException: the columns do not fit; nothing was written.
    """
    options = _kept(rows.options)
    if rows.mode == "overwrite" and rows.flag("overwriteSchema"):
        tables.write_new(rows.relation, location, mode="overwrite", partitions=rows.partitions, options=options)
        return
    layout = delta.layout(location)
    if rows.partitions and [p.lower() for p in rows.partitions] != [p.lower() for p in layout.partitions]:
        raise errors.analysis(
            "DELTA_PARTITION_COLUMN_MISMATCH",
            f"The table is partitioned by {list(layout.partitions)}, the write by {list(rows.partitions)}.",
            "42KD4",
        )
    relation = _fitted(tables, location, layout, rows)
    if "replaceWhere" in options:
        _check_replaced(tables, relation, options["replaceWhere"])
    if where:
        options["replaceWhere"] = where
    elif rows.mode == "overwrite" and "replaceWhere" not in options and layout.partitions and dynamic(tables, rows):
        options["replaceWhere"] = _present(tables, relation, layout)
        if not options["replaceWhere"]:
            return
    tables.write_path(relation, location, mode=rows.mode, options=options)


def _fitted(tables: Tables, location: str, layout: delta.Layout, rows: Rows) -> Any:
    given = tables.schema(rows.relation)
    if rows.by_position:
        renamed, pairs = columns.by_position(rows.relation, given, layout, list(rows.into))
        return columns.project(renamed, pairs, insert=rows.insert)
    new = columns.new_columns(given, layout)
    if new and not rows.flag("mergeSchema"):
        raise errors.schema_mismatch(names.quote(field.name) for field in new)
    pairs = columns.by_name(given, layout) + [columns.Pair(field, field.name, field.dataType) for field in new]
    relation = columns.project(rows.relation, pairs, insert=rows.insert)
    if new:
        delta.add_columns(location, new)
    return relation


def dynamic(tables: Tables, rows: Rows) -> bool:
    """Whether an overwrite touches only the partitions that the rows are in."""
    given = {key.lower(): value for key, value in rows.options.items()}.get("partitionoverwritemode")
    return (given or tables.conf(_DYNAMIC, "static")).lower() == "dynamic"


def _kept(options: Mapping[str, str]) -> dict[str, str]:
    """Options for the engine, without those that the runtime has dealt with."""
    done = {"partitionoverwritemode", "mergeschema", "path"}
    spelled = {"replacewhere": "replaceWhere"}
    return {spelled.get(key.lower(), key): value for key, value in options.items() if key.lower() not in done}


def _check_replaced(tables: Tables, relation: Any, condition: str) -> None:
    """Refuse rows outside of what they replace, as Delta does: they would be there twice after the next write.

    Raises:
        AnalysisException: `DELTA_REPLACE_WHERE_MISMATCH`; nothing was written.
    """
    if tables.conf(_CHECKED, "true").lower() == "false":
        return
    outside = proto.Relation()
    outside.limit.limit = 1
    outside.limit.input.filter.input.CopyFrom(relation)
    outside.limit.input.filter.condition.expression_string.expression = f"NOT coalesce({condition}, false)"
    if tables.rows(outside).num_rows:
        raise errors.analysis(
            "DELTA_REPLACE_WHERE_MISMATCH",
            f"Written data does not conform with partial table overwrite condition '{condition}'. Nothing was "
            f"written. Filter the rows, or set {_CHECKED} to false.",
            "44000",
        )


def _present(tables: Tables, relation: Any, layout: delta.Layout) -> str:
    distinct = proto.Relation()
    distinct.deduplicate.all_columns_as_keys = True
    project = distinct.deduplicate.input.project
    project.input.CopyFrom(relation)
    for name in layout.partitions:
        text = f"CAST({names.quote(name)} AS STRING) AS {names.quote(name)}"
        project.expressions.add().expression_string.expression = text
    found = tables.rows(distinct).to_pylist()
    if len(found) > _MOST_PARTITIONS:
        raise errors.refused(f"A dynamic overwrite of {len(found)} partitions", "Overwrite them in several steps.")
    types = {each.name: each.dataType.simpleString() for each in layout.schema}
    return " OR ".join("(" + " AND ".join(_equals(k, v, types[k]) for k, v in row.items()) + ")" for row in found)


def _equals(name: str, value: str | None, kind: str) -> str:
    if value is None:
        return f"{names.quote(name)} IS NULL"
    literal = literals.text(value)
    return f"{names.quote(name)} = " + (literal if kind == "string" else f"CAST({literal} AS {kind})")


def save_v2(tables: Tables, write: Any) -> None:
    """Perform `df.writeTo(…)`."""
    v2 = proto.WriteOperationV2
    parts = names.split(write.table_name)
    table = names.qualify(parts, tables.resolver.state.current)
    if write.provider and write.provider.lower() != "delta":
        raise errors.refused(f"writeTo(…).using({write.provider!r})", "Leave it out: tables are Delta.")
    if write.clustering_columns:
        raise errors.refused("clusterBy (liquid clustering)", "Use partitionedBy, or OPTIMIZE … ZORDER BY.")
    options = dict(write.options)
    write_options.check("delta", options)
    listed = [_plain(each) for each in write.partitioning_columns]
    declared = Declared(partitions=listed, properties=dict(write.table_properties), options=options)
    entry = tables.metastore.get(table)
    if write.mode == v2.MODE_CREATE and entry is not None:
        raise errors.already_exists("TABLE_OR_VIEW", names.full(table))
    if write.mode == v2.MODE_CREATE or (write.mode == v2.MODE_CREATE_OR_REPLACE and entry is None):
        tables.create(table, write.input, declared)
        return
    if entry is None:
        raise errors.table_not_found(names.written(parts))
    if write.mode in {v2.MODE_REPLACE, v2.MODE_CREATE_OR_REPLACE}:
        options["overwriteSchema"] = "true"
    if write.mode == v2.MODE_OVERWRITE_PARTITIONS:
        options["partitionOverwriteMode"] = "dynamic"
    if write.mode == v2.MODE_OVERWRITE:
        raise errors.refused("writeTo(…).overwrite(condition)", "Use mode('overwrite') with the option replaceWhere.")
    mode = "append" if write.mode == v2.MODE_APPEND else "overwrite"
    rows = Rows(relation=write.input, mode=mode, options=options, partitions=listed)
    into(tables, delta_only(entry).location, rows)
    tables.refresh(entry)


def _plain(expression: Any) -> str:
    name = str(expression.unresolved_attribute.unparsed_identifier)
    if not name:
        raise errors.refused("partitionedBy with a transformation", "Partition by plain columns.")
    return names.split(name)[0]
