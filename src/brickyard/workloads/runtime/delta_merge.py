"""The merge builder of `DeltaTable`: conditions and values are text or columns, and the engine performs the merge.

Source of the method names and their meaning: the public documentation of Delta Lake's Python API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyspark.sql.connect import functions
from pyspark.sql.connect.column import Column
from pyspark.sql.connect.merge import MergeIntoWriter

from brickyard.workloads.runtime import errors


def expression(given: Any) -> Any:
    """A column of what user code gave: text or a column.

    Raises:
        PySparkTypeError: it is neither.
    """
    if isinstance(given, Column):
        return given
    if isinstance(given, str):
        return functions.expr(given)
    raise errors.wrong_type("A condition or a value of DeltaTable", given, "text or a column")


def condition_of(given: Any) -> Any:
    """As `expression`; None stays None."""
    return None if given is None else expression(given)


def assignments(given: Any) -> dict[str, Any]:
    """Columns and what they are set to.

    Raises:
        PySparkTypeError: it is no dictionary.
    """
    if not isinstance(given, Mapping):
        raise errors.wrong_type("set or values", given, "a dictionary of columns")
    return {str(column): expression(value) for column, value in given.items()}


class DeltaMergeBuilder:
    """Clauses are added one by one; `execute` performs them in one commit."""

    def __init__(self, writer: MergeIntoWriter, perform: Callable[[MergeIntoWriter], Any]) -> None:
        self._writer = writer
        self._perform = perform

    def whenMatchedUpdate(self, condition: Any = None, set: Any = None) -> DeltaMergeBuilder:  # noqa: A002, N802  Delta's name
        """Set columns of rows that are in both."""
        self._writer.whenMatched(condition_of(condition)).update(assignments(set))
        return self

    def whenMatchedUpdateAll(self, condition: Any = None) -> DeltaMergeBuilder:  # noqa: N802  Delta's name
        """Set all columns of rows that are in both."""
        self._writer.whenMatched(condition_of(condition)).updateAll()
        return self

    def whenMatchedDelete(self, condition: Any = None) -> DeltaMergeBuilder:  # noqa: N802  Delta's name
        """Remove rows that are in both."""
        self._writer.whenMatched(condition_of(condition)).delete()
        return self

    def whenNotMatchedInsert(self, condition: Any = None, values: Any = None) -> DeltaMergeBuilder:  # noqa: N802  Delta's name
        """Add rows that are only in the source."""
        self._writer.whenNotMatched(condition_of(condition)).insert(assignments(values))
        return self

    def whenNotMatchedInsertAll(self, condition: Any = None) -> DeltaMergeBuilder:  # noqa: N802  Delta's name
        """Add rows that are only in the source, with all columns."""
        self._writer.whenNotMatched(condition_of(condition)).insertAll()
        return self

    def whenNotMatchedBySourceUpdate(self, condition: Any = None, set: Any = None) -> DeltaMergeBuilder:  # noqa: A002, N802  Delta's name
        """Set columns of rows that are only in the table."""
        self._writer.whenNotMatchedBySource(condition_of(condition)).update(assignments(set))
        return self

    def whenNotMatchedBySourceDelete(self, condition: Any = None) -> DeltaMergeBuilder:  # noqa: N802  Delta's name
        """Remove rows that are only in the table."""
        self._writer.whenNotMatchedBySource(condition_of(condition)).delete()
        return self

    def withSchemaEvolution(self) -> DeltaMergeBuilder:  # noqa: N802  Delta's name
        """Refused: the engine would leave out the new columns."""
        raise errors.refused("withSchemaEvolution", "Add the columns first: ALTER TABLE … ADD COLUMNS.")

    def execute(self) -> Any:
        """Perform the merge; the numbers of rows as a frame."""
        return self._perform(self._writer)
