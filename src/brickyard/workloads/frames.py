"""Frames on a stream socket: a 4-byte big-endian length, then that many bytes of JSON."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from brickyard.workloads.messages import MAX_FRAME, encode

_LENGTH = struct.Struct(">I")


class BrokenStreamError(Exception):
    """The other side sent what is no frame; the connection is of no more use."""


def pack(message: Any) -> bytes:
    """One frame.

    Raises:
        ValueError: the message is larger than `MAX_FRAME` bytes.
    """
    body = encode(message)
    if len(body) > MAX_FRAME:
        raise ValueError(f"a message of {len(body)} bytes is larger than the {MAX_FRAME} bytes that are allowed")
    return _LENGTH.pack(len(body)) + body


class Unpacker:
    """Cuts a stream of bytes, as it comes, into the bodies of frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take what was received and give every frame that is now complete.

        Raises:
            BrokenStreamError: a length is larger than `MAX_FRAME`.
        """
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > MAX_FRAME:
                raise BrokenStreamError(f"a frame of {length} bytes was announced; {MAX_FRAME} are allowed")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]
            yield body
