"""What a task of a job may be. Only what is declared; nothing here runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class RunIf(StrEnum):
    """When a task runs, seen from the outcomes of the tasks it depends on."""

    ALL_SUCCESS = "ALL_SUCCESS"
    AT_LEAST_ONE_SUCCESS = "AT_LEAST_ONE_SUCCESS"
    NONE_FAILED = "NONE_FAILED"
    ALL_DONE = "ALL_DONE"
    AT_LEAST_ONE_FAILED = "AT_LEAST_ONE_FAILED"
    ALL_FAILED = "ALL_FAILED"


class Source(StrEnum):
    """Where a task's file is read from."""

    WORKSPACE = "WORKSPACE"
    GIT = "GIT"


@dataclass(frozen=True, slots=True)
class Dependency:
    """An edge to a task that must end first; `outcome` only where that is a condition task."""

    task_key: str
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookTask:
    """Run a notebook of the workspace."""

    notebook_path: str
    base_parameters: Mapping[str, str] = field(default_factory=dict)
    source: Source = Source.WORKSPACE


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkPythonTask:
    """Run a Python file of the workspace as a script."""

    python_file: str
    parameters: tuple[str, ...] = ()
    source: Source = Source.WORKSPACE


Work = NotebookTask | SparkPythonTask
"""The payload of a task. Each further kind is one more class here, one branch in `settings` and one runner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoscale:
    """Between how many workers a cluster may have."""

    min_workers: int
    max_workers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSpec:
    """The compute that a job asks for (`new_cluster`)."""

    spark_version: str
    num_workers: int = 0
    autoscale: Autoscale | None = None
    node_type_id: str = ""
    driver_node_type_id: str = ""
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    spark_env_vars: Mapping[str, str] = field(default_factory=dict)
    custom_tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobClusterRef:
    """The task runs on a cluster that the job declares under this key."""

    key: str


Compute = JobClusterRef | ClusterSpec | None
"""A shared job cluster, a cluster of the task's own, or None: serverless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task of a job."""

    key: str
    work: Work
    depends_on: tuple[Dependency, ...] = ()
    run_if: RunIf = RunIf.ALL_SUCCESS
    compute: Compute = None
    max_retries: int = 0
    min_retry_interval_millis: int = 0
    retry_on_timeout: bool = False
    timeout_seconds: int = 0
    description: str = ""
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSettings:
    """A job as declared and checked. `raw` is what was sent, with the service's defaults filled in."""

    name: str
    tasks: tuple[Task, ...]
    job_clusters: Mapping[str, ClusterSpec] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: int = 0
    max_concurrent_runs: int = 1
    queue_enabled: bool = True
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, object] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    """Sentences on fields that are kept but have no meaning here."""

    def task(self, key: str) -> Task:
        """The task of this key.

        Raises:
            KeyError: there is none.
        """
        for task in self.tasks:
            if task.key == key:
                return task
        raise KeyError(key)
