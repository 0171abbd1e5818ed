"""Make the typed job from settings whose shape was checked, and check what the parts say of each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.jobs import graph, reference_check
from brickyard.jobs.cluster import cluster
from brickyard.jobs.field import nearest
from brickyard.jobs.fields import SECTIONS
from brickyard.jobs.fields_task import COMPUTE, PAYLOADS, WORKING_PAYLOADS
from brickyard.jobs.shape import blank, join, show
from brickyard.jobs.tasks import (
    Compute,
    Dependency,
    JobClusterRef,
    JobSettings,
    NotebookTask,
    RunIf,
    SparkPythonTask,
    Task,
    Work,
)

_TRIGGERS: Final = ("schedule", "trigger", "continuous")
_TRIGGER_KINDS: Final = ("file_arrival", "periodic", "table_update")


def build(raw: Mapping[str, Any], notices: tuple[str, ...]) -> JobSettings:
    """The job of settings that have passed `shape.check` and have their defaults.

    Raises:
        InvalidParameterValue: keys that are taken twice or lead nowhere, a cycle, a reference that cannot be resolved.
    """
    _check_triggers(raw)
    clusters = _keyed(raw, "job_clusters", "job_cluster_key")
    environments = _keyed(raw, "environments", "environment_key")
    tasks = _keyed(raw, "tasks", "task_key")
    settings = JobSettings(
        name=raw["name"],
        tasks=tuple(_task(task, path, clusters, environments) for path, task in _places(tasks, "tasks")),
        job_clusters={
            entry["job_cluster_key"]: cluster(entry["new_cluster"], f"{path}.new_cluster")
            for path, entry in _places(clusters, "job_clusters")
        },
        parameters={name: entry["default"] for name, entry in _keyed(raw, "parameters", "name").items()},
        timeout_seconds=raw["timeout_seconds"],
        max_concurrent_runs=raw["max_concurrent_runs"],
        queue_enabled=raw.get("queue", {}).get("enabled", True),
        description=raw.get("description", ""),
        tags=raw.get("tags", {}),
        raw=raw,
        notices=notices,
    )
    _check_graph(settings.tasks)
    reference_check.check(settings)
    return settings


def _check_triggers(raw: Mapping[str, Any]) -> None:
    given = [name for name in _TRIGGERS if not blank(raw.get(name))]
    if len(given) > 1:
        raise InvalidParameterValue(
            f"{' and '.join(given)} are given; a job has at most one of {', '.join(_TRIGGERS)}."
        )
    if "trigger" in given and len(kinds := [name for name in _TRIGGER_KINDS if name in raw["trigger"]]) != 1:
        raise InvalidParameterValue(
            f"trigger has {' and '.join(kinds) or 'no kind'}; it must have exactly one of {', '.join(_TRIGGER_KINDS)}."
        )


def _keyed(raw: Mapping[str, Any], name: str, key: str) -> dict[str, Mapping[str, Any]]:
    result: dict[str, Mapping[str, Any]] = {}
    for index, entry in enumerate(raw.get(name, ())):
        if entry[key] in result:
            first = list(result).index(entry[key])
            raise InvalidParameterValue(
                f"{name}[{index}].{key} is {entry[key]!r}, which {name}[{first}] has already; each must be unique."
            )
        result[entry[key]] = entry
    return result


def _places(entries: Mapping[str, Mapping[str, Any]], name: str) -> list[tuple[str, Mapping[str, Any]]]:
    return [(f"{name}[{index}]", entry) for index, entry in enumerate(entries.values())]


def _task(
    raw: Mapping[str, Any],
    path: str,
    clusters: Mapping[str, Mapping[str, Any]],
    environments: Mapping[str, Mapping[str, Any]],
) -> Task:
    if raw.get("environment_key"):
        _known(raw["environment_key"], environments, f"{path}.environment_key", "environments[].environment_key")
    return Task(
        key=raw["task_key"],
        work=_work(raw, path),
        depends_on=tuple(Dependency(entry["task_key"]) for entry in raw.get("depends_on", ())),
        run_if=RunIf(raw["run_if"]),
        compute=_compute(raw, path, clusters),
        max_retries=raw.get("max_retries", 0),
        min_retry_interval_millis=raw.get("min_retry_interval_millis", 0),
        retry_on_timeout=raw.get("retry_on_timeout", False),
        timeout_seconds=raw["timeout_seconds"],
        description=raw.get("description", ""),
        disabled=raw.get("disabled", False),
    )


def _work(raw: Mapping[str, Any], path: str) -> Work:
    given = [name for name in PAYLOADS if name in raw]
    if len(given) != 1:
        what = f"has {' and '.join(given)}" if given else "says nothing of what to run"
        raise InvalidParameterValue(f"{path} {what}; it must have exactly one of notebook_task, spark_python_task.")
    payload, path = raw[given[0]], f"{path}.{given[0]}"
    if given[0] not in WORKING_PAYLOADS:
        # An empty object of a refused kind passes the table, which takes it for a field that asks for nothing.
        raise FeatureDisabled(f"{path} is not supported: {SECTIONS['task'][given[0]].reason}.")
    if given[0] == "notebook_task":
        _check_file(payload["notebook_path"], f"{path}.notebook_path")
        return NotebookTask(notebook_path=payload["notebook_path"], base_parameters=payload.get("base_parameters", {}))
    _check_file(payload["python_file"], f"{path}.python_file")
    return SparkPythonTask(python_file=payload["python_file"], parameters=tuple(payload.get("parameters", ())))


def _check_file(file: str, path: str) -> None:
    # A path may begin with a reference; where that leads is seen when the task runs.
    if not file.startswith(("/", "{{")) and ":/" not in file:
        raise InvalidParameterValue(f"{path} is {show(file)}; it must be absolute, such as /Workspace/Users/me/file.")


def _compute(raw: Mapping[str, Any], path: str, clusters: Mapping[str, Mapping[str, Any]]) -> Compute:
    given = [name for name in COMPUTE if not blank(raw.get(name))]
    if len(given) > 1:
        raise InvalidParameterValue(
            f"{path} has {' and '.join(given)}; a task has at most one of {', '.join(COMPUTE)}."
        )
    if not given:
        return None
    if given[0] == "new_cluster":
        return cluster(raw["new_cluster"], f"{path}.new_cluster")
    key = raw["job_cluster_key"]
    _known(key, clusters, f"{path}.job_cluster_key", "job_clusters[].job_cluster_key")
    return JobClusterRef(key)


def _known(key: str, known: Mapping[str, object], path: str, where: str) -> None:
    if key not in known:
        allowed = ", ".join(repr(name) for name in list(known)[:20]) or "none is declared"
        raise InvalidParameterValue(
            f"{path} is {show(key)}, which is not declared in {where} ({allowed}).{nearest(key, known)}"
        )


def _check_graph(tasks: Sequence[Task]) -> None:
    keys = {task.key: task for task in tasks}
    for index, task in enumerate(tasks):
        seen: set[str] = set()
        for place, dependency in enumerate(task.depends_on):
            path = join(f"tasks[{index}]", f"depends_on[{place}].task_key")
            key = dependency.task_key
            if key == task.key:
                raise InvalidParameterValue(f"{path} is {key!r}: a task cannot depend on itself.")
            if key not in keys:
                raise InvalidParameterValue(f"{path} is {show(key)}, which is no task of this job.{nearest(key, keys)}")
            if key in seen:
                raise InvalidParameterValue(f"{path} is {key!r}, which stands in depends_on already.")
            seen.add(key)
    cycle = graph.find_cycle({task.key: [entry.task_key for entry in task.depends_on] for task in tasks})
    if cycle:
        raise InvalidParameterValue(
            f"tasks: the dependencies form a cycle: {' -> '.join(cycle)} (each depends on the next)."
        )
