"""What is kept of all-purpose clusters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from brickyard.records import AllPurposeRecord, Json, LibraryRecord


class AllPurposeStore(Protocol):
    """All-purpose clusters, their events and their libraries."""

    def save(self, cluster: AllPurposeRecord) -> None:
        """Insert or update."""
        ...

    def get(self, cluster_id: str) -> AllPurposeRecord | None: ...
    def all(self) -> Sequence[AllPurposeRecord]:
        """Every one, oldest first."""
        ...

    def delete(self, cluster_id: str) -> bool:
        """Forget it with its events and libraries; what it cost stays."""
        ...

    def event(self, cluster_id: str, at_ms: int, kind: str, details: Json) -> None:
        """Add an event.

        Raises:
            NotFound: there is no such cluster.
        """
        ...

    def events(self, cluster_id: str) -> Sequence[tuple[int, str, Json]]:
        """(time in epoch ms, kind, details), oldest first."""
        ...

    def libraries(self, cluster_id: str) -> Sequence[LibraryRecord]:
        """In the order in which they were installed."""
        ...

    def save_library(self, library: LibraryRecord) -> None:
        """Insert at the end, or update.

        Raises:
            NotFound: there is no such cluster.
        """
        ...

    def delete_library(self, library: LibraryRecord) -> None: ...
