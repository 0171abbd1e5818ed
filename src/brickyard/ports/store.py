"""All that is remembered, behind one door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from brickyard.ports.backfills import BackfillStore
from brickyard.ports.clusters import AllPurposeStore
from brickyard.ports.objects import ClusterStore, MetastoreStore, QueryStore, SecretStore
from brickyard.ports.people import AclStore, AuditStore, DocumentStore, PrincipalStore, TokenStore
from brickyard.ports.runs import JobStore, RunStore, TaskValueStore
from brickyard.ports.statements import StatementStore


class Store(Protocol):
    """All that is remembered."""

    @property
    def jobs(self) -> JobStore: ...
    @property
    def runs(self) -> RunStore: ...
    @property
    def task_values(self) -> TaskValueStore: ...
    @property
    def secrets(self) -> SecretStore: ...
    @property
    def tokens(self) -> TokenStore: ...
    @property
    def metastore(self) -> MetastoreStore: ...
    @property
    def clusters(self) -> ClusterStore: ...
    @property
    def all_purpose(self) -> AllPurposeStore: ...
    @property
    def backfills(self) -> BackfillStore: ...
    @property
    def queries(self) -> QueryStore: ...
    @property
    def principals(self) -> PrincipalStore: ...
    @property
    def acls(self) -> AclStore: ...
    @property
    def audit(self) -> AuditStore: ...
    @property
    def documents(self) -> DocumentStore: ...
    @property
    def statements(self) -> StatementStore: ...
    def meta(self, key: str, default: Callable[[], str]) -> str:
        """A fact of this installation (workspace id, default user); made by `default` at first use."""
        ...

    def check(self) -> None:
        """Ask the database something.

        Raises:
            Unavailable: it does not answer; the text says why.
        """
        ...

    def close(self) -> None: ...
