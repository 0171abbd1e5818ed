"""A file that is being written: beside its place under another name, until it is whole."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brickyard.errors import AlreadyExists, BrickyardError, NotFound, Unavailable
from brickyard.surfaces.api.faults import RequestTooLarge

UNFINISHED = ".brickyard-unfinished-"
"""How the names of drafts begin; the dot keeps Spark from reading them with their folder."""
MAX_FILE = 5 * 1024**3
"""Bytes of a file, as at the service."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Draft:
    """Bytes on their way into the file `target`, whose folder exists. Made with mode 0600."""

    def __init__(self, target: Path, shown: str) -> None:
        self.shown = shown
        self._target = target
        self._size = 0
        with _told(shown):
            handle, name = tempfile.mkstemp(prefix=UNFINISHED, dir=target.parent)
        os.close(handle)
        self._place = Path(name)

    def append(self, data: bytes) -> None:
        """Write more. After an error the draft is gone: what came before is not a part that anybody could go on with.

        Raises:
            RequestTooLarge: the file gets larger than a file may be.
            NotFound: the folder was deleted meanwhile.
            Unavailable: the disk is full.
        """
        self._size += len(data)
        try:
            if self._size > MAX_FILE:
                raise RequestTooLarge(f"{self.shown} gets larger than the limit of {MAX_FILE:,} bytes.")
            # Not created again where it was deleted: the file would lack its beginning.
            with _told(self.shown), os.fdopen(os.open(self._place, os.O_WRONLY | os.O_APPEND), "ab") as file:
                file.write(data)
        except (BrickyardError, OSError):
            self.discard()
            raise

    def publish(self, *, overwrite: bool) -> None:
        """Put it in its place: a reader sees the old file or the new one, never a part.

        Raises:
            AlreadyExists: there is something, and `overwrite` was not asked for, or it is a folder.
            NotFound: the folder was deleted meanwhile.
        """
        try:
            with _told(self.shown):
                if overwrite:
                    self._place.replace(self._target)
                else:
                    self._target.hardlink_to(self._place)  # fails where there is something, whoever was faster
        except (FileExistsError, IsADirectoryError) as error:
            raise AlreadyExists(f"A file or directory already exists at the path {self.shown}") from error
        finally:
            self.discard()

    def discard(self) -> None:
        """Delete what was not published."""
        self._place.unlink(missing_ok=True)


@contextmanager
def _told(shown: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"The folder of {shown} was deleted while the file was being written.") from error
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise Unavailable(f"{shown} cannot be written: {error.strerror}.") from error
