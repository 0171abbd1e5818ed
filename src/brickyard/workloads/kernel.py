"""The few things that Linux offers and Python does not."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PEER = struct.Struct("3i")
_libc = ctypes.CDLL(None, use_errno=True)


def become_subreaper() -> None:
    """From now on descendants that lose their parent become children of this process, not of init.

    Raises:
        OSError: the kernel refused.
    """
    if _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def child_pids() -> list[int]:
    """The direct children of this process, zombies included."""
    pids: list[int] = []
    for task in Path("/proc/self/task").iterdir():
        try:
            pids += [int(pid) for pid in (task / "children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue  # that thread has just ended
    return pids


def peer_uid(connection: socket.socket) -> int:
    """The user at the other end of a unix socket, as the kernel says."""
    _, uid, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return int(uid)
