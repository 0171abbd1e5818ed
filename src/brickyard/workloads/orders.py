"""What the server and its launcher process say to each other, in frames as in `messages`.

The launcher outlives the server. It keeps every exit status until a server has taken it, so a restarted server learns
how each process ended.
"""

from __future__ import annotations

import functools
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Literal

import msgspec

from brickyard.workloads.struct import Struct


@functools.cache
def code_version() -> str:
    """Names the code that this process runs: workers forked from an older launcher would run what was replaced."""
    sources = Path(__file__).parents[1].rglob("*.py")
    return f"{installed_version('brickyard')}/{max(source.stat().st_mtime_ns for source in sources)}"


# ---------------------------------------------------------------------------------------------------- orders (down)


class Greeting(Struct, tag="greeting", frozen=True, kw_only=True):
    """The first frame of a server. A wrong token closes the connection."""

    token: str
    version: str


class Fork(Struct, tag="fork", frozen=True, kw_only=True):
    """Fork this many workers. Each says `Hello` to the server itself."""

    count: int


class Spawn(Struct, tag="spawn", frozen=True, kw_only=True):
    """Start a program in a session of its own. Answer: `Spawned`."""

    request_id: int
    argv: list[str]
    environment: dict[str, str]
    folder: str
    """Its working directory."""
    log: str
    """The file that its output is appended to (made with mode 0600)."""


class Taken(Struct, tag="taken", frozen=True, kw_only=True):
    """The server knows of these exits; the launcher may forget them."""

    pids: list[int]


class Retire(Struct, tag="retire", frozen=True, kw_only=True):
    """Take no more orders, and end once there is no child."""


Order = Greeting | Fork | Spawn | Taken | Retire

# ------------------------------------------------------------------------------------------------------- news (up)


class Child(Struct, frozen=True, kw_only=True):
    """A process that the launcher started."""

    pid: int
    started: float
    """psutil's creation time; with the pid it names the process without doubt."""
    kind: Literal["worker", "program"]


class Exited(Struct, tag="exited", frozen=True, kw_only=True):
    """A child is gone, and so is all that was left of its process group."""

    child: Child
    status: int
    """The exit code, or minus the number of the signal."""


class Welcome(Struct, tag="welcome", frozen=True, kw_only=True):
    """The answer to `Greeting`. With another `version` than the server's the launcher retires at once."""

    pid: int
    version: str
    children: list[Child] = []
    exits: list[Exited] = []
    """Those that no server has taken yet."""
    paths_missing: str = ""
    """Why `/Workspace`, `/Volumes` and `/dbfs` are no real paths for its children; "" where they are."""


class Forked(Struct, tag="forked", frozen=True, kw_only=True):
    """A worker was forked; it may have said `Hello` to the server already."""

    child: Child


class Spawned(Struct, tag="spawned", frozen=True, kw_only=True):
    """The answer to `Spawn`."""

    request_id: int
    child: Child | None = None
    error: str = ""


class ForkFailed(Struct, tag="fork_failed", frozen=True, kw_only=True):
    """The system refused to fork so many workers (out of processes or memory)."""

    count: int
    error: str


News = Welcome | Exited | Forked | Spawned | ForkFailed

decode_order = msgspec.json.Decoder(Order).decode
decode_news = msgspec.json.Decoder(News).decode
