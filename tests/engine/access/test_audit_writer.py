"""The writer of the audit log: nothing waits for it, nothing is lost without a word."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from brickyard.engine.access.audit import BATCH, AuditWriter, folded
from brickyard.errors import Unavailable
from brickyard.records import AuditEvent, AuditFilter
from brickyard.storage.store import SqlStore, open_store
from tests.surfaces.api.house import HandClock

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = open_store("sqlite://", key_file=tmp_path / "key", clock=HandClock())
    yield store
    store.close()


def event(number: int = 0, status: int = 200, **more: object) -> AuditEvent:
    fields = {"at_ms": number, "user_name": "ada", "action": "create a job", "request": "POST /jobs", "status": status}
    return AuditEvent(**{**fields, **more})  # type: ignore[arg-type]


def stored(store: SqlStore) -> list[AuditEvent]:
    """Oldest first."""
    return list(store.audit.find(AuditFilter(), limit=100_000))[::-1]


class Broken:
    """A store that does not answer until it is mended, and says when it was asked."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.asked = threading.Semaphore(0)
        self.mended = False

    def add(self, events: Sequence[AuditEvent]) -> None:
        self.asked.release()
        if not self.mended:
            raise Unavailable("no disk")
        self.store.audit.add(events)

    def find(self, where: AuditFilter, *, limit: int) -> Sequence[AuditEvent]:
        return self.store.audit.find(where, limit=limit)

    def forget(self, before_ms: int) -> int:
        return self.store.audit.forget(before_ms)


def test_what_was_taken_is_stored_in_order_at_the_latest_when_it_stops(store: SqlStore) -> None:
    writer = AuditWriter(store.audit, HandClock(), delay=600)
    writer.start()
    for number in range(3 * BATCH + 1):
        writer.add(event(number))
    writer.stop()
    assert [each.at_ms for each in stored(store)] == list(range(3 * BATCH + 1))


def test_an_event_waits_for_others_no_longer_than_the_delay(store: SqlStore) -> None:
    watched = Broken(store)
    watched.mended = True
    writer = AuditWriter(watched, HandClock(), delay=0.01)
    writer.start()
    writer.add(event())
    assert watched.asked.acquire(timeout=10)
    writer.stop()
    assert len(stored(store)) == 1


def test_what_comes_before_the_start_is_kept_and_stopping_twice_is_nothing(store: SqlStore) -> None:
    writer = AuditWriter(store.audit, HandClock())
    writer.stop()
    late = AuditWriter(store.audit, HandClock())
    late.add(event())
    late.start()
    late.stop()
    late.stop()
    assert len(stored(store)) == 1


def test_many_threads_lose_nothing(store: SqlStore) -> None:
    writer = AuditWriter(store.audit, HandClock(), delay=0.001)
    writer.start()

    def work() -> None:
        for number in range(200):
            writer.add(event(number))

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.stop()
    assert len(stored(store)) == 1000


def test_events_wait_for_a_database_that_does_not_answer(store: SqlStore, caplog: pytest.LogCaptureFixture) -> None:
    broken = Broken(store)
    writer = AuditWriter(broken, HandClock(), delay=0.001)
    writer.start()
    writer.add(event(1))
    assert broken.asked.acquire(timeout=10)
    broken.mended = True
    writer.stop()
    assert [each.at_ms for each in stored(store)] == [1]
    assert "waits for the database: no disk" in caplog.text


def test_what_cannot_be_stored_to_the_end_is_told_in_the_log(store: SqlStore, caplog: pytest.LogCaptureFixture) -> None:
    writer = AuditWriter(Broken(store), HandClock(), delay=0.001)
    writer.start()
    writer.add(event())
    writer.stop()
    assert "1 events of the audit log could not be stored" in caplog.text


def test_the_log_says_how_much_there_was_no_room_for(store: SqlStore) -> None:
    writer = AuditWriter(store.audit, HandClock(ms=7), room=2)
    for number in range(5):
        writer.add(event(number))
    writer.start()
    writer.stop()
    *kept, gap = stored(store)
    assert [each.at_ms for each in kept] == [0, 1]
    assert (gap.at_ms, gap.status, gap.details) == (7, 503, {"lost": 3})


def test_what_is_older_than_it_is_kept_for_is_forgotten_once_a_day(store: SqlStore) -> None:
    clock = HandClock(ms=100 * DAY_MS)
    store.audit.add([event(89 * DAY_MS), event(91 * DAY_MS)])
    writer = AuditWriter(store.audit, clock, keep_days=10)
    writer.start()
    writer.add(event(100 * DAY_MS))
    writer.stop()
    assert [each.at_ms // DAY_MS for each in stored(store)] == [91, 100]
    for_ever = AuditWriter(store.audit, HandClock(ms=9999 * DAY_MS))
    for_ever.add(event())
    for_ever.start()
    for_ever.stop()
    assert len(stored(store)) == 3


def test_refusals_that_are_alike_become_one_with_their_number() -> None:
    refused = [event(n, 401, user_name="", request_id=str(n), source_ip="10.0.0.1") for n in range(50)]
    other = event(3, 401, user_name="", source_ip="10.0.0.2")
    found = folded([*refused, other, event(60), event(61)])
    assert [(each.at_ms, each.status, each.details) for each in found] == [
        (0, 401, {"count": 50}),
        (3, 401, {}),
        (60, 200, {}),
        (61, 200, {}),
    ]
    assert found[0].request_id == "0"
