"""The audit log in both databases."""

from __future__ import annotations

from brickyard.records import AuditEvent, AuditFilter
from brickyard.storage.store import SqlStore


def event(at_ms: int, user: str = "ada", **more: object) -> AuditEvent:
    fields = {
        "at_ms": at_ms,
        "user_name": user,
        "action": "create a job",
        "request": "POST /api/2.2/jobs/create",
        "object": "",
        "status": 200,
        "error_code": "",
        "request_id": f"r{at_ms}",
        "source_ip": "127.0.0.1",
        "details": {"fields": ["name", "ä\n"]},
    }
    return AuditEvent(**{**fields, **more})  # type: ignore[arg-type]


def times(store: SqlStore, limit: int = 100, **where: object) -> list[int]:
    return [each.at_ms for each in store.audit.find(AuditFilter(**where), limit=limit)]  # type: ignore[arg-type]


def test_an_event_reads_back_as_it_was_with_an_id(store: SqlStore) -> None:
    store.audit.add([event(5, status=403, error_code="PERMISSION_DENIED", object="jobs/7")])
    [found] = store.audit.find(AuditFilter(), limit=1)
    assert found.event_id > 0
    assert (found.details, found.error_code, found.object) == (
        {"fields": ["name", "ä\n"]},
        "PERMISSION_DENIED",
        "jobs/7",
    )
    assert (found.user_name, found.request_id, found.source_ip, found.status) == ("ada", "r5", "127.0.0.1", 403)
    store.audit.add([])
    assert times(store) == [5]


def test_each_filter_leaves_out_the_others(store: SqlStore) -> None:
    store.audit.add([event(1), event(2, "bob"), event(3, action="delete a job"), event(4, object="jobs/7")])
    assert times(store) == [4, 3, 2, 1]
    assert times(store, user_name="bob") == [2]
    assert times(store, action="delete a job") == [3]
    assert times(store, object="jobs/7") == [4]
    assert times(store, from_ms=2, to_ms=3) == [3, 2]
    assert times(store, user_name="%") == times(store, object="jobs/") == []


def test_pages_go_on_after_an_event_whatever_is_added_meanwhile(store: SqlStore) -> None:
    store.audit.add([event(n) for n in range(5)])
    page = store.audit.find(AuditFilter(), limit=2)
    store.audit.add([event(9)])
    assert [each.at_ms for each in page] == [4, 3]
    assert times(store, limit=2, before_id=page[-1].event_id) == [2, 1]


def test_only_age_makes_it_forget(store: SqlStore) -> None:
    store.audit.add([event(1), event(2), event(3)])
    assert (store.audit.forget(3), times(store), store.audit.forget(3)) == (2, [3], 0)
