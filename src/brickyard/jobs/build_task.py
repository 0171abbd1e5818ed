"""Make the typed task, with its payload and the compute that it runs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from brickyard.errors import InvalidParameterValue
from brickyard.jobs import loops
from brickyard.jobs.build_work import kind_of, work
from brickyard.jobs.cluster import cluster
from brickyard.jobs.field import nearest
from brickyard.jobs.fields_task import COMPUTE
from brickyard.jobs.packages import libraries
from brickyard.jobs.shape import blank, show
from brickyard.jobs.tasks import Compute, Dependency, ExistingCluster, ForEachTask, JobClusterRef, RunIf, Task, Work

_NO_COMPUTE: Final[Mapping[str, str]] = {
    "condition_task": "the server compares its operands itself",
    "run_job_task": "the tasks of the other job have their own",
    "for_each_task": "the task that it repeats has its own",
    "sql_task": "its statements run on a SQL warehouse",
}
_PLACES: Final = (*COMPUTE, "libraries", "environment_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a job declares for its tasks to name."""

    clusters: Mapping[str, object]
    environments: Mapping[str, object]
    has_git: bool = False


def task(raw: Mapping[str, Any], path: str, declared: Declared, section: str = "task") -> Task:
    """The task of settings that have passed `shape.check` and have their defaults.

    Raises:
        InvalidParameterValue: its parts contradict each other, or it names what the job does not declare.
        FeatureDisabled: its kind is refused.
    """
    kind = kind_of(raw, path, section)
    _check_kind(kind, raw, path)
    if raw.get("environment_key"):
        known = declared.environments
        _known(raw["environment_key"], known, f"{path}.environment_key", "environments[].environment_key")
    return Task(
        key=raw["task_key"],
        work=_work(kind, raw[kind], f"{path}.{kind}", declared),
        depends_on=tuple(Dependency(entry["task_key"], entry.get("outcome")) for entry in raw.get("depends_on", ())),
        run_if=RunIf(raw["run_if"]),
        compute=_compute(raw, path, declared.clusters),
        max_retries=raw.get("max_retries", 0),
        min_retry_interval_millis=raw.get("min_retry_interval_millis", 0),
        retry_on_timeout=raw.get("retry_on_timeout", False),
        timeout_seconds=raw["timeout_seconds"],
        description=raw.get("description", ""),
        disabled=raw.get("disabled", False),
        libraries=libraries(raw, path),
        environment_key=raw.get("environment_key", ""),
    )


def _check_kind(kind: str, raw: Mapping[str, Any], path: str) -> None:
    given = [name for name in _PLACES if not blank(raw.get(name))]
    if kind in _NO_COMPUTE and given:
        raise InvalidParameterValue(
            f"{path}.{given[0]} is given; a {kind} takes no compute and no packages: {_NO_COMPUTE[kind]}."
        )
    retries = raw.get("max_retries", 0)
    if kind == "for_each_task" and retries:
        raise InvalidParameterValue("For each task cannot be retried but has retries configured")
    if kind == "condition_task" and retries:
        raise InvalidParameterValue(
            f"{path}.max_retries is {retries}; a condition_task cannot be retried: it would compare the same again."
        )


def _work(kind: str, raw: Mapping[str, Any], path: str, declared: Declared) -> Work:
    if kind != "for_each_task":
        return work(kind, raw, path, has_git=declared.has_git)
    loops.check_literal(raw["inputs"])
    nested = task(raw["task"], f"{path}.task", declared, "nested_task")
    return ForEachTask(inputs=raw["inputs"], concurrency=raw.get("concurrency", 1), task=nested)


def _compute(raw: Mapping[str, Any], path: str, clusters: Mapping[str, object]) -> Compute:
    given = [name for name in COMPUTE if not blank(raw.get(name))]
    if len(given) > 1:
        raise InvalidParameterValue(
            f"{path} has {' and '.join(given)}; a task has at most one of {', '.join(COMPUTE)}."
        )
    if not given:
        return None
    if given[0] == "new_cluster":
        return cluster(raw["new_cluster"], f"{path}.new_cluster")
    if given[0] == "existing_cluster_id":
        return ExistingCluster(raw["existing_cluster_id"])
    key = raw["job_cluster_key"]
    _known(key, clusters, f"{path}.job_cluster_key", "job_clusters[].job_cluster_key")
    return JobClusterRef(key)


def _known(key: str, known: Mapping[str, object], path: str, where: str) -> None:
    if key not in known:
        allowed = ", ".join(repr(name) for name in list(known)[:20]) or "none is declared"
        raise InvalidParameterValue(
            f"{path} is {show(key)}, which is not declared in {where} ({allowed}).{nearest(key, known)}"
        )
