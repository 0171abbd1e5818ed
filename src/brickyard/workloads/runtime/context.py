"""What a statement's handler has at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from brickyard.workloads.messages import TableEntry, TableName
from brickyard.workloads.runtime import errors, names

if TYPE_CHECKING:
    from brickyard.workloads.runtime.metastore import Metastore
    from brickyard.workloads.runtime.resolve import Resolver, State
    from brickyard.workloads.runtime.session import RuntimeSession
    from brickyard.workloads.runtime.tables import Tables


NAME = r"(?:`(?:[^`]|``)*`|[^\s`();,='])+"
"""A written name in a pattern."""


@dataclass(frozen=True, slots=True)
class Context:
    """One statement of a session."""

    session: RuntimeSession
    text: str
    """Without comments before and semicolons after it."""
    arguments: Any
    """Of `spark.sql(text, args)`."""

    @property
    def tables(self) -> Tables:
        """Creation and change of tables."""
        return self.session.tables

    @property
    def resolver(self) -> Resolver:
        """What names mean."""
        return self.session.resolver

    @property
    def metastore(self) -> Metastore:
        """What is known of tables."""
        return self.session.resolver.metastore

    @property
    def state(self) -> State:
        """What the session remembers."""
        return self.session.state

    def table(self, parts: Sequence[str]) -> TableName:
        """The full name that a written name means now."""
        return names.qualify(parts, self.state.current)

    def entry(self, text: str) -> TableEntry:
        """The metastore's entry of a written name.

        Raises:
            AnalysisException: there is none.
        """
        parts = names.split(text)
        entry = self.metastore.get(self.table(parts))
        if entry is None:
            raise errors.table_not_found(names.written(parts))
        return entry

    def relation(self, query: str) -> Any:
        """The resolved relation of a query, checked by the engine."""
        frame = self.session.sql(query, self.arguments or None)
        relation = frame._plan.plan(self.session.client)  # noqa: SLF001  pyspark has no other way to it
        self.session.relation(relation)
        return relation


def answer(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """A small table of text, numbers and booleans; all columns are strings where there are no rows."""
    if not rows:
        return pa.table({name: pa.array([], pa.string()) for name in columns})
    return pa.table({name: _array([row[at] for row in rows]) for at, name in enumerate(columns)})


def _array(values: list[Any]) -> pa.Array:
    return pa.array(values, pa.string()) if all(value is None for value in values) else pa.array(values)
