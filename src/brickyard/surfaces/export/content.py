"""What an exported notebook is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from brickyard.workloads.folder import CellRecord

MAX_OUTPUTS = 20 * 1024 * 1024
"""Characters that all outputs of one page have together."""
MAX_MODEL = 5 * 1024 * 1024
"""Characters that all results in the model for programs have together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """A notebook as a task run ran it. Times are epoch milliseconds; 0 is "not yet"."""

    name: str
    path: str
    run_id: int
    """The task run."""
    task: str
    """The task's key; for an iteration `KEY[INDEX]`."""
    state: str
    """The result, or the life cycle state while there is none."""
    started_ms: int
    ended_ms: int
    cells: Sequence[CellRecord]
    error: str = ""
    trace: str = ""
    cell: int = -1
    """Index of the failing cell; -1 where there is none."""
    exit_value: str | None = None


class Room:
    """How many characters may still be written."""

    def __init__(self, size: int) -> None:
        self._left = size

    def take(self, size: int) -> bool:
        """True where there was room for so many, which is then gone."""
        if size > self._left:
            return False
        self._left -= size
        return True
