"""The server's end of the connections with workers."""

from __future__ import annotations

import asyncio
import hmac
import os
import socket
from typing import Protocol, cast

from brickyard.workloads import kernel
from brickyard.workloads.frames import BrokenStreamError, Unpacker, pack
from brickyard.workloads.messages import Command, Hello, Notification, Tier, decode_notification


class Reception(Protocol):
    """Who is told what comes over the connections. Called on the loop's thread."""

    def greeted(self, connection: WorkerConnection) -> None:
        """A worker has said who it is."""
        ...

    def heard(self, connection: WorkerConnection, note: Notification) -> None:
        """A worker that greeted says something."""
        ...

    def closed(self, connection: WorkerConnection) -> None:
        """A connection that greeted is gone."""
        ...


class WorkerConnection(asyncio.Protocol):
    """One worker; says nothing to the reception before it has proved that it is one of ours."""

    def __init__(self, reception: Reception, key: str) -> None:
        self._reception = reception
        self._key = key
        self._unpacker = Unpacker()
        self._transport: asyncio.Transport | None = None
        self._peer_pid = 0
        self.pid = 0
        self.attempt_id = 0
        """0 while the worker is idle."""
        self.tier: Tier = "full"
        self.backlog: list[Notification] = []
        """What a worker of an earlier server said before anybody here knew its attempt."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        peer: socket.socket = transport.get_extra_info("socket")
        self._peer_pid = kernel.peer_pid(peer)
        if kernel.peer_uid(peer) != os.getuid():
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        try:
            for body in self._unpacker.feed(data):
                self._take(decode_notification(body))
        except (BrokenStreamError, ValueError):
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio's signature
        if self.pid:
            self._reception.closed(self)

    def send(self, command: Command) -> None:
        """Write a command; where the worker is gone this does nothing, and `closed` follows."""
        self.send_frame(pack(command))

    def send_frame(self, frame: bytes) -> None:
        """Write a frame that is packed already."""
        if self._transport is not None:
            self._transport.write(frame)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    def _take(self, note: Notification) -> None:
        if self.pid:
            self._reception.heard(self, note)
        elif isinstance(note, Hello) and hmac.compare_digest(note.token, self._key) and note.pid == self._peer_pid:
            self.pid = note.pid
            self.attempt_id = note.attempt_id
            self.tier = note.tier
            self._reception.greeted(self)
        else:
            self.close()
