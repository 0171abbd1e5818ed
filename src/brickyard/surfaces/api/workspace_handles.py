"""Opens files of the workspace so that no link is followed, also not one that is put there in this very moment.

Each folder on the way is opened in the one before it, and none may be a link. What is asked for by a path that has
links in it is first looked up (`workspace_paths.meant`), and opened by the path without.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from brickyard.errors import NotFound
from brickyard.surfaces.api.workspace_paths import shown

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NUMBERS = itertools.count()
UNFINISHED = ".brickyard-unfinished-"
"""How the names of files begin that are being written."""
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO})


@contextlib.contextmanager
def folder(root: Path, parts: tuple[str, ...]) -> Iterator[int]:
    """A folder below `root`, open.

    Raises:
        NotFound: it is not there, or a link is.
    """
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts:
            try:
                inner = os.open(part, _FOLDER, dir_fd=handle)
            except OSError as error:
                raise _told(error, parts) from error
            os.close(handle)
            handle = inner
        yield handle
    finally:
        os.close(handle)


def read(root: Path, parts: tuple[str, ...]) -> bytes:
    """The bytes of a file.

    Raises:
        NotFound: there is no plain file.
    """
    with folder(root, parts[:-1]) as above:
        try:
            handle = os.open(parts[-1], _FILE, dir_fd=above)
        except OSError as error:
            raise _told(error, parts) from error
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise _none(parts)
            return file.read()


def write(root: Path, parts: tuple[str, ...], data: bytes) -> None:
    """Put a file in its place with mode 0600: a reader sees the old one or the new one, never a part.

    A link that is at the place is replaced, not followed.
    """
    with folder(root, parts[:-1]) as above:
        handle, draft = _draft(above)
        try:
            with os.fdopen(handle, "wb") as file:
                os.fchmod(handle, 0o600)
                file.write(data)
            os.replace(draft, parts[-1], src_dir_fd=above, dst_dir_fd=above)
        except OSError:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft, dir_fd=above)
            raise


def remove(root: Path, parts: tuple[str, ...]) -> None:
    """Delete a file, a link, or a folder with all that is in it."""
    with folder(root, parts[:-1]) as above:
        status = os.stat(parts[-1], dir_fd=above, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            shutil.rmtree(parts[-1], dir_fd=above)
        else:
            os.unlink(parts[-1], dir_fd=above)


def _draft(above: int) -> tuple[int, str]:
    """A new file in a folder, open, and its name."""
    while True:
        name = f"{UNFINISHED}{os.getpid()}-{next(_NUMBERS)}"
        with contextlib.suppress(FileExistsError):  # of an earlier process with this id
            return os.open(name, _NEW, 0o600, dir_fd=above), name


def _told(error: OSError, parts: tuple[str, ...]) -> Exception:
    return _none(parts) if error.errno in _GONE else error


def _none(parts: tuple[str, ...]) -> NotFound:
    return NotFound(f"Path ({shown(parts)}) doesn't exist.")
