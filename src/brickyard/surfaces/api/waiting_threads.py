"""Threads of their own for requests that wait, so that these never keep other requests from being answered."""

from __future__ import annotations

import anyio
from fastapi import Request

Limiter = anyio.CapacityLimiter
_WAITERS = 256


def of(request: Request) -> Limiter:
    """The threads of this server for those that wait."""
    state = request.app.state
    if not hasattr(state, "waiting_threads"):
        state.waiting_threads = Limiter(_WAITERS)
    limiter: Limiter = state.waiting_threads
    return limiter
