"""All that belongs to all-purpose clusters, built and joined."""

from __future__ import annotations

from collections.abc import Callable

from brickyard.engine.access.gate import Gate
from brickyard.engine.cluster_secrets import ClusterSecrets
from brickyard.engine.clusters.book import ClusterBook
from brickyard.engine.clusters.commands import AllPurposeCommands
from brickyard.engine.clusters.existing import ClustersInUse, ExistingClusters
from brickyard.engine.clusters.idle import IdleWatch
from brickyard.engine.clusters.libraries import ClusterLibraries
from brickyard.engine.clusters.lifecycle import Lifecycle
from brickyard.engine.folders import paths_of
from brickyard.engine.policies import ClusterPolicies
from brickyard.ports import Clock, Clusters, Environments, Ids, Sessions, Store
from brickyard.settings import Settings


class AllPurposePart:
    """`commands` is the door for surfaces, `existing` the one for tasks."""

    def __init__(
        self,
        *,
        store: Store,
        clusters: Clusters,
        environments: Environments,
        sessions: Sessions,
        last_command_ms: Callable[[str], int],
        secrets: ClusterSecrets,
        in_use: ClustersInUse,
        clock: Clock,
        ids: Ids,
        settings: Settings,
    ) -> None:
        self.book = book = ClusterBook(store.all_purpose, clock)
        self._libraries = ClusterLibraries(book, environments, paths_of(settings))
        self._lifecycle = Lifecycle(
            book=book,
            clusters=clusters,
            intervals=store.clusters,
            sessions=sessions,
            secrets=secrets,
            libraries=self._libraries,
            limit=settings.max_engines,
        )
        self.existing = ExistingClusters(
            book=book,
            lifecycle=self._lifecycle,
            libraries=self._libraries,
            secrets=secrets,
            gate=Gate(store),
            principals=store.principals,
        )
        self.commands = AllPurposeCommands(
            book=book,
            lifecycle=self._lifecycle,
            libraries=self._libraries,
            existing=self.existing,
            secrets=secrets,
            policies=ClusterPolicies(store.documents, Gate(store)),
            principals=store.principals,
            busy=lambda cluster_id: bool(sessions.of_host(cluster_id)) or cluster_id in in_use.ids(),
            ids=ids,
        )
        self.idle = IdleWatch(book=book, lifecycle=self._lifecycle, in_use=in_use.ids, last_command_ms=last_command_ms)

    def start(self) -> None:
        """Take up what an earlier server left. The clusters of compute are started already, and the runs are known."""
        self._lifecycle.recover()
        self.idle.start()

    def stop(self, *, keep_engines: bool) -> None:
        """Begin no more; engines live on for the next server on wish, else the clusters end."""
        self.book.close()
        self.idle.stop()
        self._lifecycle.stop(keep_engines=keep_engines)
        self._libraries.stop()
