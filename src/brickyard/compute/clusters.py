"""Clusters on Sail: one engine process for each (run, key). Implements `ports.Clusters`."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import structlog

from brickyard.compute.engines import Engine, Engines
from brickyard.compute.launcher import Launcher
from brickyard.compute.processes import Identity
from brickyard.compute.spare import Spare
from brickyard.errors import QuotaExceeded, Unavailable
from brickyard.ports import Clock, ClusterRequest, ClusterStore, Ids
from brickyard.records import ClusterRecord
from brickyard.settings import Settings
from brickyard.workloads import secret_references

_log = structlog.get_logger(__name__)

SERVERLESS = "serverless"
_Key = tuple[int, str]
_RUN_ENDED = "The run ended while the cluster was being started."


@dataclasses.dataclass(slots=True)
class _Held:
    """A cluster whose engine is this server's."""

    record: ClusterRecord
    engine: Engine


class SailClusters:
    """One per server.

    Args:
        idle_seconds: how long the spare engine is kept when no run has a cluster.
    """

    def __init__(
        self,
        settings: Settings,
        store: ClusterStore,
        clock: Clock,
        ids: Ids,
        launcher: Launcher,
        *,
        idle_seconds: float = 300.0,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._ids = ids
        self._launcher = launcher
        self._engines = Engines(launcher, clock, self._engine_ended)
        self._spare = Spare(lambda: self._engines.start(f"spare-{ids.token(6)}", None), idle_seconds)
        self._changed = threading.Condition()
        self._held: dict[_Key, _Held] = {}
        self._locks: dict[_Key, threading.Lock] = {}
        self._serverless = 0
        self._creating: set[_Key] = set()
        self._unwanted: dict[_Key, tuple[str, str]] = {}
        """Clusters that are being started and are not wanted any more; why, as a sentence and a code."""
        self._listeners: list[Callable[[ClusterRecord], None]] = []
        self._closed = False
        self._recorder = ThreadPoolExecutor(1, thread_name_prefix="brickyard-clusters")

    # --------------------------------------------------------------------------------------------- lifecycle

    def start(self) -> None:
        """Take over the clusters of an earlier server that live, mark those that do not, and warm a spare."""
        self._launcher.listen(self._engines)
        known = set()
        for record in self._store.alive():
            process = Identity(record.pid, record.pid_started)
            if process.alive():
                known.add(process)
                self._adopt(record, process)
            else:
                self._record_end(record, "ERROR", "The engine ended while no server was there.", "DRIVER_UNREACHABLE")
        for process in self._launcher.programs():
            if process not in known:
                process.kill()  # a spare, or an engine that was never recorded
        self._spare.fill()

    def stop(self) -> None:
        """Start no more. Engines of runs live on: the next server takes them over, or the launcher ends them."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
        self._spare.close()
        self._recorder.shutdown(wait=True)

    # -------------------------------------------------------------------------------------------------- port

    def acquire(self, request: ClusterRequest) -> ClusterRecord:
        key = (request.run_id, request.key)
        with self._changed:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            with self._changed:
                held = self._held.get(key)
            if held is not None and held.engine.alive:
                return held.record
            with self._changed:
                self._creating.add(key)
            try:
                return self._create(request)
            finally:
                with self._changed:
                    self._creating.discard(key)
                    self._unwanted.pop(key, None)

    def explain(self, run_id: int, key: str) -> str:
        with self._changed:
            held = self._held.get((run_id, key))
        if held is not None:
            return "" if held.engine.alive else held.engine.describe_end()
        past = [record for record in self._store.of_run(run_id) if record.key == key]
        return past[-1].reason if past else ""

    def end_of_attempt(self, attempt_id: int) -> None:
        with self._changed:
            own = [key for key in self._held if key[1] == f"task:{attempt_id}"]
        for key in own:
            self._end(key, "The task that the cluster was made for is over.")

    def end_of_run(self, run_id: int, reason: str) -> None:
        with self._changed:
            for key in self._creating:
                if key[0] == run_id:
                    self._unwanted[key] = (_RUN_ENDED, "JOB_FINISHED")
            self._changed.notify_all()
            keys = [key for key in self._held if key[0] == run_id]
        for key in keys:
            self._end(key, reason)

    def end(self, run_id: int, key: str, reason: str, code: str) -> None:
        with self._changed:
            if (run_id, key) in self._creating:
                self._unwanted[run_id, key] = (reason, code)
            self._changed.notify_all()
        self._end((run_id, key), reason, code)

    def on_loss(self, call: Callable[[ClusterRecord], None]) -> None:
        self._listeners.append(call)

    # --------------------------------------------------------------------------------------------- internals

    def _create(self, request: ClusterRequest) -> ClusterRecord:
        record = self._new_record(request)
        with self._slot(request):
            cause = "The first task that needs it has started." if request.run_id else "It was asked for."
            self._save(record, "CREATING", {"cause": cause})
            try:
                engine = self._engine(record, request)
            except Unavailable as error:
                self._record_end(record, "ERROR", error.message, "SPARK_ERROR")
                raise
            record = dataclasses.replace(
                record,
                state="RUNNING",
                ready_ms=self._clock.now_ms(),
                pid=engine.process.pid,
                pid_started=engine.process.started,
                endpoint=engine.endpoint,
            )
            with self._changed:
                self._held[request.run_id, request.key] = _Held(record, engine)
            self._save(record, "RUNNING", {})
        self._after_create(record, engine)
        return record

    def _after_create(self, record: ClusterRecord, engine: Engine) -> None:
        """What may have changed while the engine was being started."""
        if record.spec is None:
            self._fill_spare()
        if not engine.alive:
            self._engine_ended(engine)
        key = (record.run_id, record.key)
        if key in self._unwanted:
            self._end(key, *self._unwanted[key])

    def _engine(self, record: ClusterRecord, request: ClusterRequest) -> Engine:
        if record.spec is None and (spare := self._spare.take()) is not None:
            # Found under the cluster's own name from now on, also by the next server.
            spare.folder.with_name(record.cluster_id).symlink_to(spare.folder.name)
            return spare
        spec = record.spec
        if spec is not None and request.secrets:
            environment = secret_references.replaced(spec.spark_env_vars, request.secrets)
            spec = dataclasses.replace(spec, spark_env_vars=environment)
        return self._engines.start(record.cluster_id, spec)

    @contextmanager
    def _slot(self, request: ClusterRequest) -> Iterator[None]:
        """Wait until one more serverless engine may live. The slot is given back when the engine ends."""
        if not request.run_id:
            self._check_quota(request.key)
        if request.spec is not None or not request.run_id:
            yield
            return

        def given_up() -> bool:
            return self._closed or (request.run_id, request.key) in self._unwanted

        with self._changed:
            self._changed.wait_for(lambda: self._serverless < self._settings.max_engines or given_up())
            if given_up():
                raise Unavailable("The run or the server ended before a Spark engine was free.")
            self._serverless += 1
        try:
            yield
        except BaseException:
            self._free_slot()
            raise

    def _check_quota(self, key: str) -> None:
        """That one more may live that belongs to no run. It is refused and does not wait: nobody knows how long."""
        limit = self._settings.max_engines
        with self._changed:
            others = {each for each in (*self._held, *self._creating) if not each[0] and each[1] != key}
        if len(others) >= limit:
            raise QuotaExceeded(
                f"{len(others)} all-purpose clusters and warehouses run, and at most {limit} may at once "
                "(BRICKYARD_MAX_ENGINES). Terminate one."
            )

    def _free_slot(self) -> None:
        with self._changed:
            self._serverless -= 1
            self._changed.notify_all()

    def _fill_spare(self) -> None:
        with self._changed:
            room = self._serverless < self._settings.max_engines
        if room:
            self._spare.fill()

    def _adopt(self, record: ClusterRecord, process: Identity) -> None:
        port = int(record.endpoint.rpartition(":")[2])
        engine = self._engines.adopt(record.cluster_id, process, port)
        with self._changed:
            self._held[record.run_id, record.key] = _Held(record, engine)
            if record.spec is None and record.run_id:
                self._serverless += 1

    def _end(self, key: _Key, reason: str, code: str = "JOB_FINISHED") -> None:
        with self._changed:
            held = self._held.pop(key, None)
            if held is None:
                return
            self._locks.pop(key, None)
        self._record_end(held.record, "TERMINATED", reason, code)
        held.engine.kill()
        self._released(held)

    def _released(self, held: _Held) -> None:
        if held.record.spec is None and held.record.run_id:
            self._free_slot()
        with self._changed:
            none_left = not any(run_id for run_id, _ in self._held)
        if none_left:
            self._spare.rest()

    def _engine_ended(self, engine: Engine) -> None:
        """On the launcher's thread, which must not wait."""
        try:
            self._recorder.submit(self._record_death, engine)
        except RuntimeError:
            _log.debug("the server stops; the next one records the end", pid=engine.process.pid)

    def _record_death(self, engine: Engine) -> None:
        engine.clean_up()
        with self._changed:
            key = next((key for key, held in self._held.items() if held.engine is engine), None)
            held = None if key is None else self._held.pop(key)
        if held is not None:
            ended = self._record_end(held.record, "ERROR", engine.describe_end(), "SPARK_ERROR")
            self._released(held)
            if not ended.run_id:
                for tell in self._listeners:
                    tell(ended)

    def _record_end(self, record: ClusterRecord, state: str, reason: str, code: str) -> ClusterRecord:
        ended = dataclasses.replace(record, state=state, ended_ms=self._clock.now_ms(), reason=reason, reason_code=code)
        self._save(ended, "TERMINATING", {"reason": {"code": code, "text": reason}})
        return ended

    def _save(self, record: ClusterRecord, event: str, details: dict[str, object]) -> None:
        self._store.save(record)
        self._store.event(record.cluster_id, self._clock.now_ms(), event, details)

    def _new_record(self, request: ClusterRequest) -> ClusterRecord:
        now_ms = self._clock.now_ms()
        # The form of the service's ids: MMDD-HHMMSS and eight more characters.
        stamp = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%m%d-%H%M%S")
        return ClusterRecord(
            cluster_id=f"{stamp}-{self._ids.token(4)}",
            name=request.name or f"job-{request.job_id}-run-{request.run_id}-{request.key}",
            state="PENDING",
            run_id=request.run_id,
            job_id=request.job_id,
            key=request.key,
            spec=request.spec,
            created_ms=now_ms,
            tags=request.tags,
            owner=request.owner,
        )
