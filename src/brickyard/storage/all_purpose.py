"""All-purpose clusters, their events and their libraries. Implements `ports.AllPurposeStore`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from brickyard.errors import NotFound
from brickyard.records import AllPurposeRecord, Json, LibraryRecord
from brickyard.storage import rows
from brickyard.storage.compute_tables import ALL_PURPOSE_CLUSTERS, ALL_PURPOSE_EVENTS, CLUSTER_LIBRARIES
from brickyard.storage.database import Database, upsert

_JSON = frozenset({"settings", "reason"})
_NAMES = tuple(column.name for column in ALL_PURPOSE_CLUSTERS.c)


class SqlAllPurposeStore:
    """Implements `ports.AllPurposeStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save(self, cluster: AllPurposeRecord) -> None:
        values = {name: getattr(cluster, name) for name in _NAMES}
        values |= {name: rows.to_json(values[name]) for name in _JSON}
        statement = upsert(self._db, ALL_PURPOSE_CLUSTERS, values)
        self._db.write(lambda connection: connection.execute(statement))

    def get(self, cluster_id: str) -> AllPurposeRecord | None:
        question = select(ALL_PURPOSE_CLUSTERS).where(ALL_PURPOSE_CLUSTERS.c.cluster_id == cluster_id)
        with self._db.read() as connection:
            row = connection.execute(question).one_or_none()
        return None if row is None else _record(row)

    def all(self) -> Sequence[AllPurposeRecord]:
        """Every one, oldest first."""
        with self._db.read() as connection:
            found = [_record(row) for row in connection.execute(select(ALL_PURPOSE_CLUSTERS))]
        # Sorted here: databases disagree on the order of texts.
        return sorted(found, key=lambda cluster: (cluster.created_ms, cluster.cluster_id))

    def delete(self, cluster_id: str) -> bool:
        statement = delete(ALL_PURPOSE_CLUSTERS).where(ALL_PURPOSE_CLUSTERS.c.cluster_id == cluster_id)
        return self._db.write(lambda connection: connection.execute(statement).rowcount > 0)

    def event(self, cluster_id: str, at_ms: int, kind: str, details: Json) -> None:
        """Add an event.

        Raises:
            NotFound: there is no such cluster.
        """
        values = {"cluster_id": cluster_id, "at_ms": at_ms, "kind": kind, "details": rows.to_json(details)}
        self._add(cluster_id, lambda connection: connection.execute(insert(ALL_PURPOSE_EVENTS), values))

    def events(self, cluster_id: str) -> Sequence[tuple[int, str, Json]]:
        """(time in epoch ms, kind, details), oldest first."""
        columns = ALL_PURPOSE_EVENTS.c
        question = select(columns.at_ms, columns.kind, columns.details).where(columns.cluster_id == cluster_id)
        with self._db.read() as connection:
            found = connection.execute(question.order_by(columns.event_id))
            return [(at_ms, kind, rows.from_json(details)) for at_ms, kind, details in found]

    def libraries(self, cluster_id: str) -> Sequence[LibraryRecord]:
        """In the order in which they were installed."""
        columns = CLUSTER_LIBRARIES.c
        question = select(CLUSTER_LIBRARIES).where(columns.cluster_id == cluster_id).order_by(columns.position)
        with self._db.read() as connection:
            return [_library(row) for row in connection.execute(question)]

    def save_library(self, library: LibraryRecord) -> None:
        """Insert at the end, or update.

        Raises:
            NotFound: there is no such cluster.
        """
        self._add(library.cluster_id, lambda connection: _save(self._db, connection, library))

    def delete_library(self, library: LibraryRecord) -> None:
        statement = delete(CLUSTER_LIBRARIES).where(_is(library))
        self._db.write(lambda connection: connection.execute(statement))

    def _add(self, cluster_id: str, change: Callable[[Connection], Any]) -> None:
        try:
            self._db.write(change)
        except IntegrityError as error:
            raise NotFound(f"Cluster {cluster_id} does not exist.") from error


def _save(db: Database, connection: Connection, library: LibraryRecord) -> None:
    columns = CLUSTER_LIBRARIES.c
    place = connection.execute(select(columns.position).where(_is(library))).scalar()
    if place is None:
        last = select(func.max(columns.position)).where(columns.cluster_id == library.cluster_id)
        place = (connection.execute(last).scalar() or 0) + 1
    values = {
        "cluster_id": library.cluster_id,
        "library": rows.to_json(library.library),
        "position": place,
        "status": library.status,
        "messages": rows.to_json(list(library.messages)),
    }
    connection.execute(upsert(db, CLUSTER_LIBRARIES, values))


def _is(library: LibraryRecord) -> ColumnElement[bool]:
    columns = CLUSTER_LIBRARIES.c
    return (columns.cluster_id == library.cluster_id) & (columns.library == rows.to_json(library.library))


def _record(row: Any) -> AllPurposeRecord:
    values = {name: getattr(row, name) for name in _NAMES}
    return AllPurposeRecord(**values | {name: rows.from_json(values[name]) for name in _JSON})


def _library(row: Any) -> LibraryRecord:
    return LibraryRecord(
        cluster_id=row.cluster_id,
        library=rows.from_json(row.library),
        status=row.status,
        messages=tuple(rows.from_json(row.messages)),
    )
