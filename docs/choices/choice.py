"""One decision."""

from __future__ import annotations

from typing import NamedTuple


class Choice(NamedTuple):
    """What was open, what Brickyard does, and why."""

    topic: str
    decision: str
    why: str
    """A reason, or the source that was followed. Where sources disagree: which, and on what."""
