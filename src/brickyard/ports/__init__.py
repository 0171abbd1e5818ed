"""Every seam. The engine knows storage, compute and observers only through these; one page for each subject."""

from __future__ import annotations

from brickyard.ports.backfills import BackfillStore
from brickyard.ports.clusters import AllPurposeStore
from brickyard.ports.compute import (
    Checkout,
    Checkouts,
    ClusterRequest,
    Clusters,
    Environments,
    GitLogin,
    Workers,
    WorkerSink,
)
from brickyard.ports.life import Announcement, Clock, Ids, Observer, Service
from brickyard.ports.objects import ClusterStore, MetastoreStore, QueryStore, SecretStore
from brickyard.ports.people import AclStore, AuditStore, DocumentStore, PrincipalStore, TokenStore
from brickyard.ports.runs import JobStore, RunStore, TaskValueStore
from brickyard.ports.sessions import SessionCompute, SessionRequest, Sessions
from brickyard.ports.store import Store

__all__ = [
    "AclStore",
    "AllPurposeStore",
    "Announcement",
    "AuditStore",
    "BackfillStore",
    "Checkout",
    "Checkouts",
    "Clock",
    "ClusterRequest",
    "ClusterStore",
    "Clusters",
    "DocumentStore",
    "Environments",
    "GitLogin",
    "Ids",
    "JobStore",
    "MetastoreStore",
    "Observer",
    "PrincipalStore",
    "QueryStore",
    "RunStore",
    "SecretStore",
    "Service",
    "SessionCompute",
    "SessionRequest",
    "Sessions",
    "Store",
    "TaskValueStore",
    "TokenStore",
    "WorkerSink",
    "Workers",
]
