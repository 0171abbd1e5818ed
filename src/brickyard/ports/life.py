"""Time, identities, the lifecycle of loops, and who hears of what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from brickyard.runs.model import Run


class Clock(Protocol):
    """The time."""

    def now_ms(self) -> int: ...
    def monotonic(self) -> float: ...


class Ids(Protocol):
    """New identities."""

    def next_id(self) -> int: ...
    def token(self, nbytes: int = 24) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Something that happened, after it was committed."""

    kind: str
    run: Run
    attempt_id: int | None
    at_ms: int


class Observer(Protocol):
    """Hears all announcements; never changes a run. Must not block."""

    def hear(self, announcement: Announcement) -> None: ...


class Service(Protocol):
    """The one lifecycle of every loop: start returns when it is ready; stop may be called twice or unstarted."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
