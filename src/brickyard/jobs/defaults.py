"""The defaults that the service shows when settings are read back.

Terraform and bundles compare what they read with what they wrote; without these they report a difference for ever.
Source: the read-back behaviour that the Databricks CLI's and the Terraform provider's own tests expect, and recorded
answers of the service for the task of a loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from brickyard.jobs.shape import blank

_JOB: Final[Mapping[str, Any]] = {
    "name": "Untitled",
    "email_notifications": {},
    "webhook_notifications": {},
    "timeout_seconds": 0,
    "max_concurrent_runs": 1,
}
_TASK: Final[Mapping[str, Any]] = {"run_if": "ALL_SUCCESS", "timeout_seconds": 0, "email_notifications": {}}
_NESTED: Final[Mapping[str, Any]] = {**_TASK, "disabled": False}
_CLUSTER: Final[Mapping[str, Any]] = {"data_security_mode": "SINGLE_USER", "enable_elastic_disk": False}
_WITH_SOURCE: Final = ("notebook_task", "spark_python_task", "dbt_task")


def with_defaults(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of settings in the multi-task form with the service's defaults. Lists keep their order."""
    result = {**_filled(raw, _JOB), "format": "MULTI_TASK"}
    source = "WORKSPACE" if blank(raw.get("git_source")) else "GIT"
    result["tasks"] = [_task(task, source, _TASK) for task in raw.get("tasks") or ()]
    if raw.get("job_clusters"):
        result["job_clusters"] = [
            {**entry, "new_cluster": _cluster(entry["new_cluster"])} for entry in raw["job_clusters"]
        ]
    return result


def _task(task: Mapping[str, Any], source: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
    result = _filled(task, defaults)
    if "new_cluster" in task:
        result["new_cluster"] = _cluster(task["new_cluster"])
    for payload in _WITH_SOURCE:
        if payload in task:
            result[payload] = _filled(task[payload], {"source": _source(task[payload], source)})
    if "file" in task.get("sql_task", {}):
        result["sql_task"] = {**task["sql_task"], "file": _filled(task["sql_task"]["file"], {"source": source})}
    if "task" in task.get("for_each_task", {}):
        loop = task["for_each_task"]
        result["for_each_task"] = {**loop, "task": _task(loop["task"], source, _NESTED)}
    return result


def _source(payload: Mapping[str, Any], of_job: str) -> str:
    # Sources disagree on scripts of jobs with a Git source. An absolute path can only mean the workspace.
    file = payload.get("python_file", "")
    return "WORKSPACE" if file.startswith(("/", "{{")) or ":/" in file else of_job


def _cluster(cluster: Mapping[str, Any]) -> dict[str, Any]:
    result = _filled(cluster, _CLUSTER)
    # The service accepts this flag and never returns it.
    result.pop("apply_policy_default_values", None)
    return result


def _filled(raw: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    return {**raw, **{name: value for name, value in defaults.items() if raw.get(name) is None}}
