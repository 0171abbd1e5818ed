"""All that belongs to SQL warehouses and their statements, built and joined."""

from __future__ import annotations

from brickyard.access.identity import USERS, PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.engine.statements.results import Results
from brickyard.engine.statements.service import Statements
from brickyard.engine.warehouses.service import DEFAULTS, KIND, Warehouses
from brickyard.ports import Clock, Clusters, Ids, Store
from brickyard.ports.sessions import Sessions
from brickyard.records import AclEntry, Document
from brickyard.settings import Settings

STARTER = "Serverless Starter Warehouse"


class SqlPart:
    """Implements `ports.Service`. Started after the engine, whose sessions it uses, and stopped before it."""

    def __init__(
        self, *, store: Store, clusters: Clusters, sessions: Sessions, clock: Clock, ids: Ids, settings: Settings
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self.warehouses = Warehouses(
            documents=store.documents, clusters=clusters, cluster_store=store.clusters, sessions=sessions, clock=clock
        )
        self.statements = Statements(
            store=store.statements,
            sessions=sessions,
            compute=self.warehouses.compute,
            results=Results(settings.statements),
            clock=clock,
            ids=ids,
        )

    def start(self) -> None:
        """Fail the statements that an earlier server has left, and watch for warehouses that nobody uses."""
        self.statements.start()
        self.warehouses.start()

    def stop(self) -> None:
        """Cancel the statements; engines live on for the next server. May be called twice."""
        self.statements.stop()
        self.warehouses.stop()

    def check(self) -> None:
        """Raise `Unavailable` where warehouses are watched no more."""
        self.warehouses.check()

    def found(self, owner: str) -> None:
        """Make the warehouse that everybody may use, once for each installation: one that was deleted stays away."""
        mine = self._ids.token(8)
        if self._store.meta("starter_warehouse", lambda: mine) != mine:
            return
        now = self._clock.now_ms()
        starter = Document(
            kind=KIND, document_id=mine, name=STARTER, owner=owner, created_ms=now, updated_ms=now, body=DEFAULTS
        )
        self._store.documents.save(starter)
        everybody = AclEntry(PrincipalKind.GROUP, USERS, "CAN_USE")
        self._store.acls.replace(ObjectType.WAREHOUSES, mine, [everybody])
