"""Which code an attempt ran: its files are listed in the attempt's folder, and kept by what they contain.

Listed are the main file, the notebooks that it brought in by `%run`, the text of a query, the sources of a dbt project
and the files of a wheel. Modules that Python imports from a project are not.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from brickyard.workloads import folder, places
from brickyard.workloads.messages import Paths
from brickyard.workloads.struct import Struct

MAX_KEPT = 10 * 1024 * 1024
"""Bytes of a file of which a copy is kept; larger ones are only hashed."""
_STORE = "code"


class Entry(Struct, frozen=True, kw_only=True):
    """A file that ran."""

    path: str
    """In the workspace, with its extension; for what is no file there a name in `<…>`."""
    sha256: str
    """Of its content, hex; also the name of its copy."""


_decode = msgspec.json.Decoder(list[Entry]).decode


class CodeLog:
    """The code of one attempt, in the order in which it came to run. What is added is on disk when the call returns."""

    def __init__(self, attempt: Path) -> None:
        self._attempt = attempt
        self._entries: list[Entry] = []

    def add(self, path: str, content: bytes) -> None:
        """List a file and keep a copy of it, once."""
        self.add_all([(path, content)])

    def add_all(self, files: Sequence[tuple[str, bytes]]) -> None:
        """As `add`, for many files at once."""
        for path, content in files:
            entry = Entry(path=path, sha256=hashlib.sha256(content).hexdigest())
            if entry not in self._entries:
                self._entries.append(entry)
                _keep(store(self._attempt.parent), entry.sha256, content)
        # Only this process writes here; a list that a crash has cut off is read as none.
        (self._attempt / folder.CODE).write_bytes(msgspec.json.encode(self._entries))


def entries(attempt: Path) -> list[Entry]:
    """What is listed in an attempt's folder; empty where no code was found, or user code has spoilt the list."""
    try:
        return _decode((attempt / folder.CODE).read_bytes())
    except (FileNotFoundError, msgspec.DecodeError):
        return []


def hash_of(attempt: Path) -> str:
    """The hash of all that is listed; "" where there is nothing."""
    found = entries(attempt)
    return combined(found) if found else ""


def digest(files: Sequence[tuple[str, bytes]]) -> str:
    """The hash of files, each with its path; the main one first."""
    return combined([Entry(path=path, sha256=hashlib.sha256(content).hexdigest()) for path, content in files])


def combined(listed: Sequence[Entry]) -> str:
    """The hash of listed files: of their names, as seen from the main file's folder, and their contents.

    So the same code has the same hash wherever it is deployed, and the order in which files were brought in is nothing.
    """
    start = posixpath.dirname(listed[0].path) or "/"
    lines = [f"{_name(entry.path, start)}\0{entry.sha256}\n" for entry in listed]
    return hashlib.sha256("".join([lines[0], *sorted(lines[1:])]).encode()).hexdigest()


def current(listed: Sequence[str], paths: Paths) -> str:
    """The hash that files with these paths have as they are now; "" where one of them can no longer be read."""
    try:
        return digest([(path, places.real(path, paths).read_bytes()) for path in listed]) if listed else ""
    except (OSError, places.BadPathError):
        return ""


def store(attempts: Path) -> Path:
    """The folder of copies that belongs to a folder of attempts (`Settings.attempts`)."""
    return attempts.parent / _STORE


def read(attempts: Path, sha256: str) -> bytes | None:
    """The copy of a file; None where none was kept."""
    if not sha256.isalnum():
        return None
    try:
        return (store(attempts) / sha256).read_bytes()
    except FileNotFoundError:
        return None


def tree(root: Path, shown: str, suffixes: Sequence[str]) -> list[tuple[str, bytes]]:
    """The files below a folder that have one of these suffixes, each with its path below `shown`, in order."""
    return [
        (f"{shown.rstrip('/')}/{file.relative_to(root)}", file.read_bytes())
        for file in sorted(_files(root))
        if file.suffix in suffixes
    ]


def _files(root: Path) -> Iterator[Path]:
    for above, _, names in os.walk(root):
        yield from (Path(above, name) for name in names)


def _name(path: str, start: str) -> str:
    return posixpath.relpath(path, start) if path.startswith("/") else path


def _keep(kept: Path, name: str, content: bytes) -> None:
    if len(content) <= MAX_KEPT and not (kept / name).exists():
        kept.mkdir(mode=0o700, exist_ok=True)
        _write(kept / name, content)


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all, for its owner only; several workers may keep the same file at once."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as opened:
        opened.write(content)
    draft.rename(file)
