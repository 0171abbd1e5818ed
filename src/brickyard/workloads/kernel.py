"""The few things that Linux offers and Python does not."""

from __future__ import annotations

import ctypes
import os
import socket
import struct

import psutil

_PR_SET_CHILD_SUBREAPER = 36
_PEER = struct.Struct("3i")
_libc = ctypes.CDLL(None, use_errno=True)
_TICKS: int = os.sysconf("SC_CLK_TCK")
# Read once, and so by a launcher for all its workers: the kernel takes long to write the file that it is in.
_BOOTED: float = psutil.boot_time()
_STARTED_FIELD = 19
"""Where the start is among the fields of /proc/PID/stat that follow the name."""


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
    # Each worker does this, and the launcher after each of them: hence without the comfort of pathlib.
    for task in os.listdir("/proc/self/task"):  # noqa: PTH208 -- see above
        try:
            children = os.open(f"/proc/self/task/{task}/children", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue  # that thread has just ended
        try:
            pids += [int(pid) for pid in _read_all(children).split()]
        except ProcessLookupError:
            continue  # that thread has just ended
    return pids


def started(pid: int) -> float:
    """When a process was created, in epoch seconds: what psutil says, at less cost.

    Raises:
        ProcessLookupError: there is no such process.
    """
    try:
        stat = _read_all(os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC))
    except FileNotFoundError as error:
        raise ProcessLookupError(f"no process {pid}") from error
    # The name is in parentheses, and may itself have some.
    ticks = int(stat[stat.rindex(b")") + 2 :].split()[_STARTED_FIELD])
    return ticks / _TICKS + _BOOTED


def _read_all(descriptor: int) -> bytes:
    """Read a file to its end and close it."""
    with open(descriptor, "rb", buffering=0) as file:
        return file.read()


def peer_uid(connection: socket.socket) -> int:
    """The user at the other end of a unix socket, as the kernel says."""
    return _peer(connection)[1]


def peer_pid(connection: socket.socket) -> int:
    """The process that opened the other end of a unix socket, as the kernel says."""
    return _peer(connection)[0]


def _peer(connection: socket.socket) -> tuple[int, int]:
    pid, uid, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return int(pid), int(uid)
