"""All-purpose clusters as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from brickyard.engine.clusters.lifecycle import default_tags
from brickyard.jobs import all_purpose, nodes
from brickyard.records import AllPurposeRecord, LibraryRecord
from brickyard.surfaces.api.workspace_paths import stable_id


def cluster_body(record: AllPurposeRecord) -> dict[str, Any]:
    """One cluster. `state` and `state_message` are always there: clients read both without a default."""
    settings = dict(record.settings)
    size = nodes.size(all_purpose.parse(settings).spec)
    body: dict[str, Any] = {
        "cluster_id": record.cluster_id,
        "creator_user_name": record.owner,
        "cluster_source": "API",
        "spark_context_id": stable_id(f"{record.cluster_id}#{record.starts}"),
        "state": record.state,
        "state_message": record.state_message,
        "start_time": record.created_ms,
        "last_restarted_time": record.started_ms,
        "last_activity_time": record.used_ms,
        "terminated_time": record.ended_ms,
        "default_tags": default_tags(record),
        "cluster_cores": float(size.cores),
        "cluster_memory_mb": size.memory_mb,
        "autotermination_minutes": 0,
        "cluster_name": "",
        "node_type_id": "",
        "spec": settings,
        **({} if "autoscale" in settings else {"num_workers": 0}),
        **settings,
    }
    body["driver_node_type_id"] = settings.get("driver_node_type_id") or body["node_type_id"]
    if record.ended_ms and record.reason:
        body["termination_reason"] = dict(record.reason)
    return body


def library_body(library: LibraryRecord) -> dict[str, Any]:
    """One package with what became of it."""
    body: dict[str, Any] = {
        "library": dict(library.library),
        "status": library.status,
        "is_library_for_all_clusters": False,
    }
    return {**body, "messages": list(library.messages)} if library.messages else body


def statuses_body(cluster_id: str, libraries: Sequence[LibraryRecord]) -> dict[str, Any]:
    """The packages of one cluster."""
    return {"cluster_id": cluster_id, "library_statuses": [library_body(each) for each in libraries]}
