"""Whose rights a task has: those of the identity of its run."""

from __future__ import annotations

from dataclasses import replace

from brickyard.access.identity import Identity
from brickyard.errors import NotFound, PermissionDenied
from brickyard.ports import Store


class RunIdentities:
    """Finds the identity of an attempt. Reads the store anew each time: rights that were taken away are gone."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, attempt_id: int) -> Identity:
        """The identity of an attempt's run; where a notebook has started that, of the run at the top.

        Raises:
            NotFound: there is no such attempt.
            PermissionDenied: whoever the run acts for is no active user of this server.
        """
        place = self._store.runs.place_of(attempt_id)
        record = self._store.runs.record(place.run_id) if place else None
        if record is None:
            raise NotFound(f"Task run {attempt_id} does not exist.")
        found = self._store.principals.identity(record.identity)
        if found is None:
            raise PermissionDenied(f"The run acts as {record.identity}, who is no active user of this server.")
        return replace(found, run_id=record.run_id)
