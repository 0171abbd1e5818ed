"""Which names a reference may have. Source: the service's page on dynamic value references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.jobs.dates import TIME_ARGUMENTS
from brickyard.jobs.field import nearest
from brickyard.jobs.shape import brief

NAMESPACES: Final = frozenset({"job", "task", "tasks", "workspace", "backfill", "input"})
"""A reference that begins with anything else is literal text."""

LEGACY: Final = frozenset(
    {"job_id", "run_id", "parent_run_id", "task_key", "start_date", "start_time", "task_retry_count"}
)
"""Names of the first version of the feature, without a namespace; still in wide use."""

_ANY: Final = "*"
_OF_A_RUN: Final = ("job_id", "parent_run_id", "start_date", "start_time")


def every() -> Iterator[tuple[str, ...]]:
    """Every name in its parts; `*` stands for one that users give."""
    yield from ((name,) for name in sorted(LEGACY))
    yield from (("job", name) for name in ("id", "name", "run_id", "repair_count"))
    yield from (("workspace", name) for name in ("id", "url"))
    yield from (("task", name) for name in ("name", "run_id", "execution_count", "notebook_path"))
    yield from (("job", "start_time", argument) for argument in TIME_ARGUMENTS)
    yield from (("job", "trigger", "time", argument) for argument in TIME_ARGUMENTS)
    yield from (("backfill", argument) for argument in TIME_ARGUMENTS)
    yield ("job", "trigger", "type")
    yield from (("job", "trigger", "file_arrival", name) for name in ("location", "files"))
    yield ("job", "parameters", _ANY)
    yield from (("input",), ("input", _ANY))
    of_task = ("run_id", "result_state", "error_code", "execution_count", "notebook_path")
    yield from (("tasks", _ANY, name) for name in of_task)
    yield ("tasks", _ANY, "values", _ANY)
    yield from (("tasks", _ANY, "output", name) for name in ("rows", "first_row", "alert_state"))
    yield ("tasks", _ANY, "output", "first_row", _ANY)
    yield ("job", "trigger", "table_update", "updated_tables")
    for table in (_ANY,), (_ANY, _ANY), (_ANY, _ANY, _ANY):
        yield ("job", "trigger", "table_update", *table, "version")
        yield from (("job", "trigger", "table_update", *table, "commit_timestamp", each) for each in TIME_ARGUMENTS)


_Tree = dict[str, Any]
_END: Final = ""


def _tree() -> _Tree:
    root: _Tree = {}
    for name in every():
        node = root
        for part in name:
            node = node.setdefault(part, {})
        node[_END] = {}
    return root


_ROOT: Final = _tree()


def is_of_run(parts: tuple[str, ...]) -> bool:
    """True for a name that has a value as soon as a run starts, and is no job parameter."""
    if len(parts) == 1:
        return parts[0] in _OF_A_RUN
    return parts[0] in ("workspace", "backfill") or (parts[0] == "job" and parts[1] != "parameters")


def check(parts: tuple[str, ...], text: str) -> None:
    """That a name of a known namespace exists; job parameters, tasks and columns are for others to check.

    Raises:
        InvalidParameterValue: there is no such name, in the service's words; and what it may have been.
        FeatureDisabled: only an alert has it.
    """
    if parts[0] == "input" and len(parts) > 2:
        raise InvalidParameterValue(f"Invalid reference: '{text}'. Input reference can only access top-level keys.")
    if parts[0] == "tasks" and parts[2:] == ("output", "alert_state"):
        raise FeatureDisabled(f"Reference '{text}' is not supported: only alerts have a state, and those are refused.")
    if not _is_known(parts):
        raise InvalidParameterValue(f"Invalid reference: '{text}'. '{_unknown(parts)}' is unknown.{_hint(parts)}")


@lru_cache(maxsize=4096)
def _is_known(parts: tuple[str, ...]) -> bool:
    return _exists(_ROOT, parts)


def _exists(node: Mapping[str, Any], parts: tuple[str, ...]) -> bool:
    if not parts:
        return _END in node
    # A table may be called `version`: both ways are tried. Names are a few parts deep.
    ways = [node[way] for way in dict.fromkeys((parts[0], _ANY)) if way and way in node]
    return any(_exists(way, parts[1:]) for way in ways)


def _unknown(parts: tuple[str, ...]) -> str:
    # The service names the part after the namespace, not the one that is wrong.
    place = 2 if parts[0] == "tasks" else 1
    return brief(parts[place] if len(parts) > place else parts[0])


def _hint(parts: tuple[str, ...]) -> str:
    node: Mapping[str, Any] = _ROOT
    for part in parts:
        following = node.get(part) or node.get(_ANY)
        if following is None:
            return nearest(part, [name for name in node if name not in (_END, _ANY)])
        node = following
    names = ["<name>" if name == _ANY else name for name in node if name != _END]
    return f" It goes on with {', '.join(names)}." if names else ""
