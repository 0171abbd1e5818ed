"""Errors as a Databricks notebook knows them: pyspark's own classes, Spark's conditions and SQL states.

The texts follow Spark's published error conditions, so that user code which looks for a phrase keeps working.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pyspark.errors.exceptions.base import PySparkTypeError
from pyspark.errors.exceptions.connect import (
    AnalysisException,
    ParseException,
    SparkConnectException,
    SparkConnectGrpcException,
    UnsupportedOperationException,
)

_UNRESOLVED = re.compile(r"attribute ObjectName\(\[(.*?)\]\) is missing from the schema(?:: cannot resolve attribute)?")
_IDENTIFIER = re.compile(r'Identifier\("(.*?)"\)')


class EngineLost(SparkConnectGrpcException):  # type: ignore[misc]  # pyspark publishes no types
    """The Spark engine of this task ended; the text says how."""


def analysis(condition: str, text: str, state: str = "") -> AnalysisException:
    """An `AnalysisException` with Spark's condition and SQL state."""
    message = f"[{condition}] {text}" + (f" SQLSTATE: {state}" if state else "")
    return AnalysisException(message, errorClass=condition, sql_state=state or None)


def path_not_found(shown: str) -> AnalysisException:
    """Nothing is at a path that is to be read."""
    return analysis("PATH_NOT_FOUND", f"Path does not exist: {shown}.", "42K03")


def table_not_found(name: str) -> AnalysisException:
    """No table, view or temporary view has this name."""
    return analysis(
        "TABLE_OR_VIEW_NOT_FOUND",
        f"The table or view {name} cannot be found. Verify the spelling and correctness of the schema and catalog.",
        "42P01",
    )


def schema_not_found(name: str) -> AnalysisException:
    """No schema (database) has this name."""
    return analysis("SCHEMA_NOT_FOUND", f"The schema {name} cannot be found.", "42704")


def already_exists(kind: str, name: str) -> AnalysisException:
    """Something is to be created whose name is taken. `kind` is TABLE_OR_VIEW, SCHEMA or CATALOG."""
    words = kind.lower().replace("_", " ")
    return analysis(f"{kind}_ALREADY_EXISTS", f"Cannot create {words} {name} because it already exists.", "42P07")


def failed_to_merge(column: str, have: str, given: str) -> AnalysisException:
    """A column that is to be written has a type that the table's column cannot hold."""
    return analysis(
        "DELTA_FAILED_TO_MERGE_FIELDS",
        f"Failed to merge fields '{column}' and '{column}': the table has {have}, the data has {given}. "
        "Nothing was written. Cast the column, or overwrite the table with the option overwriteSchema=true.",
        "22005",
    )


def schema_mismatch(columns: Iterable[str]) -> AnalysisException:
    """Data has columns that the table does not have."""
    return analysis(
        "DELTA_METADATA_MISMATCH",
        "A schema mismatch detected when writing to the Delta table: the table has no column "
        f"{', '.join(columns)}. Nothing was written. Use the option mergeSchema=true to add new columns.",
        "42KDG",
    )


def refused(what: str, way_out: str) -> UnsupportedOperationException:
    """A feature that is known and does not work here."""
    return UnsupportedOperationException(
        f"[UNSUPPORTED_FEATURE] {what} is not supported by this engine. {way_out} SQLSTATE: 0A000",
        errorClass="UNSUPPORTED_FEATURE",
        sql_state="0A000",
    )


def wrong_type(what: str, given: object, wanted: str) -> PySparkTypeError:
    """An argument of the wrong type."""
    return PySparkTypeError(f"{what} is {wanted}, not {type(given).__name__}.")


def syntax(text: str, detail: str) -> ParseException:
    """SQL that cannot be understood."""
    return ParseException(
        f"[PARSE_SYNTAX_ERROR] {detail} SQLSTATE: 42601\n\n{text.strip()}",
        errorClass="PARSE_SYNTAX_ERROR",
        sql_state="42601",
    )


def cancelled() -> SparkConnectException:
    """The query was interrupted."""
    return SparkConnectException(
        "[OPERATION_CANCELED] Operation has been canceled. SQLSTATE: HY008", errorClass="OPERATION_CANCELED"
    )


def broken_off() -> SparkConnectGrpcException:
    """The engine gave up one query because of a fault of its own; the session goes on."""
    return SparkConnectGrpcException(
        "[INTERNAL_ERROR] The engine broke off this query because of a fault of its own. A known case is explode of a "
        "map: use explode(map_entries(…)), which gives a column with the fields key and value. SQLSTATE: XX000"
    )


def readable(message: str) -> str:
    """An engine's message with its inner notation turned into Spark's words."""

    def column(match: re.Match[str]) -> str:
        name = ".".join(f"`{part}`" for part in _IDENTIFIER.findall(match[1]))
        return (
            "[UNRESOLVED_COLUMN.WITHOUT_SUGGESTION] A column, variable, or function parameter with name "
            f"{name} cannot be resolved. SQLSTATE: 42703"
        )

    return _UNRESOLVED.sub(column, message)
