"""Make the typed job from settings whose shape was checked, and check what the parts say of each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from brickyard.errors import InvalidParameterValue
from brickyard.jobs import build_task, graph_check, packages, reference_check
from brickyard.jobs.cluster import cluster
from brickyard.jobs.git import git_source
from brickyard.jobs.shape import blank
from brickyard.jobs.tasks import JobSettings
from brickyard.triggers import quartz
from brickyard.triggers.intervals import zone_of

MAX_TAG_BYTES: Final = 256
MAX_PARAMETERS: Final = 10_000

_TRIGGERS: Final = ("schedule", "trigger", "continuous")
_RUN_AS: Final = ("user_name", "service_principal_name")
_TRIGGER_KINDS: Final = ("file_arrival", "periodic", "table_update")


def build(raw: Mapping[str, Any], notices: tuple[str, ...]) -> JobSettings:
    """The job of settings that have passed `shape.check` and have their defaults.

    Raises:
        InvalidParameterValue: keys that are taken twice or lead nowhere, a cycle, a reference that cannot be resolved.
        FeatureDisabled: a kind of task that is refused.
    """
    _check_triggers(raw)
    _check_tags(raw.get("tags", {}))
    _check_run_as(raw)
    clusters = _keyed(raw, "job_clusters", "job_cluster_key")
    environments = _keyed(raw, "environments", "environment_key")
    tasks = _keyed(raw, "tasks", "task_key")
    source = git_source(raw)
    declared = build_task.Declared(clusters=clusters, environments=environments, has_git=source is not None)
    settings = JobSettings(
        name=raw["name"],
        tasks=tuple(build_task.task(task, path, declared) for path, task in _places(tasks, "tasks")),
        job_clusters={
            entry["job_cluster_key"]: cluster(entry["new_cluster"], f"{path}.new_cluster")
            for path, entry in _places(clusters, "job_clusters")
        },
        parameters=_parameters(raw),
        environments=packages.environments(_places(environments, "environments")),
        git_source=source,
        timeout_seconds=raw["timeout_seconds"],
        max_concurrent_runs=raw["max_concurrent_runs"],
        queue_enabled=raw.get("queue", {}).get("enabled", True),
        description=raw.get("description", ""),
        tags=raw.get("tags", {}),
        raw=raw,
        notices=notices,
    )
    graph_check.check(settings.tasks)
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
    if "schedule" in given:
        _check_schedule(raw["schedule"])


def _check_schedule(schedule: Mapping[str, Any]) -> None:
    try:
        quartz.parse(schedule["quartz_cron_expression"])
    except ValueError as error:
        raise InvalidParameterValue(f"schedule.quartz_cron_expression: {error}") from error
    zone_of(schedule["timezone_id"], "schedule.timezone_id")


def _check_run_as(raw: Mapping[str, Any]) -> None:
    given = raw.get("run_as")
    if given is None:
        return
    named = [name for name in _RUN_AS if given.get(name)]
    if len(named) != 1:
        raise InvalidParameterValue(
            f"run_as names {' and '.join(named) or 'nobody'}; it must have exactly one of {', '.join(_RUN_AS)}."
        )


def _check_tags(tags: Mapping[str, str]) -> None:
    for key, value in tags.items():
        for what, text in ((f"The key of the tag {key[:50]!r}", key), (f"tags.{key}", value)):
            if len(text.encode()) > MAX_TAG_BYTES:
                raise InvalidParameterValue(
                    f"{what} has {len(text.encode())} bytes; at most {MAX_TAG_BYTES} are allowed."
                )


def _parameters(raw: Mapping[str, Any]) -> dict[str, str]:
    found = {name: entry["default"] for name, entry in _keyed(raw, "parameters", "name").items()}
    # Counted as the service counts: characters of [{"name":"…","defaultValue":"…"},…].
    listed = [{"name": name, "defaultValue": default} for name, default in found.items()]
    size = len(json.dumps(listed, ensure_ascii=False, separators=(",", ":")))
    if size > MAX_PARAMETERS:
        raise InvalidParameterValue(
            f"The provided parameters (in json representation) are too long ({size} bytes);"
            f" it cannot exceed {MAX_PARAMETERS} bytes."
        )
    return found


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
