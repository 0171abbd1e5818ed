"""What handlers need that let people in or change who may come in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self, cast

from fastapi import Depends, Request

from brickyard.engine.access.credentials import Credentials
from brickyard.engine.access.people import People
from brickyard.ports import Clock, Ids, Store
from brickyard.surfaces.api.failed_logins import FailedLogins
from brickyard.surfaces.api.known_callers import KnownCallers


@dataclass(frozen=True, slots=True)
class Reception:
    """One of each for a whole application: they take care of what concerns several requests."""

    people: People
    credentials: Credentials
    failures: FailedLogins
    callers: KnownCallers

    @classmethod
    def of(cls, store: Store, clock: Clock, ids: Ids) -> Self:
        """Those of a store."""
        return cls(
            People(store, clock, ids), Credentials(store, clock, ids), FailedLogins(clock), KnownCallers(store, clock)
        )


def reception_of(request: Request) -> Reception:
    """The reception that `create_app` has made."""
    return cast("Reception", request.app.state.reception)


Desk = Annotated[Reception, Depends(reception_of)]
"""Declare a handler's parameter with this to get it."""


def note(request: Request, kind: str, object_id: object) -> None:
    """Tell the audit log what a request is about, where it is no object with an access list."""
    request.state.ref = f"{kind}/{object_id}"
