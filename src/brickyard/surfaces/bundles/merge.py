"""Lay one configuration over another: mappings deep, keyed lists by key, other lists one after the other.

The keys are those of asset bundles: tasks by `task_key`, job clusters by `job_cluster_key`, parameters by `name`.
"""

from __future__ import annotations

from typing import Any

from brickyard.surfaces.bundles.marks import Block, BundleError, Items, describe

KEYS = {
    "tasks": "task_key",
    "job_clusters": "job_cluster_key",
    "parameters": "name",
    "environments": "environment_key",
}


def merge(below: Block, above: Block) -> Block:
    """`above` laid over `below`; neither is changed.

    Raises:
        BundleError: a mapping would be laid over something that is none, or a list over something that is none.
    """
    result = Block(above.at or below.at)
    for source in (below, above):
        for key, value in source.items():
            known = key in result and result[key] is not None
            merged = _value(key, result[key], value, source) if known and value is not None else value
            result.put(key, merged, source.marks.get(key))
    return result


def _value(key: str, below: Any, above: Any, source: Block) -> Any:
    if isinstance(below, Block) and isinstance(above, Block):
        return merge(below, above)
    if isinstance(below, Items) and isinstance(above, Items):
        return _keyed(below, above, KEYS[key]) if _is_keyed(key, below, above) else _appended(below, above)
    if isinstance(below, Block | Items) or isinstance(above, Block | Items):
        if _is_reference(below) or _is_reference(above):
            return above
        raise BundleError(
            f"{key} is {describe(above)} here and {describe(below)} in what it overrides.", source.mark(key)
        )
    return above


def _is_reference(value: object) -> bool:
    return isinstance(value, str) and value.startswith("${")


def _is_keyed(key: str, *lists: Items) -> bool:
    # `parameters` of a Python script is a list of words and has no names.
    return key in KEYS and all(isinstance(item, Block) for items in lists for item in items)


def _appended(below: Items, above: Items) -> Items:
    result = Items()
    for source in (below, above):
        for value, mark in zip(source, source.marks, strict=True):
            result.add(value, mark)
    return result


def _keyed(below: Items, above: Items, key: str) -> Items:
    result = _appended(below, Items())
    places = {item.get(key): place for place, item in enumerate(below)}
    for item, mark in zip(above, above.marks, strict=True):
        place = places.get(item.get(key))
        if place is None:
            result.add(item, mark)
        else:
            result[place] = merge(result[place], item)
    return result
