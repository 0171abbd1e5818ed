"""The records of all-purpose clusters, changed by one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from brickyard.errors import InvalidParameterValue, Unavailable
from brickyard.ports import AllPurposeStore, Clock
from brickyard.records import AllPurposeRecord, Json

ACTIVE = frozenset({"PENDING", "RUNNING", "RESTARTING", "RESIZING", "TERMINATING"})
"""States in which a cluster has an engine, or will have, or had one a moment ago."""
ENDED = ("TERMINATED", "ERROR")
STARTING = frozenset({"PENDING", "RESTARTING", "RESIZING"})


def no_cluster(cluster_id: str) -> InvalidParameterValue:
    """The service says it with 400 and this text."""
    return InvalidParameterValue(f"Cluster {cluster_id[:100]} does not exist")


class ClusterBook:
    """Every change is stored, with its event, before the call returns."""

    def __init__(self, store: AllPurposeStore, clock: Clock) -> None:
        self.store = store
        self._clock = clock
        self._closed = False
        self._changed = threading.Condition(threading.RLock())

    def get(self, cluster_id: str) -> AllPurposeRecord:
        """A cluster.

        Raises:
            InvalidParameterValue: it does not exist.
        """
        found = self.store.get(cluster_id)
        if found is None:
            raise no_cluster(cluster_id)
        return found

    def all(self) -> Sequence[AllPurposeRecord]:
        """Every cluster, oldest first."""
        return self.store.all()

    def add(self, record: AllPurposeRecord, details: Json) -> None:
        """Keep a new cluster, which is being created."""
        with self._changed:
            self.store.save(record)
            self.store.event(record.cluster_id, self._clock.now_ms(), "CREATING", details)
            self._changed.notify_all()

    def change(
        self,
        cluster_id: str,
        event: str = "",
        details: Json | None = None,
        *,
        expect: Callable[[AllPurposeRecord], bool] = lambda _: True,
        **changes: Any,
    ) -> AllPurposeRecord | None:
        """Change a cluster and note the event, where `expect` holds; None where it does not, or there is no cluster."""
        with self._changed:
            found = self.store.get(cluster_id)
            if found is None or not expect(found):
                return None
            changed = replace(found, **changes)
            self.store.save(changed)
            if event:
                self.store.event(cluster_id, self._clock.now_ms(), event, details or {})
            self._changed.notify_all()
            return changed

    def delete(self, cluster_id: str) -> None:
        """Forget a cluster."""
        with self._changed:
            self.store.delete(cluster_id)
            self._changed.notify_all()

    def settled(self, cluster_id: str) -> AllPurposeRecord:
        """The cluster once it is not being started, or has started.

        Raises:
            InvalidParameterValue: it does not exist, or is deleted meanwhile.
            Unavailable: the server stops.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self.get(cluster_id).state not in STARTING)
            if self._closed:
                raise Unavailable("The server is stopping.")
            return self.get(cluster_id)

    def until(self, cluster_id: str, *states: str, seconds: float) -> AllPurposeRecord:
        """The cluster once it is in one of these states, or the time has passed."""
        with self._changed:
            self._changed.wait_for(lambda: self.get(cluster_id).state in states, seconds)
            return self.get(cluster_id)

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def now_ms(self) -> int:
        """The time."""
        return self._clock.now_ms()
