"""`display()` and `displayHTML()` as a Databricks notebook has them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from brickyard.workloads.notebooks import tables
from brickyard.workloads.notebooks.shell import NotebookShell


class DisplayError(Exception):
    """This cannot be displayed; the text says what to do."""


class Display:
    """The function `display` of one notebook."""

    def __init__(self, shell: NotebookShell) -> None:
        self._shell = shell

    def __call__(self, *objects: Any, **options: Any) -> None:
        """Show each object: Spark and pandas frames as tables, figures as images, everything else as it shows itself.

        Raises:
            DisplayError: a streaming frame was given.
            TypeError: an option was given that is not known.
        """
        unknown = set(options) - {"streamName", "trigger", "checkpointLocation", "processingTime"}
        if unknown:
            raise TypeError(f"display() has no option {', '.join(sorted(unknown))}")
        for value in objects:
            self._one(value)

    def html(self, html: str) -> None:
        """`displayHTML`: show this HTML.

        Raises:
            TypeError: it is no text.
        """
        if not isinstance(html, str):
            raise TypeError(f"displayHTML() needs a str, not {type(html).__name__}")
        self._show({"text/html": html, "text/plain": "<HTML>"})

    def _one(self, value: Any) -> None:
        table = as_table(value)
        if table is not None:
            if table.columns:  # the answer of a command such as USE has none
                self._show(tables.bundle(table))
            return
        data, metadata = self._shell.display_formatter.format(figure_of(value))
        if data:
            self._show(data, metadata)
        self._close(value)

    def _show(self, data: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> None:
        self._shell.sink.show(data, metadata or {}, display_id="", result=0)

    @staticmethod
    def _close(value: Any) -> None:
        """A figure that was displayed is not shown again at the end of the cell."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None and isinstance(figure_of(value), pyplot.Figure):
            pyplot.close(figure_of(value))


def as_table(value: Any) -> tables.Table | None:
    """What is shown of a value that is a table; None where it is none."""
    if is_spark_frame(value):
        return spark_table(value)
    if _is_a("pandas.core.frame", "DataFrame", value):
        return _pandas_table(value)
    if _is_a("pandas.core.series", "Series", value):
        return _pandas_table(value.to_frame())
    if isinstance(value, list) and value:
        return _list_table(value)
    return None


def is_spark_frame(value: Any) -> bool:
    """True for a Spark DataFrame."""
    return _is_a("pyspark.sql.", "DataFrame", value)


def spark_table(frame: Any) -> tables.Table:
    """The first rows of a Spark DataFrame.

    Raises:
        DisplayError: the frame is a stream.
    """
    if frame.isStreaming:
        raise DisplayError(
            "display() of a streaming DataFrame is refused: in a job it would never end. "
            "Write the stream to a table with .writeStream…trigger(availableNow=True).toTable(…) and display that."
        )
    schema = frame.schema
    rows = frame.limit(tables.MAX_ROWS + 1).collect()
    return tables.make_table(schema.names, [field.dataType.simpleString() for field in schema.fields], rows)


def install_on_spark(display: Callable[..., None]) -> None:
    """Give Spark DataFrames the method `.display()`, where Spark's client is imported."""
    for module in ("pyspark.sql.dataframe", "pyspark.sql.connect.dataframe"):
        frame = getattr(sys.modules.get(module), "DataFrame", None)
        if frame is not None:
            frame.display = lambda self, *_, **options: display(self, **options)


def figure_of(value: Any) -> Any:
    """The figure behind matplotlib's axes; other values as they are."""
    return value.figure if _is_a("matplotlib.axes", "Axes", value) else value


def _is_a(module: str, name: str, value: Any) -> bool:
    """True where a class of the value has this name and comes from that module. Imports nothing."""
    return any(kind.__name__ == name and kind.__module__.startswith(module) for kind in type(value).__mro__)


def _pandas_table(frame: Any) -> tables.Table:
    head = frame.head(tables.MAX_ROWS + 1)
    missing = head.isna().to_numpy()
    rows = (
        [None if gone else value for value, gone in zip(row, flags, strict=True)]
        for row, flags in zip(head.itertuples(index=False, name=None), missing, strict=True)
    )
    return tables.make_table([str(name) for name in frame.columns], [str(kind) for kind in frame.dtypes], rows)


def _list_table(values: list[Any]) -> tables.Table | None:
    head = values[: tables.MAX_ROWS + 1]
    as_dicts = [
        value.asDict() if hasattr(value, "asDict") else getattr(value, "_asdict", lambda v=value: v)() for value in head
    ]
    if all(isinstance(value, dict) for value in as_dicts):
        names = list(dict.fromkeys(name for value in as_dicts for name in value))
        rows = [[value.get(name) for name in names] for value in as_dicts]
    elif all(isinstance(value, list | tuple) for value in head) and len({len(value) for value in head}) == 1:
        rows = [list(value) for value in head]
        names = [f"_{number}" for number in range(1, len(rows[0]) + 1)]
    else:
        return None
    return tables.make_table([str(name) for name in names], ["" for _ in names], rows)
