"""The builder of new tables of `DeltaTable.create(…)`: it writes a CREATE TABLE statement.

Source of the method names and their meaning: the public documentation of Delta Lake's Python API.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyspark.sql import types

from brickyard.workloads.runtime import errors, literals, names


class DeltaTableBuilder:
    """Properties of a new table, one by one; `execute` makes it."""

    def __init__(self, session: Any, statement: str, table: Callable[[Any, str], Any]) -> None:
        self._session = session
        self._statement = statement
        self._table = table
        self._name = ""
        self._columns: list[str] = []
        self._clauses: list[str] = []
        self._properties: dict[str, str] = {}

    def tableName(self, identifier: str) -> DeltaTableBuilder:  # noqa: N802  Delta's name
        """The name, of one to three parts."""
        self._name = names.written(names.split(identifier))
        return self

    def location(self, location: str) -> DeltaTableBuilder:
        """The place of an external table."""
        self._clauses.append(f"LOCATION {literals.text(location)}")
        return self

    def comment(self, comment: str) -> DeltaTableBuilder:
        """What the table is for."""
        self._clauses.append(f"COMMENT {literals.text(comment)}")
        return self

    def addColumn(  # noqa: N802, PLR0917  Delta's signature
        self,
        colName: str,  # noqa: N803  Delta's name
        dataType: Any = None,  # noqa: N803  Delta's name
        nullable: bool = True,
        generatedAlwaysAs: str | None = None,  # noqa: N803  Delta's name
        generatedByDefaultAs: Any = None,  # noqa: N803  Delta's name
        comment: str | None = None,
    ) -> DeltaTableBuilder:
        """A column; `dataType` is text or a type."""
        if generatedByDefaultAs is not None or not isinstance(generatedAlwaysAs, str | None):
            raise errors.refused("IdentityGenerator", "Use CREATE TABLE … GENERATED … AS IDENTITY in spark.sql.")
        kind = dataType.simpleString() if isinstance(dataType, types.DataType) else str(dataType)
        text = f"{names.quote(colName)} {kind}"
        text += f" GENERATED ALWAYS AS ({generatedAlwaysAs})" if generatedAlwaysAs else ""
        text += "" if nullable else " NOT NULL"
        text += f" COMMENT {literals.text(comment)}" if comment else ""
        self._columns.append(text)
        return self

    def addColumns(self, cols: Any) -> DeltaTableBuilder:  # noqa: N802  Delta's name
        """All columns of a schema."""
        for field in cols:
            self.addColumn(
                field.name, field.dataType, nullable=field.nullable, comment=(field.metadata or {}).get("comment")
            )
        return self

    def partitionedBy(self, *cols: Any) -> DeltaTableBuilder:  # noqa: N802  Delta's name
        """The columns whose values name the folders."""
        given = cols[0] if len(cols) == 1 and isinstance(cols[0], list | tuple) else cols
        self._clauses.append(f"PARTITIONED BY ({', '.join(map(names.quote, given))})")
        return self

    def clusterBy(self, *cols: Any) -> DeltaTableBuilder:  # noqa: N802  Delta's name
        """Refused."""
        raise errors.refused(f"clusterBy{cols}", "Use partitionedBy, or OPTIMIZE … ZORDER BY.")

    def property(self, key: str, value: str) -> DeltaTableBuilder:
        """A property of the table."""
        self._properties[key] = value
        return self

    def execute(self) -> Any:
        """Make the table.

        Raises:
            AnalysisException: it has no name, or the statement is refused.
        """
        if not self._name:
            raise errors.analysis("DELTA_MISSING_TABLE_NAME", "A table needs a name: call tableName(…).")
        parts = [self._statement, self._name]
        parts += [f"({', '.join(self._columns)})"] if self._columns else []
        parts += ["USING delta", *self._clauses]
        if self._properties:
            pairs = [f"{literals.text(key)} = {literals.text(value)}" for key, value in self._properties.items()]
            parts.append(f"TBLPROPERTIES ({', '.join(pairs)})")
        self._session.sql(" ".join(parts))
        return self._table(self._session, self._name)
