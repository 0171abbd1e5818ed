"""What a task of a job may be. Only what is declared; nothing here runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonWheelTask:
    """Call an entry point of a package. `parameters` and `named_parameters` exclude each other."""

    package_name: str
    entry_point: str
    parameters: tuple[str, ...] = ()
    named_parameters: Mapping[str, str] = field(default_factory=dict)
    """Arrive as `--name=value`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlTask:
    """Run the statements of a SQL file or of a saved query. Exactly one of `file_path` and `query_id` is not empty."""

    file_path: str = ""
    query_id: str = ""
    warehouse_id: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    source: Source = Source.WORKSPACE


@dataclass(frozen=True, slots=True, kw_only=True)
class DbtTask:
    """Run dbt commands, one after the other, in a project."""

    commands: tuple[str, ...]
    project_directory: str = ""
    profiles_directory: str = ""
    warehouse_id: str = ""
    catalog: str = ""
    schema: str = "default"
    source: Source = Source.WORKSPACE


@dataclass(frozen=True, slots=True, kw_only=True)
class RunJobTask:
    """Start a run of another job and wait for its end."""

    job_id: int
    job_parameters: Mapping[str, str] = field(default_factory=dict)
    overriding: Mapping[str, Any] = field(default_factory=dict)
    """Legacy overrides for the other job, as sent: `notebook_params`, …."""


class Op(StrEnum):
    """How a condition task compares."""

    EQUAL_TO = "EQUAL_TO"
    NOT_EQUAL = "NOT_EQUAL"
    GREATER_THAN = "GREATER_THAN"
    GREATER_THAN_OR_EQUAL = "GREATER_THAN_OR_EQUAL"
    LESS_THAN = "LESS_THAN"
    LESS_THAN_OR_EQUAL = "LESS_THAN_OR_EQUAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionTask:
    """Compare two operands; the outcome "true" or "false" decides which dependents run."""

    op: Op
    left: str
    right: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEachTask:
    """Run one nested task for each element of `inputs`, at most `concurrency` at a time."""

    inputs: str
    """The text of a JSON array, or a reference to one."""
    task: Task
    """Never a ForEachTask itself. Its key is unique among all task keys of the job."""
    concurrency: int = 1


Work = NotebookTask | SparkPythonTask | PythonWheelTask | SqlTask | DbtTask | RunJobTask | ConditionTask | ForEachTask
"""The payload of a task. Each further kind is one more class here, one branch in `settings` and one runner."""


class LibraryKind(StrEnum):
    """Where a library comes from."""

    WHL = "whl"
    PYPI = "pypi"
    REQUIREMENTS = "requirements"


@dataclass(frozen=True, slots=True)
class Library:
    """One library of a task: a path (`whl`, `requirements`) or a requirement specifier (`pypi`)."""

    kind: LibraryKind
    value: str
    repo: str = ""
    """For `pypi`: the index to take it from, instead of the installation's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSource:
    """The repository that tasks with source GIT are read from. At most one of branch, tag and commit is not empty."""

    url: str
    provider: str
    branch: str = ""
    tag: str = ""
    commit: str = ""


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


@dataclass(frozen=True, slots=True)
class ExistingCluster:
    """The task runs on an all-purpose cluster."""

    cluster_id: str


Compute = JobClusterRef | ClusterSpec | ExistingCluster | None
"""A shared job cluster, a cluster of the task's own, an all-purpose cluster, or None: serverless."""


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
    libraries: tuple[Library, ...] = ()
    environment_key: str = ""

    @property
    def nested(self) -> Task | None:
        """The task that a loop runs for each of its inputs; None for every other kind."""
        return self.work.task if isinstance(self.work, ForEachTask) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSettings:
    """A job as declared and checked. `raw` is what was sent, with the service's defaults filled in."""

    name: str
    tasks: tuple[Task, ...]
    job_clusters: Mapping[str, ClusterSpec] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    environments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By environment key: its pip requirement lines."""
    git_source: GitSource | None = None
    timeout_seconds: int = 0
    max_concurrent_runs: int = 1
    queue_enabled: bool = True
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, object] = field(default_factory=dict)
    access: list[Mapping[str, str]] = field(default_factory=list)
    """Who may do what with it, as sent (`access_control_list`); no part of `raw`."""
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
