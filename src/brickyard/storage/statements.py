"""SQL statements. Implements `ports.statements.StatementStore`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from brickyard.records import StatementRecord
from brickyard.storage import rows
from brickyard.storage.compute_tables import STATEMENTS
from brickyard.storage.database import Database, upsert


class SqlStatementStore:
    """Implements `ports.statements.StatementStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save(self, statement: StatementRecord) -> None:
        values = {
            "statement_id": statement.statement_id,
            "warehouse_id": statement.warehouse_id,
            "user_name": statement.user_name,
            "text": statement.text,
            "state": statement.state,
            "created_ms": statement.created_ms,
            "ended_ms": statement.ended_ms,
            "body": rows.to_json(statement.body),
        }
        change = upsert(self._db, STATEMENTS, values)
        self._db.write(lambda connection: connection.execute(change))

    def get(self, statement_id: str) -> StatementRecord | None:
        with self._db.read() as connection:
            wanted = select(STATEMENTS).where(STATEMENTS.c.statement_id == statement_id)
            row = connection.execute(wanted).one_or_none()
        return None if row is None else _statement(row)

    def active(self) -> Sequence[StatementRecord]:
        question = select(STATEMENTS).where(STATEMENTS.c.ended_ms == 0)
        with self._db.read() as connection:
            found = [_statement(row) for row in connection.execute(question)]
        return sorted(found, key=lambda statement: (statement.created_ms, statement.statement_id))

    def ended_before(self, at_ms: int) -> Sequence[str]:
        ended = (STATEMENTS.c.ended_ms > 0, STATEMENTS.c.ended_ms < at_ms, STATEMENTS.c.state != "CLOSED")
        with self._db.read() as connection:
            return sorted(connection.execute(select(STATEMENTS.c.statement_id).where(*ended)).scalars())

    def delete_before(self, at_ms: int) -> int:
        old = (STATEMENTS.c.ended_ms > 0, STATEMENTS.c.ended_ms < at_ms)
        with self._db.read() as connection:
            if connection.execute(select(STATEMENTS.c.statement_id).where(*old).limit(1)).first() is None:
                return 0  # a server that starts writes nothing where there is nothing to tidy
        change = delete(STATEMENTS).where(*old)
        return self._db.write(lambda connection: connection.execute(change).rowcount)


def _statement(row: Any) -> StatementRecord:
    return StatementRecord(
        statement_id=row.statement_id,
        warehouse_id=row.warehouse_id,
        user_name=row.user_name,
        text=row.text,
        state=row.state,
        created_ms=row.created_ms,
        ended_ms=row.ended_ms,
        body=rows.from_json(row.body),
    )
