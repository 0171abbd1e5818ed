"""`jobs/update`: new settings and removals over old settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from brickyard.errors import InvalidParameterValue
from brickyard.jobs import shape
from brickyard.jobs.field import nearest
from brickyard.jobs.fields import SECTIONS, TASK_ONLY
from brickyard.jobs.single import lift

_KEYS: Final[Mapping[str, str]] = {
    "tasks": "task_key",
    "job_clusters": "job_cluster_key",
    "environments": "environment_key",
    "parameters": "name",
}
"""Lists that are merged by a key of their entries; every other field is replaced whole."""


def merge(
    old: Mapping[str, Any], new: Mapping[str, Any] | None, fields_to_remove: Sequence[str] = ()
) -> dict[str, Any]:
    """The settings after `jobs/update`; `parse` still has to check them.

    Removals come first, so that a field which is removed and set is set. An entry of a keyed list replaces the old
    entry of its key completely and in its place; further entries follow at the end.

    Args:
        old: `JobSettings.raw`.
        new: what the client sent; nulls change nothing.
        fields_to_remove: `name` of a field, or `tasks/<key>`, `job_clusters/<key>`, `environments/<key>`,
            `parameters/<name>`.

    Raises:
        InvalidParameterValue, FeatureDisabled: `new` has a bad shape, or a removal names nothing.
    """
    result = dict(old)
    for index, path in enumerate(fields_to_remove):
        _remove(result, path, f"fields_to_remove[{index}]")
    for name, value in shape.check("job", _lifted(old, {} if new is None else new), "new_settings").items():
        result[name] = _merged(result.get(name, ()), value, name) if name in _KEYS else value
    return result


def _lifted(old: Mapping[str, Any], new: object) -> object:
    if not isinstance(new, Mapping) or not any(name in TASK_ONLY and value is not None for name, value in new.items()):
        return new
    tasks = old.get("tasks", ())
    return lift(new, "job", tasks[0]["task_key"] if len(tasks) == 1 else "main")


def _merged(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    key = _KEYS[name]
    given = {entry[key]: entry for entry in new}
    if len(given) != len(new):
        keys = [entry[key] for entry in new]
        twice = next(value for value in keys if keys.count(value) > 1)
        raise InvalidParameterValue(f"new_settings.{name} has {key} {twice!r} twice; each must be unique.")
    return list(({entry[key]: entry for entry in old} | given).values())


def _remove(settings: dict[str, Any], path: object, place: str) -> None:
    if not isinstance(path, str):
        raise InvalidParameterValue(f"{place} is {shape.show(path)}; it must be a string.")
    name, _, key = path.partition("/")
    if name not in SECTIONS["job"]:
        raise InvalidParameterValue(
            f"{place} is {shape.show(path)}, which is not a known field.{nearest(name, SECTIONS['job'])}"
        )
    if not key:
        settings.pop(name, None)
        return
    if name not in _KEYS:
        raise InvalidParameterValue(f"{place} is {shape.show(path)}; only entries of {', '.join(_KEYS)} can be named.")
    entries = settings.get(name, ())
    rest = [entry for entry in entries if entry[_KEYS[name]] != key]
    if len(rest) == len(entries):
        known = [entry[_KEYS[name]] for entry in entries]
        raise InvalidParameterValue(f"{place} is {shape.show(path)}; there is no such entry.{nearest(key, known)}")
    settings[name] = rest
