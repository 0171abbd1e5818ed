"""Standard output and error of a running notebook: to the log whole, to the running cell within limits.

`sys.stdout` and `sys.stderr` are replaced by writers of ours; the file descriptors 1 and 2 by pipes, so that what child
processes and C code write arrives too, and is redacted like everything else. What a pipe holds when a cell ends is read
before the cell's end is recorded.
"""

from __future__ import annotations

import codecs
import fcntl
import io
import os
import select
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from brickyard.workloads import folder
from brickyard.workloads.notebooks.json_values import encodable
from brickyard.workloads.notebooks.outputs import CellOutputs
from brickyard.workloads.notebooks.redact import Redactor

_NAMES = {1: "stdout", 2: "stderr"}
_CHUNK = 1 << 16
_PIPE = 1 << 20


class Streams:
    """Captures both streams between `__enter__` and `__exit__`."""

    def __init__(self, attempt: Path, redactor: Redactor) -> None:
        self._redactor = redactor
        self._lock = threading.RLock()
        self._logs = {
            1: os.open(attempt / folder.STDOUT, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            2: os.open(attempt / folder.STDERR, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        }
        self._held = {1: "", 2: ""}
        self._decoders = {fd: codecs.getincrementaldecoder("utf-8")("replace") for fd in (1, 2)}
        self.cell: CellOutputs | None = None
        """Where text goes besides the log."""
        self.owner = os.getpid()

    def __enter__(self) -> Self:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        self._saved = {fd: os.dup(fd) for fd in (1, 2)}
        self._pipes = {fd: os.pipe() for fd in (1, 2)}
        for fd, (read_end, write_end) in self._pipes.items():
            fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, _PIPE)  # room for C code that writes while it holds the GIL
            os.set_blocking(read_end, False)
            os.dup2(write_end, fd)
            os.close(write_end)
        self._wake_read, self._wake_write = os.pipe()
        self._python = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = Writer(self, 1), Writer(self, 2)
        self._reader = threading.Thread(target=self._read_on, name="notebook-streams", daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.stdout, sys.stderr = self._python
        for fd, saved in self._saved.items():
            os.dup2(saved, fd)
            os.close(saved)
        os.write(self._wake_write, b"x")
        self._reader.join()
        self.drain()
        for fd in (
            self._wake_read,
            self._wake_write,
            *(pipe[0] for pipe in self._pipes.values()),
            *self._logs.values(),
        ):
            os.close(fd)

    def write(self, fd: int, text: str) -> None:
        """Text of one stream. In a forked child it goes to the pipe, which its parent reads."""
        if os.getpid() != self.owner:
            _write_all(fd, text.encode("utf-8", "backslashreplace"))
            return
        with self._lock:
            self._read(fd)  # what a child process wrote before
            self._take(fd, text)

    def drain(self) -> None:
        """Take everything that was written so far."""
        with self._lock:
            for fd in (1, 2):
                self._read(fd)
                held, self._held[fd] = self._held[fd], ""
                self._put(fd, held)

    @contextmanager
    def cell_now(self) -> Iterator[CellOutputs | None]:
        """The running cell, after everything that was written so far."""
        if os.getpid() != self.owner:
            yield None  # a forked child: its parent knows nothing of what it shows
            return
        with self._lock:
            self.drain()
            yield self.cell

    def _take(self, fd: int, text: str) -> None:
        if self._redactor.active:
            text = self._held[fd] + text
            held = self._redactor.pending(text)
            self._held[fd] = text[len(text) - held :]
            text = text[: len(text) - held]
        self._put(fd, text)

    def _put(self, fd: int, text: str) -> None:
        text = encodable(self._redactor.text(text))
        if text:
            _write_all(self._logs[fd], text.encode("utf-8", "backslashreplace"))
            if self.cell is not None:
                self.cell.write(_NAMES[fd], text)

    def _read(self, fd: int) -> bool:
        """Take what a pipe holds; False once nobody can write to it."""
        while True:
            try:
                data = os.read(self._pipes[fd][0], _CHUNK)
            except BlockingIOError:
                return True
            if not data:
                return False
            self._take(fd, self._decoders[fd].decode(data))

    def _read_on(self) -> None:
        watched = {self._pipes[fd][0]: fd for fd in (1, 2)}
        while True:
            ready, _, _ = select.select([self._wake_read, *watched], [], [])
            if self._wake_read in ready:
                return
            with self._lock:
                for end in ready:
                    if not self._read(watched[end]):
                        del watched[end]


class Writer(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a running notebook."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, streams: Streams, fd: int) -> None:
        super().__init__()
        self._streams = streams
        self._fd = fd
        self.name = f"<{_NAMES[fd]}>"

    @property
    def buffer(self) -> io.BufferedIOBase:
        """For code that writes bytes, as `sys.stdout.buffer.write` does."""
        return _BytesWriter(self)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._fd

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._streams.write(self._fd, text)
        return len(text)


class _BytesWriter(io.BufferedIOBase):
    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self._writer = writer

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        raw = bytes(data)  # type: ignore[call-overload]  # anything with a buffer
        self._writer.write(raw.decode("utf-8", "replace"))
        return len(raw)


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]
