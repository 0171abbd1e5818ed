"""Clusters of runs as the API shows them."""

from __future__ import annotations

from typing import Any

from brickyard.records import ClusterRecord
from brickyard.surfaces.api.workspace_paths import stable_id

_SUCCESS = frozenset({"JOB_FINISHED", "USER_REQUEST", "INACTIVITY"})


def cluster_body(cluster: ClusterRecord, creator: str) -> dict[str, Any]:
    """One cluster. `state` and `state_message` are always there: clients read both without a default."""
    body: dict[str, Any] = {
        "cluster_id": cluster.cluster_id,
        "cluster_name": cluster.name,
        "spark_context_id": context_id(cluster),
        "state": cluster.state,
        "state_message": cluster.reason,
        "cluster_source": "JOB",
        "creator_user_name": creator,
        "start_time": cluster.created_ms,
        "terminated_time": cluster.ended_ms,
        "default_tags": dict(cluster.tags),
        **_spec(cluster),
    }
    if cluster.ended_ms:
        kind = "SUCCESS" if cluster.reason_code in _SUCCESS else "CLIENT_ERROR"
        body["termination_reason"] = {
            "code": cluster.reason_code or "JOB_FINISHED",
            "type": kind,
            "parameters": {"databricks_error_message": cluster.reason} if cluster.reason else {},
        }
    return body


def context_id(cluster: ClusterRecord) -> int:
    """Clients read it as a number; one engine is one context."""
    return stable_id(cluster.cluster_id)


def _spec(cluster: ClusterRecord) -> dict[str, Any]:
    spec = cluster.spec
    if spec is None:
        return {"spark_version": "", "num_workers": 0}
    size: dict[str, Any] = {"num_workers": spec.num_workers}
    if spec.autoscale is not None:
        size = {"autoscale": {"min_workers": spec.autoscale.min_workers, "max_workers": spec.autoscale.max_workers}}
    return {
        "spark_version": spec.spark_version,
        "node_type_id": spec.node_type_id,
        "driver_node_type_id": spec.driver_node_type_id or spec.node_type_id,
        "spark_conf": dict(spec.spark_conf),
        "spark_env_vars": dict(spec.spark_env_vars),
        "custom_tags": dict(spec.custom_tags),
        **size,
    }
