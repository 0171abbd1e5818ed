"""Where the sockets, keys and logs of this installation's processes lie."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from brickyard.errors import Unavailable
from brickyard.ports import Ids
from brickyard.workloads.messages import Tier

_LONGEST_SOCKET_PATH = 100
"""Linux allows 107 bytes; some room is left for the name's own changes."""


@dataclass(frozen=True, slots=True)
class Places:
    """Paths below one home."""

    sockets: Path
    logs: Path
    clusters: Path
    key: Path

    @property
    def workers_socket(self) -> Path:
        """The server listens here; workers connect."""
        return self.sockets / "workers.sock"

    def launcher_socket(self, tier: Tier) -> Path:
        """The launcher of this tier's workers listens here; the server connects."""
        return self.sockets / f"launcher-{tier}.sock"


def prepare(home: Path) -> Places:
    """Make the folders, all for this user alone.

    Raises:
        Unavailable: the folder for sockets outside the home belongs to somebody else.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    sockets = home / "run"
    if len(os.fsencode(sockets / "launcher-light.sock")) > _LONGEST_SOCKET_PATH:
        # A unix socket's path is limited to 107 bytes, and the home's is too long for that.
        above = Path(f"/tmp/brickyard-{os.getuid()}")  # noqa: S108 -- its owner and mode are checked below
        _private(above)
        sockets = above / hashlib.sha256(os.fsencode(home)).hexdigest()[:24]
    places = Places(sockets=sockets, logs=home / "logs", clusters=home / "clusters", key=home / "launcher.key")
    for folder in (places.sockets, places.logs, places.clusters):
        _private(folder)
    return places


def read_key(places: Places, ids: Ids) -> str:
    """The secret by which processes of this installation know each other; made at first use."""
    try:
        opened = os.open(places.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return places.key.read_text().strip()
    key = ids.token(32)
    with os.fdopen(opened, "w") as file:
        file.write(key)
    return key


def _private(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise Unavailable(f"{folder} must be a folder of user id {os.getuid()}, and belongs to {found.st_uid}.")
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)
