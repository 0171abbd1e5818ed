"""What is kept of SQL statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from brickyard.records import StatementRecord


class StatementStore(Protocol):
    """SQL statements and how they ended; their results are files."""

    def save(self, statement: StatementRecord) -> None:
        """Insert or update."""
        ...

    def get(self, statement_id: str) -> StatementRecord | None: ...
    def active(self) -> Sequence[StatementRecord]:
        """Those that are not over, oldest first."""
        ...

    def ended_before(self, at_ms: int) -> Sequence[str]:
        """Ids of those that ended before a moment and are not CLOSED."""
        ...

    def delete_before(self, at_ms: int) -> int:
        """Forget those that ended before a moment; how many that were."""
        ...
