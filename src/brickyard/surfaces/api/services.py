"""What the API is given by `main`: everything that its handlers may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request

from brickyard.clock import request_id
from brickyard.engine.access.gate import Gate
from brickyard.engine.clusters.commands import AllPurposeCommands
from brickyard.engine.commands import Commands
from brickyard.engine.statements.service import Statements
from brickyard.engine.warehouses.service import Warehouses
from brickyard.ports import Checkouts, Clock, Ids, Sessions, Store
from brickyard.records import AuditEvent
from brickyard.settings import Settings
from brickyard.surfaces.api.links import Links


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts of the server that the API speaks to."""

    commands: Commands
    store: Store
    gate: Gate
    statements: Statements
    warehouses: Warehouses
    all_purpose: AllPurposeCommands
    sessions: Sessions
    checkouts: Checkouts
    settings: Settings
    clock: Clock
    ids: Ids
    workspace_id: int
    url: str
    """Where clients reach this server, such as `http://127.0.0.1:8484`; no slash at the end."""
    health: Callable[[], None]
    """Returns while the server can take work; else raises `Unavailable` with the reason."""
    hosts: tuple[str, ...] = ()
    """Further host names under which the server is reached, beside loopback names and the host of `url`."""
    name_request: Callable[[], str] = request_id
    """An id for a request: in a header of its answer, and in the log where it failed."""
    witness: Callable[[AuditEvent], None] | None = None
    """Takes what belongs in the audit log; by default it is stored at once."""
    links: Links = field(default_factory=Links)
    """Signs the links that need no token."""


def services_of(request: Request) -> Services:
    """The services that `create_app` was given."""
    return cast("Services", request.app.state.services)


Given = Annotated[Services, Depends(services_of)]
"""Declare a handler's parameter with this to get the services."""
