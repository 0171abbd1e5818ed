"""What attempts were started with, until it is stored with one of their next events."""

from __future__ import annotations

from brickyard.records import Json


class ResolvedValues:
    """Values by attempt. Each operation is one step, so any thread may use it."""

    def __init__(self) -> None:
        self._values: dict[int, Json] = {}

    def keep(self, attempt_id: int, values: Json) -> None:
        """Have these stored with the attempt's next event that changes something."""
        self._values[attempt_id] = values

    def pop(self, attempt_id: int) -> Json | None:
        """The values, once; None where there are none to store."""
        return self._values.pop(attempt_id, None)
