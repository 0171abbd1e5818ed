"""What a request is about."""

from __future__ import annotations

from dataclasses import dataclass

from brickyard.access.levels import ObjectType
from brickyard.errors import BrickyardError


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """One object, as the person who asks has named it."""

    kind: ObjectType
    object_id: str
    """Of the workspace: its path."""
    missing: BrickyardError
    """What is said where it is not there; whoever may not even see it is told the same."""
    run_id: int = 0
    """Of kind JOBS, where one run is meant: that job run."""

    def __str__(self) -> str:
        return f"{self.kind}/{self.object_id}".replace("//", "/")
