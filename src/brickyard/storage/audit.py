"""The audit log: rows are added and read, never changed, and forgotten by age alone. Implements `ports.AuditStore`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select

from brickyard.records import AuditEvent, AuditFilter
from brickyard.storage import rows
from brickyard.storage.access_tables import AUDIT_LOG
from brickyard.storage.database import Database


class SqlAuditStore:
    """Implements `ports.AuditStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, events: Sequence[AuditEvent]) -> None:
        if events:
            values = [_values(event) for event in events]
            self._db.write(lambda connection: connection.execute(insert(AUDIT_LOG), values))

    def find(self, where: AuditFilter, *, limit: int) -> Sequence[AuditEvent]:
        question = select(AUDIT_LOG).where(*_conditions(where)).order_by(AUDIT_LOG.c.event_id.desc()).limit(limit)
        with self._db.read() as connection:
            return [_event(row) for row in connection.execute(question)]

    def forget(self, before_ms: int) -> int:
        old = AUDIT_LOG.c.at_ms < before_ms
        with self._db.read() as connection:
            if connection.execute(select(AUDIT_LOG.c.event_id).where(old).limit(1)).first() is None:
                return 0  # a server that starts writes nothing where there is nothing to forget
        change = delete(AUDIT_LOG).where(old)
        return self._db.write(lambda connection: int(connection.execute(change).rowcount))


def _conditions(where: AuditFilter) -> list[Any]:
    equal = {"user_name": where.user_name, "action": where.action, "object": where.object}
    found: list[Any] = [AUDIT_LOG.c[name] == value for name, value in equal.items() if value is not None]
    found.append(AUDIT_LOG.c.at_ms >= where.from_ms)
    if where.to_ms is not None:
        found.append(AUDIT_LOG.c.at_ms <= where.to_ms)
    if where.before_id is not None:
        found.append(AUDIT_LOG.c.event_id < where.before_id)
    return found


def _values(event: AuditEvent) -> dict[str, Any]:
    return {
        "at_ms": event.at_ms,
        "user_name": event.user_name,
        "action": event.action,
        "request": event.request,
        "object": event.object,
        "status": event.status,
        "error_code": event.error_code,
        "request_id": event.request_id,
        "source_ip": event.source_ip,
        "details": rows.to_json(event.details),
    }


def _event(row: Any) -> AuditEvent:
    return AuditEvent(
        event_id=row.event_id,
        at_ms=row.at_ms,
        user_name=row.user_name,
        action=row.action,
        request=row.request,
        object=row.object,
        status=row.status,
        error_code=row.error_code,
        request_id=row.request_id,
        source_ip=row.source_ip,
        details=rows.from_json(row.details),
    )
