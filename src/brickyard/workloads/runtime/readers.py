"""Reading files: paths are checked at the line that reads, and no option is accepted that the engine would ignore."""

from __future__ import annotations

from typing import Any

from pyspark.sql.connect.readwriter import DataFrameReader

from brickyard.workloads.runtime import errors, names
from brickyard.workloads.runtime.paths import PathMap

_REFUSED_FORMATS = {
    "cloudfiles": ("Auto Loader (cloudFiles)", "Read the files as a batch and keep what was read in a table."),
    "jdbc": ("Reading over JDBC", "Read with a Python driver and use spark.createDataFrame."),
    "orc": ("The format ORC", "Convert the files to Parquet or Delta."),
    "kafka": ("Kafka", "Read with a Python client and use spark.createDataFrame."),
    "rate": ("Structured Streaming (rate)", "Use spark.range."),
    "xml": ("The format XML", "Read with pandas and use spark.createDataFrame."),
}


class RuntimeReader(DataFrameReader):  # type: ignore[misc]  # pyspark publishes no types
    """`spark.read`: as pyspark's, and a missing path or table is an error at this line."""

    def _df(self, plan: Any) -> Any:
        frame = super()._df(plan)
        self._client.check(frame)
        return frame


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
    given = list(source.paths)
    if not given and "path" in source.options:
        given = [source.options["path"]]
        del source.options["path"]
    if not given:
        return
    found = paths.existing(given)
    del source.paths[:]
    source.paths.extend(found)


def shown_name(text: str) -> str:
    """A table's name as errors write it."""
    return names.written(names.split(text))
