"""What the tests of the runtime stand on: a real engine process, and a bridge to a real metastore."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from brickyard.clock import SystemClock
from brickyard.errors import BrickyardError
from brickyard.storage.store import SqlStore, open_store
from brickyard.workloads import messages as m
from brickyard.workloads.bridge import AskError

SAIL = Path(sys.executable).with_name("sail")
CATALOGS = '[{type="memory", name="main", initial_database=["default"]}]'


class Engine:
    """A Sail server of its own process."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = os.environ | {
            "SAIL_RUNTIME__MEMORY_POOL__TYPE": "fair",
            "SAIL_RUNTIME__MEMORY_POOL__FAIR__MAX_SIZE": str(1 << 30),
            "SAIL_SPARK__SESSION_TIMEOUT_SECS": "86400",
            "TOKIO_WORKER_THREADS": "8",
            "SAIL_CATALOG__LIST": CATALOGS,
            "SAIL_CATALOG__DEFAULT_CATALOG": "main",
        }
        self._log = (folder / f"sail-{self.port}.log").open("wb")
        self.process = subprocess.Popen(
            [str(SAIL), "spark", "server", "--port", str(self.port)],
            env=environment,
            cwd=folder,
            stdout=self._log,
            stderr=self._log,
        )
        self._wait()

    def _wait(self) -> None:
        # A refused connection returns at once; the server listens within 60 ms.
        for _ in range(5000):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            try:
                self.process.wait(timeout=0.01)
            except subprocess.TimeoutExpired:
                continue
            break
        raise RuntimeError("The engine did not start.")

    @property
    def url(self) -> str:
        return f"sc://127.0.0.1:{self.port}"

    def kill(self, number: int = signal.SIGKILL) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(timeout=10)
        self._log.close()


@dataclass
class TestBridge:
    """Answers a session's asks as the server does, from a real store."""

    __test__ = False

    store: SqlStore
    engine: Engine
    asked: list[m.Body] = field(default_factory=list)
    stop: str = ""
    stops: list[Callable[[], None]] = field(default_factory=list)

    def ask(self, body: m.Body) -> Any:
        self.asked.append(body)
        try:
            return msgspec.to_builtins(self._answer(body))
        except BrickyardError as error:
            raise AskError(error.message, error.code) from None

    def started(self) -> None: ...

    def cell_ended(self, index: int, state: str) -> None: ...

    def on_interrupt(self, call: Callable[[str], None]) -> None:
        raise AssertionError("a session's")

    def on_stop(self, call: Callable[[], None]) -> None:
        self.stops.append(call)

    @property
    def stop_reason(self) -> str:
        return self.stop

    def _answer(self, body: m.Body) -> Any:  # noqa: C901, PLR0911  one case for each ask
        meta = self.store.metastore
        match body:
            case m.GetCompute():
                return m.ComputeAnswer(url=self.engine.url, cluster_id="c1")
            case m.ExplainCompute():
                code = self.engine.process.poll()
                return "" if code is None else f"The Spark engine was killed by signal {-code}, likely out of memory."
            case m.LookupTables():
                return meta.lookup(body.names)
            case m.ListTables():
                return meta.tables(body.catalog, body.schema)
            case m.ListSchemas():
                return meta.catalogs() if body.catalog is None else meta.schemas(body.catalog)
            case m.PutTable():
                return meta.put(body.entry, mode=body.mode)
            case m.DropTable():
                return meta.drop(body.table)
            case m.PutSchema():
                return self._put_schema(body)
            case m.DropSchema():
                if body.name:
                    return meta.drop_schema(body.catalog, body.name, cascade=body.cascade)
                return meta.drop_catalog(body.catalog, cascade=body.cascade)
        raise NotImplementedError(body)

    def _put_schema(self, body: m.PutSchema) -> None:
        meta = self.store.metastore
        if body.entry.name:
            meta.create_schema(body.entry, if_absent=body.if_absent)
        else:
            meta.create_catalog(body.entry.catalog, if_absent=body.if_absent)


@dataclass
class House:
    """A home with folders and a metastore; opens sessions as tasks do."""

    root: Path
    store: SqlStore
    engine: Engine
    sessions: list[Any] = field(default_factory=list)
    bridges: list[TestBridge] = field(default_factory=list)

    @property
    def paths(self) -> m.Paths:
        found = {name: str(self.root / name) for name in ("workspace", "volumes", "dbfs", "warehouse")}
        return m.Paths(**found)

    def session(self, engine: Engine | None = None, conf: Mapping[str, str] | None = None) -> Any:
        from brickyard.workloads.runtime.session import open_session

        assignment = m.Assignment(
            attempt_id=len(self.sessions) + 1,
            work=m.NotebookWork(path="/x"),
            folder=str(self.root),
            paths=self.paths,
            context=m.JobContext(),
            spark_conf=dict(conf or {}),
        )
        self.bridges.append(TestBridge(self.store, engine or self.engine))
        session = open_session(assignment, self.bridges[-1])
        self.sessions.append(session)
        return session


def make(root: Path, engine: Engine) -> House:
    for name in ("workspace", "volumes", "dbfs", "warehouse"):
        (root / name).mkdir(parents=True)
    store = open_store("sqlite:///:memory:", key_file=root / "key", clock=SystemClock())
    return House(root, store, engine)
