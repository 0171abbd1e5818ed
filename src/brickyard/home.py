"""The home: the folder that holds all state of an installation, readable by its owner alone."""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from brickyard.errors import Conflict, Unavailable

MIN_FREE_BYTES = 200 * 1024 * 1024
"""Below this the server takes no more work: a full disk loses logs and tables."""


class Home:
    """The files of a home that are not the database's."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def secret_key(self) -> Path:
        """The key that encrypts secrets; kept apart from the database."""
        return self.root / "secret.key"

    @property
    def server_file(self) -> Path:
        """Says where the server of this home listens: `{pid, started, url, trust}`."""
        return self.root / "server.json"

    @property
    def user_name(self) -> str:
        """The user that the installation's own token belongs to."""
        return f"{getpass.getuser()}@localhost"

    def prepare(self) -> None:
        """Make the folders.

        Raises:
            Unavailable: the home cannot be written.
        """
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.root.chmod(0o700)
            for name in ("workspace", "warehouse", "volumes", "dbfs", "attempts"):
                (self.root / name).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise Unavailable(
                f"The home {self.root} cannot be written: {error.strerror}. Set BRICKYARD_HOME to a folder of yours."
            ) from error

    def check_space(self) -> None:
        """Raise Unavailable where the disk of the home is nearly full."""
        free = shutil.disk_usage(self.root).free
        if free < MIN_FREE_BYTES:
            raise Unavailable(f"The disk of {self.root} has {free >> 20} MiB left; at least 200 MiB are needed.")

    def read_token(self) -> str:
        """The token of the installation's own user; "" before the first start."""
        path = self.root / "token"
        return path.read_text().strip() if path.exists() else ""

    def write_token(self, token: str) -> str:
        """Keep the token, readable by the owner alone."""
        _write_private(self.root / "token", token + "\n")
        return token

    def announce(self, *, pid: int, started: float, url: str, trust: str = "") -> None:
        """Say where the server listens; `trust` is the file of authorities by which its certificate is known."""
        _write_private(self.server_file, json.dumps({"pid": pid, "started": started, "url": url, "trust": trust}))

    def retract(self, pid: int) -> None:
        """Take the announcement of this process back."""
        with contextlib.suppress(OSError, ValueError):
            if json.loads(self.server_file.read_text())["pid"] == pid:
                self.server_file.unlink()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the home: two servers on one home would both drive its runs.

        Raises:
            Conflict: another server holds it.
        """
        with (self.root / "server.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict(
                    f"A server of the home {self.root} is running already ({self._where()}). "
                    "Use it, stop it, or set BRICKYARD_HOME to another folder."
                ) from None
            yield

    def _where(self) -> str:
        with contextlib.suppress(OSError, ValueError, KeyError):
            known = json.loads(self.server_file.read_text())
            return f"pid {known['pid']}, {known['url']}"
        return "it has not said where yet"


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, all or nothing."""
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
