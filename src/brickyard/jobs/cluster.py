"""The compute that a job asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brickyard.errors import InvalidParameterValue
from brickyard.jobs import nodes
from brickyard.jobs.tasks import Autoscale, ClusterSpec


def cluster(raw: Mapping[str, Any], path: str) -> ClusterSpec:
    """The compute of a `new_cluster` object that has passed `shape.check`.

    Raises:
        InvalidParameterValue: workers are given twice, or a node type is not known.
    """
    _check_workers(raw, path)
    for name in ("node_type_id", "driver_node_type_id"):
        _check_node(raw.get(name, ""), f"{path}.{name}")
    scale = raw.get("autoscale")
    return ClusterSpec(
        spark_version=raw["spark_version"],
        num_workers=raw.get("num_workers", 0),
        autoscale=Autoscale(**scale) if scale else None,
        node_type_id=raw.get("node_type_id", ""),
        driver_node_type_id=raw.get("driver_node_type_id", ""),
        spark_conf=raw.get("spark_conf", {}),
        spark_env_vars=raw.get("spark_env_vars", {}),
        custom_tags=raw.get("custom_tags", {}),
    )


def _check_workers(raw: Mapping[str, Any], path: str) -> None:
    scale = raw.get("autoscale")
    if scale and "num_workers" in raw:
        raise InvalidParameterValue(f"{path} has both num_workers and autoscale; only one of them is allowed.")
    if scale and scale["min_workers"] > scale["max_workers"]:
        raise InvalidParameterValue(
            f"{path}.autoscale.min_workers is {scale['min_workers']};"
            f" it must not be above max_workers, which is {scale['max_workers']}."
        )
    if raw.get("is_single_node") and (scale or raw.get("num_workers")):
        raise InvalidParameterValue(f"{path}.is_single_node is true; a single node has no workers, but some are given.")


def _check_node(node_type: str, path: str) -> None:
    try:
        nodes.lookup(node_type)
    except InvalidParameterValue as unknown:
        raise InvalidParameterValue(f"{path}: {unknown.message}") from None
