"""How long the server waits for the head of a request: clients that dribble would else hold connections for ever."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that closes a connection on which no whole head of a request arrives in time.

    Between requests uvicorn's keep-alive timer runs, but it ends with the first byte. (The time for a body is the
    application's matter: see `surfaces.api.frontdoor`.)
    """

    HEAD_SECONDS: ClassVar[float] = 30.0
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the base class
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Go on waiting, unless a request is being answered now."""
        super().data_received(data)
        # The base class has no cycle before the first request, whatever it says of the type.
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            self._wait()
        else:
            self._rest()

    def on_response_complete(self) -> None:
        """From here on the keep-alive timer runs."""
        self._rest()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._rest()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._waiting is None and not self.transport.is_closing():
            self._waiting = self.loop.call_later(self.HEAD_SECONDS, self.transport.close)

    def _rest(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
