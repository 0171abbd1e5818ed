"""Clusters and their events. Implements `ports.ClusterStore`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, insert, literal_column, select
from sqlalchemy.exc import IntegrityError

from brickyard.errors import NotFound
from brickyard.jobs.tasks import ClusterSpec
from brickyard.records import ClusterRecord, Json
from brickyard.storage import rows
from brickyard.storage.database import Database, upsert
from brickyard.storage.tables import CLUSTER_EVENTS, CLUSTERS

_spec_from_json = msgspec.json.Decoder(ClusterSpec).decode
_PLAIN = tuple(column.name for column in CLUSTERS.c if column.name not in {"spec", "tags"})


class SqlClusterStore:
    """Implements `ports.ClusterStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save(self, cluster: ClusterRecord) -> None:
        values: dict[str, Any] = {name: getattr(cluster, name) for name in _PLAIN}
        values["spec"] = None if cluster.spec is None else rows.to_json(cluster.spec)
        values["tags"] = rows.to_json(cluster.tags)
        statement = upsert(self._db, CLUSTERS, values)
        self._db.write(lambda connection: connection.execute(statement))

    def event(self, cluster_id: str, at_ms: int, kind: str, details: Json) -> None:
        """Add an event.

        Raises:
            NotFound: there is no such cluster.
        """
        values = {"cluster_id": cluster_id, "at_ms": at_ms, "kind": kind, "details": rows.to_json(details)}
        try:
            self._db.write(lambda connection: connection.execute(insert(CLUSTER_EVENTS), values))
        except IntegrityError as error:
            raise NotFound(f"Cluster {cluster_id} does not exist.") from error

    def get(self, cluster_id: str) -> ClusterRecord | None:
        found = self._find(CLUSTERS.c.cluster_id == cluster_id)
        return found[0] if found else None

    def of_run(self, run_id: int) -> Sequence[ClusterRecord]:
        """A run's clusters, oldest first."""
        return self._find(CLUSTERS.c.run_id == run_id)

    def of_runs(self, run_ids: Sequence[int]) -> Mapping[int, Sequence[ClusterRecord]]:
        """The clusters of each run, oldest first; runs without one are left out."""
        found: dict[int, list[ClusterRecord]] = {}
        for cluster in self._find(CLUSTERS.c.run_id.in_(run_ids)):
            found.setdefault(cluster.run_id, []).append(cluster)
        return found

    def alive(self) -> Sequence[ClusterRecord]:
        """Clusters that have not ended, oldest first."""
        return self._find(CLUSTERS.c.ended_ms == literal_column("0"))

    def events(self, cluster_id: str) -> Sequence[tuple[int, str, Json]]:
        """(time in epoch ms, kind, details), oldest first."""
        columns = CLUSTER_EVENTS.c
        question = select(columns.at_ms, columns.kind, columns.details).where(columns.cluster_id == cluster_id)
        with self._db.read() as connection:
            found = connection.execute(question.order_by(columns.event_id))
            return [(at_ms, kind, rows.from_json(details)) for at_ms, kind, details in found]

    def _find(self, condition: ColumnElement[bool]) -> list[ClusterRecord]:
        with self._db.read() as connection:
            found = [_record(row) for row in connection.execute(select(CLUSTERS).where(condition))]
        # Sorted here: databases disagree on the order of texts.
        return sorted(found, key=lambda cluster: (cluster.created_ms, cluster.cluster_id))


def _record(row: Any) -> ClusterRecord:
    plain = {name: getattr(row, name) for name in _PLAIN}
    spec = None if row.spec is None else _spec_from_json(row.spec)
    return ClusterRecord(spec=spec, tags=rows.from_json(row.tags), **plain)
