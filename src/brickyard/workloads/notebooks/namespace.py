"""The names that a Databricks notebook finds without an import."""

from __future__ import annotations

from typing import Any

from brickyard.workloads.notebooks.dbutils import DBUtils
from brickyard.workloads.notebooks.display import Display
from brickyard.workloads.notebooks.scope import Scope


class _NoContext:
    """`sc` and `sqlContext`: each use raises what the session raises for RDDs."""

    def __init__(self, spark: Any) -> None:
        self._spark = spark

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._spark.sparkContext, name)


def make_names(scope: Scope, dbutils: DBUtils, display: Display) -> dict[str, Any]:
    """All names, as every Python cell sees them."""
    spark = scope.spark

    def table(name: str) -> Any:
        """The same as `spark.table`."""
        return spark.table(name)

    def sql(query: str, *args: Any, **kwargs: Any) -> Any:
        """The same as `spark.sql`."""
        return spark.sql(query, *args, **kwargs)

    return {
        "spark": spark,
        "sc": _NoContext(spark),
        "sqlContext": _NoContext(spark),
        "dbutils": dbutils,
        "display": display,
        "displayHTML": display.html,
        "table": table,
        "sql": sql,
        "udf": _udf,
        "getArgument": dbutils.widgets.getArgument,
    }


def _udf(*args: Any, **kwargs: Any) -> Any:
    """The same as `pyspark.sql.functions.udf`."""
    from pyspark.sql.functions import udf  # noqa: PLC0415 -- half a second that a notebook without Spark does not pay

    return udf(*args, **kwargs)
