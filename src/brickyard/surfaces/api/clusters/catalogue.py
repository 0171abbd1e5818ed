"""What clusters may be asked for: versions, node types, zones. Told in the words that clients parse."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from brickyard.jobs.nodes import NODE_TYPES, NodeType
from brickyard.workloads.surroundings import RUNTIME_VERSION

ZONE = "local"
_SCALA = ("2.12", "2.13")
"""There is no Scala; but clients ask for versions by it."""


def versions() -> list[dict[str, str]]:
    """The one engine, under the names of both Scala versions.

    Clients look for `LTS` and for `Apache Spark x, Scala y` in the name.
    """
    spark = _version("pyspark") or _version("pyspark-client")
    return [
        {
            "key": f"{RUNTIME_VERSION}.x-scala{scala}",
            "name": f"{RUNTIME_VERSION} LTS (includes Apache Spark {spark}, Scala {scala}); engine: Sail "
            f"{_version('pysail')}",
        }
        for scala in _SCALA
    ]


def node_types() -> list[dict[str, Any]]:
    """Every known node type. All of them have a local disk: an engine spills to that of this machine."""
    return [_node_type(node) for node in NODE_TYPES.values()]


def _node_type(node: NodeType) -> dict[str, Any]:
    return {
        "node_type_id": node.id,
        "instance_type_id": node.id,
        "description": f"{node.id} ({node.cores} cores, {node.memory_mb // 1024} GB)",
        "category": _category(node),
        "num_cores": float(node.cores),
        "memory_mb": node.memory_mb,
        "num_gpus": 0,
        "is_deprecated": False,
        "is_hidden": False,
        "is_graviton": False,
        "is_io_cache_enabled": False,
        "is_encrypted_in_transit": False,
        "photon_driver_capable": False,
        "photon_worker_capable": False,
        "support_cluster_tags": True,
        "support_ebs_volumes": False,
        "support_port_forwarding": False,
        "node_info": {"status": [], "available_core_quota": float(node.cores), "total_core_quota": float(node.cores)},
        "node_instance_type": {
            "instance_type_id": node.id,
            "local_disks": 1,
            "local_disk_size_gb": 0,
            "local_nvme_disks": 0,
            "local_nvme_disk_size_gb": 0,
        },
    }


def _category(node: NodeType) -> str:
    per_core = node.memory_mb / node.cores / 1024
    if per_core > 6:
        return "Memory Optimized"
    return "General Purpose" if per_core > 3 else "Compute Optimized"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
