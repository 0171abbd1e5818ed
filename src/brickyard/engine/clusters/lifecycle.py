"""Starts and ends all-purpose clusters: the states at once, the engines on threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog

from brickyard.engine.cluster_secrets import ClusterSecrets
from brickyard.engine.clusters import reasons
from brickyard.engine.clusters.book import ACTIVE, ENDED, STARTING, ClusterBook
from brickyard.engine.clusters.libraries import ClusterLibraries
from brickyard.errors import BrickyardError, QuotaExceeded, Unavailable
from brickyard.jobs import all_purpose
from brickyard.ports import ClusterRequest, Clusters, ClusterStore, Sessions
from brickyard.records import AllPurposeRecord, ClusterRecord, Json

_log = structlog.get_logger(__name__)
_THREADS = 8


class Lifecycle:
    """Every call returns at once; what it set off goes on by itself, one step at a time for each cluster."""

    def __init__(
        self,
        *,
        book: ClusterBook,
        clusters: Clusters,
        intervals: ClusterStore,
        sessions: Sessions,
        secrets: ClusterSecrets,
        libraries: ClusterLibraries,
        limit: int,
    ) -> None:
        self._book = book
        self._clusters = clusters
        self._intervals = intervals
        self._sessions = sessions
        self._secrets = secrets
        self._libraries = libraries
        self._limit = limit
        self._lock = threading.Lock()
        self._steps: dict[str, threading.Lock] = {}
        self._running: dict[str, ClusterRecord] = {}
        self._stopped = False
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="brickyard-all-purpose")
        clusters.on_loss(self._lost)

    # ------------------------------------------------------------------------------------------- from outside

    def check_quota(self) -> None:
        """That one more cluster may run.

        Raises:
            QuotaExceeded: as many as are allowed do.
        """
        running = sum(record.state in ACTIVE for record in self._book.all())
        if running >= self._limit:
            raise QuotaExceeded(
                f"{running} all-purpose clusters run, and at most {self._limit} may at once (BRICKYARD_MAX_ENGINES). "
                "Terminate one."
            )

    def created(self, record: AllPurposeRecord) -> None:
        """A new cluster is in the book: bring it up."""
        self._later(self._bring_up, record.cluster_id, record.starts)

    def start(self, cluster_id: str, details: Json) -> None:
        """Start a cluster that has ended; any other stays as it is.

        Raises:
            QuotaExceeded: as many as are allowed run.
            InvalidParameterValue: it does not exist.
        """
        found = self._book.get(cluster_id)
        if found.state not in ENDED:
            return
        self.check_quota()
        self._go("STARTING", cluster_id, details, ENDED, self._bring_up, state="PENDING", state_message="", reason={})

    def restart(self, cluster_id: str, details: Json, *, state: str = "RESTARTING") -> None:
        """Give a running cluster a new engine; any other stays as it is."""
        event = "RESIZING" if state == "RESIZING" else "RESTARTING"
        self._go(event, cluster_id, details, ("RUNNING",), self._replace, state=state)

    def terminate(self, cluster_id: str, reason: Json, details: Json, *, idle_since: int | None = None) -> bool:
        """End a cluster that has not ended; False where there was nothing to do.

        Args:
            cluster_id: of the cluster.
            reason: why, as in `reasons`.
            details: further details of the event.
            idle_since: end it only where nothing has run on it since this time, epoch ms.
        """

        def expect(record: AllPurposeRecord) -> bool:
            return record.state in ACTIVE - {"TERMINATING"} and (idle_since is None or record.used_ms <= idle_since)

        found = self._book.change(
            cluster_id,
            "TERMINATING",
            {"reason": reason, **details},
            expect=expect,
            state="TERMINATING",
            state_message=reasons.told(reason),
            reason=reason,
        )
        if found is not None:
            self._later(self._take_down, cluster_id)
        return found is not None

    def remove(self, cluster_id: str, user: str, then: Callable[[], None]) -> None:
        """End a cluster and forget it; `then` is called when that has happened."""
        self.terminate(cluster_id, reasons.by_user(user), {"user": user})
        if self._book.get(cluster_id).state in ENDED:
            self._forget(cluster_id, then)
        else:
            self._later(self._forget, cluster_id, then)

    def engine(self, cluster_id: str) -> ClusterRecord:
        """The running engine of a cluster; waits for one that is being started.

        Raises:
            Unavailable: it does not run; the text says why.
            InvalidParameterValue: there is no such cluster.
        """
        record = self._book.settled(cluster_id)
        with self._lock:
            found = self._running.get(cluster_id)
        if record.state != "RUNNING" or found is None:
            why = f": {record.state_message}" if record.state_message else ""
            raise Unavailable(f"Cluster {cluster_id} is {record.state}{why}")
        return found

    def explain(self, cluster_id: str) -> str:
        """Why the engine no longer answers, as a sentence; "" where it is alive."""
        record = self._book.store.get(cluster_id)
        if record is not None and record.state in {"TERMINATING", *ENDED}:
            return record.state_message
        return self._clusters.explain(0, cluster_id)

    def recover(self) -> None:
        """At start: take up what an earlier server left. Compute has found out already which engines live."""
        alive = {each.key: each for each in self._intervals.alive() if not each.run_id}
        for record in self._book.all():
            engine = alive.get(record.cluster_id)
            if record.state == "TERMINATING":
                self._later(self._take_down, record.cluster_id)
            elif engine is not None and engine.state == "RUNNING" and record.state in ACTIVE:
                with self._lock:
                    self._running[record.cluster_id] = engine
                self._book.change(record.cluster_id, state="RUNNING", state_message="")
                self._libraries.begin(record.cluster_id)
            elif record.state in STARTING:
                self._later(self._bring_up, record.cluster_id, record.starts)
            elif record.state == "RUNNING":
                self._end(record.cluster_id, reasons.lost("The engine ended while no server was there."))

    def stop(self, *, keep_engines: bool) -> None:
        """Begin no more; what is under way is waited for.

        Args:
            keep_engines: leave them to the next server; else they are ended.
        """
        with self._lock:
            self._stopped = True
        self._threads.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            running = [] if keep_engines else list(self._running)
        for cluster_id in running:
            self._drop_engine(cluster_id, reasons.server_stopped())
            self._end(cluster_id, reasons.server_stopped())

    # -------------------------------------------------------------------------------------------- on threads

    def _go(
        self,
        event: str,
        cluster_id: str,
        details: Json,
        states: tuple[str, ...],
        step: Callable[[str, int], None],
        **changes: Any,
    ) -> None:
        """Begin another time of running: the number of starts tells it from those before."""
        starts = self._book.get(cluster_id).starts + 1
        found = self._book.change(
            cluster_id,
            event,
            details,
            expect=lambda record: record.state in states and record.starts == starts - 1,
            starts=starts,
            **changes,
        )
        if found is not None:
            self._later(step, cluster_id, starts)

    def _bring_up(self, cluster_id: str, starts: int) -> None:
        def is_mine(record: AllPurposeRecord) -> bool:
            return record.starts == starts and record.state in STARTING

        record = self._book.store.get(cluster_id)
        if record is None or not is_mine(record):
            return
        self._sessions.close_all(cluster_id, "The cluster was started anew.")
        try:
            engine = self._clusters.acquire(self._request(record))
        except BrickyardError as error:
            if self._book.store.get(cluster_id) == record:
                self._end(cluster_id, reasons.not_started(error))
            return
        with self._lock:
            self._running[cluster_id] = engine
        now = self._book.now_ms()
        changes = {"state": "RUNNING", "state_message": "", "started_ms": now, "used_ms": now, "ended_ms": 0}
        if self._book.change(cluster_id, "RUNNING", {}, expect=is_mine, **changes) is None:
            self._drop_engine(cluster_id, reasons.by_user(record.owner))
            return
        self._libraries.begin(cluster_id)

    def _replace(self, cluster_id: str, starts: int) -> None:
        self._sessions.close_all(cluster_id, "The cluster was restarted.")
        self._drop_engine(cluster_id, {"code": "USER_REQUEST"}, "The cluster was restarted.")
        self._libraries.ended(cluster_id)
        self._bring_up(cluster_id, starts)

    def _take_down(self, cluster_id: str) -> None:
        record = self._book.store.get(cluster_id)
        if record is None or record.state != "TERMINATING":
            return
        self._sessions.close_all(cluster_id, record.state_message)
        self._drop_engine(cluster_id, record.reason, record.state_message)
        self._libraries.ended(cluster_id)
        self._book.change(cluster_id, state="TERMINATED", ended_ms=self._book.now_ms())

    def _drop_engine(self, cluster_id: str, reason: Json, text: str = "") -> None:
        with self._lock:
            self._running.pop(cluster_id, None)
        self._clusters.end(0, cluster_id, text or reasons.told(reason), str(reason["code"]))

    def _forget(self, cluster_id: str, then: Callable[[], None]) -> None:
        self._book.delete(cluster_id)
        then()

    def _lost(self, ended: ClusterRecord) -> None:
        """On a thread of compute: an engine has ended by itself."""
        with self._lock:
            known = self._running.get(ended.key)
            if known is None or known.cluster_id != ended.cluster_id:
                return
            del self._running[ended.key]
        self._end(ended.key, reasons.lost(ended.reason))

    def _end(self, cluster_id: str, reason: Json) -> None:
        self._book.change(
            cluster_id,
            "TERMINATING",
            {"reason": reason},
            state="TERMINATED",
            state_message=reasons.told(reason),
            reason=reason,
            ended_ms=self._book.now_ms(),
        )
        self._libraries.ended(cluster_id)

    def _give_up(self, cluster_id: str, error: Exception) -> None:
        """A step has failed in a way that nobody has thought of: the cluster has ended, and can be started again."""
        text = f"The server failed at this: {type(error).__name__}: {error}"
        reason = {"code": "INTERNAL_ERROR", "type": "SERVICE_FAULT", "parameters": {"databricks_error_message": text}}
        self._book.change(
            cluster_id,
            "TERMINATING",
            {"reason": reason},
            expect=lambda record: record.state in ACTIVE,
            state="TERMINATED",
            state_message=text,
            reason=reason,
            ended_ms=self._book.now_ms(),
        )

    def _request(self, record: AllPurposeRecord) -> ClusterRequest:
        settings = all_purpose.parse(record.settings)
        return ClusterRequest(
            run_id=0,
            job_id=0,
            attempt_id=0,
            key=record.cluster_id,
            spec=settings.spec,
            tags=default_tags(record) | dict(settings.spec.custom_tags),
            name=record.name,
            owner=record.owner,
            secrets=self._secrets.values(settings.spec, record.owner),
        )

    def _later(self, step: Callable[..., None], cluster_id: str, *arguments: Any) -> None:
        def perform() -> None:
            with self._lock:
                lock = self._steps.setdefault(cluster_id, threading.Lock())
            with lock:
                try:
                    step(cluster_id, *arguments)
                except Exception as error:  # noqa: BLE001 -- whatever went wrong, nobody may wait for this step for ever
                    _log.exception("a step of a cluster failed", cluster_id=cluster_id)
                    self._give_up(cluster_id, error)

        with self._lock:
            if not self._stopped:
                self._threads.submit(perform)


def default_tags(record: AllPurposeRecord) -> dict[str, str]:
    """The tags that every cluster has."""
    return {
        "Vendor": "Brickyard",
        "Creator": record.owner,
        "ClusterName": record.name,
        "ClusterId": record.cluster_id,
    }
