"""The file of a SQLite database: private, on a local disk, and writable; or a clear error before anything is lost."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import psutil

from brickyard.errors import Unavailable

NETWORK_FILE_SYSTEMS = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afpfs",
        "webdav",
        "ceph",
        "glusterfs",
        "lustre",
        "fuse.sshfs",
        "fuse.s3fs",
    }
)


class Mount(Protocol):
    """What `psutil.disk_partitions` says of a mounted file system."""

    @property
    def mountpoint(self) -> str: ...
    @property
    def fstype(self) -> str: ...


def make_ready(path: Path) -> None:
    """Make the file and its folder with private modes where they are missing, and check them.

    Raises:
        Unavailable: the file cannot be used; the text says why and what to do.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_network(path.resolve(), psutil.disk_partitions(all=True))
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise Unavailable(
            f"The database {path} cannot be written: {error.strerror}. Make its folder writable for the user that runs "
            "Brickyard, or set BRICKYARD_HOME or BRICKYARD_DATABASE_URL to a place that is."
        ) from error


def refuse_network(path: Path, mounts: Iterable[Mount]) -> None:
    """Refuse a file on a network file system, whose locks and shared memory SQLite cannot trust.

    Raises:
        Unavailable: it is on one.
    """
    around = [mount for mount in mounts if path.is_relative_to(mount.mountpoint)]
    nearest = max(around, key=lambda mount: len(mount.mountpoint), default=None)
    if nearest is not None and nearest.fstype in NETWORK_FILE_SYSTEMS:
        raise Unavailable(
            f"The database {path} is on a network file system ({nearest.fstype} at {nearest.mountpoint}), where SQLite "
            "can be damaged. Set BRICKYARD_HOME to a local disk, or BRICKYARD_DATABASE_URL to a PostgreSQL database."
        )
