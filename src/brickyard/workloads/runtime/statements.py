"""SQL statements that are more than a query: each kind has one place that performs it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlglot import exp

from brickyard.workloads.runtime import (
    clones,
    ddl,
    describes,
    dml,
    errors,
    maintenance,
    show_extended,
    shows,
    sql,
    uses,
    volumes,
)
from brickyard.workloads.runtime.context import Context

if TYPE_CHECKING:
    from brickyard.workloads.runtime.session import RuntimeSession

_Handler = Callable[[Context, "re.Match[str]"], Any]
_BY_WORDS: tuple[tuple[str, _Handler], ...] = (
    *uses.WORDS,
    *shows.WORDS,
    *show_extended.WORDS,
    *describes.WORDS,
    *maintenance.WORDS,
    *volumes.WORDS,
    *clones.WORDS,
    *ddl.WORDS,
)
_WORDS = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), handler) for pattern, handler in _BY_WORDS)
_QUERY = re.compile(r"(?:SELECT|VALUES|FROM|WITH|TABLE)\b|\(", re.IGNORECASE)
_TABLE = re.compile(r"TABLE\s", re.IGNORECASE)
_PASSED = (exp.Query, exp.Values)
_BY_TREE: dict[type[exp.Expression], Callable[[Context, Any], Any]] = {
    exp.Insert: dml.insert,
    exp.Update: dml.change,
    exp.Delete: dml.change,
    exp.Merge: dml.change,
    exp.TruncateTable: dml.truncate,
    exp.Create: ddl.create,
    exp.Drop: ddl.drop,
    exp.Alter: ddl.alter,
}


class Statements:
    """Runs what the runtime does itself; leaves queries and changes of rows to the engine."""

    def __init__(self, session: RuntimeSession) -> None:
        self._session = session

    def is_query(self, text: str) -> bool:
        """Whether a text only reads."""
        return bool(_QUERY.match(sql.bare(text)))

    def run(self, text: str, arguments: Any) -> Any:
        """A data frame, or None where the engine is to run the statement (with its names resolved).

        Raises:
            ParseException: the text is no SQL.
            UnsupportedOperationException: the statement does not work here.
        """
        statement = sql.bare(text)
        context = Context(self._session, statement, arguments)
        if not _QUERY.match(statement):
            for pattern, handler in _WORDS:
                match = pattern.fullmatch(statement)
                if match:
                    return _frame(self._session, handler(context, match))
        if _TABLE.match(statement):
            return self._session.sql(f"SELECT * FROM {statement[len('TABLE') :]}", arguments)  # noqa: S608  the user's own SQL
        tree = sql.parse(statement)
        if isinstance(tree, _PASSED):
            return None
        by_tree = _BY_TREE.get(type(tree))
        if by_tree is None:
            raise errors.refused(
                f"The statement {' '.join(statement.split()[:3])} …", "See the list of SQL in the docs."
            )
        return _frame(self._session, by_tree(context, tree))


def _frame(session: RuntimeSession, answer: Any) -> Any:
    if answer is None:
        return session.local(pa.table({}))
    return session.local(answer) if isinstance(answer, pa.Table) else answer
