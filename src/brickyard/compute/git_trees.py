"""The files of one commit on disk: written once, looked at before they are used again."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from brickyard.compute.git_command import Git, TooLarge
from brickyard.errors import CheckoutFailed

_BYTES_PER_NAME = 320
"""Of a listing: what Git prints of a file, with room for long paths."""


def write(git: Git, repository: Path, commit: str, folder: Path) -> None:
    """Write the commit's files to the empty `folder`, readable only, without `.git`; submodules are empty folders.

    Raises:
        CheckoutFailed: the commit has too many or too large files, or a symbolic link that leads out of it.
    """
    _measure(git, repository, commit, folder)
    index = folder.with_name(folder.name + ".index")
    try:
        git.run("read-tree", "--end-of-options", commit, folder=folder, repository=repository, index=index)
        git.run("checkout-index", "--all", "--force", folder=folder, repository=repository, index=index)
    finally:
        index.unlink(missing_ok=True)
    for entry in _entries(folder):
        if entry.is_symlink():
            _check_link(Path(entry.path), folder)
        else:
            Path(entry.path).chmod(stat.S_IMODE(entry.stat().st_mode) & ~0o222)


def state(folder: Path) -> str:
    """Changes when any file was added, taken away or touched in any way since.

    The system's own time of change cannot be set by programs, so nothing needs to be read.
    """
    lines = []
    for entry in _entries(folder):
        facts = entry.stat(follow_symlinks=False)
        lines.append(os.fsencode(f"{entry.path}\0{facts.st_ino}\0{facts.st_size}\0{facts.st_ctime_ns}\n"))
    return hashlib.sha256(b"".join(sorted(lines))).hexdigest()


def _measure(git: Git, repository: Path, commit: str, folder: Path) -> None:
    """Look at the sizes before anything is written: a small fetch can hold a tree without end."""
    limits = git.limits
    try:
        listing = git.run(
            *("ls-tree", "-r", "-l", "-z", "--full-tree", "--end-of-options", commit),
            folder=folder,
            repository=repository,
            largest=limits.files * _BYTES_PER_NAME,
        )
    except TooLarge:
        raise _too_many(limits.files) from None
    lines = listing.split(b"\0")[:-1]
    if len(lines) > limits.files:
        raise _too_many(limits.files)
    size = sum(int(length) for line in lines if (length := line.split(b"\t", 1)[0].split()[3]).isdigit())
    if size > limits.bytes:
        raise CheckoutFailed(f"The repository's files have {size >> 20} MiB; the limit is {limits.bytes >> 20} MiB.")


def _too_many(files: int) -> CheckoutFailed:
    return CheckoutFailed(f"The repository has more than {files} files, which is the limit.")


def _check_link(path: Path, folder: Path) -> None:
    root = folder.resolve()
    if not path.resolve().is_relative_to(root):
        name, target = path.relative_to(folder), path.readlink()
        raise CheckoutFailed(f"The repository has a symbolic link that leads out of it: {name} → {target}.")


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """All that is no folder."""
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    yield entry
