"""CSV as Spark reads it: bad values are null, dropped or an error, as the option `mode` says.

The engine reads every column as text; here each is cast. Types are inferred from all rows, not from a sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.sql import types

from brickyard.workloads.runtime import errors, literals, names

_MODES = ("PERMISSIVE", "DROPMALFORMED", "FAILFAST")
_CORRUPT = "_corrupt_record"
_PATTERNS = (
    ("int", r"^[+-]?[0-9]{1,10}$"),
    ("bigint", r"^[+-]?[0-9]{1,19}$"),
    ("double", r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"),
    ("date", r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$"),
    ("timestamp", r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[ T][0-9]{1,2}:[0-9]{2}.*$"),
    ("boolean", r"^([tT][rR][uU][eE]|[fF][aA][lL][sS][eE])$"),
)


class CsvOptions:
    """What the runtime itself performs of a reader's options."""

    def __init__(self, given: Mapping[str, str]) -> None:
        found = {key.lower(): value for key, value in given.items()}
        self.infer = found.get("inferschema", "false").lower() == "true"
        self.null_value = found.get("nullvalue")
        self.mode = found.get("mode", "PERMISSIVE").upper()
        self.formats = {"date": found.get("dateformat"), "timestamp": found.get("timestampformat")}
        self._before = found.get("ignoreleadingwhitespace", "false").lower() == "true"
        self._after = found.get("ignoretrailingwhitespace", "false").lower() == "true"
        if self.mode not in _MODES:
            raise errors.refused(f"The reader mode {self.mode!r}", f"It is one of {', '.join(_MODES)}.")

    def text(self, column: str) -> str:
        """The expression of a column's text."""
        value = names.quote(column)
        value = f"ltrim({value})" if self._before else value
        value = f"rtrim({value})" if self._after else value
        if self.null_value is not None:
            value = f"nullif({value}, {literals.text(self.null_value)})"
        return value


def read(raw: Any, schema: Any, options: CsvOptions) -> Any:
    """The frame that user code gets. `raw` has only text; `schema` is a `StructType`, or None.

    Raises:
        AnalysisException: the schema and the files have different numbers of columns.
        UnsupportedOperationException: the schema asks for the corrupt record.
    """
    columns = raw.columns
    if schema is None:
        kinds = infer(raw, options) if options.infer else dict.fromkeys(columns, "string")
        schema = types.StructType([types.StructField(c, types.DataType.fromDDL(kinds[c])) for c in columns])
    if _CORRUPT in schema.names:
        raise errors.refused(
            f"The column {_CORRUPT}", "Read the columns as STRING and look for bad values with try_cast."
        )
    if len(schema) != len(columns):
        raise errors.analysis(
            "CSV_COLUMN_COUNT",
            f"The schema has {len(schema)} columns ({', '.join(schema.names)}), the files have {len(columns)} "
            f"({', '.join(columns)}). Name every column of the files in the schema.",
        )
    if all(isinstance(field.dataType, types.StringType) for field in schema) and options.text("x") == "`x`":
        if schema.names == columns:
            return raw
        return raw.selectExpr(
            *[f"{names.quote(c)} AS {names.quote(n)}" for c, n in zip(columns, schema.names, strict=True)]
        )
    if options.mode == "DROPMALFORMED":
        raw = raw.where(" AND ".join(_well_formed(c, f, options) for c, f in zip(columns, schema, strict=True)))
    pairs = zip(columns, schema, strict=True)
    return raw.selectExpr(*[f"{_value(c, field, options)} AS {names.quote(field.name)}" for c, field in pairs])


def infer(raw: Any, options: CsvOptions) -> dict[str, str]:
    """The narrowest type that all values of each column have."""
    columns = raw.columns
    counts = [f"count({options.text(column)})" for column in columns]
    for column in columns:
        text = options.text(column)
        for kind, pattern in _PATTERNS:
            counts.append(f"count(CASE WHEN {text} RLIKE '{pattern}' THEN {_cast(text, kind, options)} END)")
    found = list(raw.selectExpr(*[f"{count} AS c{at}" for at, count in enumerate(counts)]).collect()[0])
    kinds = {}
    for at, column in enumerate(columns):
        start = len(columns) + at * len(_PATTERNS)
        fitting = [
            kind
            for (kind, _), n in zip(_PATTERNS, found[start : start + len(_PATTERNS)], strict=True)
            if n == found[at]
        ]
        kinds[column] = fitting[0] if fitting and found[at] else "string"
    return kinds


def _cast(text: str, kind: str, options: CsvOptions) -> str:
    form = options.formats.get(kind)
    if form:
        return f"CAST(try_to_timestamp({text}, {literals.text(form)}) AS {kind})"
    return f"try_cast({text} AS {kind})"


def _value(column: str, field: Any, options: CsvOptions) -> str:
    text, kind = options.text(column), field.dataType.simpleString()
    if kind == "string":
        return text
    if options.mode == "FAILFAST" and not options.formats.get(kind):
        return f"CAST({text} AS {kind})"
    return _cast(text, kind, options)


def _well_formed(column: str, field: Any, options: CsvOptions) -> str:
    text, kind = options.text(column), field.dataType.simpleString()
    return "true" if kind == "string" else f"({text} IS NULL OR {_cast(text, kind, options)} IS NOT NULL)"
