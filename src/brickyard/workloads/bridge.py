"""How code inside a worker reaches the server: one seam, so that notebooks and runtime know no sockets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from brickyard.workloads.messages import Body


class AskError(Exception):
    """The server refused an ask. `code` is the API's error code; the text is for the user."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Bridge(Protocol):
    """The worker's side of its link to the server. Safe to use from any thread."""

    def ask(self, body: Body) -> Any:
        """Ask the server and wait, also across a restart of it.

        Raises:
            AskError: it refused.
        """
        ...

    def started(self) -> None:
        """The user's code is about to begin."""
        ...

    def cell_ended(self, index: int, state: str) -> None:
        """A cell is over; `state` is "ok" or "failed"."""
        ...

    def on_stop(self, call: Callable[[], None]) -> None:
        """Have `call` made, on a thread of its own, when the server wants this attempt to end (at once if it does).

        For what an interrupt of the main thread does not reach: a query that runs in the engine.
        """
        ...

    def on_interrupt(self, call: Callable[[str], None]) -> None:
        """Have `call` made, on the link's thread, with the id of a session's command that is to be interrupted."""
        ...

    @property
    def stop_reason(self) -> str:
        """Why the server wants this attempt to end; "" while it does not."""
        ...
