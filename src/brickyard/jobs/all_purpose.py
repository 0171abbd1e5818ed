"""What an all-purpose cluster was asked to be, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from brickyard.errors import InvalidParameterValue
from brickyard.jobs import shape
from brickyard.jobs.cluster import cluster
from brickyard.jobs.fields import SECTIONS
from brickyard.jobs.fields_all_purpose import MAX_MINUTES
from brickyard.jobs.tasks import ClusterSpec

_LEAST_MINUTES: Final = 10
_SIZE: Final = ("num_workers", "autoscale")


@dataclass(frozen=True, slots=True, kw_only=True)
class AllPurposeSettings:
    """The settings of an all-purpose cluster."""

    spec: ClusterSpec
    raw: Mapping[str, Any]
    """As sent, checked; without `clone_from`, which is done once."""
    autotermination_minutes: int = 0
    """0: it runs until somebody ends it."""
    clone_from: str = ""
    """The cluster whose libraries it gets; "" for none."""


def parse(raw: Mapping[str, Any]) -> AllPurposeSettings:
    """The settings of `clusters/create` or `clusters/edit`, checked in full.

    Raises:
        InvalidParameterValue: something is wrong; the text names the field, what was given and what is allowed.
        FeatureDisabled: a known field asks for something that is refused here.
    """
    checked = shape.check("cluster", raw)
    minutes = checked.get("autotermination_minutes", 0)
    if minutes and minutes < _LEAST_MINUTES:
        raise InvalidParameterValue(
            f"autotermination_minutes is {minutes}; it must be from {_LEAST_MINUTES} to {MAX_MINUTES}, or 0 for never."
        )
    source = checked.pop("clone_from", {}).get("source_cluster_id", "")
    return AllPurposeSettings(
        spec=cluster(checked, "cluster"), raw=checked, autotermination_minutes=minutes, clone_from=source
    )


def changed(settings: Mapping[str, Any], changes: Mapping[str, Any], mask: str) -> dict[str, Any]:
    """The settings with what `clusters/update` changes.

    Args:
        settings: as they are.
        changes: the new values; what the mask names and is not here is removed.
        mask: names of fields with commas between, or `*` for all of `changes`.

    Raises:
        InvalidParameterValue: the mask names no field, or one that the changes do not name has a value.
    """
    checked = shape.check("cluster_changes", changes, "cluster")
    names = list(checked) if mask.strip() == "*" else [name.strip() for name in mask.split(",")]
    known = SECTIONS["cluster_changes"]
    for name in names:
        if name not in known:
            raise InvalidParameterValue(f"update_mask names {shape.show(name)}; allowed are fields of a cluster.")
    stray = sorted(set(checked) - set(names))
    if stray:
        raise InvalidParameterValue(f"cluster.{stray[0]} is given, and update_mask does not name it.")
    result = {name: value for name, value in settings.items() if name not in names}
    if any(name in checked for name in _SIZE):
        # A cluster has one of the two: whoever sets one does away with the other.
        result = {name: value for name, value in result.items() if name not in _SIZE}
    return {**result, **checked}


def resized(settings: Mapping[str, Any], size: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with another size, as `clusters/resize` gives it.

    Raises:
        InvalidParameterValue: not exactly one of `num_workers` and `autoscale` is given.
    """
    checked = shape.check("cluster_size", size)
    if len(checked) != 1:
        raise InvalidParameterValue("Exactly one of num_workers and autoscale must be given.")
    return {**{name: value for name, value in settings.items() if name not in _SIZE}, **checked}
