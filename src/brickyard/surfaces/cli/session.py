"""The connection of one command: the server of the environment, else that of the home, else one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from brickyard.settings import read
from brickyard.surfaces.cli.output import note
from brickyard.surfaces.client import ApiError, Client, NoServer, from_environment
from brickyard.surfaces.local import LocalServer, ensure_server, find_server


@dataclass(slots=True)
class Session:
    """A client, and the local server behind it where there is one."""

    client: Client
    server: LocalServer | None = None

    @property
    def is_temporary(self) -> bool:
        """True where the server ends with this command."""
        return self.server is not None and self.server.is_temporary

    def keep_server(self) -> None:
        """Leave a server that this command has started running, and say how to end it."""
        if self.server is not None and self.server.is_temporary:
            self.server.keep()
            note(f"The server at {self.server.url} goes on. To end it: kill {self.server.pid}")


@contextmanager
def connected() -> Iterator[Session]:
    """A session for one command.

    Raises:
        NoServer: the server of the environment does not answer, or none could be started.
    """
    given = from_environment()
    if given is not None:
        with Client(*given) as client:
            yield Session(client)
        return
    with (
        ensure_server(read().home) as server,
        Client(server.url, server.token, trust=server.trust) as client,
    ):
        yield Session(client, server)
        if server.is_temporary and _has_work(client):
            note(f"Other runs are active, so the server at {server.url} goes on. To end it: kill {server.pid}")
            server.keep()


@contextmanager
def lasting() -> Iterator[Session]:
    """A session with a server that outlives the command: for commands that only start something.

    Raises:
        NoServer: none is running.
    """
    given = from_environment()
    if given is not None:
        with Client(*given) as client:
            yield Session(client)
        return
    home = read().home
    found = find_server(home)
    if found is None:
        raise NoServer(f"No server is running on the home {home}. Start one: brickyard server")
    with Client(found.url, found.token, trust=found.trust) as client:
        yield Session(client, found)


def _has_work(client: Client) -> bool:
    try:
        return next(client.list_runs(active_only=True, limit=1), None) is not None
    except (ApiError, NoServer):
        return False
