"""Which cluster an attempt uses, and when clusters end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from brickyard.engine.active import ActiveRuns
from brickyard.engine.assignments import cluster_of
from brickyard.engine.cluster_secrets import ClusterSecrets
from brickyard.engine.clusters.existing import ExistingClusters
from brickyard.engine.details import Details, DetailsCache
from brickyard.jobs.tasks import ClusterSpec, Compute, ExistingCluster, JobClusterRef
from brickyard.ports import ClusterRequest, Clusters
from brickyard.runs.model import Run
from brickyard.runs.states import RunType
from brickyard.workloads.messages import ComputeAnswer

SERVERLESS = "serverless"
RUN_OVER = "The run that it was started for is over."


class ComputeAsks:
    """Finds the cluster of an attempt from what its task declares. Clusters block: never call them on the run loop."""

    def __init__(
        self,
        clusters: Clusters,
        active: ActiveRuns,
        details: DetailsCache,
        *,
        existing: ExistingClusters,
        secrets: ClusterSecrets,
    ) -> None:
        self._clusters = clusters
        self._existing = existing
        self._secrets = secrets
        self._active = active
        self._details = details
        self._own: set[int] = set()
        self._lock = threading.Lock()
        self._stopped = False
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="brickyard-clusters")

    def acquire(self, attempt_id: int) -> Any:
        """Where Spark is for this attempt; starts the cluster at its first use.

        Raises:
            Unavailable: it could not be started, or does not run.
        """
        return msgspec.to_builtins(self._acquire(attempt_id))

    def explain(self, attempt_id: int) -> str:
        """Why the attempt's cluster no longer answers; "" where it is alive."""
        wanted = self._wanted(attempt_id)
        if isinstance(wanted, ExistingCluster):
            return self._existing.explain(wanted.cluster_id)
        return self._clusters.explain(wanted.run_id, wanted.key)

    def secrets(self, attempt_id: int) -> dict[str, str]:
        """The values of the secrets that the settings of the attempt's cluster refer to, by reference.

        Raises:
            InvalidParameterValue: a secret does not exist, is no text, or may not be read.
        """
        wanted = self._wanted(attempt_id)
        if isinstance(wanted, ExistingCluster):
            return self._existing.secrets(wanted.cluster_id)
        return dict(wanted.secrets)

    def _acquire(self, attempt_id: int) -> ComputeAnswer:
        wanted = self._wanted(attempt_id)
        if isinstance(wanted, ExistingCluster):
            return self._existing.acquire(wanted.cluster_id)
        if not wanted.shared:
            self._own.add(wanted.attempt_id)
        cluster = self._clusters.acquire(wanted)
        return ComputeAnswer(url=cluster.endpoint, cluster_id=cluster.cluster_id, cluster_name=cluster.name)

    def _wanted(self, attempt_id: int) -> ClusterRequest | ExistingCluster:
        """The compute that belongs to the attempt: a notebook's child has that of its parent.

        Raises:
            NotFound: there is no such attempt.
        """
        run, attempt = self._active.of_attempt(attempt_id)
        details = self._details.get(run.run_id, attempt.repair)
        if details.record.cluster_scope is not None:
            return self._wanted(details.record.cluster_scope)
        compute = details.tasks[attempt.task_key].compute
        if isinstance(compute, ExistingCluster):
            return compute
        return self._request(run, attempt_id, details, compute)

    def _request(
        self, run: Run, attempt_id: int, details: Details, compute: JobClusterRef | ClusterSpec | None
    ) -> ClusterRequest:
        spec = cluster_of(details.settings, compute)
        return ClusterRequest(
            run_id=run.run_id,
            job_id=run.job_id,
            attempt_id=attempt_id,
            key=_key(compute, attempt_id),
            spec=spec,
            tags=details.settings.tags,
            shared=not isinstance(compute, ClusterSpec),
            secrets=self._secrets.values(spec, details.record.identity),
        )

    def attempt_over(self, attempt_id: int) -> None:
        """End the cluster that lived for this attempt alone, if there was one."""
        if attempt_id in self._own:
            self._own.discard(attempt_id)
            self._later(lambda: self._clusters.end_of_attempt(attempt_id))

    def run_over(self, run: Run, done: Callable[[], None]) -> None:
        """End the clusters of a run on another thread, then call `done` there."""
        if run.run_type is RunType.WORKFLOW_RUN:
            done()  # it used those of its parent
            return

        def end() -> None:
            self._clusters.end_of_run(run.run_id, RUN_OVER)
            done()

        self._later(end)

    def stop(self) -> None:
        """Wait for what was begun; what comes later is for the next server: the store has it as a pending effect."""
        with self._lock:
            self._stopped = True
        self._threads.shutdown(wait=True)

    def _later(self, end: Callable[[], None]) -> None:
        with self._lock:
            if not self._stopped:
                self._threads.submit(end)


def _key(compute: Compute, attempt_id: int) -> str:
    match compute:
        case JobClusterRef():
            return compute.key
        case ClusterSpec():
            return f"task:{attempt_id}"
        case _:
            return SERVERLESS
