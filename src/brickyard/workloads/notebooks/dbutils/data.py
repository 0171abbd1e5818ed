"""`dbutils.data`."""

from __future__ import annotations

from typing import Any

from brickyard.workloads.notebooks import tables
from brickyard.workloads.notebooks.dbutils.utility import Utility
from brickyard.workloads.notebooks.display import is_spark_frame
from brickyard.workloads.notebooks.scope import Scope

_COLUMNS = ("column", "type", "count", "missing", "distinct", "mean", "stddev", "min", "median", "max")
_NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")
_NESTED = ("array", "map", "struct", "binary", "variant")


class DataUtility(Utility):
    """Look at data."""

    path = "dbutils.data"

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def summarize(self, df: Any, precise: bool = False) -> None:
        """Show statistics of each column of a Spark or pandas DataFrame.

        Without `precise` the number of distinct values of a Spark DataFrame is an estimate.

        Raises:
            TypeError: it is no DataFrame, or a streaming one.
        """
        if is_spark_frame(df):
            if df.isStreaming:
                raise TypeError("dbutils.data.summarize takes no streaming DataFrame")
            rows = _of_spark(df, precise=precise)
        elif hasattr(df, "columns") and hasattr(df, "iloc"):
            rows = [_of_pandas(str(name), df.iloc[:, place]) for place, name in enumerate(df.columns)]
        else:
            raise TypeError(f"dbutils.data.summarize takes a Spark or pandas DataFrame, not {type(df).__name__}")
        table = tables.make_table(_COLUMNS, ["string", "string", *["double"] * 8], rows)
        self._scope.publish(tables.bundle(table))


def _of_spark(df: Any, *, precise: bool) -> list[list[Any]]:
    """One query for all columns: the data stays in the engine."""
    fields = [(field.name, field.dataType.simpleString()) for field in df.schema.fields]
    expressions = ["count(*)"]
    for name, kind in fields:
        expressions += _aggregates("`" + name.replace("`", "``") + "`", kind, precise=precise)
    total, *values = df.selectExpr(*(f"{text} AS c{number}" for number, text in enumerate(expressions))).first()
    rows = []
    for place, (name, kind) in enumerate(fields):
        count, *rest = values[place * 7 : place * 7 + 7]
        rows.append([name, kind, count, total - count, *rest])
    return rows


def _aggregates(column: str, kind: str, *, precise: bool) -> list[str]:
    """Seven expressions: count, distinct, mean, stddev, min, median, max."""
    nothing = "CAST(NULL AS STRING)"
    if kind.startswith(_NESTED):
        return [f"count({column})", *[nothing] * 6]
    distinct = f"count(DISTINCT {column})" if precise else f"approx_count_distinct({column})"
    head, ends = [f"count({column})", distinct], [f"min({column})", f"max({column})"]
    if not kind.startswith(_NUMBERS):
        return [*head, nothing, nothing, ends[0], nothing, ends[1]]
    number = f"CAST({column} AS DOUBLE)"
    return [*head, f"avg({number})", f"stddev({number})", ends[0], f"median({number})", ends[1]]


def _of_pandas(name: str, column: Any) -> list[Any]:
    there = column.dropna()
    numeric = column.dtype.kind in "iuf"
    plain = there if numeric else there.astype(str)
    low, high = (plain.min(), plain.max()) if len(plain) else (None, None)
    mean, deviation, median = (
        (float(plain.mean()), float(plain.std()), float(plain.median())) if numeric and len(plain) else (None,) * 3
    )
    distinct = int(plain.nunique())
    return [name, str(column.dtype), len(there), len(column) - len(there), distinct, mean, deviation, low, median, high]
