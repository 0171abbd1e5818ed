"""The server of this machine's home: where it listens, how a client gets in, and how one is started for a command.

The server writes `server.json` and the token of the local user (see `brickyard.home`); this only reads them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brickyard.home import Home
from brickyard.surfaces.client import NoServer
from brickyard.surfaces.trust import verifier

LOG_FILE = "server.log"
START_SECONDS = 60.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.04
SAME_PROCESS_SECONDS = 2.0
"""psutil derives a process's start from the boot time, which may move a little when the clock is set."""


@dataclass(slots=True)
class LocalServer:
    """A server that can be asked."""

    url: str
    token: str
    pid: int
    child: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    """Set where this command has started it."""
    kept: bool = False
    trust: str = ""
    """The file of authorities by which its certificate is known; "" where it speaks http."""

    def keep(self) -> None:
        """Leave it running after this command."""
        self.kept = True

    @property
    def is_temporary(self) -> bool:
        """True where it ends with this command."""
        return self.child is not None and not self.kept


def read_token(home: Path) -> str:
    """The local user's token.

    Raises:
        NoServer: no server has ever run on this home.
    """
    token = Home(home).read_token()
    if not token:
        raise NoServer(f"The home {home} has no token yet: start a server on it first (brickyard server).")
    return token


def find_server(home: Path) -> LocalServer | None:
    """The server of this home, if its process lives and it answers; else None."""
    entry = _entry(home)
    if entry is None or not _is_alive(int(entry["pid"]), float(entry["started"])):
        return None
    url = str(entry["url"]).rstrip("/")
    trust = str(entry.get("trust", ""))
    if not answers(url, trust):
        return None
    return LocalServer(url, read_token(home), int(entry["pid"]), trust=trust)


def answers(url: str, trust: str = "") -> bool:
    """True where `/health` says that the server can take work."""
    import httpx  # noqa: PLC0415 - slow to import; see client.py

    try:
        verify = verifier(url, trust)
        return httpx.get(f"{url}/health", timeout=5, trust_env=False, verify=verify).status_code == 200
    except httpx.HTTPError:
        return False


@contextmanager
def ensure_server(home: Path) -> Iterator[LocalServer]:
    """The server of the home; where none runs, one for the time of this block.

    Raises:
        NoServer: it did not start; the text has the end of its log.
    """
    found = find_server(home)
    if found is not None:
        yield found
        return
    server = _start(home)
    try:
        yield server
    finally:
        if server.is_temporary and server.child is not None:
            stop(server.child)


def stop(child: subprocess.Popen[bytes]) -> None:
    """End a server that we started: TERM, and KILL if it does not go."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait(STOP_SECONDS)


def _start(home: Path) -> LocalServer:
    Home(home).prepare()
    log = home / LOG_FILE
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    # -P: a file of the current folder must never be imported in place of a library's.
    command = [sys.executable, "-P", "-m", "brickyard", "server", "--host", "127.0.0.1", "--port", "0"]
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            start_new_session=True,
            env={**os.environ, "BRICKYARD_HOME": str(home)},
        )
    finally:
        os.close(handle)
    try:
        return _wait_ready(home, child, log)
    except BaseException:
        stop(child)
        raise


def _wait_ready(home: Path, child: subprocess.Popen[bytes], log: Path) -> LocalServer:
    pause = threading.Event()
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        ended = child.poll()
        found = find_server(home)
        if found is not None:
            found.child = child if found.pid == child.pid else None
            return found
        # Another command may have started a server at the same moment: ours then gives way, and theirs comes up.
        if ended is not None and "running already" not in _tail(log):
            raise NoServer(f"The server ended at once with code {ended}. {_tail(log)}")
        pause.wait(POLL_SECONDS)
    raise NoServer(f"The server did not become ready in {START_SECONDS:.0f} s. {_tail(log)}")


def _tail(log: Path, lines: int = 8) -> str:
    text = log.read_text(errors="replace").strip()
    return f"The end of {log}:\n" + "\n".join(text.splitlines()[-lines:]) if text else f"{log} is empty."


def _entry(home: Path) -> dict[str, Any] | None:
    try:
        entry = json.loads(Home(home).server_file.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return entry if isinstance(entry, dict) and {"pid", "started", "url"} <= entry.keys() else None


def _is_alive(pid: int, started: float) -> bool:
    import psutil  # noqa: PLC0415 - only commands that look for a server need it

    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) < SAME_PROCESS_SECONDS
        return bool(same and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
