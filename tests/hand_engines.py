"""Engines without processes: what is asked of them is stored as real ones store it. Implements `ports.Clusters`."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

from brickyard.errors import Unavailable
from brickyard.ports import Clock, ClusterRequest, ClusterStore
from brickyard.records import ClusterRecord


class HandEngines:
    """Every engine starts at once, unless `broken` says why it cannot."""

    def __init__(self, store: ClusterStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._ids = itertools.count(1)
        self.requests: list[ClusterRequest] = []
        self.broken = ""
        self.lost: Callable[[ClusterRecord], None] = lambda _: None

    def acquire(self, request: ClusterRequest) -> ClusterRecord:
        if self.broken:
            raise Unavailable(self.broken)
        found = self._alive(request.run_id, request.key)
        if found is not None:
            return found
        self.requests.append(request)
        now = self._clock.now_ms()
        made = ClusterRecord(
            cluster_id=f"engine-{next(self._ids)}",
            name=request.name,
            state="RUNNING",
            run_id=request.run_id,
            job_id=request.job_id,
            key=request.key,
            spec=request.spec,
            created_ms=now,
            ready_ms=now,
            endpoint="sc://127.0.0.1:1",
            tags=request.tags,
            owner=request.owner,
        )
        self._store.save(made)
        return made

    def explain(self, run_id: int, key: str) -> str:
        return "" if self._alive(run_id, key) else "It has ended."

    def end(self, run_id: int, key: str, reason: str, code: str) -> None:
        found = self._alive(run_id, key)
        if found is not None:
            now = self._clock.now_ms()
            self._store.save(replace(found, state="TERMINATED", ended_ms=now + 1, reason=reason, reason_code=code))

    def end_of_attempt(self, attempt_id: int) -> None:
        self.end(attempt_id, "", "The task run is over.", "JOB_FINISHED")

    def end_of_run(self, run_id: int, reason: str) -> None:
        for each in self._store.alive():
            if each.run_id == run_id:
                self.end(run_id, each.key, reason, "JOB_FINISHED")

    def on_loss(self, call: Callable[[ClusterRecord], None]) -> None:
        self.lost = call

    def _alive(self, run_id: int, key: str) -> ClusterRecord | None:
        return next((each for each in self._store.alive() if (each.run_id, each.key) == (run_id, key)), None)
