"""What somebody wants of a statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from brickyard.workloads.session_messages import MAX_BYTES, SqlParameter

MAX_ROWS = 1_000_000
"""Rows of a result at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRequest:
    """One statement, for one warehouse."""

    warehouse_id: str
    user_name: str
    text: str
    catalog: str = ""
    schema: str = ""
    parameters: Sequence[SqlParameter] = ()
    row_limit: int | None = None
    """So many rows are wanted; None: all, and a result that is too large is an error."""
    byte_limit: int | None = None
    disposition: str = "INLINE"
    format: str = "JSON_ARRAY"
    query_tags: Sequence[Mapping[str, str]] = ()
    """`key` and `value` of each; kept with the statement."""

    @property
    def is_limited(self) -> bool:
        """Whether a part of the result is what was asked for."""
        return self.row_limit is not None or self.byte_limit is not None

    @property
    def rows(self) -> int:
        """Rows that are read at most."""
        return min(self.row_limit or MAX_ROWS, MAX_ROWS)

    @property
    def bytes(self) -> int:
        """Bytes that are read at most."""
        return min(self.byte_limit or MAX_BYTES, MAX_BYTES)
