"""All-purpose clusters on a database in memory; the test plays engines, sessions and packages, and moves the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.engine.access.founding import found
from brickyard.engine.access.gate import Gate
from brickyard.engine.active import ActiveRuns
from brickyard.engine.cluster_secrets import ClusterSecrets
from brickyard.engine.clusters.existing import ClustersInUse
from brickyard.engine.clusters.part import AllPurposePart
from brickyard.engine.details import DetailsCache
from brickyard.records import AllPurposeRecord, ClusterRecord, PrincipalRecord
from brickyard.settings import read
from brickyard.storage.store import open_store
from tests.engine.house import USER, CountingIds, HandClock
from tests.hand_engines import HandEngines
from tests.hand_environments import HandEnvironments
from tests.hand_sessions import HandSessions

PATIENCE = 20.0
LEAST = {"spark_version": "16.4.x-scala2.12", "cluster_name": "mine"}


class Uses(ClustersInUse):
    """The clusters that tasks run on, as the test says."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.now: set[str] = set()

    def ids(self) -> set[str]:
        return set(self.now)


class Clusters:
    """One server's all-purpose clusters; `restarted` is the next server's on the same database."""

    def __init__(self, home: Path, *, max_engines: int = 4) -> None:
        self.home = home
        self.settings = read({"BRICKYARD_HOME": str(home), "BRICKYARD_MAX_ENGINES": str(max_engines)})
        self.clock = HandClock()
        self.ids = CountingIds()
        self.store = open_store("sqlite://", key_file=home / "key", clock=self.clock)
        found(self.store.principals, USER, self.clock, self.ids)
        self.gate = Gate(self.store)
        self.engines = HandEngines(self.store.clusters, self.clock)
        self.last_commands: dict[str, int] = {}
        self._build()

    def _build(self) -> None:
        self.sessions = HandSessions()
        self.environments = HandEnvironments()
        self.uses = Uses(ActiveRuns(self.store.runs), DetailsCache(self.store.runs))
        self.part = AllPurposePart(
            store=self.store,
            clusters=self.engines,
            environments=self.environments,
            sessions=self.sessions,
            last_command_ms=lambda cluster_id: self.last_commands.get(cluster_id, 0),
            secrets=ClusterSecrets(self.store.secrets, self.store.principals, self.gate),
            in_use=self.uses,
            clock=self.clock,
            ids=self.ids,
            settings=self.settings,
        )
        self.commands = self.part.commands

    def restart(self) -> None:
        """What the next server does after this one was killed."""
        self.part.book.close()
        self._build()
        self.part.start()

    def create(self, **settings: Any) -> str:
        """A cluster that runs."""
        cluster_id = self.commands.create({**LEAST, **settings}, user=USER)
        self.until(cluster_id, "RUNNING")
        return cluster_id

    def until(self, cluster_id: str, *states: str) -> AllPurposeRecord:
        record = self.part.book.until(cluster_id, *states, seconds=PATIENCE)
        assert record.state in states, record
        return record

    def until_true(self, holds: Callable[[], bool]) -> None:
        """Wait for something that the book tells of."""
        changed = self.part.book._changed
        with changed:
            assert changed.wait_for(holds, PATIENCE)

    def intervals(self, cluster_id: str) -> list[ClusterRecord]:
        """Every time that the cluster ran, oldest first."""
        return [each for each in self.store.clusters.of_run(0) if each.key == cluster_id]

    def kinds(self, cluster_id: str) -> list[str]:
        """What happened, oldest first."""
        return [kind for _, kind, _ in self.commands.events(cluster_id)]

    def person(self, name: str) -> str:
        record = PrincipalRecord(principal_id=self.ids.next_id(), kind=PrincipalKind.USER, name=name)
        self.store.principals.add(record)
        return name

    def advance(self, minutes: float) -> None:
        """Let time pass, and the watch look."""
        self.clock.ms += int(minutes * 60_000)
        self.part.idle.look()


@pytest.fixture
def clusters(tmp_path: Path) -> Iterator[Clusters]:
    made = Clusters(tmp_path)
    made.part.start()
    yield made
    made.part.stop(keep_engines=True)
    made.store.close()
