"""Starts and stops warehouses. A warehouse runs while there is an engine for it, so nothing has to be kept in step.

When it was used last is known to this server alone: after a restart the time until it stops begins anew.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import structlog

from brickyard.access.levels import ObjectType
from brickyard.engine.lookout import Lookout
from brickyard.errors import NotFound, Unavailable
from brickyard.ports import Clock, ClusterRequest, Clusters, ClusterStore, DocumentStore
from brickyard.ports.sessions import SessionCompute, Sessions
from brickyard.records import ClusterRecord, Document
from brickyard.workloads.messages import ComputeAnswer

KIND = str(ObjectType.WAREHOUSES)
"""The kind of document that a warehouse is."""
DEFAULTS: dict[str, Any] = {
    "cluster_size": "2X-Small",
    "auto_stop_mins": 10,
    "min_num_clusters": 1,
    "max_num_clusters": 1,
    "enable_photon": False,
    "enable_serverless_compute": True,
    "warehouse_type": "PRO",
    "spot_instance_policy": "COST_OPTIMIZED",
}
"""What a warehouse is where nothing else is said."""
_MINUTE_MS = 60_000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WarehouseState:
    """How a warehouse is."""

    state: str
    """STARTING, RUNNING, STOPPING or STOPPED."""
    sessions: int
    """Statements that run on it now."""


class Warehouses:
    """Implements `ports.Service`. Safe for threads; no call waits for an engine but those of `compute`."""

    def __init__(
        self,
        *,
        documents: DocumentStore,
        clusters: Clusters,
        cluster_store: ClusterStore,
        sessions: Sessions,
        clock: Clock,
    ) -> None:
        self._documents = documents
        self._clusters = clusters
        self._cluster_store = cluster_store
        self._sessions = sessions
        self._clock = clock
        self._lock = threading.Lock()
        self._used_ms: dict[str, int] = {}
        self._starting: set[str] = set()
        self._lookout = Lookout("idle warehouses", self.look)
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="brickyard-warehouses")

    # ----------------------------------------------------------------------------------------------- lifecycle

    def start(self) -> None:
        """Begin to look for warehouses that nobody uses."""
        self._lookout.start()

    def stop(self) -> None:
        """Look no more. Engines go on: the next server takes them over."""
        self._lookout.stop()
        self._threads.shutdown(wait=True)

    def check(self) -> None:
        """Whether somebody looks.

        Raises:
            Unavailable: nobody does any more; the text says why.
        """
        self._lookout.check()

    # ------------------------------------------------------------------------------------------------ the door

    def get(self, warehouse_id: str) -> Document:
        """The warehouse.

        Raises:
            NotFound: there is none of this id.
        """
        found = self._documents.get(KIND, warehouse_id)
        if found is None:
            raise NotFound(f"The warehouse {warehouse_id[:100]} does not exist.")
        return found

    def state(self, warehouse_id: str) -> WarehouseState:
        """How a warehouse is now."""
        engine = self._engine(warehouse_id)
        sessions = len(self._sessions.of_host(warehouse_id))
        with self._lock:
            if warehouse_id in self._starting and (engine is None or engine.state != "RUNNING"):
                return WarehouseState("STARTING", sessions)
        if engine is None:
            return WarehouseState("STOPPED", sessions)
        states = {"PENDING": "STARTING", "TERMINATING": "STOPPING"}
        return WarehouseState(states.get(engine.state, "RUNNING"), sessions)

    def begin(self, warehouse_id: str) -> None:
        """Start a warehouse; returns at once."""
        warehouse = self.get(warehouse_id)
        with self._lock:
            if warehouse_id in self._starting:
                return
            self._starting.add(warehouse_id)
        self._threads.submit(self._begun, warehouse)

    def end(self, warehouse_id: str, reason: str, code: str = "USER_REQUEST") -> None:
        """Stop a warehouse, also one that is being started: what runs on it is cancelled."""
        with self._lock:
            self._starting.discard(warehouse_id)
        self._sessions.close_all(warehouse_id, reason)
        self._clusters.end(0, warehouse_id, reason, code)

    def compute(self, warehouse_id: str) -> SessionCompute:
        """The compute of a statement; the warehouse is started when it is first asked for."""
        return _Compute(self, warehouse_id)

    def acquire(self, warehouse_id: str) -> ComputeAnswer:
        """Where the warehouse's Spark is; waits for its start.

        Raises:
            NotFound: there is no such warehouse.
            Unavailable: it could not be started.
        """
        warehouse = self.get(warehouse_id)
        self._note_use(warehouse_id)
        engine = self._clusters.acquire(_request(warehouse))
        return ComputeAnswer(url=engine.endpoint, cluster_id=engine.cluster_id, cluster_name=engine.name)

    def explain(self, warehouse_id: str) -> str:
        """Why its engine no longer answers, as a sentence; "" where it is alive."""
        return self._clusters.explain(0, warehouse_id)

    def look(self) -> None:
        """Stop every warehouse that nobody has used for as long as it was told."""
        for warehouse in self._documents.find(KIND):
            minutes = int(warehouse.body.get("auto_stop_mins", 0))
            if not minutes or self._engine(warehouse.document_id) is None:
                continue
            if self._sessions.of_host(warehouse.document_id):
                self._note_use(warehouse.document_id)
            elif self._clock.now_ms() - self._since(warehouse.document_id) >= minutes * _MINUTE_MS:
                self.end(warehouse.document_id, f"Nothing ran on it for {minutes} minutes.", "INACTIVITY")

    # -------------------------------------------------------------------------------------------------- internals

    def _begun(self, warehouse: Document) -> None:
        if not self._is_wanted(warehouse.document_id):
            return
        try:
            self._note_use(warehouse.document_id)
            self._clusters.acquire(_request(warehouse))
        except Unavailable as error:
            # Whoever asks sees it STOPPED; the reason is with its cluster.
            _log.warning("a warehouse did not start", warehouse_id=warehouse.document_id, reason=error.message)
        if not self._is_wanted(warehouse.document_id):
            self._clusters.end(0, warehouse.document_id, "It was stopped while it was being started.", "USER_REQUEST")
        with self._lock:
            self._starting.discard(warehouse.document_id)

    def _is_wanted(self, warehouse_id: str) -> bool:
        """Whether nobody has stopped it since somebody asked for its start."""
        with self._lock:
            return warehouse_id in self._starting

    def _engine(self, warehouse_id: str) -> ClusterRecord | None:
        alive = self._cluster_store.alive()
        return next((each for each in alive if not each.run_id and each.key == warehouse_id), None)

    def _note_use(self, warehouse_id: str) -> None:
        with self._lock:
            self._used_ms[warehouse_id] = self._clock.now_ms()

    def _since(self, warehouse_id: str) -> int:
        with self._lock:
            return self._used_ms.setdefault(warehouse_id, self._clock.now_ms())


@dataclass(frozen=True, slots=True)
class _Compute:
    """Implements `ports.sessions.SessionCompute`."""

    warehouses: Warehouses
    warehouse_id: str

    def acquire(self) -> ComputeAnswer:
        return self.warehouses.acquire(self.warehouse_id)

    def explain(self) -> str:
        return self.warehouses.explain(self.warehouse_id)


def _request(warehouse: Document) -> ClusterRequest:
    given = warehouse.body.get("tags", {}).get("custom_tags", [])
    return ClusterRequest(
        run_id=0,
        job_id=0,
        attempt_id=0,
        key=warehouse.document_id,
        spec=None,
        tags={each["key"]: each["value"] for each in given},
        name=warehouse.name,
        owner=warehouse.owner,
    )
