"""Bodies on their way into a file, without being held in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import BinaryIO

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from brickyard.errors import MalformedRequest
from brickyard.surfaces.api import bodies
from brickyard.surfaces.api.files.drafts import MAX_FILE, Draft

_PIECE = 1024 * 1024
"""Bytes that are written at once."""


async def receive(request: Request, draft: Draft) -> None:
    """Write the body into a draft.

    Raises:
        RequestTooLarge: it is larger than a file may be.
        MalformedRequest: the client went away before its end.
    """
    try:
        async for piece in _pieces(request):
            await run_in_threadpool(draft.append, piece)
    except ClientDisconnect as error:
        raise MalformedRequest("The connection ended before the body did.") from error


def copy(source: BinaryIO, draft: Draft) -> None:
    """Write an open file into a draft."""
    while piece := source.read(_PIECE):
        draft.append(piece)


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    held, size = [], 0
    async for part in bodies.limited(request, MAX_FILE):
        held.append(part)
        size += len(part)
        if size >= _PIECE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
