"""Saved queries, on every database."""

from __future__ import annotations

from dataclasses import replace

from brickyard.records import QueryRecord
from brickyard.storage.store import SqlStore


def query(query_id: str, created_ms: int = 5) -> QueryRecord:
    return QueryRecord(
        query_id=query_id,
        display_name="Größe 日本",
        query_text="SELECT '\U0001f9f1' /* ' */",
        owner="me@example.com",
        created_ms=created_ms,
        updated_ms=created_ms,
        body={"tags": ["a", "b"], "parameters": [{"name": "x", "numeric_value": {"value": 1.5}}], "schema": None},
    )


def test_a_query_is_what_was_saved(store: SqlStore) -> None:
    store.queries.save(query("a"))
    assert store.queries.get("a") == query("a")
    assert store.queries.get("A") is None
    assert store.queries.get("b") is None


def test_saving_again_replaces(store: SqlStore) -> None:
    store.queries.save(query("a"))
    changed = replace(query("a"), query_text="SELECT 2", updated_ms=9, owner="you", body={})
    store.queries.save(changed)
    assert store.queries.find(offset=0, limit=9) == [changed]


def test_the_list_is_newest_first_in_pages(store: SqlStore) -> None:
    for name, at_ms in (("b", 1), ("a", 1), ("c", 3), ("d", 2)):
        store.queries.save(query(name, at_ms))
    names = [each.query_id for each in store.queries.find(offset=0, limit=9)]
    assert names == ["c", "d", "b", "a"]
    assert [each.query_id for each in store.queries.find(offset=1, limit=2)] == ["d", "b"]
    assert store.queries.find(offset=4, limit=2) == []


def test_a_query_is_deleted_once(store: SqlStore) -> None:
    store.queries.save(query("a"))
    store.queries.save(query("b"))
    assert store.queries.delete("a")
    assert not store.queries.delete("a")
    assert [each.query_id for each in store.queries.find(offset=0, limit=9)] == ["b"]
