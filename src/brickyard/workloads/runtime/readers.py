"""Reading files: paths are checked at the line that reads, and no option is accepted that would be ignored."""

from __future__ import annotations

import json
from typing import Any

from pyspark.sql import types
from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.plan import DataSource
from pyspark.sql.connect.readwriter import DataFrameReader

from brickyard.workloads.runtime import csv_files, errors, partitions, read_options
from brickyard.workloads.runtime.paths import PathMap

_REFUSED_FORMATS = {
    "cloudfiles": ("Auto Loader (cloudFiles)", "Read the files as a batch and keep what was read in a table."),
    "jdbc": ("Reading over JDBC", "Read with a Python driver and use spark.createDataFrame."),
    "orc": ("The format ORC", "Convert the files to Parquet or Delta."),
    "kafka": ("Kafka", "Read with a Python client and use spark.createDataFrame."),
    "rate": ("Structured Streaming (rate)", "Use spark.range."),
    "xml": ("The format XML", "Read with pandas and use spark.createDataFrame."),
}
_INFERRED = frozenset({"csv", "json", "parquet"})
"""Formats whose columns are found in the files."""


class RuntimeReader(DataFrameReader):  # type: ignore[misc]  # pyspark publishes no types
    """`spark.read`: as pyspark's, and a missing path or table is an error at this line."""

    def _df(self, plan: Any) -> Any:
        kind = (plan._format or "").lower() if isinstance(plan, DataSource) else ""  # noqa: SLF001  pyspark's own
        if kind == "csv":
            return self._csv(plan)
        if kind == "json":
            return self._json(plan)
        frame = self._frame(plan)
        return self._typed(frame, plan) if kind == "parquet" else frame

    def _typed(self, frame: Any, plan: Any) -> Any:
        """The frame with the types of the columns that are in the names of folders."""
        if self._schema:
            return frame
        paths = [self._client.paths.local(path) for path in plan._paths or []]  # noqa: SLF001
        chosen = partitions.casts(frame.columns, paths) if partitions.kinds(paths) else []
        return frame.selectExpr(*chosen) if chosen else frame

    def _frame(self, plan: Any) -> Any:
        frame = DataFrame(plan, self._client)
        self._client.check(frame)
        return frame

    def _csv(self, plan: Any) -> Any:
        given = plan._options or {}  # noqa: SLF001
        if self._struct() is not None and self._is_empty(plan):
            return self._client.createDataFrame([], self._struct())
        options = csv_files.CsvOptions(given)
        kept = {key: value for key, value in given.items() if key.lower() not in read_options.CSV_HERE}
        raw = self._frame(DataSource("csv", "", kept, plan._paths))  # noqa: SLF001
        return self._typed(csv_files.read(raw, self._struct(), options), plan)

    def _json(self, plan: Any) -> Any:
        """With a schema a bad row is null, as in Spark's mode PERMISSIVE; without one the engine stops at it."""
        given = {key: value for key, value in (plan._options or {}).items() if key.lower() != "mode"}  # noqa: SLF001
        mode = next((value for key, value in self._options.items() if key.lower() == "mode"), "PERMISSIVE").upper()
        schema = self._struct()
        if mode not in {"PERMISSIVE", "FAILFAST"}:
            raise errors.refused(f"The mode {mode!r} of the json reader", "Use PERMISSIVE or FAILFAST.")
        if schema is None or mode == "FAILFAST":
            return self._typed(self._frame(DataSource("json", self._schema, given, plan._paths)), plan)  # noqa: SLF001
        if "_corrupt_record" in schema.names:
            raise errors.refused("The column _corrupt_record", "Read the lines with spark.read.text and use from_json.")
        read_options.check("json", given)
        lines = self._frame(DataSource("text", "", given, plan._paths))  # noqa: SLF001
        ddl = schema.simpleString()[len("struct<") : -1] if schema.names else ""
        quoted = ddl.replace("'", "\\'")
        parsed = lines.where("length(trim(value)) > 0").selectExpr(f"from_json(value, '{quoted}') AS j")
        return parsed.selectExpr(*[f"j.`{name}` AS `{name}`" for name in schema.names])

    def _is_empty(self, plan: Any) -> bool:
        paths = self._client.paths.existing(plan._paths or [])  # noqa: SLF001
        return bool(paths) and not partitions.has_files(paths)

    def _struct(self) -> Any:
        """The schema that user code gave, or None."""
        if not self._schema:
            return None
        if self._schema.startswith("{"):
            return types.StructType.fromJson(json.loads(self._schema))
        return self._client._parse_ddl(self._schema)  # noqa: SLF001


def resolve_source(source: Any, paths: PathMap) -> None:
    """Map the paths of a read and check them and its options.

    Raises:
        AnalysisException: `PATH_NOT_FOUND`.
        UnsupportedOperationException: the format or an option does not work here.
    """
    # As on Databricks, a reader without a format reads Delta.
    source.format = source.format or "delta"
    kind = source.format.lower()
    if kind in _REFUSED_FORMATS:
        raise errors.refused(*_REFUSED_FORMATS[kind])
    read_options.check(kind, source.options)
    given = list(source.paths)
    if not given and "path" in source.options:
        given = [source.options["path"]]
        del source.options["path"]
    if not given:
        return
    found = paths.existing(given)
    if kind in _INFERRED and not source.schema and not partitions.has_files(found):
        raise errors.analysis(
            "UNABLE_TO_INFER_SCHEMA",
            f"Unable to infer schema for {kind.upper()}: there are no files at {', '.join(given)}. "
            "It must be specified manually.",
            "42KD9",
        )
    del source.paths[:]
    source.paths.extend(found)
