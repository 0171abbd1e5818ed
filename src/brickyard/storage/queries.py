"""Saved SQL queries. Implements `ports.QueryStore`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from brickyard.access.identity import Identity
from brickyard.access.levels import ObjectType
from brickyard.records import QueryRecord
from brickyard.storage import rows, visible
from brickyard.storage.database import Database, upsert
from brickyard.storage.tables import QUERIES


class SqlQueryStore:
    """Implements `ports.QueryStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save(self, query: QueryRecord) -> None:
        values = {
            "query_id": query.query_id,
            "display_name": query.display_name,
            "query_text": query.query_text,
            "owner": query.owner,
            "created_ms": query.created_ms,
            "updated_ms": query.updated_ms,
            "body": rows.to_json(query.body),
        }
        statement = upsert(self._db, QUERIES, values)
        self._db.write(lambda connection: connection.execute(statement))

    def get(self, query_id: str) -> QueryRecord | None:
        with self._db.read() as connection:
            row = connection.execute(select(QUERIES).where(QUERIES.c.query_id == query_id)).one_or_none()
        return None if row is None else _query(row)

    def find(self, *, offset: int, limit: int, seen_by: Identity | None = None) -> Sequence[QueryRecord]:
        newest = select(QUERIES).order_by(QUERIES.c.created_ms.desc(), QUERIES.c.query_id.desc())
        if seen_by is not None:
            owned = visible.owned_or_listed(ObjectType.QUERIES, seen_by, QUERIES.c.query_id, QUERIES.c.owner)
            newest = newest.where(owned)
        with self._db.read() as connection:
            return [_query(row) for row in connection.execute(newest.offset(offset).limit(limit))]

    def delete(self, query_id: str) -> bool:
        statement = delete(QUERIES).where(QUERIES.c.query_id == query_id)
        return self._db.write(lambda connection: connection.execute(statement).rowcount > 0)


def _query(row: Any) -> QueryRecord:
    return QueryRecord(
        query_id=row.query_id,
        display_name=row.display_name,
        query_text=row.query_text,
        owner=row.owner,
        created_ms=row.created_ms,
        updated_ms=row.updated_ms,
        body=rows.from_json(row.body),
    )
