"""What differs between two settings of a job, in its author's words: tasks, clusters and parameters by their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

_KEYS: Final[Mapping[str, str]] = {
    "tasks": "task_key",
    "depends_on": "task_key",
    "job_clusters": "job_cluster_key",
    "environments": "environment_key",
    "parameters": "name",
}
"""Lists whose entries have a key: they are compared by it and not by place."""


class Change(StrEnum):
    """What became of a place in the settings."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REORDERED = "reordered"
    """Of a keyed list: the keys that both have stand in another order; the values are the orders of these keys."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two settings differ."""

    path: str
    """Such as `tasks/load/notebook_task/base_parameters/day`; in a name, `~` is written `~0` and `/` `~1`."""
    change: Change
    before: Any = None
    """The value on the old side; None where it was added."""
    after: Any = None
    """The value on the new side; None where it was removed."""


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Where `new` differs from `old`, in the order of the settings; nothing for equal ones.

    Objects are compared name by name, keyed lists (tasks, dependencies, job clusters, environments, parameters) entry
    by entry. Any other list, and any plain value, is one place.

    Args:
        old: settings as stored (`JobSettings.raw`), or a part of them.
        new: the same of the other side.
    """
    return tuple(_of_objects(old, new, ""))


def _of_objects(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[Difference]:
    for name in dict.fromkeys((*old, *new)):
        place = _join(path, str(name))
        if name in old and name in new:
            if old[name] != new[name]:
                yield from _of_values(str(name), old[name], new[name], place)
        elif entries := _keyed(str(name), old.get(name, new.get(name))):
            # A list that was not there is one without entries: each entry is a place of its own.
            yield from _of_objects(entries if name in old else {}, entries if name in new else {}, place)
        elif name in old:
            yield Difference(place, Change.REMOVED, before=old[name])
        else:
            yield Difference(place, Change.ADDED, after=new[name])


def _of_values(name: str, old: Any, new: Any, path: str) -> Iterator[Difference]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _of_objects(old, new, path)
        return
    before, after = _keyed(name, old), _keyed(name, new)
    if before is None or after is None:
        yield Difference(path, Change.CHANGED, before=old, after=new)
        return
    yield from _of_objects(before, after, path)
    was, now = [key for key in before if key in after], [key for key in after if key in before]
    if was != now:
        yield Difference(path, Change.REORDERED, before=was, after=now)


def _keyed(name: str, value: Any) -> dict[str, Any] | None:
    """The entries of a list by their keys; None where it is no list of entries with keys that are all different."""
    key = _KEYS.get(name, "")
    if not key or not isinstance(value, Sequence) or isinstance(value, str):
        return None
    if not all(isinstance(entry, Mapping) and key in entry for entry in value):
        return None
    found = {str(entry[key]): entry for entry in value}
    return found if len(found) == len(value) else None


def _join(path: str, name: str) -> str:
    part = name.replace("~", "~0").replace("/", "~1")
    return f"{path}/{part}" if path else part
