"""S05 and S06: the first start makes a token at random, shows it once, and to a person only; no other home knows it."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from brickyard.surfaces.local import find_server, stop

PATIENCE = 60.0
TOKEN = re.compile(r"dapi[0-9a-f]{32}")
WORDS = "Token of the administrator"


@contextmanager
def started(home: Path, *, terminal: bool) -> Iterator[list[str]]:
    """What a server of this home says once it is there; to a terminal, or to a pipe."""
    last = "brickyard env" if (home / "token").exists() else WORDS
    reader, writer = pty.openpty() if terminal else os.pipe()
    command = [sys.executable, "-P", "-m", "brickyard", "server", "--port", "0"]
    environ = {**os.environ, "BRICKYARD_HOME": str(home)}
    with subprocess.Popen(command, stdout=writer, stderr=subprocess.DEVNULL, env=environ) as child:
        try:
            yield read(reader, last)
        finally:
            stop(child)
            os.close(reader)
            os.close(writer)


def read(source: int, last: str) -> list[str]:
    """The lines up to one with these words."""
    text = ""
    while last not in text or not text.endswith("\n"):
        ready, _, _ = select.select([source], [], [], PATIENCE)
        assert ready, f"the server said only: {text}"
        text += os.read(source, 4096).decode()
    return text.splitlines()


def status(url: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{url}/api/2.0/preview/scim/v2/Me", headers=headers, trust_env=False).status_code


def test_the_token_is_shown_once_to_a_person_and_is_worth_nothing_elsewhere(tmp_path: Path) -> None:
    homes = [tmp_path / name for name in ("one", "two")]
    shown = []
    with started(homes[0], terminal=True) as lines:
        [line] = [line for line in lines if WORDS in line]
        shown += TOKEN.findall(line)
        server = find_server(homes[0])
        assert server is not None
        assert [server.token] == shown
        assert status(server.url, shown[0]) == 200
    with started(homes[0], terminal=True) as lines:
        assert not TOKEN.search("\n".join(lines))
    with started(homes[1], terminal=False) as lines:
        text = "\n".join(lines)
        assert not TOKEN.search(text), "a pipe may lead to a file that others read"
        assert str(homes[1] / "token") in text
        other = find_server(homes[1])
        assert other is not None
        assert other.token != shown[0]
        assert status(other.url, shown[0]) == 401
        assert status(other.url, other.token) == 200
    assert (homes[1] / "token").stat().st_mode & 0o777 == 0o600
