"""A real PostgreSQL server for the tests: in a temporary folder, on a random port, gone with the session."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

MISSING = "There is no PostgreSQL server program on this machine; get it with: apt-get install postgresql"


def programs() -> Path | None:
    """The folder of `postgres` and `initdb`: on the PATH, or where Debian puts them."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda path: int(path.parent.name))


def required() -> Path:
    """The folder of the programs; without them the test is skipped, and fails in CI."""
    folder = programs()
    if folder is not None:
        return folder
    if os.environ.get("CI"):
        pytest.fail(MISSING)
    pytest.skip(MISSING)


@dataclass(slots=True)
class PostgresServer:
    """A running server that makes databases."""

    port: int
    _count: int = field(default=0)

    def url(self, database: str) -> str:
        """What `open_store` takes."""
        return f"postgresql+psycopg://brickyard@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Say something to the server itself."""
        with psycopg.connect(host="127.0.0.1", port=self.port, user="brickyard", dbname="postgres") as connection:
            connection.autocommit = True
            connection.execute(statement.encode())

    def new_database(self) -> str:
        """The URL of a new database without tables."""
        self._count += 1
        name = f"test_{self._count}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)


@contextmanager
def running(folder: Path) -> Iterator[PostgresServer]:
    """Start a server with the programs in `folder`; end it at the end."""
    owner = _owner()
    with tempfile.TemporaryDirectory(prefix="brickyard-pg-", dir="/tmp", ignore_cleanup_errors=True) as place:
        if owner:
            shutil.chown(place, owner["user"], owner["group"])
        data = f"{place}/data"
        initialize = [
            str(folder / "initdb"),
            "-D",
            data,
            "-U",
            "brickyard",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        ]
        subprocess.run(initialize, check=True, capture_output=True, cwd=place, timeout=60, **owner)
        port = _free_port()
        # Nothing has to outlive the tests, so nothing waits for the disk.
        options = ["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1", "-k", place, "-p", str(port)]
        process = subprocess.Popen(
            [folder / "postgres", "-D", data, *options], cwd=place, stderr=subprocess.PIPE, text=True, **owner
        )
        try:
            _wait_until_ready(process)
            # Read on, or the server stops when its pipe is full.
            threading.Thread(target=process.stderr.read, daemon=True).start()  # type: ignore[union-attr]
            yield PostgresServer(port)
        finally:
            process.send_signal(signal.SIGINT)  # do not wait for sessions
            process.wait(timeout=30)


def _wait_until_ready(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "ready to accept connections" in line:
            return
    raise AssertionError("PostgreSQL did not start: " + "".join(said))


def _owner() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; its own user is best, and nobody will do."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
