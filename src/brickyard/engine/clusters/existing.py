"""All-purpose clusters as tasks and sessions use them."""

from __future__ import annotations

from dataclasses import dataclass

from brickyard.access.actions import Action
from brickyard.access.levels import ObjectType
from brickyard.access.refs import Ref
from brickyard.engine.access.gate import Gate
from brickyard.engine.active import ActiveRuns
from brickyard.engine.cluster_secrets import ClusterSecrets
from brickyard.engine.clusters.book import ENDED, ClusterBook, no_cluster
from brickyard.engine.clusters.libraries import ClusterLibraries
from brickyard.engine.clusters.lifecycle import Lifecycle
from brickyard.engine.details import DetailsCache
from brickyard.errors import InvalidState, PermissionDenied
from brickyard.jobs import all_purpose
from brickyard.jobs.tasks import ClusterSpec, ExistingCluster
from brickyard.ports import PrincipalStore
from brickyard.ports.sessions import SessionRequest
from brickyard.runs.model import Run
from brickyard.workloads.messages import ComputeAnswer


class ExistingClusters:
    """What a task or a session needs to know of the all-purpose cluster that it names."""

    def __init__(
        self,
        *,
        book: ClusterBook,
        lifecycle: Lifecycle,
        libraries: ClusterLibraries,
        secrets: ClusterSecrets,
        gate: Gate,
        principals: PrincipalStore,
    ) -> None:
        self._gate = gate
        self._principals = principals
        self._book = book
        self._lifecycle = lifecycle
        self._libraries = libraries
        self._secrets = secrets

    def spec(self, cluster_id: str) -> ClusterSpec:
        """What the cluster was asked to be.

        Raises:
            InvalidParameterValue: there is no such cluster.
        """
        return all_purpose.parse(self._book.get(cluster_id).settings).spec

    def want(self, cluster_id: str, user: str) -> None:
        """A task is about to begin with the rights of `user`: start the cluster if it has ended. Returns at once.

        Raises:
            InvalidParameterValue: there is no such cluster.
            PermissionDenied: the user may not use it, or may not start it where it has ended.
            QuotaExceeded: no more clusters may run.
        """
        ended = self._book.get(cluster_id).state in ENDED
        who = self._principals.identity(user)
        if who is None:
            raise PermissionDenied(f"{user} is no active user of this server.")
        ref = Ref(kind=ObjectType.CLUSTERS, object_id=cluster_id, missing=no_cluster(cluster_id))
        self._gate.check(who, Action.CLUSTER_START if ended else Action.CLUSTER_VIEW, ref)
        self._lifecycle.start(cluster_id, {"cause": "A task of a job needs it."})

    def requirements(self, cluster_id: str) -> list[str]:
        """The pip requirement lines of the cluster's libraries, with paths of this machine."""
        return self._libraries.requirements(cluster_id)

    def acquire(self, cluster_id: str) -> ComputeAnswer:
        """Where its Spark is; waits for a start that is under way.

        Raises:
            Unavailable: it does not run; the text says why.
        """
        engine = self._lifecycle.engine(cluster_id)
        return ComputeAnswer(url=engine.endpoint, cluster_id=cluster_id, cluster_name=engine.name)

    def explain(self, cluster_id: str) -> str:
        """Why its engine no longer answers, as a sentence; "" where it is alive."""
        return self._lifecycle.explain(cluster_id)

    def secrets(self, cluster_id: str) -> dict[str, str]:
        """The values of the secrets that its settings refer to, by reference, with the rights of its owner.

        Raises:
            InvalidParameterValue: a secret does not exist, is no text, or may not be read.
        """
        return self._secrets.values(self.spec(cluster_id), self._book.get(cluster_id).owner)

    def session(self, cluster_id: str, user: str) -> SessionRequest:
        """A shell on the cluster.

        Raises:
            InvalidParameterValue: there is no such cluster.
            InvalidState: it does not run.
        """
        record = self._book.get(cluster_id)
        if record.state != "RUNNING":
            raise InvalidState(f"Cluster {cluster_id} is in unexpected state {record.state}; it must be RUNNING.")
        spec = self.spec(cluster_id)
        return SessionRequest(
            compute=_Compute(self, cluster_id),
            host=cluster_id,
            user_name=user,
            environment=spec.spark_env_vars,
            spark_conf=spec.spark_conf,
            requirements=self.requirements(cluster_id),
            secrets=self.secrets(cluster_id),
        )


@dataclass(frozen=True, slots=True)
class _Compute:
    """Implements `ports.SessionCompute`."""

    clusters: ExistingClusters
    cluster_id: str

    def acquire(self) -> ComputeAnswer:
        return self.clusters.acquire(self.cluster_id)

    def explain(self) -> str:
        return self.clusters.explain(self.cluster_id)


class ClustersInUse:
    """Which all-purpose clusters tasks run on now. Read from the runs, so that nothing has to be kept in step."""

    def __init__(self, active: ActiveRuns, details: DetailsCache) -> None:
        self._active = active
        self._details = details

    def ids(self) -> set[str]:
        """The ids of those clusters."""
        return {cluster_id for run in self._active.all() for cluster_id in self._of_run(run)}

    def _of_run(self, run: Run) -> set[str]:
        found = set()
        for attempt in run.attempts:
            if not attempt.is_terminal:
                task = self._details.get(run.run_id, attempt.repair).tasks.get(attempt.task_key)
                if task is not None and isinstance(task.compute, ExistingCluster):
                    found.add(task.compute.cluster_id)
        return found
