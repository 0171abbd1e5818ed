"""The fields of all-purpose clusters: those of a job's cluster, and what only a cluster of its own has.

Source: Clusters API 2.1 as databricks-sdk 0.156 declares it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from brickyard.jobs.field import Field, Kind, works
from brickyard.jobs.fields_cluster import CLUSTER, MAX_WORKERS

MAX_MINUTES: Final = 10_000

_OWN: Final = (
    works("cluster_name", maximum=1000),
    works("autotermination_minutes", Kind.INTEGER, maximum=MAX_MINUTES),
)
_OWN_NAMES: Final = frozenset(field.name for field in _OWN)
_CLUSTER: Final[tuple[Field, ...]] = (
    *_OWN,
    *(field for field in CLUSTER["new_cluster"] if field.name not in _OWN_NAMES),
)

ALL_PURPOSE: Final[dict[str, tuple[Field, ...]]] = {
    "cluster": (*_CLUSTER, works("clone_from", Kind.OBJECT, of="clone_from")),
    "cluster_changes": tuple(replace(field, required=False) for field in _CLUSTER),
    "clone_from": (works("source_cluster_id", required=True),),
    "cluster_size": (
        works("num_workers", Kind.INTEGER, maximum=MAX_WORKERS),
        works("autoscale", Kind.OBJECT, of="autoscale"),
    ),
}
"""Section name to its fields."""
