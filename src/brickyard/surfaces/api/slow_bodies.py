"""Bodies must arrive at a pace: clients that dribble would else hold a place in the server for ever."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive

from brickyard.surfaces.api.faults import TooSlow

GRACE_SECONDS = 30.0
SLOWEST = 1024
"""Bytes a second, after the grace."""


class PacedBody:
    """Receives for one request."""

    def __init__(self, receive: Receive, *, grace: float = GRACE_SECONDS) -> None:
        self._receive = receive
        self._grace = grace
        self._begun: float | None = None
        self._size = 0
        self._whole = False

    async def __call__(self) -> Message:
        """The next message.

        Raises:
            TooSlow: a part of the body did not come in time.
        """
        if self._whole:
            return await self._receive()
        if self._begun is None:
            self._begun = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(self._begun + self._grace + self._size / SLOWEST):
                message = await self._receive()
        except TimeoutError:
            raise TooSlow(
                f"The body came too slowly: {self._size:,} bytes in {self._grace:g} s; at least {SLOWEST:,} bytes a "
                "second are needed."
            ) from None
        self._size += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        return message
