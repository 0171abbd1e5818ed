"""`dbutils.data`."""

from __future__ import annotations

from typing import Any

from brickyard.workloads.notebooks import tables
from brickyard.workloads.notebooks.dbutils.utility import Utility
from brickyard.workloads.notebooks.display import is_spark_frame
from brickyard.workloads.notebooks.scope import Scope

_COLUMNS = ("column", "type", "count", "missing", "distinct", "mean", "stddev", "min", "median", "max")


class DataUtility(Utility):
    """Look at data."""

    path = "dbutils.data"

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def summarize(self, df: Any, precise: bool = True) -> None:  # noqa: ARG002 -- the numbers are exact either way
        """Show statistics of each column of a Spark or pandas DataFrame. They are exact; `precise` is not needed.

        Raises:
            TypeError: it is no DataFrame.
        """
        pandas_frame = self._collect(df)
        rows = [_statistics(str(name), pandas_frame.iloc[:, place]) for place, name in enumerate(pandas_frame.columns)]
        table = tables.make_table(_COLUMNS, ["string", "string", *["double"] * 8], rows)
        self._scope.publish(tables.bundle(table))

    @staticmethod
    def _collect(df: Any) -> Any:
        if is_spark_frame(df):
            if df.isStreaming:
                raise TypeError("dbutils.data.summarize takes no streaming DataFrame")
            return df.toPandas()
        if not (hasattr(df, "columns") and hasattr(df, "iloc")):
            raise TypeError(f"dbutils.data.summarize takes a Spark or pandas DataFrame, not {type(df).__name__}")
        return df


def _statistics(name: str, column: Any) -> list[Any]:
    there = column.dropna()
    try:
        distinct = int(there.nunique())
    except TypeError:
        distinct = int(there.astype(str).nunique())
    numeric = there.dtype.kind in "iuf"
    middle = [float(there.mean()), float(there.std()), there.min(), float(there.median()), there.max()]  if numeric and len(there) else None
    if middle is None:
        ordered = there.astype(str)
        middle = [None, None, ordered.min() if len(there) else None, None, ordered.max() if len(there) else None]
    return [name, str(column.dtype), len(there), int(column.isna().sum()), distinct, *middle]
