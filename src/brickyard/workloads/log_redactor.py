"""Hides secrets in what a program prints. Until it has one, its output goes straight to the log files."""

from __future__ import annotations

from pathlib import Path

import msgspec

from brickyard.workloads.messages import Outcome
from brickyard.workloads.notebooks.redact import Redactor
from brickyard.workloads.notebooks.streams import Streams


class LogRedactor(Redactor):
    """The redactor of one program.

    From its first secret on, its standard output and error pass here, also what its child processes write.
    """

    def __init__(self, attempt: Path) -> None:
        super().__init__()
        self._attempt = attempt
        self._streams: Streams | None = None

    def add(self, value: bytes | str) -> None:
        super().add(value)
        if self.active and self._streams is None:
            self._streams = Streams(self._attempt, self)
            self._streams.__enter__()

    def close(self) -> None:
        """Write what is still on its way, and hide no more."""
        if self._streams is not None:
            self._streams.__exit__(None, None, None)
            self._streams = None

    def outcome(self, outcome: Outcome) -> Outcome:
        """The outcome without secrets."""
        return msgspec.structs.replace(outcome, error=self.text(outcome.error), trace=self.text(outcome.trace))
